"""Hourly rollups: what each series did in an hour, kept long after its samples (DESIGN section 6).

They lie in ``<series>/hourly/<day>/<hour>-<first seq>-<last seq>.parquet``, named like the samples they were made of:
where the names differ they are made anew. The hours of a day that is long over are joined into
``<first hour>-day.parquet``.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from netmon.storage.chart import GAP_INTERVALS
from netmon.storage.parquet_file import write_slices
from netmon.storage.slices import ORDER, merged

SCHEMA: dict[str, Any] = {
    "time": pl.Int64(),
    "element": pl.String(),
    "object": pl.String(),
    "table": pl.String(),
    "metric": pl.String(),
    "labels": pl.String(),
    "unit": pl.String(),
    "interval_ms": pl.UInt32(),
    "count": pl.UInt32(),
    "min": pl.Float64(),
    "max": pl.Float64(),
    "mean": pl.Float64(),
    "last": pl.Float64(),
    "last_count": pl.UInt64(),
    "first_at": pl.Int64(),
    "last_at": pl.Int64(),
    "gap_from": pl.List(pl.Int64()),
    "gap_to": pl.List(pl.Int64()),
}
"""One row per series and hour: ``time`` begin of the hour, ``count`` samples; ``last_count`` the exact counter."""

_HOUR_MS = 3_600_000
_FOLDER, _WHOLE = "hourly", "-day.parquet"
_SERIES = ("metric", "element", "object", "labels")


class RollupFile(msgspec.Struct, frozen=True):
    """The rollups of an hour, or of a whole day from its first hour with samples on."""

    begin: str
    """Such as ``2026-03-02T07``."""
    path: Path
    whole: bool


def rolled_up(samples: pl.DataFrame) -> pl.DataFrame:
    """Return the rollup of the samples of one hour, in order; what came twice counts once."""
    once = samples.sort(*_SERIES, "time", "seq").unique([*_SERIES, "time"], keep="last", maintain_order=True)
    known = pl.col("interval_ms").replace(0, None)
    before = pl.col("time").shift(1).over(_SERIES)
    once = once.with_columns(before=before, usual=known.fill_null(known.max().over(_SERIES)))
    gap = pl.col("time") - pl.col("before") > GAP_INTERVALS * pl.col("usual")
    hours = once.group_by(_SERIES, maintain_order=True).agg(
        pl.col("table").last(),
        pl.col("unit").last(),
        pl.col("interval_ms").max(),
        count=pl.len(),
        min=pl.col("value").min(),
        max=pl.col("value").max(),
        mean=pl.col("value").mean(),
        last=pl.col("value").last(),
        last_count=pl.col("count").last(),
        first_at=pl.col("time").first(),
        last_at=pl.col("time").last(),
        gap_from=pl.col("before").filter(gap),
        gap_to=pl.col("time").filter(gap),
    )
    hours = hours.with_columns(time=pl.col("first_at") // _HOUR_MS * _HOUR_MS)
    return hours.select(pl.col(name).cast(type_) for name, type_ in SCHEMA.items()).sort(ORDER)


class Rollups:
    """The files of rollups below a store of series; every method does file I/O and belongs in a thread."""

    def __init__(self, series: Path) -> None:
        self._path = series / _FOLDER

    def make(self, day: str, samples: Path) -> bool:
        """Make the rollup of an hour out of its one file of samples; tell whether there was anything to do.

        Raises:
            OSError: it cannot be written.
        """
        folder = self._path / day
        wanted = folder / samples.name
        if wanted.exists() or any(folder.glob(f"*{_WHOLE}")):
            return False
        folder.mkdir(parents=True, exist_ok=True)
        write_slices(map(rolled_up, merged([samples])), wanted, SCHEMA)
        _remove(old for old in folder.glob(f"{samples.name[:3]}*.parquet") if old != wanted)
        return True

    def join(self, before: datetime, *, but: Collection[str] = ()) -> int:
        """Join the hours of each day that ended before a moment, ``but`` of some; return how many files are gone."""
        last, gone = _day_before(before), 0
        for folder in sorted(self._path.glob("*")):
            hours = _of_hours(folder)
            if folder.name <= last and folder.name not in but and hours:
                whole = folder / f"{hours[0].name[:2]}{_WHOLE}"
                if not any(folder.glob(f"*{_WHOLE}")):
                    write_slices(merged(list(_latest(hours).values()), scan=_scanned), whole, SCHEMA)
                gone += _remove(hours)
        return gone

    def files(self, first: str, last: str) -> list[RollupFile]:
        """Return the files of days ``first`` to ``last``, in no order; of a whole day that one alone."""
        found: list[RollupFile] = []
        for folder in self._path.glob("*"):
            if first <= folder.name <= last:
                paths = sorted(folder.glob("*.parquet"))
                whole = [path for path in paths if path.name.endswith(_WHOLE)]
                of_hours = _latest(whole or paths).items()
                found += [RollupFile(f"{folder.name}T{hour}", path, bool(whole)) for hour, path in of_hours]
        return found

    def clean(self) -> None:
        """Remove what a kill left: unfinished files, and rollups that were made anew."""
        _remove(self._path.glob("*/*.tmp"))
        for folder in self._path.glob("*"):
            hours = _of_hours(folder)
            _remove(set(hours).difference(_latest(hours).values()))

    def retire(self, before: datetime, *, most: int) -> int:
        """Delete at most ``most`` files of days that ended before a moment; return how many are gone."""
        last, gone = _day_before(before), 0
        for folder in sorted(self._path.glob("*")):
            if folder.name > last or gone >= most:
                break
            gone += _remove(sorted(folder.glob("*.parquet"))[: most - gone])
            if not any(folder.iterdir()):
                folder.rmdir()
        return gone


def _of_hours(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.parquet")) if not path.name.endswith(_WHOLE)]


def _latest(paths: Iterable[Path]) -> dict[str, Path]:
    """Return one file of each hour: of two that a kill left the later one covers more."""
    return {path.name[:2]: path for path in paths}


def _scanned(paths: Sequence[Path]) -> pl.LazyFrame:
    return pl.scan_parquet(list(paths))


def _day_before(moment: datetime) -> str:
    return (moment - timedelta(days=1)).strftime("%Y-%m-%d")


def _remove(paths: Iterable[Path]) -> int:
    gone = 0
    for path in list(paths):
        path.unlink(missing_ok=True)
        gone += 1
    return gone
