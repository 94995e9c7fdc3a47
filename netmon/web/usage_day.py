"""The last day of a usage feed by metered interface: what was measured, what is missing and why; pure."""

from collections import Counter
from collections.abc import Iterable
from math import gcd

import msgspec

from netmon.domain.usage import Quality, UsageRecord
from netmon.usage.record_line import Line, decode_line

_WHOLE_PPM = 1_000_000
_CELL = {"measured": "m", "estimated": "e", "partial": "p", "unknown": "u"}
_NONE = "."
_LATE = "late_sample"


class SeriesDay(msgspec.Struct, frozen=True):
    """A metered interface over the day; octets are decimal text, as they may be too large for a JSON reader."""

    series: str
    element: str
    object: str
    name: str
    service: str
    party: str
    contract: str
    octets_in: str | None
    """null: nothing of it is known, which is not 0."""
    octets_out: str | None
    octets_in_estimated: str
    """Of these: octets whose place in time is an estimate."""
    octets_out_estimated: str
    at_least: bool
    """Something is missing: octets are a proven lower bound."""
    coverage_ppm: int
    """How much of its intervals is covered by readings."""
    by_quality: dict[str, int]
    """Intervals: measured, estimated, partial, unknown."""
    flags: dict[str, int]
    """Intervals by what was noticed in them."""
    exceptions: dict[str, int]
    """Exception records by reason."""
    adjusted: int
    """Adjustments: intervals that were corrected after they were closed."""
    cells: str
    """A letter per ``cell_ms``: m, e, p, u as the qualities of intervals; a point where there is no record."""
    last_end: int
    """End of its newest interval."""


class DaySums(msgspec.Struct, frozen=True):
    """The records of a feed that start in a span of time, UTC ms, all interfaces together."""

    since: int
    until: int
    interval_ms: int
    """Length of an interval, from the records, the longest where it was changed; 0: there is none."""
    metered: int
    """Interfaces."""
    records: int
    by_kind: dict[str, int]
    by_quality: dict[str, int]
    coverage_ppm: int | None
    """null: there is no interval."""
    missing: dict[str, int]
    """Intervals that are partial or unknown, by what was noticed in them; one may have several reasons."""
    adjusted: int
    late: int
    """Of the adjustments: those that a late sample made."""
    newest_end: int | None
    """End of the newest interval that is closed."""


class Day(msgspec.Struct, frozen=True):
    """A span of time of a feed by interface."""

    sums: DaySums
    cell_ms: int
    """How long a letter of ``cells`` stands for: a part of every interval; the first begins at ``since`` or before."""
    series: list[SeriesDay]


class _Interval(msgspec.Struct, frozen=True):
    """The newest word on an interval."""

    start: int
    end: int
    revision: int
    line: Line

    @property
    def quality(self) -> Quality:
        return self.line.quality or "unknown"


class _Series:
    """Gathers what is said of one series."""

    def __init__(self) -> None:
        self.intervals: dict[int, _Interval] = {}
        self.exceptions: Counter[str] = Counter()
        self.adjusted = self.late = 0

    def take(self, record: UsageRecord, line: Line) -> None:
        if line.kind == "exception":
            self.exceptions[line.reason or "unknown"] += 1
            return
        if line.kind == "adjustment":
            self.adjusted += 1
            self.late += line.reason == _LATE
        known = self.intervals.get(record.start)
        if known is None or known.revision <= record.revision:
            self.intervals[record.start] = _Interval(record.start, record.end, record.revision, line)


def sum_up(records: Iterable[UsageRecord], *, since: int, until: int) -> Day:
    """Return what records of one feed say of a span of time, UTC ms."""
    gathered: dict[str, _Series] = {}
    by_kind: Counter[str] = Counter()
    for record in records:
        by_kind[record.kind] += 1
        gathered.setdefault(record.series, _Series()).take(record, decode_line(record.line))
    intervals = [one for series in gathered.values() for one in series.intervals.values()]
    lengths = {one.end - one.start for one in intervals}
    cell_ms = gcd(*lengths)
    lacking = [one for one in intervals if one.quality in ("partial", "unknown")]
    series = [
        _summed(name, one, since=since, until=until, cell_ms=cell_ms)
        for name, one in sorted(gathered.items())
        if one.intervals
    ]
    sums = DaySums(
        since=since,
        until=until,
        interval_ms=max(lengths, default=0),
        metered=len(series),
        records=by_kind.total(),
        by_kind=dict(by_kind),
        by_quality=_qualities(intervals),
        coverage_ppm=_coverage_ppm(intervals),
        missing=_flags(lacking),
        adjusted=sum(one.adjusted for one in gathered.values()),
        late=sum(one.late for one in gathered.values()),
        newest_end=max((one.end for one in intervals), default=None),
    )
    return Day(sums, cell_ms, series)


def _summed(name: str, series: _Series, *, since: int, until: int, cell_ms: int) -> SeriesDay:
    intervals = sorted(series.intervals.values(), key=lambda one: one.start)
    newest = intervals[-1].line
    lines = [one.line for one in intervals]
    return SeriesDay(
        series=name,
        element=newest.element,
        object=newest.resource.id,
        name=newest.resource.name,
        service=newest.service_id or "",
        party=newest.party_ref or "",
        contract=newest.contract_id or "",
        octets_in=total(line.octets_in for line in lines),
        octets_out=total(line.octets_out for line in lines),
        octets_in_estimated=total(line.octets_in_estimated for line in lines) or "0",
        octets_out_estimated=total(line.octets_out_estimated for line in lines) or "0",
        at_least=any(one.quality in ("partial", "unknown") for one in intervals),
        coverage_ppm=_coverage_ppm(intervals) or 0,
        by_quality=_qualities(intervals),
        flags=_flags(intervals),
        exceptions=dict(series.exceptions.most_common()),
        adjusted=series.adjusted,
        cells=_cells(intervals, since=since, until=until, cell_ms=cell_ms),
        last_end=intervals[-1].end,
    )


def total(octets: Iterable[int | None]) -> str | None:
    """Return the sum of what is known as decimal text, None where nothing is."""
    known = [value for value in octets if value is not None]
    return str(sum(known)) if known else None


def _cells(intervals: Iterable[_Interval], *, since: int, until: int, cell_ms: int) -> str:
    by_start = {at: _CELL[one.quality] for one in intervals for at in range(one.start, one.end, cell_ms)}
    return "".join(by_start.get(at, _NONE) for at in range(since - since % cell_ms, until, cell_ms))


def _coverage_ppm(intervals: Iterable[_Interval]) -> int | None:
    covered = whole = 0
    for one in intervals:
        covered += one.line.coverage_ms
        whole += one.end - one.start
    return covered * _WHOLE_PPM // whole if whole else None


def _qualities(intervals: Iterable[_Interval]) -> dict[str, int]:
    found = Counter[str](one.quality for one in intervals)
    return {quality: found[quality] for quality in _CELL}


def _flags(intervals: Iterable[_Interval]) -> dict[str, int]:
    return dict(Counter(flag for one in intervals for flag in one.line.flags).most_common())
