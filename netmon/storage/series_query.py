"""Series as a chart wants them: averages, extremes and gaps on a grid of time (specs/dashboard.md 2.2)."""

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import msgspec
import polars as pl

from netmon.storage.chart import GAP_INTERVALS, Chart, Line, NoRate, SeriesQuery, TooMany, TooSlow
from netmon.storage.chart_read import KEY, Key, Read, key_of, told_apart, with_intervals
from netmon.storage.glob import glob_pattern
from netmon.storage.grid import grid, step_ms
from netmon.storage.series import SeriesStore
from netmon.storage.series_hours import HOUR_MS, Piece, hour_rows, mixed_pieces, raw_pieces, rollups_alone, take_hours
from netmon.storage.slices import scanned

_PROOF, _OUT = "netmon_if_in_bits_per_second", "netmon_if_out_bits_per_second"
"""A sample of them says that the counters of its interface went on undisturbed since the sample before."""
_OCTETS = {"ifHCInOctets": _PROOF, "ifInOctets": _PROOF, "ifHCOutOctets": _OUT, "ifOutOctets": _OUT}
"""What the normalizer made of octet counters already."""
_DAY_MS = 86_400_000
_FILES_AT_ONCE = 240
_HOURS_AT_ONCE = 24
_U32 = 1 << 32


def draw(store: SeriesStore, query: SeriesQuery) -> Chart:
    """Answer a query; reads files, so it belongs in a thread.

    Raises:
        TooMany, TooSlow, NoRate: see there.
    """
    read, query, pieces = Read(), *_pieces(store, query)
    for rolled, paths in _batches(pieces):
        if time.monotonic() > query.deadline:
            raise TooSlow
        rows = _hours(paths, query) if rolled else _rows(paths, query)
        if rows.height:
            _take(read, rows, query, rolled=rolled)
    step = read.step or _step(query, 0)
    t0, n = grid(query.start, query.end, step)
    return Chart(t0, step, n, _lines(read, query, t0, n))


def _since(query: SeriesQuery) -> int:
    """Return from when on samples are read: the first bucket is whole, a gap or a rate may begin before the range."""
    return query.start - (_DAY_MS if query.end - query.start > _DAY_MS else HOUR_MS)


def _step(query: SeriesQuery, interval_ms: int) -> int:
    span = query.end - query.start
    return step_ms(span, max_points=query.max_points, interval_ms=interval_ms, wished_ms=query.step_ms)


def _pieces(store: SeriesStore, query: SeriesQuery) -> tuple[SeriesQuery, list[Piece]]:
    """Return what is to be read, the newest first, and the query with the step that goes with it.

    Rollups are read where a step has whole hours, and where the range begins before the oldest samples; rates that only
    samples can prove are never made of them.
    """
    since = _since(query)
    if query.fn == "rate" and not _OCTETS.keys() >= {*query.metrics}:
        return query, raw_pieces(store, since, query.end)
    if _step(query, 0) < HOUR_MS:
        if not rollups_alone(store, query.start, query.end):
            return query, raw_pieces(store, since, query.end)
        query = msgspec.structs.replace(query, step_ms=max(query.step_ms, HOUR_MS))
    return query, mixed_pieces(store, since, query.end)


def _batches(pieces: Iterable[Piece]) -> Iterator[tuple[bool, list[Path]]]:
    """Yield (of rollups, files) in batches of whole hours, the newest first."""
    for rolled, of_kind in groupby(pieces, key=lambda piece: piece.rolled):
        batch: list[Path] = []
        count = 0
        for piece in of_kind:
            batch, count = [*piece.paths, *batch], count + 1
            if count >= _HOURS_AT_ONCE or len(batch) >= _FILES_AT_ONCE:
                yield rolled, batch
                batch, count = [], 0
        if batch:
            yield rolled, batch


def _hours(paths: list[Path], query: SeriesQuery) -> pl.DataFrame:
    return hour_rows(paths, query, since=_since(query), rates=_OCTETS if query.fn == "rate" else {})


def _rows(paths: list[Path], query: SeriesQuery) -> pl.DataFrame:
    """Return the samples that are asked for, in order of series and time, each once."""
    metrics = (*query.metrics, _PROOF, _OUT) if query.fn == "rate" else query.metrics
    wanted = pl.col("metric").is_in(metrics) & pl.col("element").is_in(query.elements)
    wanted &= pl.col("time").is_between(_since(query), query.end - 1)
    if query.objects:
        wanted &= pl.col("object").str.contains(glob_pattern(query.objects, before="(?:[^/]+/)?"))
    columns = ["metric", "element", "object", "time", "seq", "interval_ms", "labels", "unit", "value", "count"]
    rows = scanned(paths).filter(wanted).select(columns).collect()
    rows = told_apart(rows).sort(*KEY, "time", "seq").unique([*KEY, "time"], keep="last", maintain_order=True)
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
    before = pl.col("count").shift(1).over(KEY)
    # RFC 2578 section 7.1.6: a Counter32 wraps at 2^32; where the octets did not fall back nothing else did.
    moved = (
        pl.when(pl.col("count") >= before)
        .then(pl.col("count") - before)
        .when(before < _U32)
        .then(pl.col("count") + _U32 - before)
    )
    seconds = (pl.col("time") - pl.col("time").shift(1).over(KEY)) / 1000
    rated = counters.with_columns(value=moved / seconds, unit=pl.col("unit") + "/s")
    rated = rated.filter(pl.col("value").is_not_null()).join(proofs, on=["element", "object", "time"], how="semi")
    octets = [
        rows.filter(pl.col("metric") == _OCTETS[metric]).with_columns(
            metric=pl.lit(metric), value=pl.col("value") / 8, unit=pl.lit("octets/s")
        )
        for metric in query.metrics
        if metric in _OCTETS
    ]
    return pl.concat([rated, *octets]).sort(*KEY, "time")


def _take(read: Read, rows: pl.DataFrame, query: SeriesQuery, *, rolled: bool) -> None:
    rows = with_intervals(rows)
    ends = rows.group_by(KEY, maintain_order=True)
    for line in ends.last().iter_rows(named=True):
        read.lines.setdefault(key_of(line), line | {"time": line["last_at"]} if rolled else line)
    if len(read.lines) > query.most_series:
        raise TooMany
    read.step = read.step or _step(query, max(line["interval_ms"] for line in read.lines.values()))
    if rolled:
        take_hours(read, rows, query)
    else:
        _take_samples(read, rows, query)


def _take_samples(read: Read, rows: pl.DataFrame, query: SeriesQuery) -> None:
    _take_gaps(read, rows)
    t0 = query.start // read.step * read.step
    inside = rows.filter(pl.col("time") >= t0).with_columns(bucket=(pl.col("time") - t0) // read.step)
    read.buckets.append(
        inside.group_by(*KEY, "bucket", maintain_order=True).agg(
            sum=pl.col("value").sum(),
            count=pl.len(),
            min=pl.col("value").min(),
            max=pl.col("value").max(),
            last=pl.col("value").last(),
            at=pl.col("time").last(),
        )
    )


def _take_gaps(read: Read, rows: pl.DataFrame) -> None:
    """Note gaps between the samples of a batch, and between it and the newer one that was read before."""
    apart = rows.with_columns(
        before=pl.col("time").shift(1).over(KEY),
        longest=pl.max_horizontal("interval_ms", pl.col("interval_ms").shift(1).over(KEY)),
    ).filter(pl.col("time") - pl.col("before") > GAP_INTERVALS * pl.col("longest"))
    for row in apart.iter_rows(named=True):
        read.gaps.setdefault(key_of(row), []).append((row["before"], row["time"]))
    by_series = rows.group_by(KEY, maintain_order=True)
    for last, first in zip(
        by_series.last().iter_rows(named=True), by_series.first().iter_rows(named=True), strict=True
    ):
        read.met(key_of(last), first=(first["time"], first["interval_ms"]), last=(last["time"], last["interval_ms"]))


def _lines(read: Read, query: SeriesQuery, t0: int, n: int) -> list[Line]:
    if not read.buckets:
        return []
    whole = (
        pl.concat(read.buckets)
        .group_by(*KEY, "bucket")
        .agg(
            avg=pl.col("sum").sum() / pl.col("count").sum(),
            min=pl.col("min").min(),
            max=pl.col("max").max(),
            last=pl.col("last").sort_by("at").last(),
        )
    )
    by_series = whole.partition_by(KEY, as_dict=True)
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


def _gaps(read: Read, key: Key, query: SeriesQuery) -> list[tuple[int, int]]:
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
