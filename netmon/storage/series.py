"""The embedded time series store: Parquet files by day, readable by any tool that reads Parquet (DESIGN section 6).

A file is named ``<day>/<hour>-<first seq>-<last seq>.parquet`` after the observations its samples came from, so that
what was written is known from the names alone. Files of a finished hour are merged into one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby, pairwise
from pathlib import Path

import msgspec
import polars as pl

from netmon.domain.sample import SampleBlock
from netmon.storage.parquet_file import write_open, write_slices
from netmon.storage.rollup import Rollups
from netmon.storage.slices import ORDER, following, merged, scanned, stored

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
"""One row per sample: ``time`` UTC ms, ``count`` the exact counter, ``value`` of all else, ``labels`` JSON of pairs.

Who reads a file through ``slices.scanned`` has a ``value`` of counters, too.
"""

_LATEST = 253_402_300_799_999
"""The last ms of the year 9999."""

_HOUR_MS = 3_600_000
_MOST_CELLS = 10_000
_SMALL_BYTES = 2 << 20
_SETTLED_MS = 300_000
"""So long after its end an hour gets no more samples, but for a start after a kill."""
_JOINED_AFTER = timedelta(days=1)
_MOST_RETIRED = 50
_MERGED_LEVEL = 9
"""Of zstd, for what stays: two thirds of the size at level 1."""
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
        self.rollups = Rollups(path)

    def append(self, blocks: Sequence[SampleBlock]) -> None:
        """Write the blocks, oldest first, as one new file per hour; on return they are on disk.

        Raises:
            OSError: they cannot be written.
        """
        by_hour: dict[int, list[SampleBlock]] = defaultdict(list)
        for block in blocks:
            by_hour[block.time // _HOUR_MS].append(block)
        for number, of_hour in sorted(by_hour.items()):
            frames = _frames(of_hour)
            first = next((frame for frame in frames if frame.height), None)
            if first is not None:
                self._write(chain([first], frames), hour_of(number * _HOUR_MS), of_hour[0].seq, of_hour[-1].seq)

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
        found = scanned(files).filter(wanted).collect()
        return found.unique(["object", "time"], keep="last").sort("object", "time")

    def hours(self, start: int, end: int) -> list[list[Path]]:
        """Return the files with samples in [start, end), UTC ms, in one list per hour, the newest hour first."""
        first, last = hour_of(start), hour_of(end - 1)
        by_hour: dict[str, list[Path]] = defaultdict(list)
        for day in self._path.glob("*"):
            if first[:10] <= day.name <= last[:10]:
                for path in day.glob("*.parquet"):
                    by_hour[f"{day.name}T{path.name[:2]}"].append(path)
        return [sorted(by_hour[hour]) for hour in sorted(by_hour, reverse=True) if first <= hour <= last]

    def oldest(self, default: int) -> int:
        """Return the begin of the oldest hour with samples, UTC ms; ``default`` without any."""
        days = sorted(day for day in self._path.glob("[0-9]*") if any(day.glob("*.parquet")))
        return (
            min((_end_ms(_file(path)) - 3_600_000 for path in days[0].glob("*.parquet")), default=default)
            if days
            else default
        )

    def compact(self, now: int) -> int:
        """Merge the files of each hour that has ended, and small ones of the present hour; return how many are gone."""
        by_hour: dict[str, list[_File]] = defaultdict(list)
        for file in self._files():
            by_hour[file.hour].append(file)
        gone = 0
        for hour, files in by_hour.items():
            if hour < hour_of(now - _SETTLED_MS) and len(files) > 1:
                gone += self._merge(hour, files, level=_MERGED_LEVEL)
            else:
                gone += sum(self._merge(hour, run) for run in _small_runs(files))
        return gone

    def _merge(self, hour: str, files: Sequence[_File], *, level: int = 1) -> int:
        slices = merged([file.path for file in files])
        first, last = min(file.first for file in files), max(file.last for file in files)
        kept = self._write(slices, hour, first, last, level=level)
        return _remove(file.path for file in files if file.path != kept)

    def roll_up(self, now: int) -> bool:
        """Make the rollup of one hour that has ended and tell so; when there is none to make join old days."""
        by_hour: dict[str, list[_File]] = defaultdict(list)
        for file in self._files():
            by_hour[file.hour].append(file)
        ended = hour_of(now - _SETTLED_MS)
        alone = (files[0] for hour, files in sorted(by_hour.items()) if hour < ended and len(files) == 1)
        if any(self.rollups.make(file.hour[:10], file.path) for file in alone):
            return True
        unmerged = {hour[:10] for hour, files in by_hour.items() if len(files) > 1}
        self.rollups.join(datetime.fromtimestamp(now / 1000, UTC) - _JOINED_AFTER, but=unmerged)
        return False

    def retire(self, before: int, *, most_bytes: int = 1 << 62, most: int = _MOST_RETIRED) -> int:
        """Delete at most ``most`` files, the oldest first; return how many are gone.

        Args:
            before: UTC ms; hours that ended before it go.
            most_bytes: while all files together have more the oldest go, but never the newest hour.
            most: in one step.
        """
        files = sorted(self._files(), key=lambda file: file.hour)
        sizes = [file.path.stat().st_size for file in files]
        over = sum(sizes) - most_bytes
        gone: list[Path] = []
        newest = files[-1].hour if files else ""
        for file, size in zip(files, sizes, strict=True):
            if file.hour == newest or len(gone) >= most or not (over > 0 or _end_ms(file) <= before):
                break
            gone.append(file.path)
            over -= size
        return _retired(gone)

    def retire_hourly(self, before: int, *, most: int = _MOST_RETIRED) -> int:
        """Delete at most ``most`` rollups of days that ended before ``before`` (UTC ms); return how many are gone."""
        return self.rollups.retire(datetime.fromtimestamp(before / 1000, UTC), most=most)

    def retire_oldest(self) -> int:
        """Delete the oldest hour of samples, but not the newest one; return how many files are gone."""
        by_hour: dict[str, list[Path]] = defaultdict(list)
        for file in self._files():
            by_hour[file.hour].append(file.path)
        return _retired(by_hour[min(by_hour)]) if len(by_hour) > 1 else 0

    def clean(self) -> None:
        """Remove what a crash left: unfinished files, and files that a merged one already covers."""
        _remove(self._path.glob("*/*.tmp"))
        self.rollups.clean()
        by_hour: dict[str, list[_File]] = defaultdict(list)
        for file in self._files():
            by_hour[file.hour].append(file)
        for files in by_hour.values():
            _remove(small.path for small in files if any(_covers(big, small) for big in files))

    def _files(self) -> list[_File]:
        return sorted(_file(path) for path in self._path.glob("*/*.parquet"))

    def _write(self, slices: Iterator[pl.DataFrame], hour: str, first: int, last: int, *, level: int = 1) -> Path:
        folder = self._path / hour[:10]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{hour[11:]}-{first:016d}-{last:016d}.parquet"
        write_slices(map(stored, slices), path, SCHEMA, level=level)
        return path


def write_samples(slices: Iterator[pl.DataFrame], path: Path) -> None:
    """Write slices of samples as one file; on return they are on disk.

    Raises:
        OSError: they cannot be written.
    """
    write_open(slices, path, SCHEMA)


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


def overlapping(paths: Iterable[Path]) -> bool:
    """Tell whether files hold samples of the same observations, as after a kill."""
    files = sorted(map(_file, paths))
    return any(later.first <= earlier.last for earlier, later in pairwise(files))


def hour_of(at: int) -> str:
    """Return the hour of a moment, UTC ms, as files and folders are named: ``2026-03-02T07``."""
    return datetime.fromtimestamp(min(max(at, 0), _LATEST) / 1000, UTC).strftime("%Y-%m-%dT%H")


def _end_ms(file: _File) -> int:
    return int(datetime.fromisoformat(f"{file.hour}:00").replace(tzinfo=UTC).timestamp() * 1000) + 3_600_000


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


def _retired(paths: Sequence[Path]) -> int:
    """Delete files, and the folders of days that are empty then; return how many files are gone."""
    _remove(paths)
    for folder in {path.parent for path in paths}:
        if not any(folder.iterdir()):
            folder.rmdir()
    return len(paths)


def _remove(paths: "Iterator[Path] | Sequence[Path]") -> int:
    gone = 0
    for path in list(paths):
        path.unlink(missing_ok=True)
        gone += 1
    return gone
