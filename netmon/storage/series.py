"""The embedded time series store: Parquet files by day, readable by any tool that reads Parquet (DESIGN section 6).

A file is named ``<day>/<hour>-<first seq>-<last seq>.parquet`` after the observations its samples came from, so that
what was written is known from the names alone. Files of a finished hour are merged into one.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, groupby, pairwise
from pathlib import Path

import msgspec
import polars as pl
from polars.io.plugins import register_io_source

from netmon.domain.sample import SampleBlock
from netmon.storage.slices import ORDER, following, merged

SCHEMA: dict[str, pl.DataType] = {
    "time": pl.Int64(),
    "seq": pl.UInt64(),
    "element": pl.String(),
    "object": pl.String(),
    "table": pl.String(),
    "metric": pl.String(),
    "labels": pl.String(),
    "unit": pl.String(),
    "interval_ms": pl.UInt32(),
    "value": pl.Float64(),
    "count": pl.UInt64(),
}
"""One row per sample: ``time`` UTC ms, ``value`` for drawing, ``count`` the exact counter, ``labels`` JSON of pairs."""

_LATEST = 253_402_300_799_999
"""The last ms of the year 9999."""

_ROW_GROUP = 50_000
_MOST_CELLS = 10_000
_SMALL_BYTES = 2 << 20
_MANY = 24
"""Small files of the present hour that are merged: a chart that opens hundreds of them takes long."""

_NUMBERS = frozenset(("counter", "gauge", "state"))


class _File(msgspec.Struct, frozen=True, order=True):
    first: int
    last: int
    hour: str
    path: Path


class SeriesStore:
    """Appends sample blocks and reads them back; every method does file I/O and belongs in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, blocks: Sequence[SampleBlock]) -> None:
        """Write the blocks, oldest first, as one new file per hour; on return they are on disk.

        Raises:
            OSError: they cannot be written.
        """
        by_hour: dict[str, list[SampleBlock]] = defaultdict(list)
        for block in blocks:
            by_hour[_hour(block.time)].append(block)
        for hour, of_hour in sorted(by_hour.items()):
            frames = _frames(of_hour)
            first = next((frame for frame in frames if frame.height), None)
            if first is not None:
                self._write(chain([first], frames), hour, of_hour[0].seq, of_hour[-1].seq)

    def after(self, seq: int) -> Iterator[pl.DataFrame]:
        """Yield the samples of observations after ``seq`` in their order, whole observations; some may come twice.

        Raises:
            FileNotFoundError: files were merged meanwhile; begin anew after what came last.
        """
        files = [file for file in self._files() if file.last > seq]
        for first, last in _stretches(files, seq):
            yield from following([f.path for f in files if f.first <= first and last <= f.last], first, last)

    def query(
        self, metric: str, element: str, *, object_: str = "", start: int = 0, end: int = 1 << 62
    ) -> pl.DataFrame:
        """Return the samples of a metric of an element in [start, end), UTC ms, ordered by object and time."""
        days = range(start // 86_400_000, min(end // 86_400_000, 1 << 16) + 1)
        files = [f.path for f in self._files() if _day_number(f.path) in days]
        if not files:
            return pl.DataFrame(schema=SCHEMA)
        wanted = (
            (pl.col("metric") == metric) & (pl.col("element") == element) & pl.col("time").is_between(start, end - 1)
        )
        if object_:
            wanted &= pl.col("object") == object_
        found = pl.scan_parquet(files).filter(wanted).collect()
        return found.unique(["object", "time"], keep="last").sort("object", "time")

    def hours(self, start: int, end: int) -> list[list[Path]]:
        """Return the files with samples in [start, end), UTC ms, in one list per hour, the newest hour first."""
        first, last = _hour(max(start, 0)), _hour(min(max(end - 1, 0), _LATEST))
        by_hour: dict[str, list[Path]] = defaultdict(list)
        for day in self._path.glob("*"):
            if first[:10] <= day.name <= last[:10]:
                for path in day.glob("*.parquet"):
                    by_hour[f"{day.name}T{path.name[:2]}"].append(path)
        return [sorted(by_hour[hour]) for hour in sorted(by_hour, reverse=True) if first <= hour <= last]

    def compact(self, now: int) -> int:
        """Merge the files of each hour that has ended, and small ones of the present hour; return how many are gone."""
        by_hour: dict[str, list[_File]] = defaultdict(list)
        for file in self._files():
            by_hour[file.hour].append(file)
        gone = 0
        for hour, files in by_hour.items():
            if hour < _hour(now - 300_000) and len(files) > 1:
                gone += self._merge(hour, files)
            else:
                gone += sum(self._merge(hour, run) for run in _small_runs(files))
        return gone

    def _merge(self, hour: str, files: Sequence[_File]) -> int:
        slices = merged([file.path for file in files])
        kept = self._write(slices, hour, min(f.first for f in files), max(f.last for f in files))
        return _remove(file.path for file in files if file.path != kept)

    def retire(self, before: int) -> int:
        """Delete whole days that ended before ``before`` (UTC ms); return how many files are gone."""
        old = [file.path for file in self._files() if (_day_number(file.path) + 1) * 86_400_000 <= before]
        return _remove(old)

    def clean(self) -> None:
        """Remove what a crash left: unfinished files, and files that a merged one already covers."""
        _remove(self._path.glob("*/*.tmp"))
        by_hour: dict[str, list[_File]] = defaultdict(list)
        for file in self._files():
            by_hour[file.hour].append(file)
        for files in by_hour.values():
            _remove(small.path for small in files if any(_covers(big, small) for big in files))

    def _files(self) -> list[_File]:
        return sorted(_file(path) for path in self._path.glob("*/*.parquet"))

    def _write(self, slices: Iterator[pl.DataFrame], hour: str, first: int, last: int) -> Path:
        folder = self._path / hour[:10]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{hour[11:]}-{first:016d}-{last:016d}.parquet"
        unfinished = path.with_suffix(".tmp")
        write_samples(slices, unfinished)
        unfinished.rename(path)
        return path


def write_samples(slices: Iterator[pl.DataFrame], path: Path) -> None:
    """Write slices of samples as one file; on return they are on disk.

    Raises:
        OSError: they cannot be written.
    """
    samples = register_io_source(lambda *_: slices, schema=SCHEMA)
    with path.open("wb") as file:
        try:
            samples.sink_parquet(
                file, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP, engine="streaming"
            )
        except pl.exceptions.ComputeError as error:
            # As which polars tells a full disk, too.
            raise OSError(f"{path}: {error}") from error
        file.flush()
        os.fsync(file.fileno())


def _frames(blocks: Iterable[SampleBlock]) -> Iterator[pl.DataFrame]:
    """Yield the samples of the blocks, not too many at a time."""
    held: list[SampleBlock] = []
    cells = 0
    for block in blocks:
        held.append(block)
        cells += len(block.names) * len(block.index)
        if cells >= _MOST_CELLS:
            yield _frame(held)
            held, cells = [], 0
    if held:
        yield _frame(held)


def _frame(blocks: Sequence[SampleBlock]) -> pl.DataFrame:
    """Turn column blocks into one long frame, column by column."""
    columns: dict[str, list[object]] = {name: [] for name in SCHEMA}
    for block in blocks:
        rows = len(block.objects)
        labels = [msgspec.json.encode(pairs).decode() for pairs in block.labels]
        for kind, name, unit, values in zip(block.kinds, block.names, block.units, block.columns, strict=True):
            if kind not in _NUMBERS:
                continue
            columns["time"] += [block.time] * rows
            columns["seq"] += [block.seq] * rows
            columns["element"] += [block.element] * rows
            columns["object"] += block.objects
            columns["table"] += [block.table] * rows
            columns["metric"] += [name] * rows
            columns["labels"] += labels
            columns["unit"] += [unit] * rows
            columns["interval_ms"] += [block.interval_ms] * rows
            columns["value"] += values
            columns["count"] += values if kind == "counter" else [None] * rows
    series = [pl.Series(name, columns[name], dtype=type_, strict=False) for name, type_ in SCHEMA.items()]
    return pl.DataFrame(series).filter(pl.col("value").is_not_null()).sort(ORDER)


def _hour(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H")


def _day_number(path: Path) -> int:
    return int(datetime.fromisoformat(path.parent.name).replace(tzinfo=UTC).timestamp()) // 86_400


def _file(path: Path) -> _File:
    hour, first, last = path.stem.split("-")
    return _File(int(first), int(last), f"{path.parent.name}T{hour}", path)


def _small_runs(files: Sequence[_File]) -> Iterator[list[_File]]:
    """Yield runs of small files that follow each other; none whose merged name would cover a file that is not in it."""
    for small, group in groupby(sorted(files), key=lambda file: file.path.stat().st_size < _SMALL_BYTES):
        of_size = list(group)
        for start in range(0, len(of_size) - _MANY + 1 if small else 0, _MANY):
            run = of_size[start : start + _MANY]
            whole = _File(min(f.first for f in run), max(f.last for f in run), run[0].hour, Path())
            if not any(_covers(whole, file) for file in files if file not in run):
                yield run


def _stretches(files: Sequence[_File], seq: int) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of runs of observations after ``seq``, in order; files begin and end at ends of runs only.

    Files overlap: observations about the end of an hour, and all of them after the clock went back.
    """
    ends = sorted({max(file.first, seq + 1) for file in files} | {file.last + 1 for file in files})
    for first, beyond in pairwise(ends):
        if any(file.first <= first and beyond <= file.last + 1 for file in files):
            yield first, beyond - 1


def _covers(big: _File, small: _File) -> bool:
    return big.path != small.path and big.first <= small.first and small.last <= big.last


def _remove(paths: "Iterator[Path] | Sequence[Path]") -> int:
    gone = 0
    for path in list(paths):
        path.unlink(missing_ok=True)
        gone += 1
    return gone
