"""Parquet files that are there whole or not at all, written a slice at a time."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

_ROW_GROUP = 50_000


def write_slices(slices: Iterator[pl.DataFrame], path: Path, schema: Mapping[str, Any], *, level: int = 1) -> None:
    """Write slices as one file, first under another name; on return it is on disk. ``level`` is that of zstd.

    Raises:
        OSError: it cannot be written.
    """
    unfinished = path.with_suffix(".tmp")
    write_open(slices, unfinished, schema, level=level)
    unfinished.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_open(slices: Iterator[pl.DataFrame], path: Path, schema: Mapping[str, Any], *, level: int = 1) -> None:
    """Write slices to a file that a kill may leave unfinished; on return its content is on disk.

    Raises:
        OSError: it cannot be written.
    """
    rows = register_io_source(lambda *_: slices, schema=dict(schema))
    with path.open("wb") as file:
        try:
            rows.sink_parquet(
                file, compression="zstd", compression_level=level, row_group_size=_ROW_GROUP, engine="streaming"
            )
        except pl.exceptions.ComputeError as error:
            # As which polars tells a full disk, too.
            raise OSError(f"{path}: {error}") from error
        file.flush()
        os.fsync(file.fileno())
