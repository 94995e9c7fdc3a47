"""Charts out of hourly rollups: over long ranges, and where samples are past their retention."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import polars as pl

from netmon.storage.chart import GAP_INTERVALS, SeriesQuery
from netmon.storage.chart_read import KEY, Read, key_of, told_apart
from netmon.storage.glob import glob_pattern
from netmon.storage.series import SeriesStore, hour_of

HOUR_MS = 3_600_000


class Piece(msgspec.Struct, frozen=True):
    """Files of an hour or a day: all samples of it, or its rollup."""

    begin: str
    """Such as ``2026-03-02T07``."""
    paths: list[Path]
    rolled: bool = False


def raw_pieces(store: SeriesStore, start: int, end: int) -> list[Piece]:
    """Return the samples of [start, end), the newest hour first."""
    return [Piece(f"{paths[0].parent.name}T{paths[0].name[:2]}", paths) for paths in store.hours(start, end)]


def mixed_pieces(store: SeriesStore, start: int, end: int) -> list[Piece]:
    """Return rollups of [start, end), and samples of hours that have none or end later, the newest first."""
    first, last = hour_of(start), hour_of(end - 1)
    raw = {piece.begin: piece for piece in raw_pieces(store, start, end)}
    cut = last if end % HOUR_MS and last in raw else ""
    files = store.rollups.files(first[:10], last[:10])
    rolled = [
        Piece(file.begin, [file.path], True)
        for file in files
        if file.begin <= last and (file.whole or first <= file.begin) and file.begin != cut
    ]
    covered = {piece.begin for piece in rolled} | {file.begin[:10] for file in files if file.whole}
    alone = [piece for begin, piece in raw.items() if not {begin, begin[:10]} & covered]
    return sorted([*rolled, *alone], key=lambda piece: piece.begin, reverse=True)


def rollups_alone(store: SeriesStore, start: int, end: int) -> bool:
    """Tell whether there are rollups in [start, end) that are older than all samples."""
    first, last, oldest = hour_of(start), hour_of(end - 1), hour_of(store.oldest(end))
    files = store.rollups.files(first[:10], last[:10])
    return any(file.begin < oldest and file.begin <= last and (file.whole or first <= file.begin) for file in files)


def hour_rows(paths: list[Path], query: SeriesQuery, *, since: int, rates: Mapping[str, str]) -> pl.DataFrame:
    """Return the rollups that are asked for, in order of series and time.

    Args:
        paths: files of rollups.
        query: what is asked for.
        since: UTC ms.
        rates: of a counter to the metric in bits per second that its rate is made of; empty: no rate is asked for.
    """
    metrics = [rates[metric] for metric in query.metrics] if rates else query.metrics
    wanted = pl.col("metric").is_in(metrics) & pl.col("element").is_in(query.elements)
    wanted &= pl.col("time").is_between(since - since % HOUR_MS, query.end - 1)
    if query.objects:
        wanted &= pl.col("object").str.contains(glob_pattern(query.objects, before="(?:[^/]+/)?"))
    rows = told_apart(pl.scan_parquet(paths).filter(wanted).collect())
    if rates:
        rows = pl.concat([_rated(rows, metric, rates[metric]) for metric in query.metrics])
    return rows.sort(*KEY, "time", "first_at")


def _rated(rows: pl.DataFrame, metric: str, bits: str) -> pl.DataFrame:
    values = (pl.col(name) / 8 for name in ("min", "max", "mean", "last"))
    named = rows.filter(pl.col("metric") == bits)
    return named.with_columns(*values, metric=pl.lit(metric), unit=pl.lit("octets/s"))


def take_hours(read: Read, rows: pl.DataFrame, query: SeriesQuery) -> None:
    """Add rollups to what was read; gaps within an hour are in them, those between hours are found here."""
    t0 = query.start // read.step * read.step
    inside = rows.filter(pl.col("time") >= t0).with_columns(bucket=(pl.col("time") - t0) // read.step)
    read.buckets.append(
        inside.group_by(*KEY, "bucket", maintain_order=True).agg(
            sum=(pl.col("mean") * pl.col("count")).sum(),
            count=pl.col("count").sum().cast(pl.UInt32),
            min=pl.col("min").min(),
            max=pl.col("max").max(),
            last=pl.col("last").last(),
            at=pl.col("last_at").last(),
        )
    )
    _take_gaps(read, rows)


def _take_gaps(read: Read, rows: pl.DataFrame) -> None:
    for row in rows.filter(pl.col("gap_from").list.len() > 0).iter_rows(named=True):
        read.gaps.setdefault(key_of(row), []).extend(zip(row["gap_from"], row["gap_to"], strict=True))
    apart = rows.with_columns(before=pl.col("last_at").shift(1).over(KEY)).filter(
        pl.col("first_at") - pl.col("before") > GAP_INTERVALS * pl.col("interval_ms")
    )
    for row in apart.iter_rows(named=True):
        read.gaps.setdefault(key_of(row), []).append((row["before"], row["first_at"]))
    by_series = rows.group_by(KEY, maintain_order=True)
    for last, first in zip(
        by_series.last().iter_rows(named=True), by_series.first().iter_rows(named=True), strict=True
    ):
        read.met(
            key_of(last),
            first=(first["first_at"], first["interval_ms"]),
            last=(last["last_at"], last["interval_ms"]),
        )
