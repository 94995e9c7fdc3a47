"""Whether the records of a feed are what they should be, by the rules and the counters (specs/usage.md 9); pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from netmon.domain.usage import Assignment, UsageRecord
from netmon.usage.eras import Billed
from netmon.usage.record_line import Line
from netmon.usage.report import Check
from netmon.usage.tallies import Counted, Covered, Doubtful, Once, Series, Served, Span

_LINE = msgspec.json.Decoder(Line)


class Books:
    """What the records of a feed tell, series by series; of those looked at only sums and findings are kept."""

    def __init__(self, span: Span, assignments: Iterable[Assignment]) -> None:
        self._span = span
        self._assignments: dict[str, list[Assignment]] = {}
        for one in assignments:
            self._assignments.setdefault(one.series, []).append(one)
        self._served = Served()
        self._tallies = (Once(), Counted(), Covered(), Doubtful())

    def names(self, recorded: Iterable[str]) -> list[str]:
        """Return the series that are to be looked at: those with records, and those that should have some."""
        return sorted({*recorded, *self._assignments})

    def take(self, name: str, records: Iterable[UsageRecord]) -> None:
        """Take all records of a series in order of the feed; the last one of an interval has the word."""
        firsts: Counter[int] = Counter()
        known: dict[int, Billed] = {}
        for record in records:
            if record.kind == "exception":
                continue
            if record.revision == 0:
                firsts[record.start] += 1
            known[record.start] = Billed(record.start, record.end, _LINE.decode(record.line))
        intervals = [one for _, one in sorted(known.items())]
        series = Series(name, self._span, self._assignments.get(name, []), intervals, firsts)
        for tally in (*self._tallies, self._served):
            tally.take(series)

    def checks(self, active: Sequence[str]) -> list[Check]:
        """Return R5, R6, R8, R9 and R11; ``active`` are the services that had members in the span."""
        return [*(tally.check() for tally in self._tallies), self._served.check(active)]
