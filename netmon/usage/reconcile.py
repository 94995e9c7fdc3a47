"""Whether the records of a feed are what they should be, by the rules and the counters (specs/usage.md 9); pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from netmon.domain.usage import Assignment, UsageRecord
from netmon.usage.eras import Billed, runs
from netmon.usage.periods import ceil_to, utc_text
from netmon.usage.record_line import Line
from netmon.usage.report import Check, Where, check

_DAY_MS = 86_400_000
_LEAST_PCT = 99
_DOUBT_PPM = 10_000

_LINE = msgspec.json.Decoder(Line)


class Span(msgspec.Struct, frozen=True):
    """What is looked at, UTC ms."""

    start: int
    end: int
    interval_ms: int


class Books:
    """The records of a feed that start in a span of time, by series."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.series: dict[str, dict[int, Billed]] = {}
        self.firsts: Counter[tuple[str, int]] = Counter()
        """Records of revision 0 by series and start."""

    def take(self, records: Iterable[UsageRecord]) -> None:
        """Take records in order of the feed; the last one of an interval has the word."""
        for record in records:
            if record.kind == "exception":
                continue
            if record.revision == 0:
                self.firsts[record.series, record.start] += 1
            known = self.series.setdefault(record.series, {})
            known[record.start] = Billed(record.start, record.end, _LINE.decode(record.line))

    def in_order(self, series: str) -> list[Billed]:
        """Return the intervals of a series by time."""
        return [one for _, one in sorted(self.series[series].items())]

    def inside(self) -> Iterator[tuple[str, Billed]]:
        """Yield every interval that starts in the span; others serve to look at its ends only."""
        for name in sorted(self.series):
            yield from ((name, one) for one in self.in_order(name) if self._is_inside(one.start))

    def _is_inside(self, start: int) -> bool:
        return self.span.start <= start < self.span.end


def checks(books: Books, assignments: Sequence[Assignment]) -> list[Check]:
    """Return R5, R6, R8 and R9."""
    return [_once(books, assignments), _counted(books), _covered(books), _doubtful(books)]


def _once(books: Books, assignments: Sequence[Assignment]) -> Check:
    found = []
    expected = 0
    for name in sorted({*books.series, *(one.series for one in assignments)}):
        for start in _starts(books, name, [one for one in assignments if one.series == name]):
            expected += 1
            many = books.firsts[name, start]
            if many != 1:
                what = "no record" if not many else f"{many} records of revision 0"
                found.append(Where(series=name, start=utc_text(start), text=what))
    there = sum(many for (_, start), many in books.firsts.items() if books._is_inside(start))
    return check("R5", found, expected=expected, measured=there, tolerance=0)


def _starts(books: Books, series: str, assignments: Sequence[Assignment]) -> list[int]:
    """Return the starts of intervals that must have a record: assigned ones, and those between two that have one."""
    span, step = books.span, books.span.interval_ms
    wanted: set[int] = set()
    for one in assignments:
        if one.valid_from is not None:
            last = min(span.end, one.valid_to or span.end)
            wanted.update(range(ceil_to(max(span.start, one.valid_from), step), last - step + 1, step))
    told = [start for start in books.series.get(series, ()) if span.start <= start < span.end]
    if told and not wanted:
        wanted.update(range(min(told), max(told) + 1, step))
    return sorted(wanted.union(told))


def _counted(books: Books) -> Check:
    found = []
    billed = counted = 0
    for name in sorted(books.series):
        for run in runs(books.in_order(name)):
            if not books.span.start <= run.start < books.span.end:
                continue
            billed += run.billed
            counted += run.counted if run.exact else run.billed
            if not run.is_right:
                least = "" if run.exact else "at most "
                text = f"billed {run.billed} octets {run.side} up to {utc_text(run.end)}, counted {least}{run.counted}"
                found.append(Where(series=name, start=utc_text(run.start), text=text))
    return check("R6", found, expected=f"{counted} octets", measured=f"{billed} octets", tolerance="0 octets")


def _covered(books: Books) -> Check:
    whole: Counter[tuple[str, int]] = Counter()
    covered: Counter[tuple[str, int]] = Counter()
    for name, one in books.inside():
        day = one.start - one.start % _DAY_MS
        whole[name, day] += one.end - one.start
        covered[name, day] += one.line.coverage_ms
    found = [
        Where(series=name, start=utc_text(day), text=f"{_percent(covered[name, day], all_)} of the day is covered")
        for (name, day), all_ in sorted(whole.items())
        if covered[name, day] * 100 < all_ * _LEAST_PCT
    ]
    measured = _percent(covered.total(), whole.total()) if whole else None
    return check("R8", found, expected=f">= {_LEAST_PCT} %", measured=measured)


def _doubtful(books: Books) -> Check:
    time: Counter[str] = Counter()
    octets: Counter[str] = Counter()
    for _, one in books.inside():
        quality = one.line.quality or "unknown"
        time[quality] += one.end - one.start
        octets[quality] += (one.line.octets_in or 0) + (one.line.octets_out or 0)
    shares = [
        f"{quality} {_percent(time[quality], time.total())} of the time, "
        f"{_percent(octets[quality], octets.total())} of the octets"
        for quality in ("estimated", "partial", "unknown")
    ]
    lacking = time["partial"] + time["unknown"]
    much = lacking * 1_000_000 > time.total() * _DOUBT_PPM
    told = [Where(text=text) for text in shares] if much else []
    return check("R9", told, expected="<= 1 % partial or unknown", measured="; ".join(shares), bad="warn")


def _percent(part: int, whole: int) -> str:
    hundredths = part * 10_000 // whole if whole else 0
    return f"{hundredths // 100}.{hundredths % 100:02d} %"
