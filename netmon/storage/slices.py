"""Samples of files of any size, a slice at a time: an hour of a large network needs no more memory than a small one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

ORDER: Final = ("metric", "element", "object", "time")
"""How the samples of a file are ordered, so that a chart reads little of it."""

_MOST_ROWS: Final = 50_000
_ALL: Final = pl.lit(value=True)


def scanned(paths: Sequence[Path]) -> pl.LazyFrame:
    """Return the samples of files; a counter, which is stored as ``count`` alone, has its ``value`` again."""
    value = pl.coalesce("value", pl.col("count").cast(pl.Float64))
    return pl.scan_parquet(list(paths)).with_columns(value=value)


def stored(samples: pl.DataFrame) -> pl.DataFrame:
    """Return samples as they are stored: of a counter the exact number only, for both take twice the disk."""
    return samples.with_columns(value=pl.when(pl.col("count").is_null()).then("value"))


def merged(
    paths: Sequence[Path],
    *,
    most: int = _MOST_ROWS,
    wanted: pl.Expr = _ALL,
    scan: Callable[[Sequence[Path]], pl.LazyFrame] = scanned,
) -> Iterator[pl.DataFrame]:
    """Yield wanted samples of all the files in ``ORDER``, ``most`` at a time; more only where one element has more."""
    counts = pl.concat([_counted(scan([path]).filter(wanted), "metric", "element") for path in paths])
    totals = counts.group_by("metric", "element").agg(pl.col("len").sum()).sort("metric", "element")
    for (metric,), of_metric in totals.group_by("metric", maintain_order=True):
        for first, last in _spans(of_metric.select("element", "len").iter_rows(), most):
            of_span = (pl.col("metric") == metric) & pl.col("element").is_between(pl.lit(first), pl.lit(last))
            yield scan(paths).filter(wanted & of_span).collect().sort(ORDER)


def following(paths: Sequence[Path], first: int, last: int, *, most: int = _MOST_ROWS) -> Iterator[pl.DataFrame]:
    """Yield the samples of the observations ``first`` to ``last`` of files in their order, about ``most`` at a time."""
    wanted = scanned(paths).filter(pl.col("seq").is_between(first, last))
    counts = _counted(wanted, "seq").sort("seq")
    for one, other in _spans(counts.iter_rows(), most):
        yield wanted.filter(pl.col("seq").is_between(one, other)).collect().sort("seq", maintain_order=True)


def _counted(samples: pl.LazyFrame, *keys: str) -> pl.DataFrame:
    return samples.group_by(*keys).len().collect(engine="streaming")


def _spans(counts: Iterable[tuple[Any, ...]], most: int) -> Iterator[tuple[Any, Any]]:
    """Yield (first key, last key) of runs of (key, rows) that have at most ``most`` rows together."""
    first = last = None
    together = 0
    for key, rows in counts:
        if together and together + rows > most:
            yield first, last
            together = 0
        first, last, together = key if not together else first, key, together + rows
    if together:
        yield first, last
