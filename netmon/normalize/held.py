"""Rows of parts whose names are not known now: held back for one interval at most (specs/snmp.md 5.3)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from netmon.domain.observation import Block, PollResult
from netmon.normalize.identity import NAMED_BY, Identity, belongs, scope_of

Place = tuple[str, str]
"""(profile, table)."""

PartOf = Callable[[Place], Callable[[str], str] | None]
"""Tells by what of its index a row of a table is about a part; None: by the whole of it."""


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """Rows of one block, and until when they may wait."""

    scope: str
    profile: str
    table: str
    kind: str
    until: int
    interval_ms: int
    block: Block

    @property
    def place(self) -> Place:
        """Which table they are of."""
        return self.profile, self.table


class Held:
    """What waits, and of which elements the numbers of parts may have changed."""

    def __init__(self, identity: Identity, part: PartOf) -> None:
        self._identity = identity
        self._part = part
        self._waiting: list[Waiting] = []
        self._outdated: dict[tuple[str, str], None] = {}
        self._named: dict[tuple[str, str], None] = {}
        """Of which all names were told at some time: they will be told again."""

    def restarted(self, scope: str) -> None:
        """Take that an agent restarted: its parts may have other numbers until their names are learned again."""
        self._outdated |= dict.fromkeys((scope, kind) for kind in NAMED_BY if (scope, kind) in self._named)

    def learned(self, scope: str, kind: str) -> None:
        """Take that the names of all parts of a kind were learned."""
        self._named[scope, kind] = None
        self._outdated.pop((scope, kind), None)

    def pass_on(self, result: PollResult, place: Place, kind: str, *, blocks: list[Block]) -> list[Block]:
        """Return the rows whose names are known, and keep the others."""
        scope = scope_of(result)
        if kind not in NAMED_BY or (not self._outdated and all(map(self._knows(scope, kind, place), _indexes(blocks)))):
            return blocks
        knows, passed = self._knows(scope, kind, place), []
        for block in blocks:
            known, unknown = _split(block, knows)
            if known is not None:
                passed.append(known)
            if unknown is not None:
                until = block.t + result.interval_ms
                self._waiting.append(Waiting(scope, *place, kind, until, result.interval_ms, unknown))
        return passed

    def ready(self, result: PollResult, dropped: Counter[str]) -> Iterator[Waiting]:
        """Yield what waited and has its names now; what has waited for too long is dropped and counted by cells."""
        scope, still = scope_of(result), []
        for one in self._waiting:
            if one.scope != scope:
                still.append(one)
                continue
            knows = self._knows(scope, one.kind, one.place)
            known, rest = _split(one.block, knows)
            if known is not None:
                yield msgspec.structs.replace(one, block=known)
            if rest is not None and result.at < one.until:
                still.append(msgspec.structs.replace(one, block=rest))
            elif rest is not None:
                self.drop("identity_unknown", rest, dropped)
        self._waiting = still

    def drop(self, reason: str, rows: Block, dropped: Counter[str]) -> None:
        """Give rows up, counted by cells."""
        dropped[reason] += sum(cell is not None for column in rows.cells for cell in column)

    def forget(self, element: str) -> None:
        """Forget an element that left the inventory."""
        self._waiting = [one for one in self._waiting if not belongs(one.scope, element)]
        for keys in (self._outdated, self._named):
            for key in [key for key in keys if belongs(key[0], element)]:
                del keys[key]

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        waiting: list[Any] = [("waiting", one) for one in self._waiting]
        return [*waiting, *(("outdated", key) for key in self._outdated), *(("named", key) for key in self._named)]

    def load_state(self, items: Iterable[Any]) -> None:
        """Take back what ``dump`` gave."""
        self._waiting, self._outdated, self._named = [], {}, {}
        for what, value in items:
            if what == "waiting":
                self._waiting.append(msgspec.convert(value, Waiting))
            else:
                (self._outdated if what == "outdated" else self._named)[value[0], value[1]] = None

    def _knows(self, scope: str, kind: str, place: Place) -> Callable[[str], bool]:
        if (scope, kind) in self._outdated:
            return lambda _: False
        names, part = self._identity.names(scope, kind), self._part(place)
        return names.__contains__ if part is None else lambda index: part(index) in names


def _indexes(blocks: Iterable[Block]) -> Iterator[str]:
    return (index for block in blocks for index in block.index)


def _split(block: Block, wanted: Callable[[str], bool]) -> tuple[Block | None, Block | None]:
    """Return the rows that are wanted, and the others."""
    yes = [place for place, index in enumerate(block.index) if wanted(index)]
    no = [place for place, index in enumerate(block.index) if not wanted(index)]
    return _rows(block, yes), _rows(block, no)


def _rows(block: Block, places: list[int]) -> Block | None:
    """Return a block with some of its rows; None without any."""
    if not places:
        return None
    return msgspec.structs.replace(
        block,
        index=tuple(block.index[place] for place in places),
        cells=tuple(tuple(column[place] for place in places) for column in block.cells),
    )
