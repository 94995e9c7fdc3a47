"""Which of the cells that an agent gave are values; one that is none spoils no other (specs/snmp.md 4.5)."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, Literal

from netmon.domain.oid import BAD_VALUE, Varbind
from netmon.rulebook.kinds import Column
from netmon.snmp.ber import EXCEPTIONS
from netmon.snmp.walk import Walk

Fault = Literal["no_such_instance", "bad_value", "not_finite", "wrong_type", "duplicate_row"]
"""Why a cell is no value."""

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
    return None if _fits(value, column.kind) else "wrong_type"


def columns_of(walk: Walk, asked: Sequence[Column], dropped: Counter[str]) -> list[tuple[int, int, list[Any]]]:
    """Return (column number, tag, values) of each column that has any value: one type, other cells dropped.

    Args:
        walk: the rows.
        asked: what is known of the columns of the walk.
        dropped: counts by reason what is no value.
    """
    found = []
    for number, column in enumerate(asked):
        cells = [row[number] for row in walk.rows.values()]
        faults = [fault(cell, column) if cell is not None else None for cell in cells]
        dropped.update(reason for reason in faults if reason)
        sound = [None if reason else cell for cell, reason in zip(cells, faults, strict=True)]
        tags = Counter(cell[1] for cell in sound if cell is not None)
        if not tags:
            continue
        tag, count = tags.most_common(1)[0]
        dropped["wrong_type"] += tags.total() - count
        found.append((number, tag, [cell[2] if cell is not None and cell[1] == tag else None for cell in sound]))
    return found


def _fits(value: Any, kind: str) -> bool:
    match kind:
        case "counter" | "state":
            return isinstance(value, int)
        case "gauge":
            return isinstance(value, (int, float)) or (isinstance(value, bytes) and _DIGITS.match(value) is not None)
        case _:
            return True
