"""Billing periods: local time exists only here, by the zone of a contract (specs/usage.md section 5); pure."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

Kind = Literal["month", "week", "day"]

_FORMS = {
    "month": (re.compile(r"(\d{4})-(\d\d)"), "2026-03"),
    "week": (re.compile(r"(\d{4})-W(\d\d)"), "2026-W10"),
    "day": (re.compile(r"(\d{4})-(\d\d)-(\d\d)"), "2026-03-02"),
}
_A_DAY_S = 86_400


def period(text: str, kind: Kind, *, zone: tzinfo, billing_day: int = 1) -> tuple[int, int]:
    """Return the period of that name, [start, end) in UTC ms.

    Args:
        text: ``2026-03`` the month that begins in March, ``2026-W10`` a week of ISO 8601, ``2026-03-02`` a day.
        kind: which of these it must be.
        zone: whose midnights bound it.
        billing_day: of months, the first day; in a shorter month its last day.

    Raises:
        ValueError: the text is something else, or at an end of the calendar.
    """
    form, example = _FORMS[kind]
    found = form.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is no {kind} (write {example})")
    try:
        first, last = _dates(kind, [int(number) for number in found.groups()], billing_day)
        return midnight(first, zone), midnight(last, zone)
    except OverflowError as error:
        raise ValueError(f"'{text}' is beyond the years that can be counted") from error


def midnight(day: date, zone: tzinfo) -> int:
    """Return when a day begins, UTC ms: of two midnights the first, of none the first moment after it."""
    local = datetime.combine(day, time.min)
    offset = zone.utcoffset(local) or timedelta()
    start = int((local - offset).replace(tzinfo=UTC).timestamp())
    if _local(start, zone) != local:
        start = _first_after(local, start, zone)
    return start * 1000


def _first_after(local: datetime, near: int, zone: tzinfo) -> int:
    """Return the first second at which the local time has come to one that it leaps over."""
    before, after = near - _A_DAY_S, near + _A_DAY_S
    while after - before > 1:
        middle = (before + after) // 2
        if _local(middle, zone) < local:
            before = middle
        else:
            after = middle
    return after


def _local(at_s: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(at_s, zone).replace(tzinfo=None)


def _dates(kind: Kind, numbers: list[int], billing_day: int) -> tuple[date, date]:
    match kind:
        case "month":
            year, month = numbers
            following = (year + month // 12, month % 12 + 1)
            return _billing_date(year, month, billing_day), _billing_date(*following, billing_day)
        case "week":
            first = date.fromisocalendar(numbers[0], numbers[1], 1)
            return first, first + timedelta(days=7)
        case "day":
            first = date(*numbers)
            return first, first + timedelta(days=1)


def _billing_date(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        raise ValueError(f"month must be in 1..12, not {month}")
    return date(year, month, min(day, monthrange(year, month)[1]))
