"""Values of cells as numbers, dates among them."""

import calendar
import math
from datetime import UTC, date, datetime
from typing import Any, Literal

from netmon.normalize.exporter.text import utf8
from netmon.rulebook.exporter import ExporterMetric
from netmon.snmp.ber import COUNTER64

NoSample = Literal["wrong_type", "not_finite", "no_date", "duplicate_label", "no_match", "too_long"]
"""Why a cell gives no sample."""

DUPLICATE = "duplicate_series"
"""Why a series is left out that is there already."""

WRAP = 1 << 53
"""Above it not every integer has a double of its own."""

_NTP_EPOCH_S = 2_208_988_800
_NTP_OCTETS = 8
_DATE, _DATE_WITH_ZONE = 8, 11
_MOST_HOURS, _MOST_MINUTES, _MOST_SECONDS = 23, 59, 60
_SIGNS = {ord("+"): 1, ord("-"): -1}
_SHORT = 64


class Refused(Exception):
    """A cell gives no sample; ``reason`` says why."""

    def __init__(self, reason: NoSample) -> None:
        super().__init__(reason)
        self.reason: NoSample = reason


def number_of(tag: int, value: Any, *, wrap: bool) -> int | float:
    """Return the number of a cell; ``wrap`` keeps a Counter64 below 2^53.

    Raises:
        Refused: it has none.
    """
    if isinstance(value, int):
        return value % WRAP if wrap and tag == COUNTER64 else value
    if not isinstance(value, float):
        raise Refused("wrong_type")
    if not math.isfinite(value):
        raise Refused("not_finite")
    return value


def scaled(value: float, metric: ExporterMetric) -> int | float:
    """Return the value times scale plus offset, in the arithmetic of doubles as the exporter does."""
    if metric.scale:
        value = value * metric.scale
    return value + metric.offset if metric.offset else value


def date_and_time(value: Any) -> int:
    """Return Unix seconds of a DateAndTime (RFC 2579); without a zone it is UTC.

    Raises:
        Refused: it is no date.
    """
    if not isinstance(value, bytes):
        raise Refused("wrong_type")
    if len(value) not in (_DATE, _DATE_WITH_ZONE):
        raise Refused("no_date")
    hours, minutes, seconds = value[4:7]
    if hours > _MOST_HOURS or minutes > _MOST_MINUTES or seconds > _MOST_SECONDS:
        raise Refused("no_date")
    try:
        day = date(int.from_bytes(value[:2], "big"), value[2], value[3])
    except ValueError:
        raise Refused("no_date") from None
    local = calendar.timegm((day.year, day.month, day.day, hours, minutes, seconds))
    return local - (_zone_s(value[8:]) if len(value) == _DATE_WITH_ZONE else 0)


def _zone_s(zone: bytes) -> int:
    if zone[0] not in _SIGNS or zone[1] > _MOST_HOURS or zone[2] > _MOST_MINUTES:
        raise Refused("no_date")
    return _SIGNS[zone[0]] * (zone[1] * 3600 + zone[2] * 60)


def date_by_pattern(value: Any, pattern: str) -> int:
    """Return Unix seconds of a date written as text; without a zone it is UTC.

    Raises:
        Refused: it is not written so.
    """
    if not isinstance(value, bytes):
        raise Refused("wrong_type")
    if len(value) > _SHORT:
        raise Refused("too_long")
    try:
        found = datetime.strptime(utf8(value), pattern)  # noqa: DTZ007
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise Refused("no_date") from None


def ntp_time(value: Any) -> int:
    """Return Unix seconds of an NTP time stamp.

    Raises:
        Refused: it is none.
    """
    if not isinstance(value, bytes):
        raise Refused("wrong_type")
    if len(value) < _NTP_OCTETS:
        raise Refused("no_date")
    return int.from_bytes(value[:4], "big") - _NTP_EPOCH_S
