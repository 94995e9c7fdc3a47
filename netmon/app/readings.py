"""Counter readings of one metered series out of the log of observations, for whoever recomputes its records."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from netmon.app.moves import at_its_port, moves
from netmon.domain.observation import PollResult
from netmon.domain.usage import Assignment, CounterSample, UsageRecord, UsageSettings, quote_name, series_name
from netmon.normalize.metered import kept
from netmon.normalize.octets import counter_samples
from netmon.normalize.samples import USAGE_TABLE
from netmon.storage.snapshot import decode
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.storage.sqlite.usage_queries import UsageSpan
from netmon.usage.record_line import Evidence, Line

_MOST = 100_000
_LINE = msgspec.json.Decoder(Line)
_LATE_MS = UsageSettings().late_ms
"""A reading that was committed so much later still counts."""


class Measured(msgspec.Struct, frozen=True):
    """A series, and the port that is read for it."""

    series: str
    port: str = ""
    """Its ifName, the last that is known; empty where the series is named by that."""
    evidence: tuple[Evidence, ...] = ()
    """Of its records: tells at which port the series was before."""

    def may_be_of(self, element: str, ifname: str) -> bool:
        """Tell whether a reading is one of it, or one of a port at which it may have been."""
        if quote_name(element) != self.series.partition("|")[0]:
            return False
        return bool(self.port) or series_name(element, "ifName", ifname) == self.series

    def chosen(self, samples: Sequence[CounterSample]) -> Sequence[CounterSample]:
        """Return those that are of it.

        Raises:
            Undecided: that cannot be told.
        """
        return at_its_port(samples, moves(self.evidence, samples, port=self.port)) if self.port else samples


class Readings(msgspec.Struct, frozen=True):
    """The readings that decide over a span of time, in order of arrival: those in it, and the nearest around it."""

    samples: tuple[CounterSample, ...]
    kept_from: int
    """When what is kept begins, UTC ms; 0: all that was ever read is kept."""

    def reach(self, start: int) -> bool:
        """Tell whether no reading that decides over what comes after a time can be missing."""
        return not self.kept_from or any(sample.t <= start for sample in self.samples)


def readings(path: Path, measured: Measured, start: int, end: int) -> Readings:
    """Return the readings of a series for a span of time, from the store at a path, which may be in use.

    Raises:
        StoreError: it is none that can be read.
        Undecided: readings of several ports could be those of the series.
    """
    with closing(open_store(path, read_only=True)) as store:
        complete_after = store.log.complete_after()
        kept_from = next((one.at for _, one in store.log.read(complete_after)), 0) if complete_after else 0
        after = max(store.log.before(start - _LATE_MS), complete_after)
        found = _found(store, measured, start, end, after=after)
        if after > complete_after and not any(sample.t <= start for sample in found):
            # The one before lies further back: netmon or the element was down.
            found = _found(store, measured, start, end, after=complete_after)
        return Readings(tuple(around(measured.chosen(found), start, end)), kept_from)


def usage_record(path: Path, record_id: str) -> UsageRecord | None:
    """Return a record of the store at a path, which may be in use.

    Raises:
        StoreError: it is none that can be read.
    """
    with closing(open_store(path, read_only=True)) as store:
        return store.usage.record(record_id)


def evidence(path: Path, feed: str, series: str, *, start: int, end: int) -> tuple[Evidence, ...]:
    """Return the evidence of the newest record of each interval of a series, in order of time.

    Raises:
        StoreError: the store at the path is none that can be read.
    """
    with closing(open_store(path, read_only=True)) as store:
        records = store.usage.started_of_series(series, UsageSpan(feed, start, end), after=(0, 0), limit=_MOST)
    lines = (_LINE.decode(record.line) for record in records if record.kind != "exception")
    return tuple({line.start: line.evidence for line in lines}.values())


def metered(path: Path) -> tuple[Assignment, ...]:
    """Return the series that polls showed, as the newest snapshot of the store at a path has them.

    Raises:
        StoreError: it is none that can be read.
    """
    with closing(open_store(path, read_only=True)) as store:
        found = store.snapshot()
    sections = decode(found[1], {"book": msgspec.Raw}) if found is not None else {}
    return kept(sections.get("metered", ()))


def around(samples: Sequence[CounterSample], start: int, end: int) -> list[CounterSample]:
    """Return what decides over [start, end): of those outside it, only the nearest on each side."""
    first = max((sample.t for sample in samples if sample.t <= start), default=start)
    last = min((sample.t for sample in samples if sample.t >= end), default=end)
    return [sample for sample in samples if first <= sample.t <= last]


def _found(store: SqliteStore, measured: Measured, start: int, end: int, *, after: int) -> list[CounterSample]:
    """Read on until nothing that comes can count any more: the next reading is there, and late ones had their time."""
    found: list[CounterSample] = []
    is_over = False
    for _, one in store.log.read(after):
        if is_over and one.at > end + _LATE_MS:
            break
        if isinstance(one, PollResult):
            of_one = list(_of(one, measured))
            is_over = is_over or any(sample.t >= end for sample in of_one)
            found += of_one
    return found


def _of(result: PollResult, measured: Measured) -> Iterator[CounterSample]:
    for block in result.blocks:
        if block.table == USAGE_TABLE:
            for sample in counter_samples(result, block):
                if measured.may_be_of(result.element, sample.ifname):
                    yield sample
