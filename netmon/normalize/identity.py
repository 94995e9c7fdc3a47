"""Stable names of parts, learned from polls: ifIndex to managed object (specs/rules.md 2.1, specs/snmp.md 5.2)."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from netmon.domain.observation import Block, PollResult
from netmon.normalize.kinds import kinds_of

NAMED_BY: dict[str, tuple[str, ...]] = {"if": ("ifName", "ifDescr"), "entity": ("entPhysicalName",)}
"""Kind of part to the columns that may name it, best first; without a usable one the name is ``#<index>``."""

_ALSO: dict[str, tuple[str, ...]] = {
    "if": ("ifIndex", "ifType", "ifPhysAddress"),
    "entity": ("entPhysicalClass", "entPhysicalDescr", "entPhysicalContainedIn"),
}
"""Columns that stand beside these: a row without a name has one all the same."""

_DEFINED_BY = {"entity": ("entPhysicalContainedIn", "entPhysicalDescr")}
"""Kind of part to columns of the table that has all parts; tables of some know less of names."""

KIND = "kind of entity"
"""Under this the kinds are kept, beside the names of each kind."""

Names = dict[str, str]
_NONE: Names = {}


def names_parts(kind: str, blocks: Iterable[Block]) -> bool:
    """Tell whether blocks are of the table that names the parts of a kind, not of one that only shares its index."""
    return any(name in block.columns for block in blocks for name in (*NAMED_BY[kind], *_ALSO[kind]))


def scope_of(result: PollResult) -> str:
    """Return what the names and counters of a result are kept under: the element, each further context apart."""
    return f"{result.element}@{result.context}" if result.context else result.element


def belongs(scope: str, element: str) -> bool:
    """Tell whether a scope is an element or a context of it."""
    return scope == element or scope.startswith(f"{element}@")


class Identity:
    """Knows the name of every part by (scope, kind, index); the core's own memory, filled by PollResults only.

    A scope is an element, or a further context of one (``scope_of``).
    """

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], Names] = {}

    def name(self, element: str, kind: str, index: str) -> str | None:
        """Return the stable name of a part, None while it is not known."""
        names = self._names.get((element, kind))
        return names.get(index) if names is not None else None

    def kind(self, element: str, kind: str, index: str) -> str:
        """Return the kind of a part: of an ``entity`` that of its class, where it is known."""
        kinds = self._names.get((element, KIND)) if kind == "entity" else None
        return kinds.get(index, kind) if kinds is not None else kind

    def names(self, scope: str, kind: str) -> Names:
        """Return index to name of all parts of a kind; it is never changed, only replaced."""
        return self._names.get((scope, kind), _NONE)

    def parts(self, element: str) -> list[tuple[str, str, str]]:
        """Return (kind, index, name) of every part of an element."""
        return [
            (self.kind(element, kind, index), index, name)
            for kind in NAMED_BY
            for index, name in self._names.get((element, kind), {}).items()
        ]

    def learn(self, element: str, kind: str, blocks: list[Block], *, complete: bool) -> list[tuple[str, str]]:
        """Learn the names in the blocks of one walk; return (index, name) of those that are new or changed.

        A row that is missing from an incomplete walk keeps its name. A table of only some parts names those of which
        nothing is known yet: whether a name is unique only the table of all parts can tell.
        """
        found = _names(_candidates(blocks, NAMED_BY[kind]))
        known = self._names.get((element, kind), {})
        if not defines(blocks, kind):
            complete = False
            found = {index: name for index, name in found.items() if index not in known}
        changed = [(index, name) for index, name in found.items() if known.get(index) != name]
        self._names[element, kind] = found if complete else _joined(known, found)
        if kind == "entity":
            kinds = kinds_of(blocks)
            self._names[element, KIND] = kinds if complete else self._names.get((element, KIND), {}) | kinds
        return changed

    def forget(self, element: str) -> None:
        """Forget an element that left the inventory."""
        for key in [key for key in self._names if belongs(key[0], element)]:
            del self._names[key]

    def dump(self) -> list[Any]:
        """Return (element, kind, index, name) of every part, in order."""
        return [
            (element, kind, index, name)
            for element, kind in sorted(self._names)
            for index, name in sorted(self._names[element, kind].items())
        ]

    def load_state(self, items: list[Any]) -> None:
        """Take back what ``dump`` gave."""
        self._names = {}
        for element, kind, index, name in items:
            self._names.setdefault((element, kind), {})[index] = name


def _joined(known: Names, found: Names) -> Names:
    """Add what a part of a walk found; a name is where it was seen last."""
    named = set(found.values())
    return {index: name for index, name in known.items() if name not in named} | found


def defines(blocks: list[Block], kind: str) -> bool:
    """Tell whether blocks are of the table that has all parts of a kind."""
    columns = _DEFINED_BY.get(kind, ())
    return not columns or any(name in block.columns for block in blocks for name in columns)


def _candidates(blocks: list[Block], columns: tuple[str, ...]) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {}
    for block in blocks:
        positions = [block.columns.index(name) if name in block.columns else -1 for name in columns]
        for row, index in enumerate(block.index):
            texts = [_text(block.cells[position][row]) if position >= 0 else "" for position in positions]
            rows[index] = [new or old for new, old in zip(texts, rows.get(index, [""] * len(texts)), strict=True)]
    return rows


def _names(rows: dict[str, list[str]]) -> Names:
    """Take the first text of each row that no other row has; two rows with one name both take their next."""
    counts = [
        Counter(texts[level] for texts in rows.values()) for level in range(max(map(len, rows.values()), default=0))
    ]
    names = {}
    for index, texts in rows.items():
        usable = (text for level, text in enumerate(texts) if text and counts[level][text] == 1)
        names[index] = next(usable, f"#{index}")
    return names


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else ""
