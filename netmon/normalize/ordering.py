"""Samples as they arrived into samples that can be paired, and what was set aside (specs/usage.md section 1)."""

from collections.abc import Iterable, Sequence

import msgspec

from netmon.domain.usage import CounterSample


class Reading(msgspec.Struct, frozen=True):
    """One reading of a series in order of arrival, or the news that there is none."""

    i: int
    """Number of the sample in its file, from 0."""
    series: str
    wall: int
    """Wall-clock midpoint, UTC ms."""
    run: str = ""
    mono_ms: int | None = None
    status: str = "ok"
    values: CounterSample | None = None
    """Its ``t`` is not set yet; None: no values, although the status may be ``ok``."""


class Anchor(msgspec.Struct, frozen=True):
    """Wall clock and monotonic clock of a poller run at one moment."""

    run: str
    wall: int
    mono_ms: int


class Note(msgspec.Struct, frozen=True):
    """What was set aside, or stood out of order, and why."""

    note: str
    i: int | None = None
    reason: str = ""


class Arranged(msgspec.Struct):
    """The kept samples of a series by time, and what was set aside."""

    samples: list[CounterSample] = []
    notes: list[Note] = []


def arrange(readings: Sequence[Reading], anchors: Iterable[Anchor] = ()) -> dict[str, Arranged]:
    """Normalize readings in order of arrival; the answer is by series, in order of name."""
    clocks = _clocks(readings, anchors)
    by_series: dict[str, list[Reading]] = {}
    for reading in readings:
        by_series.setdefault(reading.series, []).append(reading)
    return {series: _arranged(by_series[series], clocks) for series in sorted(by_series)}


def is_duplicate(kept: CounterSample, other: CounterSample) -> bool:
    """Tell whether two readings of one moment say the same."""
    return (
        kept.in_octets == other.in_octets
        and kept.out_octets == other.out_octets
        and kept.uptime_cs == other.uptime_cs
        and kept.disc_cs == other.disc_cs
        and kept.width == other.width
        and kept.ifindex == other.ifindex
    )


def without_downgrades(
    samples: Iterable[CounterSample], notes: list[Note], numbers: dict[int, int] | None = None
) -> list[CounterSample]:
    """Leave out 32-bit samples after the first 64-bit one, in order of time; ``numbers``: sample time to number."""
    kept: list[CounterSample] = []
    wide = False
    for sample in samples:
        wide = wide or sample.width == 64
        if wide and sample.width == 32:
            notes.append(Note("no_sample", (numbers or {}).get(sample.t), "width_downgrade"))
        else:
            kept.append(sample)
    return kept


def _clocks(readings: Sequence[Reading], anchors: Iterable[Anchor]) -> dict[str, int]:
    """Return by run what to add to its monotonic clock to get sample time."""
    clocks: dict[str, int] = {}
    for anchor in anchors:
        clocks.setdefault(anchor.run, anchor.wall - anchor.mono_ms)
    for reading in readings:
        if reading.run and reading.mono_ms is not None:
            clocks.setdefault(reading.run, reading.wall - reading.mono_ms)
    return clocks


def _arranged(readings: list[Reading], clocks: dict[str, int]) -> Arranged:
    arranged = Arranged()
    by_time: dict[int, CounterSample] = {}
    numbers: dict[int, int] = {}
    for reading in readings:
        sample = _timed(reading, clocks, arranged.notes)
        if sample is None:
            continue
        kept = by_time.get(sample.t)
        if kept is None:
            by_time[sample.t], numbers[sample.t] = sample, reading.i
        elif is_duplicate(kept, sample):
            arranged.notes.append(Note("duplicate_sample", reading.i))
        else:
            by_time[sample.t] = msgspec.structs.replace(kept, conflict=True)
            arranged.notes.append(Note("conflicting_sample", reading.i))
    ordered = [by_time[t] for t in sorted(by_time)]
    arranged.samples = without_downgrades(ordered, arranged.notes, numbers)
    arrival = [numbers[sample.t] for sample in arranged.samples]
    if arrival != sorted(arrival):
        arranged.notes.append(Note("out_of_order_sample"))
    return arranged


def _timed(reading: Reading, clocks: dict[str, int], notes: list[Note]) -> CounterSample | None:
    if reading.status != "ok" or reading.values is None:
        reason = reading.status if reading.status != "ok" else "missing_varbind"
        notes.append(Note("no_sample", reading.i, reason))
        return None
    t = reading.wall
    if reading.run and reading.mono_ms is not None:
        t = clocks[reading.run] + reading.mono_ms
    wall = reading.wall if reading.wall != t else None
    return msgspec.structs.replace(reading.values, t=t, run=reading.run, mono_ms=reading.mono_ms, wall=wall)
