"""Series as a chart wants them: averages, extremes and gaps on a grid of time (specs/dashboard.md 2.2).

Hourly rollups would be a second list of files beside ``SeriesStore.hours``; everything behind it is the same.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from netmon.storage.chart import Chart, Line, NoRate, SeriesQuery, TooMany, TooSlow
from netmon.storage.glob import glob_pattern
from netmon.storage.grid import grid, step_ms
from netmon.storage.series import SeriesStore

GAP_INTERVALS = 2.5
"""Two neighboring samples further apart than this are the ends of a gap."""

_KEY = ("metric", "element", "object", "row")
"""``row`` tells apart the rows of a table whose object is the element itself: their labels."""
_PROOF, _OUT = "netmon_if_in_bits_per_second", "netmon_if_out_bits_per_second"
"""A sample of them says that the counters of its interface went on undisturbed since the sample before."""
_OCTETS = {"ifHCInOctets": _PROOF, "ifInOctets": _PROOF, "ifHCOutOctets": _OUT, "ifOutOctets": _OUT}
"""What the normalizer made of octet counters already."""
_UNKNOWN_INTERVAL_MS = 60_000
"""Of samples that came with no interval, such as answers to probes, where no other tells it."""
_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000
_FILES_AT_ONCE = 240
_HOURS_AT_ONCE = 24
_U32 = 1 << 32

Key = tuple[str, str, str, str]


class _Read(msgspec.Struct):
    """What was found up to now, batch by batch, the newest first."""

    step: int = 0
    buckets: list[pl.DataFrame] = []
    gaps: dict[Key, list[tuple[int, int]]] = {}
    newer: dict[Key, tuple[int, int]] = {}
    """Time and interval of the oldest sample of each series that was found."""
    lines: dict[Key, dict[str, Any]] = {}
    """The newest row of each series."""


def draw(store: SeriesStore, query: SeriesQuery) -> Chart:
    """Answer a query; reads files, so it belongs in a thread.

    Raises:
        TooMany, TooSlow, NoRate: see there.
    """
    read = _Read()
    for paths in _batches(store.hours(_since(query), query.end)):
        if time.monotonic() > query.deadline:
            raise TooSlow
        rows = _rows(paths, query)
        if rows.height:
            _take(read, rows, query)
    step = read.step or _step(query, 0)
    t0, n = grid(query.start, query.end, step)
    return Chart(t0, step, n, _lines(read, query, t0, n))


def _since(query: SeriesQuery) -> int:
    """Return from when on samples are read: the first bucket is whole, a gap or a rate may begin before the range."""
    return query.start - (_DAY_MS if query.end - query.start > _DAY_MS else _HOUR_MS)


def _step(query: SeriesQuery, interval_ms: int) -> int:
    span = query.end - query.start
    return step_ms(span, max_points=query.max_points, interval_ms=interval_ms, wished_ms=query.step_ms)


def _batches(hours: Iterable[list[Path]]) -> Iterator[list[Path]]:
    """Yield files in batches of whole hours, the newest first."""
    batch: list[Path] = []
    count = 0
    for paths in hours:
        batch, count = [*paths, *batch], count + 1
        if count >= _HOURS_AT_ONCE or len(batch) >= _FILES_AT_ONCE:
            yield batch
            batch, count = [], 0
    if batch:
        yield batch


def _rows(paths: list[Path], query: SeriesQuery) -> pl.DataFrame:
    """Return the samples that are asked for, in order of series and time, each once."""
    metrics = (*query.metrics, _PROOF, _OUT) if query.fn == "rate" else query.metrics
    wanted = pl.col("metric").is_in(metrics) & pl.col("element").is_in(query.elements)
    wanted &= pl.col("time").is_between(_since(query), query.end - 1)
    if query.objects:
        wanted &= pl.col("object").str.contains(glob_pattern(query.objects, before="(?:[^/]+/)?"))
    columns = ["metric", "element", "object", "time", "seq", "interval_ms", "labels", "unit", "value", "count"]
    rows = pl.scan_parquet(paths).filter(wanted).select(columns).collect()
    rows = rows.with_columns(row=pl.when(pl.col("object") == pl.col("element")).then("labels").otherwise(pl.lit("")))
    rows = rows.sort(*_KEY, "time", "seq").unique([*_KEY, "time"], keep="last", maintain_order=True)
    return _rates(rows, query) if query.fn == "rate" else rows


def _rates(rows: pl.DataFrame, query: SeriesQuery) -> pl.DataFrame:
    """Return what counters moved per second, where the octets of their interface prove that they went on.

    The first sample of a batch has none: better one sample less than a difference over what may not belong together.
    """
    proofs = rows.filter(pl.col("metric") == _PROOF).select("element", "object", "time")
    counted = [metric for metric in query.metrics if metric not in _OCTETS]
    counters = rows.filter(pl.col("metric").is_in(counted))
    for (metric,) in counters.filter(pl.col("count").is_null()).select("metric").unique().rows():
        raise NoRate(f'"{metric}" is no counter')
    for (metric,) in counters.filter(~pl.col("object").str.contains("/if:")).select("metric").unique().rows():
        raise NoRate(f'nothing proves a rate of "{metric}": that is known of counters of interfaces only')
    before = pl.col("count").shift(1).over(_KEY)
    # RFC 2578 section 7.1.6: a Counter32 wraps at 2^32; where the octets did not fall back nothing else did.
    moved = (
        pl.when(pl.col("count") >= before)
        .then(pl.col("count") - before)
        .when(before < _U32)
        .then(pl.col("count") + _U32 - before)
    )
    seconds = (pl.col("time") - pl.col("time").shift(1).over(_KEY)) / 1000
    rated = counters.with_columns(value=moved / seconds, unit=pl.col("unit") + "/s")
    rated = rated.filter(pl.col("value").is_not_null()).join(proofs, on=["element", "object", "time"], how="semi")
    octets = [
        rows.filter(pl.col("metric") == _OCTETS[metric]).with_columns(
            metric=pl.lit(metric), value=pl.col("value") / 8, unit=pl.lit("octets/s")
        )
        for metric in query.metrics
        if metric in _OCTETS
    ]
    return pl.concat([rated, *octets]).sort(*_KEY, "time")


def _take(read: _Read, rows: pl.DataFrame, query: SeriesQuery) -> None:
    usual = pl.col("interval_ms").replace(0, None)
    rows = rows.with_columns(interval_ms=usual.fill_null(usual.max().over(_KEY)).fill_null(_UNKNOWN_INTERVAL_MS))
    ends = rows.group_by(_KEY, maintain_order=True)
    for line in ends.last().iter_rows(named=True):
        read.lines.setdefault(_key(line), line)
    if len(read.lines) > query.most_series:
        raise TooMany
    read.step = read.step or _step(query, max(line["interval_ms"] for line in read.lines.values()))
    _take_gaps(read, rows)
    t0 = query.start // read.step * read.step
    inside = rows.filter(pl.col("time") >= t0).with_columns(bucket=(pl.col("time") - t0) // read.step)
    read.buckets.append(
        inside.group_by(*_KEY, "bucket", maintain_order=True).agg(
            sum=pl.col("value").sum(),
            count=pl.len(),
            min=pl.col("value").min(),
            max=pl.col("value").max(),
            last=pl.col("value").last(),
            at=pl.col("time").last(),
        )
    )


def _take_gaps(read: _Read, rows: pl.DataFrame) -> None:
    """Note gaps between the samples of a batch, and between it and the newer one that was read before."""
    apart = rows.with_columns(
        before=pl.col("time").shift(1).over(_KEY),
        longest=pl.max_horizontal("interval_ms", pl.col("interval_ms").shift(1).over(_KEY)),
    ).filter(pl.col("time") - pl.col("before") > GAP_INTERVALS * pl.col("longest"))
    for row in apart.iter_rows(named=True):
        read.gaps.setdefault(_key(row), []).append((row["before"], row["time"]))
    by_series = rows.group_by(_KEY, maintain_order=True)
    for last, first in zip(
        by_series.last().iter_rows(named=True), by_series.first().iter_rows(named=True), strict=True
    ):
        key = _key(last)
        newer, interval_ms = read.newer.get(key, (last["time"], 0))
        if newer - last["time"] > GAP_INTERVALS * max(interval_ms, last["interval_ms"]):
            read.gaps.setdefault(key, []).append((last["time"], newer))
        read.newer[key] = (first["time"], first["interval_ms"])


def _key(row: dict[str, Any]) -> Key:
    return row["metric"], row["element"], row["object"], row["row"]


def _lines(read: _Read, query: SeriesQuery, t0: int, n: int) -> list[Line]:
    if not read.buckets:
        return []
    whole = (
        pl.concat(read.buckets)
        .group_by(*_KEY, "bucket")
        .agg(
            avg=pl.col("sum").sum() / pl.col("count").sum(),
            min=pl.col("min").min(),
            max=pl.col("max").max(),
            last=pl.col("last").sort_by("at").last(),
        )
    )
    by_series = whole.partition_by(_KEY, as_dict=True)
    lines = []
    for key, row in sorted(read.lines.items()):
        of_series = by_series.get(key)
        if of_series is None:
            continue
        at = of_series["bucket"].to_list()
        lines.append(
            Line(
                *key[:3],
                labels=dict(msgspec.json.decode(row["labels"])),
                unit=row["unit"],
                interval_ms=row["interval_ms"],
                avg=_spread(at, of_series["avg"], n),
                min=_spread(at, of_series["min"], n),
                max=_spread(at, of_series["max"], n),
                last=_spread(at, of_series["last"], n),
                gaps=_gaps(read, key, query),
                newest=row["time"],
            )
        )
    return lines


def _spread(at: Sequence[int], values: pl.Series, n: int) -> list[float | None]:
    spread: list[float | None] = [None] * n
    for bucket, value in zip(at, values.to_list(), strict=True):
        spread[bucket] = value
    return spread


def _gaps(read: _Read, key: Key, query: SeriesQuery) -> list[tuple[int, int]]:
    """Return the gaps of a series within the range, in order, with those before its first and after its last sample."""
    first, interval_ms = read.newer[key]
    last = read.lines[key]
    found = [*read.gaps.get(key, ())]
    if first - query.start > GAP_INTERVALS * interval_ms:
        found.append((query.start, first))
    if query.end - last["time"] > GAP_INTERVALS * last["interval_ms"]:
        found.append((last["time"], query.end))
    inside = ((max(a, query.start), min(b, query.end)) for a, b in found)
    return sorted((a, b) for a, b in inside if a < b)
