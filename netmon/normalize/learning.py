"""Names of parts learned from a run, and what that says of parts known before (specs/snmp.md 5.2)."""

from collections.abc import Iterable
from typing import Any

import msgspec

from netmon.domain.managed_object import part_path, single_path
from netmon.domain.observation import Block, InventoryChange, PollResult
from netmon.normalize.identity import KIND, NAMED_BY, Identity, defines, names_parts, scope_of
from netmon.normalize.relearn import Relearn
from netmon.rulebook.profile_values import Table

OWNERS = {"ifTable": "if", "entPhysicalTable": "entity"}
"""Tables that have a row for each part of a kind; others have rows of some."""


class Learned(msgspec.Struct):
    """What a run says of names."""

    renamed: list[tuple[str, str]] = []
    """(old object, new object): parts whose stable name became known."""
    changes: list[InventoryChange] = []
    """Parts that are called otherwise now, or are gone."""
    hardware: list[str] = []
    """Parts that are the same by name only."""
    parts: bool = False
    """The element itself has other parts than were known, or calls them otherwise."""
    names: bool = False
    """The table names all parts of its kind."""


class Learning:
    """Lets the identity learn, and compares with what it knew."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._relearn = Relearn()

    def take(self, result: PollResult, table: Table, kind: str, *, blocks: list[Block]) -> Learned:
        """Learn from the blocks of a table whose rows are parts of a kind; nothing where they name none.

        An agent that was asked for names and has none for any row has parts without names.
        """
        learned = Learned()
        walked = table.name in result.walked
        asked = kind in NAMED_BY and any(column.name in NAMED_BY[kind] for column in table.columns)
        unnamed = asked and (walked or not self._identity.names(scope_of(result), kind))
        if kind in NAMED_BY and (unnamed or names_parts(kind, blocks)):
            learned.names = defines(blocks, kind)
            self._learn(learned, result, kind, blocks, walked=walked and table.name in OWNERS)
        return learned

    def missing(self, result: PollResult, told: Iterable[str]) -> Learned:
        """Learn from tables that were read whole and have no row any more; ``told``: tables with rows."""
        learned, known = Learned(), set(told)
        for table, kind in OWNERS.items():
            if table in result.walked and table not in known and self._knows(scope_of(result), kind):
                self._learn(learned, result, kind, [], walked=True)
        return learned

    def _knows(self, scope: str, kind: str) -> bool:
        return bool(self._identity.names(scope, kind)) or self._relearn.misses((scope, kind))

    def forget(self, element: str) -> None:
        """Forget an element that left the inventory."""
        self._relearn.forget([element])

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        return self._relearn.dump()

    def load_state(self, items: Iterable[Any]) -> None:
        """Take back what ``dump`` gave."""
        self._relearn.load_state(items)

    def _learn(self, learned: Learned, result: PollResult, kind: str, blocks: list[Block], *, walked: bool) -> None:
        scope, identity = scope_of(result), self._identity
        before, classes = identity.names(scope, kind), identity.names(scope, KIND)
        kinds = {name: identity.kind(scope, kind, index) for index, name in before.items()} if walked else {}
        for index, name in identity.learn(scope, kind, blocks, complete=result.complete or walked):
            is_now = identity.kind(scope, kind, index)
            learned.renamed.append((part_of(result, kind, f"#{index}"), part_of(result, is_now, name)))
        now = identity.names(scope, kind)
        changed = (before, classes) != (now, identity.names(scope, KIND))
        learned.parts |= changed and not result.context
        told = self._relearn.judge((scope, kind), blocks, before=before, now=now, walked=walked)
        learned.hardware += [part_of(result, kind, name) for name in told.hardware]
        learned.changes += [
            InventoryChange(result.at, "renamed", old=part_of(result, kind, old), new=part_of(result, kind, new))
            for old, new in told.renamed
        ]
        of_kind = ((name, kinds.get(name, ""), identity.kind(scope, kind, index)) for index, name in now.items())
        learned.changes += [
            InventoryChange(result.at, "renamed", old=part_of(result, old, name), new=part_of(result, new, name))
            for name, old, new in of_kind
            if old and old != new
        ]
        gone = (part_of(result, kinds.get(name, kind), name) for name in told.removed)
        learned.changes += [InventoryChange(result.at, "removed", old=path) for path in gone]


def part_of(result: PollResult, kind: str, name: str) -> str:
    """Return the path of a part; of a further context its name begins with it: ``r1/bgp:vrf-a/192.0.2.9``.

    One without a name is the only one of its kind, in a further context that of the context: ``r1/ups:a``.
    """
    named = f"{result.context}/{name}" if result.context and name else result.context or name
    return part_path(result.element, kind, named) if named else single_path(result.element, kind)
