"""What is asked of the series store and what it answers; plain values, so that nobody loads polars for a type."""

from typing import Literal

import msgspec

Fn = Literal["avg", "min", "max", "last", "rate"]
Measure = Literal["avg", "min", "max", "last", "p50", "p90", "p95", "p99"]
"""By which series are compared; a percentile is that of all samples of a series, by linear interpolation."""

GAP_INTERVALS = 2.5
"""Two neighboring samples further apart than this are the ends of a gap."""


class TooMany(Exception):
    """The query matches more series than it may."""


class TooSlow(Exception):
    """The time for the query is over."""


class NoRate(Exception):
    """Nothing proves what a counter did between two samples; the text names it."""


class SeriesQuery(msgspec.Struct, frozen=True):
    """What a chart asks for; times are UTC ms, the range is [start, end)."""

    metrics: tuple[str, ...]
    elements: tuple[str, ...]
    start: int
    end: int
    objects: tuple[str, ...] = ()
    """Paths or globs, whole or below the element; empty: all."""
    fn: Fn = "avg"
    step_ms: int = 0
    max_points: int = 1_500
    most_series: int = 50
    deadline: float = float("inf")
    """On ``time.monotonic``."""


class Line(msgspec.Struct, frozen=True):
    """One series on the grid; a bucket without a sample is None."""

    metric: str
    element: str
    object: str
    labels: dict[str, str]
    unit: str
    interval_ms: int
    avg: list[float | None]
    min: list[float | None]
    max: list[float | None]
    last: list[float | None]
    gaps: list[tuple[int, int]]
    """(from, to): no sample in between, and longer than the interval allows."""
    newest: int
    """Time of the last sample."""


class Chart(msgspec.Struct, frozen=True):
    """The lines of a query on one grid: point ``i`` stands for [t0 + i * step, t0 + (i + 1) * step)."""

    t0: int
    step_ms: int
    n: int
    lines: list[Line]


class Series(msgspec.Struct, frozen=True):
    """One series as its samples of late describe it; times are UTC ms."""

    element: str
    object: str
    metric: str
    unit: str
    labels: dict[str, str]
    interval_ms: int
    first: int
    """Time of the oldest sample that was looked at."""
    last: int


class Sample(msgspec.Struct, frozen=True):
    """One sample as it was written."""

    time: int
    value: float
    count: int | None
    """Of a counter: the exact number, up to 64 bits."""


class Ranked(msgspec.Struct, frozen=True):
    """One series and what it is compared by."""

    element: str
    object: str
    labels: dict[str, str]
    unit: str
    value: float
    samples: int
