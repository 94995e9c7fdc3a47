"""The ports of a contract in a period, from records of its feed: when each is part of it, and its octets; pure."""

from collections.abc import Iterable, Iterator

import msgspec

from netmon.domain.usage import Quality, UsageRecord
from netmon.usage.periods import SLOT_MS, floor_to

Slots = list[int | None]
"""Octets by slot of the period, None where nothing valid is known."""


class Interval(msgspec.Struct, frozen=True, gc=False):
    """What is needed of the newest record of an interval."""

    id: str
    revision: int
    contract_id: str | None
    octets_in: int | None
    octets_out: int | None
    quality: Quality
    coverage_ms: int
    slots_in: tuple[int | None, ...] | None
    slots_out: tuple[int | None, ...] | None
    slots_quality: str | None


class Port:
    """A series of the contract and its records.

    It is part of the contract from its first record on, to its last one as far as the feed is settled; a hole between
    them is missing, unless records name another contract there.
    """

    def __init__(self, series: str) -> None:
        self.series = series
        self.intervals: dict[int, Interval] = {}
        """By start."""
        self._ends: dict[int, int] = {}
        self._of_others: set[int] = set()
        """Starts of the slots that are another contract's."""

    def take(self, record: UsageRecord, interval: Interval) -> None:
        """Let a record of the contract count, unless a newer one of its interval is there."""
        known = self.intervals.get(record.start)
        if known is None or known.revision < interval.revision:
            self.intervals[record.start] = interval
            self._ends[record.start] = record.end
            self._of_others.difference_update(range(record.start, record.end, SLOT_MS))

    def leave(self, record: UsageRecord) -> None:
        """Let the interval of a record be another contract's."""
        known = self.intervals.get(record.start)
        if known is None or known.revision < record.revision:
            self.intervals.pop(record.start, None)
            self._of_others.update(range(record.start, record.end, SLOT_MS))

    def in_order(self) -> list[Interval]:
        """Return its intervals in order of time."""
        return [self.intervals[start] for start in sorted(self.intervals)]

    def slots(self, until: int, *, settled: int, valid: str) -> Iterator[tuple[int, int | None, int | None]]:
        """Yield (start, octets in, octets out) of each slot it is part of, None where that is not valid.

        Args:
            until: end of the period, UTC ms.
            settled: the feed has the record of every interval that ends by then, UTC ms.
            valid: letters of the qualities that count.
        """
        at = last = min(self.intervals)
        for start in sorted(self.intervals):
            yield from self._missing(at, start)
            at, last = self._ends[start], start
            yield from _known(start, at, self.intervals[start], valid)
        yield from self._missing(max(at, floor_to(settled, at - last)), until)

    def _missing(self, start: int, end: int) -> Iterator[tuple[int, None, None]]:
        return ((at, None, None) for at in range(start, end, SLOT_MS) if at not in self._of_others)


def ports_of(records: Iterable[UsageRecord], contract: str) -> tuple[list[Port], int]:
    """Return the ports of a contract by series, and the last number that was looked at; others are not kept."""
    ports: dict[str, Port] = {}
    through = 0
    for record in records:
        through = max(through, record.rec_seq)
        if record.kind == "exception":
            continue
        interval = _decoder.decode(record.line)
        if interval.contract_id == contract:
            ports.setdefault(record.series, Port(record.series)).take(record, interval)
        elif record.series in ports:
            ports[record.series].leave(record)
    return [ports[series] for series in sorted(ports) if ports[series].intervals], through


def summed(ports: Iterable[Port], span: tuple[int, int], *, settled: int, valid: str) -> tuple[Slots, Slots]:
    """Return octets in and out of all ports by slot of a span; where a port that is part of it is missing, it is."""
    start, end = span
    octets_in: Slots = [None] * ((end - start) // SLOT_MS)
    octets_out: Slots = list(octets_in)
    missing: set[int] = set()
    for port in ports:
        for at, more_in, more_out in port.slots(end, settled=settled, valid=valid):
            place = (at - start) // SLOT_MS
            if more_in is None or more_out is None:
                missing.add(place)
            else:
                octets_in[place] = (octets_in[place] or 0) + more_in
                octets_out[place] = (octets_out[place] or 0) + more_out
    for place in missing:
        octets_in[place] = octets_out[place] = None
    return octets_in, octets_out


_decoder = msgspec.json.Decoder(Interval)


def _known(start: int, end: int, interval: Interval, valid: str) -> Iterator[tuple[int, int | None, int | None]]:
    starts = range(start, end, SLOT_MS)
    nothing = (None,) * len(starts)
    letters = interval.slots_quality or "u" * len(starts)
    slots = zip(starts, letters, interval.slots_in or nothing, interval.slots_out or nothing, strict=True)
    for at, letter, octets_in, octets_out in slots:
        yield (at, octets_in, octets_out) if letter in valid else (at, None, None)
