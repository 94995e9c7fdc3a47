"""Which of the cells that an agent gave are values; one that is none spoils no other (specs/snmp.md 4.5)."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from netmon.domain.oid import BAD_VALUE, Varbind
from netmon.rulebook.profile_values import Column
from netmon.snmp.ber import EXCEPTIONS
from netmon.snmp.walk import Walk

Fault = Literal["no_such_instance", "bad_value", "not_finite", "wrong_type", "duplicate_row", "invalid_value"]
"""Why a cell is no value."""

Exceptions = tuple[tuple[str, str, tuple[int, ...]], ...]
"""As a block lists them: (column, reason, rows)."""

Spoil = Callable[[str, Fault], None]
"""Takes an instance and why its cell is no value."""

_DIGITS: Final = re.compile(rb"\s*-?\d+(\.\d+)?")
"""Some agents write numbers as text."""


def fault(varbind: Varbind, column: Column) -> Fault | None:
    """Return why a cell is no value of its column."""
    _, tag, value = varbind
    if tag in EXCEPTIONS:
        return "no_such_instance"
    if tag & BAD_VALUE:
        return "bad_value"
    if isinstance(value, float) and not math.isfinite(value):
        return "not_finite"
    if column.invalid and _raw(value) in column.invalid:
        return "invalid_value"
    return None if _fits(value, column.kind) else "wrong_type"


Faults = dict[int, dict[int, Fault]]
"""Column number to row number to why the cell is no value."""


def columns_of(walk: Walk, asked: Sequence[Column], spoil: Spoil) -> tuple[list[tuple[int, int, list[Any]]], Faults]:
    """Return (column number, tag, values) of each column that has any value, one type each; and what was dropped.

    Args:
        walk: the rows.
        asked: what is known of the columns of the walk.
        spoil: told of each cell that is no value.
    """
    found, dropped = [], Faults()
    for number, column in enumerate(asked):
        cells = [row[number] for row in walk.rows.values()]
        faults = [fault(cell, column) if cell is not None else None for cell in cells]
        tags = Counter(cell[1] for cell, reason in zip(cells, faults, strict=True) if cell is not None and not reason)
        tag, count = tags.most_common(1)[0] if tags else (0, 0)
        if count < len(cells):
            dropped[number] = _tell(cells, faults, tag, spoil)
        if tags:
            found.append((number, tag, [_value(cell, reason, tag) for cell, reason in zip(cells, faults, strict=True)]))
    return found, dropped


def exceptions(faults: Iterable[tuple[str, Mapping[int, Fault]]], rows: Sequence[int]) -> Exceptions:
    """Return the faults of some rows of a walk as a block lists them: by column, reason, and row of the block."""
    listed: dict[tuple[str, str], list[int]] = {}
    for column, of_row in faults:
        for place, row in enumerate(rows if of_row else ()):
            if row in of_row:
                listed.setdefault((column, of_row[row]), []).append(place)
    return tuple((column, reason, tuple(places)) for (column, reason), places in listed.items())


def _value(cell: Varbind | None, reason: Fault | None, tag: int) -> Any:
    return cell[2] if cell is not None and reason is None and cell[1] == tag else None


def _tell(cells: Sequence[Varbind | None], faults: Sequence[Fault | None], tag: int, spoil: Spoil) -> dict[int, Fault]:
    told: dict[int, Fault] = {}
    for row, (cell, reason) in enumerate(zip(cells, faults, strict=True)):
        if cell is not None and (reason or cell[1] != tag):
            told[row] = reason or "wrong_type"
            spoil(cell[0], told[row])
    return told


def _raw(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _fits(value: Any, kind: str) -> bool:
    match kind:
        case "counter" | "state":
            return isinstance(value, int)
        case "gauge":
            return isinstance(value, (int, float)) or (isinstance(value, bytes) and _DIGITS.match(value) is not None)
        case _:
            return True
