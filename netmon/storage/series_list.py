"""Which series there are, and the exact samples of one (specs/dashboard.md 2.2, 2.3)."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import polars as pl

from netmon.storage.chart import Sample, Series
from netmon.storage.series import SeriesStore
from netmon.storage.slices import scanned

_EVERY = (1 << 32) - 1
"""More than polars can count."""


def series_of(store: SeriesStore, *, element: str, metric: str, start: int, end: int, most: int) -> list[Series]:
    """Return the series with samples in [start, end), at most ``most``, in order; blocks.

    Args:
        store: where to look.
        element: id; empty: all, then only the newest hour with samples is looked at.
        metric: name; empty: all.
        start: UTC ms.
        end: UTC ms.
        most: of them.
    """
    hours = store.hours(start, end)
    paths = [path for hour in (hours if element else hours[:1]) for path in hour]
    if not paths:
        return []
    wanted = pl.col("time").is_between(start, end - 1)
    if element:
        wanted &= pl.col("element") == element
    if metric:
        wanted &= pl.col("metric") == metric
    return [one for _, one in described(paths, wanted, most=most)]


def described(paths: Sequence[Path], wanted: pl.Expr, *, most: int = _EVERY) -> list[tuple[str, Series]]:
    """Return (labels as they are stored, series) of the wanted samples of files, at most ``most``, in order."""
    found = (
        pl.scan_parquet(list(paths))
        .filter(wanted)
        .group_by("element", "object", "metric", "labels")
        .agg(pl.col("unit").last(), pl.col("interval_ms").max(), first=pl.col("time").min(), last=pl.col("time").max())
        .sort("element", "object", "metric", "labels")
        .head(most)
        .collect()
    )
    return [
        (row["labels"], Series(**{**row, "labels": dict(msgspec.json.decode(row["labels"]))}))
        for row in found.iter_rows(named=True)
    ]


def samples_of(store: SeriesStore, *, metric: str, object_: str, start: int, end: int, most: int) -> list[Sample]:
    """Return the first ``most`` samples of a series in [start, end), oldest first; blocks."""
    found: list[Sample] = []
    for paths in reversed(store.hours(start, end)):
        rows = (
            scanned(paths)
            .filter(pl.col("metric") == metric, pl.col("object") == object_, pl.col("time").is_between(start, end - 1))
            .select("time", "seq", "value", "count")
            .collect()
            .sort("time", "seq")
            .unique("time", keep="last", maintain_order=True)
        )
        found += [Sample(time, value, count) for time, _, value, count in rows.rows()]
        if len(found) >= most:
            break
    return found[:most]
