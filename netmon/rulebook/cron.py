"""Five-field cron expressions, ``0 2 * * SUN``, in the local time of a named zone (POSIX crontab; specs/rules.md 6.13).

A local time that does not exist is the next valid instant, one that exists twice the first of the two.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta, tzinfo

import msgspec

from netmon.domain.scalar import unknown

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),
)
_DAY = timedelta(days=1)
_SEARCHED = 366 * 9
"""Days: between two leap days there are at most eight years."""


class Cron(msgspec.Struct, frozen=True):
    """The minutes that an expression names."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """0: Sunday."""
    either: bool
    """Days of the month and of the week are both given: one of them is enough."""

    def names(self, day: date) -> bool:
        """Tell whether it names any minute of a day."""
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return of_month or of_week if self.either else of_month and of_week

    def first_after(self, at: int, zone: tzinfo) -> int | None:
        """Return the first start after a moment, both in UTC ms; None: there is none within nine years."""
        day = _local(at, zone).date() - _DAY
        for number in range(_SEARCHED):
            locals_ = self._locals(day + number * _DAY)
            first = _count_until(locals_, at, zone)
            if first < len(locals_):
                return instant(locals_[first], zone)
        return None

    def last_until(self, at: int, zone: tzinfo, *, within_ms: int) -> int | None:
        """Return the last start at or before a moment and less than ``within_ms`` ago; None: there is none."""
        day, oldest = _local(at, zone).date(), _local(at - within_ms, zone).date() - _DAY
        while day >= oldest:
            locals_ = self._locals(day)
            if count := _count_until(locals_, at, zone):
                start = instant(locals_[count - 1], zone)
                return start if start > at - within_ms else None
            day -= _DAY
        return None

    def _locals(self, day: date) -> list[datetime]:
        if not self.names(day):
            return []
        return [datetime.combine(day, time(hour, minute)) for hour in self.hours for minute in self.minutes]


def parse_cron(text: str) -> Cron:
    """Return what an expression means.

    Raises:
        ValueError: what is wrong with it, for people.
    """
    parts = text.upper().split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"'{text}' has {len(parts)} fields, not 5 (minute, hour, day, month, day of week)")
    minutes, hours, days, months, weekdays = (_field(part, *field) for part, field in zip(parts, _FIELDS, strict=True))
    cron = Cron(
        tuple(sorted(minutes)),
        tuple(sorted(hours)),
        days,
        months,
        frozenset(day % 7 for day in weekdays),
        not parts[2].startswith("*") and not parts[4].startswith("*"),
    )
    if cron.first_after(0, UTC) is None:
        raise ValueError(f"'{text}' never comes")
    return cron


def instant(local: datetime, zone: tzinfo) -> int:
    """Return the UTC ms of a local time that carries no offset."""
    at = _ms(local.replace(tzinfo=zone))
    if _local(at, zone).replace(fold=0, tzinfo=None) == local:
        return at
    # In a gap both folds miss: one lies before the change, the other after it (PEP 495).
    before, after = sorted((at // 1000, _ms(local.replace(tzinfo=zone, fold=1)) // 1000))
    offset = _local(before * 1000, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if _local(middle * 1000, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after * 1000


def _count_until(locals_: list[datetime], at: int, zone: tzinfo) -> int:
    """Return how many of some local times, in order, are not after a moment.

    A later local time is never an earlier instant, neither over a gap nor over an hour that comes twice.
    """
    return bisect_right(locals_, at, key=lambda local: instant(local, zone))


def _local(at: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(at // 1000, UTC).astimezone(zone)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def _field(text: str, what: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if step and not (step.isdecimal() and int(step)):
            raise ValueError(f"{what}: '{part}' has no whole step")
        if span == "*":
            start, end = low, high
        else:
            start = _number(first, what, low, high, names)
            end = _number(last, what, low, high, names) if dash else high if step else start
        if start > end:
            raise ValueError(f"{what}: '{part}' ends before it begins")
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, what: str, low: int, high: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + (1 if names is _MONTHS else 0)
    if text.isdecimal() and low <= int(text) <= high:
        return int(text)
    if text.isdecimal() or not names:
        raise ValueError(f"{what}: '{text}' is not within {low} and {high}")
    raise ValueError(f"{what}: {unknown('name', text, list(names))}")
