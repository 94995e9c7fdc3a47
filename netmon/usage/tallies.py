"""What each check of the records of a feed keeps while it looks at one series after the other; pure."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from netmon.domain.usage import Assignment
from netmon.usage.eras import Billed, runs
from netmon.usage.periods import ceil_to, utc_text
from netmon.usage.report import Check, Findings, Where, check

_DAY_MS = 86_400_000
_LEAST_PCT = 99
_DOUBT_PPM = 10_000


class Span(msgspec.Struct, frozen=True):
    """What is looked at, UTC ms."""

    start: int
    end: int
    interval_ms: int

    def has(self, start: int) -> bool:
        """Tell whether an interval starts in it."""
        return self.start <= start < self.end


class Series(msgspec.Struct, frozen=True):
    """The intervals of one series that start in a span, and those beside it, which serve to look at its ends only."""

    name: str
    span: Span
    assignments: Sequence[Assignment]
    intervals: list[Billed]
    """In order of time."""
    firsts: Counter[int]
    """Records of revision 0 by start."""

    def inside(self) -> list[Billed]:
        """Return the intervals that start in the span."""
        return [one for one in self.intervals if self.span.has(one.start)]


class Once:
    """R5: exactly one revision 0 of each interval that must have a record."""

    def __init__(self) -> None:
        self._found = Findings()
        self._expected = self._there = 0

    def take(self, series: Series) -> None:
        """Look at one series."""
        for start in _starts(series):
            self._expected += 1
            many = series.firsts[start]
            if many != 1:
                what = "no record" if not many else f"{many} records of revision 0"
                self._found.add(Where(series=series.name, start=utc_text(start), text=what))
        self._there += sum(many for start, many in series.firsts.items() if series.span.has(start))

    def check(self) -> Check:
        """Return what was found."""
        return check("R5", self._found, expected=self._expected, measured=self._there, tolerance=0)


def _starts(series: Series) -> list[int]:
    """Return the starts of intervals that must have a record: assigned ones, and those between two that have one."""
    span, step = series.span, series.span.interval_ms
    wanted: set[int] = set()
    for one in series.assignments:
        if one.valid_from is not None:
            last = min(span.end, one.valid_to or span.end)
            wanted.update(range(ceil_to(max(span.start, one.valid_from), step), last - step + 1, step))
    told = [one.start for one in series.inside()]
    if told and not wanted:
        wanted.update(range(told[0], told[-1] + 1, step))
    return sorted(wanted.union(told))


class Counted:
    """R6: octets as the counters have them."""

    def __init__(self) -> None:
        self._found = Findings()
        self._billed = self._counted = 0

    def take(self, series: Series) -> None:
        """Look at one series."""
        for run in runs(series.intervals):
            if not series.span.has(run.start):
                continue
            self._billed += run.billed
            self._counted += run.counted if run.exact else run.billed
            if not run.is_right:
                least = "" if run.exact else "at most "
                text = f"billed {run.billed} octets {run.side} up to {utc_text(run.end)}, counted {least}{run.counted}"
                self._found.add(Where(series=series.name, start=utc_text(run.start), text=text))

    def check(self) -> Check:
        """Return what was found."""
        counted, billed = f"{self._counted} octets", f"{self._billed} octets"
        return check("R6", self._found, expected=counted, measured=billed, tolerance="0 octets")


class Covered:
    """R8: how much of each day is covered."""

    def __init__(self) -> None:
        self._found = Findings()
        self._whole = self._covered = 0

    def take(self, series: Series) -> None:
        """Look at one series."""
        whole: Counter[int] = Counter()
        covered: Counter[int] = Counter()
        for one in series.inside():
            day = one.start - one.start % _DAY_MS
            whole[day] += one.end - one.start
            covered[day] += one.line.coverage_ms
        for day, all_ in sorted(whole.items()):
            if covered[day] * 100 < all_ * _LEAST_PCT:
                text = f"{_percent(covered[day], all_)} of the day is covered"
                self._found.add(Where(series=series.name, start=utc_text(day), text=text))
        self._whole += whole.total()
        self._covered += covered.total()

    def check(self) -> Check:
        """Return what was found."""
        measured = _percent(self._covered, self._whole) if self._whole else None
        return check("R8", self._found, expected=f">= {_LEAST_PCT} %", measured=measured)


class Doubtful:
    """R9: how much is not simply measured."""

    def __init__(self) -> None:
        self._time: Counter[str] = Counter()
        self._octets: Counter[str] = Counter()

    def take(self, series: Series) -> None:
        """Look at one series."""
        for one in series.inside():
            quality = one.line.quality or "unknown"
            self._time[quality] += one.end - one.start
            self._octets[quality] += (one.line.octets_in or 0) + (one.line.octets_out or 0)

    def check(self) -> Check:
        """Return what was found."""
        time, octets = self._time, self._octets
        shares = [
            f"{quality} {_percent(time[quality], time.total())} of the time, "
            f"{_percent(octets[quality], octets.total())} of the octets"
            for quality in ("estimated", "partial", "unknown")
        ]
        lacking = time["partial"] + time["unknown"]
        found = Findings()
        if lacking * 1_000_000 > time.total() * _DOUBT_PPM:
            for text in shares:
                found.add(Where(text=text))
        return check("R9", found, expected="<= 1 % partial or unknown", measured="; ".join(shares), bad="warn")


class Served:
    """R11: services without a series, series with traffic without a service."""

    def __init__(self) -> None:
        self._served: set[str] = set()
        self._unserved = Findings()

    def take(self, series: Series) -> None:
        """Look at one series."""
        octets = 0
        for one in series.inside():
            if one.line.service_id:
                self._served.add(one.line.service_id)
            else:
                octets += (one.line.octets_in or 0) + (one.line.octets_out or 0)
        if octets:
            self._unserved.add(Where(series=series.name, text=f"{octets} octets are of no service"))

    def check(self, active: Sequence[str]) -> Check:
        """Return what was found; ``active`` are the services that had members in the span."""
        found = Findings()
        for id_ in sorted(active):
            if id_ not in self._served:
                found.add(Where(text=f"service {id_} has no record"))
        found.join(self._unserved)
        return check("R11", found, expected=len(active), measured=len(self._served), bad="warn")


def _percent(part: int, whole: int) -> str:
    hundredths = part * 10_000 // whole if whole else 0
    return f"{hundredths // 100}.{hundredths % 100:02d} %"
