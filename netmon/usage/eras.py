"""Octets of intervals against the counters of the element, to the octet (check R6 of specs/usage.md section 9)."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from netmon.usage.periods import parse_utc
from netmon.usage.record_line import Line, SampleEvidence

_DAY_MS = 86_400_000

Side = Literal["in", "out"]


class Billed(msgspec.Struct, frozen=True):
    """The newest word on an interval, UTC ms."""

    start: int
    end: int
    line: Line

    @property
    def is_whole(self) -> bool:
        """Whether accepted readings cover it without a break."""
        line = self.line
        told = line.evidence.first is not None and line.evidence.last is not None and line.octets_in is not None
        return told and line.quality in ("measured", "estimated") and not line.evidence.dropped


class Run(msgspec.Struct, frozen=True):
    """What was billed and what was counted over intervals of one day in a row, in one direction."""

    start: int
    end: int
    side: Side
    billed: int
    counted: int
    exact: bool
    """Else one end lies between two readings of which only one is known: ``counted`` is the most that it can be."""

    @property
    def is_right(self) -> bool:
        """Whether both agree, to the octet."""
        return self.billed == self.counted if self.exact else self.billed <= self.counted


def runs(intervals: Sequence[Billed]) -> Iterator[Run]:
    """Yield the runs of a series; ``intervals`` are in order of time, one each."""
    ending = {one.end: one for one in intervals}
    starting = {one.start: one for one in intervals}
    for row in _rows(intervals):
        for run in _cut(row, ending, starting):
            for side in ("in", "out"):
                yield _run(run, side, before=ending.get(run[0].start), after=starting.get(run[-1].end))


def _cut(row: list[Billed], ending: dict[int, Billed], starting: dict[int, Billed]) -> Iterator[list[Billed]]:
    """Cut off an interval at either end of which only one of the readings over it is known: the others are exact."""
    first, last = row[0], row[-1]
    if _part(first.line.evidence.first, _last(ending.get(first.start)), first.start, "in", 1) is None:
        yield row[:1]
        row = row[1:]
    if not row:
        return
    is_open = _part(_first(starting.get(last.end)), last.line.evidence.last, last.end, "in", 1) is None
    if is_open and row[:-1]:
        yield row[:-1]
        row = row[-1:]
    yield row


def _first(one: Billed | None) -> SampleEvidence | None:
    return one.line.evidence.first if one is not None else None


def _last(one: Billed | None) -> SampleEvidence | None:
    return one.line.evidence.last if one is not None else None


def _rows(intervals: Sequence[Billed]) -> Iterator[list[Billed]]:
    row: list[Billed] = []
    for one in intervals:
        goes_on = row and row[-1].end == one.start and one.start % _DAY_MS and one.is_whole
        if row and not goes_on:
            yield row
            row = []
        if one.is_whole:
            row.append(one)
    if row:
        yield row


def _run(run: Sequence[Billed], side: Side, *, before: Billed | None, after: Billed | None) -> Run:
    first, last = run[0].line.evidence.first, run[-1].line.evidence.last
    assert first is not None
    assert last is not None
    start, end = run[0].start, run[-1].end
    billed = sum((one.line.octets_in if side == "in" else one.line.octets_out) or 0 for one in run)
    modulus = 1 << (run[-1].line.source.width or 64)
    head = _part(first, _last(before), start, side, modulus)
    tail = _part(_first(after), last, end, side, modulus)
    counted = _counter(last, side) - _counter(first, side)
    # Of the pair that reaches past the end the part from the end on does not count.
    beyond = 0 if tail is None else tail[1] - tail[0]
    counted -= (head[0] if head is not None else 0) + beyond
    return Run(start, end, side, billed, _nearest(counted, billed, modulus), head is not None and tail is not None)


def _part(
    a: SampleEvidence | None, b: SampleEvidence | None, at: int, side: Side, modulus: int
) -> tuple[int, int] | None:
    """Return (octets up to a boundary, all octets) of the pair of readings over it; None: one of them is not known."""
    known = a or b
    if known is not None and parse_utc(known.t) == at:
        return 0, 0
    if a is None or b is None:
        return None
    t_a, t_b = parse_utc(a.t), parse_utc(b.t)
    if not t_a < at < t_b:
        return (0, 0) if at in (t_a, t_b) else None
    octets = (_counter(b, side) - _counter(a, side)) % modulus
    return octets * (at - t_a) // (t_b - t_a), octets


def _counter(sample: SampleEvidence, side: Side) -> int:
    return int(sample.in_ if side == "in" else sample.out)


def _nearest(counted: int, billed: int, modulus: int) -> int:
    """Return what was counted: counters begin anew at ``modulus``, those of 32 bits several times a day."""
    apart = (billed - counted) % modulus
    return billed - (apart - modulus if apart > modulus // 2 else apart)
