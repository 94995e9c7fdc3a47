"""What the cells of a column say: numbers in their unit, moments, words, text (specs/snmp.md 6.1)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from netmon.mib.address import address_text
from netmon.mib.hint import HintMismatch, octets_text
from netmon.mib.node import Syntax
from netmon.mib.render import bit_names
from netmon.rulebook.profile_values import Column

_DIGITS = re.compile(rb"\s*([+-]?[0-9]{1,18})(\.[0-9]{1,18})?(?:[ ]?[^0-9.,:+\s-]{1,12})?[\s\x00]*")
"""A number, perhaps with its unit: ``43.0 C``, ``94%``."""
_LINES = "\t\n\r"
_DATE_OCTETS = (8, 11)
_TICKS_PER_S = 100


def values(column: Column | None, cells: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the samples of a column of cells; None where one is none."""
    if column is None or column.kind in ("text", "info"):
        hint = column.hint if column else ""
        return tuple(_kept(hint, cell) if isinstance(cell, bytes) else cell for cell in cells)
    read = _READERS.get(column.kind)
    if read is not None:
        return tuple(None if cell is None else read(column, cell) for cell in cells)
    numbers = (cell if isinstance(cell, (int, float)) else _number(cell) for cell in cells)
    if column.kind == "gauge" and (column.scale != 1.0 or column.offset):
        return tuple(None if number is None else _scaled(number, column.scale, column.offset) for number in numbers)
    return tuple(numbers)


def one_line(value: Any, hint: str = "") -> str:
    """Return a value in one line, for labels and names of objects."""
    if isinstance(value, bytes):
        return _hinted(hint, value) or printable(value)
    return "" if value is None else str(value)


def printable(octets: bytes, *, kept: str = "") -> str:
    """Return octets as text, control characters as blanks apart from those in ``kept``; what is no UTF-8 as U+FFFD."""
    text = octets.decode("utf-8", "replace").rstrip("\x00")
    return text if text.isprintable() else "".join(c if c.isprintable() or c in kept else " " for c in text).strip()


def _kept(hint: str, octets: bytes) -> str:
    return _hinted(hint, octets) or printable(octets, kept=_LINES)


def _hinted(hint: str, octets: bytes) -> str:
    """Return octets by their hint; empty without one, or where it does not fit."""
    if not hint or not octets:
        return ""
    if hint == "inet":
        return address_text(octets)
    try:
        return octets_text(hint, octets)
    except HintMismatch:
        return ""


def _number(cell: Any) -> int | float | None:
    """Return the number that an agent wrote as text where the MIB wants a number."""
    digits = _DIGITS.fullmatch(cell) if isinstance(cell, bytes) else None
    if digits is None:
        return None
    return int(digits[1]) if digits[2] is None else float(digits[1] + digits[2])


@lru_cache(maxsize=1024)
def _ratio(scale: float, offset: float) -> tuple[int, int, int]:
    """Return (a, b, c) so that value x scale + offset is (value x a + b) / c, as the decimals were written."""
    factor, shift = Fraction(Decimal(repr(scale))), Fraction(Decimal(repr(offset)))
    common = factor.denominator * shift.denominator
    return factor.numerator * shift.denominator, shift.numerator * factor.denominator, common


def _scaled(value: float, scale: float, offset: float) -> float:
    """Return value x scale + offset, rounded once: 4242 x 0.01 is 42.42 and not 42.42000000000001."""
    a, b, c = _ratio(scale, offset)
    try:
        if isinstance(value, int):
            return (value * a + b) / c
        return float((Fraction(Decimal(repr(value))) * a + b) / c)
    except OverflowError:
        return value


def _time(_: Column, cell: Any) -> float | None:
    """Return a DateAndTime as Unix seconds (RFC 2579), TimeTicks as seconds."""
    if isinstance(cell, (int, float)):
        return cell / _TICKS_PER_S
    if not isinstance(cell, bytes) or len(cell) not in _DATE_OCTETS:
        return None
    zone: tzinfo = UTC
    if len(cell) == _DATE_OCTETS[1]:
        shift = timedelta(hours=cell[9], minutes=cell[10])
        zone = timezone(-shift if cell[8:9] == b"-" else shift)
    try:
        day = datetime(int.from_bytes(cell[:2], "big"), cell[2], cell[3], cell[4], cell[5], tzinfo=zone)
    except ValueError:
        return None
    return day.timestamp() + cell[6] + cell[7] / 10


def _bits(column: Column, cell: Any) -> str | None:
    """Return the names of the bits that are set, the position where one has no name."""
    return ",".join(bit_names(Syntax("", enums=column.enum), cell)) if isinstance(cell, bytes) else None


_READERS: dict[str, Callable[[Column, Any], Any]] = {"time": _time, "bits": _bits}
