"""Which series are the greatest, or the least, over a range of time."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import polars as pl

from netmon.storage.chart import Measure, Ranked
from netmon.storage.glob import glob_pattern
from netmon.storage.series import SeriesStore, overlapping
from netmon.storage.series_reader import again
from netmon.storage.slices import scanned

_SERIES = ("element", "object", "labels")


class TopQuery(msgspec.Struct, frozen=True):
    """What is compared; times are UTC ms, the range is [start, end)."""

    metric: str
    start: int
    end: int
    by: Measure = "avg"
    """A percentile lies between two samples as they stand in line, by linear interpolation."""
    most: int = 20
    elements: tuple[str, ...] = ()
    """Globs (``*``), of which one must fit; none: all."""
    objects: tuple[str, ...] = ()
    """The same, whole or below the element."""
    least: bool = False
    """The least series instead of the greatest."""


def top(store: SeriesStore, query: TopQuery) -> list[Ranked]:
    """Return the first series in order; reads files, so it belongs in a thread."""
    return again(lambda: _top(store, query))


def _top(store: SeriesStore, query: TopQuery) -> list[Ranked]:
    hours = [_once(paths, query) for paths in reversed(store.hours(query.start, query.end))]
    if not hours:
        return []
    # The path of an object begins with its element.
    by_series = pl.concat(hours).group_by("object", "labels")
    rows = by_series.agg(pl.col("element", "unit").last(), value=_measure(query.by), samples=pl.len())
    order = rows.sort(["value", *_SERIES], descending=[not query.least, False, False, False])
    return [
        Ranked(**{**row, "labels": dict(msgspec.json.decode(row["labels"]))})
        for row in order.head(query.most).iter_rows(named=True)
    ]


def _once(paths: Sequence[Path], query: TopQuery) -> pl.DataFrame:
    """Return the samples of an hour that are asked for, each once; only after a kill some come twice."""
    wanted = (pl.col("metric") == query.metric) & pl.col("time").is_between(query.start, query.end - 1)
    if query.elements:
        wanted &= pl.col("element").str.contains(glob_pattern(query.elements))
    if query.objects:
        wanted &= pl.col("object").str.contains(glob_pattern(query.objects, before="(?:[^/]+/)?"))
    sample = (*_SERIES, "time")
    rows = scanned(paths).filter(wanted).select(*sample, "unit", "value").collect()
    if overlapping(paths):
        return rows.unique(sample, keep="any")
    # A file is in order of series and time: what was written twice before it was merged stands side by side.
    again = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in sample)
    return rows.filter(~again.fill_null(value=False))


def _measure(by: Measure) -> pl.Expr:
    value = pl.col("value")
    match by:
        case "avg":
            return value.mean()
        case "min":
            return value.min()
        case "max":
            return value.max()
        case "last":
            return value.sort_by("time").last()
        case _:
            return value.quantile(int(by[1:]) / 100, interpolation="linear")
