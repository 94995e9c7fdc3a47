"""Samples of the embedded store as a file of another form, whole or not at all, or on the standard output."""

import contextlib
import csv
import io
import os
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from netmon.outputs.line_protocol import frame_lines
from netmon.usage.periods import utc_text

if TYPE_CHECKING:
    import polars as pl

Frames = Iterator["pl.DataFrame"]

TITLES = ("time", "element", "object", "metric", "unit", "labels", "value")
"""Of the columns of CSV: ``time`` RFC 3339 in UTC, ``labels`` JSON pairs, ``value`` of a counter the exact number."""


class Format(Enum):
    """What samples are written as."""

    csv = "csv"
    parquet = "parquet"
    lines = "lines"

    @classmethod
    def of(cls, path: Path | None) -> "Format":
        """Return the format that the name of a file stands for; CSV without one."""
        known = {".parquet": cls.parquet, ".lines": cls.lines, ".lp": cls.lines}
        return known.get(path.suffix, cls.csv) if path is not None else cls.csv


def written(frames: Frames, format_: Format, out: Path | None) -> int:
    """Write samples and return how many there were; without any no file is made.

    Raises:
        OSError: they cannot be written; what was begun is removed.
    """
    first = next(frames, None)
    if first is None:
        return 0
    counted = _Counted(chain([first], frames))
    if out is None:
        _WRITERS[format_](counted, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return counted.rows
    if out.exists() and not out.is_file():
        # A device or a pipe is written to, never replaced.
        _write_file(counted, format_, out)
        return counted.rows
    unfinished = out.with_name(f"{out.name}.{os.getpid()}.tmp")
    try:
        _write_file(counted, format_, unfinished)
        unfinished.replace(out)
    finally:
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()
    return counted.rows


class _Counted:
    """Counts the rows of the frames that pass."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self.rows = 0

    def __iter__(self) -> Frames:
        return self

    def __next__(self) -> "pl.DataFrame":
        frame = next(self._frames)
        self.rows += frame.height
        return frame


def _write_file(frames: Frames, format_: Format, path: Path) -> None:
    from netmon.storage.series import write_samples

    if format_ is Format.parquet:
        write_samples(frames, path)
        return
    with path.open("wb") as file:
        _WRITERS[format_](frames, file)
        file.flush()
        if path.is_file():
            os.fsync(file.fileno())


def _csv(frames: Frames, file: BinaryIO) -> None:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(TITLES)
    columns = ("time", "element", "object", "metric", "unit", "labels", "count", "value")
    for frame in frames:
        for at, *named, count, value in frame.select(columns).iter_rows():
            rows.writerow((utc_text(at), *named, repr(value) if count is None else count))
        file.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()


def _lines(frames: Frames, file: BinaryIO) -> None:
    for frame in frames:
        file.write("".join(f"{line}\n" for line in frame_lines(frame)).encode())


_WRITERS: dict[Format, Callable[[Frames, BinaryIO], None]] = {Format.csv: _csv, Format.lines: _lines}
