"""Usage records from a file of samples, by the daemon's own rules (specs/usage.md section 11)."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import msgspec

from netmon.domain.usage import Pair
from netmon.normalize.counters import judge
from netmon.normalize.ordering import Arranged, Note, arrange
from netmon.outputs.usage.samples import read_lines
from netmon.usage.recompute import RecomputeConfig, pair_line, record, totals


class Recomputed(msgspec.Struct, frozen=True):
    """What the samples of one series amount to, as plain data."""

    series: str
    notes: tuple[dict[str, Any], ...]
    judged: tuple[Pair, ...]
    records: tuple[dict[str, Any], ...]

    @property
    def pairs(self) -> tuple[dict[str, Any], ...]:
        """The judged pairs as lines."""
        return tuple(pair_line(pair) for pair in self.judged)


class BadSamples(ValueError):
    """A file of samples has bad lines; ``problems`` has one text for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def recompute(config: RecomputeConfig, lines: Iterable[bytes], *, file: str = "-") -> Iterator[Recomputed]:
    """Yield the outcome of each series, in order of name.

    Raises:
        BadSamples: with a text ``FILE:LINE: <field>: <what>`` for every bad line.
    """
    found = read_lines(lines, file=file, series=config.series, speed_override_bps=config.speed_override_bps)
    if found.problems:
        raise BadSamples(found.problems)
    by_series = arrange(found.readings, found.anchors) or {config.series: Arranged()}
    starts = config.starts([sample.t for arranged in by_series.values() for sample in arranged.samples])
    settings = config.settings()
    for series, arranged in by_series.items():
        pairs = [judge(a, b, series, settings) for a, b in pairwise(arranged.samples)]
        yield _told(config, series, arranged.notes, pairs, starts)


def _told(config: RecomputeConfig, series: str, notes: list[Note], pairs: list[Pair], starts: range) -> Recomputed:
    outcomes = zip(starts, totals(pairs, starts), strict=True)
    return Recomputed(
        series,
        tuple(_note_line(note) for note in notes),
        tuple(pairs),
        tuple(record(config, series, start, outcome) for start, outcome in outcomes),
    )


def _note_line(note: Note) -> dict[str, Any]:
    line: dict[str, Any] = {"type": "note", "note": note.note}
    if note.i is not None:
        line["i"] = note.i
    if note.reason:
        line["reason"] = note.reason
    return line
