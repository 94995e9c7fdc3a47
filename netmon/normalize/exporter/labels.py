"""The labels of a row: its index parts, and what other columns say of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from netmon.domain.oid import Oid
from netmon.normalize.exporter.text import Parts, enum_text, index_text, real_type, value_text
from netmon.rulebook.exporter import COMBINED, Index, Lookup

Cell = tuple[int, Any]
"""BER tag and value."""
Cells = Mapping[Oid, Cell]
"""By instance."""


class Labeling(msgspec.Struct, frozen=True):
    """How rows are labeled; metrics of one table mostly share it."""

    indexes: tuple[Index, ...]
    lookups: tuple[Lookup, ...]

    def labels(self, parts: Parts, cells: Cells) -> dict[str, str]:
        """Return the labels of the row with this index."""
        found: dict[str, str] = {}
        taken: dict[str, Parts] = {}
        for index in self.indexes:
            found[index.labelname], taken[index.labelname], parts = index_text(parts, index)
        for lookup in self.lookups:
            if lookup.labels:
                _look_up(lookup, cells, found, taken)
            else:
                found.pop(lookup.labelname, None)
        return found


def before(oid: Oid) -> Oid:
    """Return the column before a column."""
    head, _, last = oid.rpartition(".")
    return f"{head}.{int(last) - 1}"


def integer(cell: Cell | None) -> int | None:
    """Return the value of a cell as an integer, None for one that is no number."""
    value = cell[1] if cell is not None else None
    if isinstance(value, float):
        return int(value)
    return value if isinstance(value, int) else None


def _look_up(lookup: Lookup, cells: Cells, found: dict[str, str], taken: dict[str, Parts]) -> None:
    index = [str(part) for label in lookup.labels for part in taken.get(label, ())]
    cell = cells.get(_joined(lookup.oid, index))
    if cell is None:
        found[lookup.labelname] = ""
        return
    number = integer(cell)
    taken[lookup.labelname] = (number or 0,)
    if lookup.type == "EnumAsInfo" and lookup.enum_values and number is not None:
        found[lookup.labelname] = enum_text(lookup.enum_values, number)
        return
    type_: str = lookup.type
    if type_ in COMBINED:
        type_ = real_type(type_, integer(cells.get(_joined(before(lookup.oid), index))))
    found[lookup.labelname] = value_text(cell[1], type_, lookup.display_hint)


def _joined(oid: Oid, index: Sequence[str]) -> Oid:
    return ".".join((oid, *index))
