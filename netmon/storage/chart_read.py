"""What was read for a chart up to now, batch by batch, the newest first."""

from typing import Any

import msgspec
import polars as pl

from netmon.storage.chart import GAP_INTERVALS

KEY = ("metric", "element", "object", "row")
"""``row`` tells apart the rows of a table whose object is the element itself: their labels."""

Key = tuple[str, str, str, str]

_UNKNOWN_INTERVAL_MS = 60_000


class Read(msgspec.Struct):
    """The parts of a chart."""

    step: int = 0
    buckets: list[pl.DataFrame] = []
    """Per series and bucket: ``sum``, ``count``, ``min``, ``max``, ``last`` and ``at``, when that was."""
    gaps: dict[Key, list[tuple[int, int]]] = {}
    newer: dict[Key, tuple[int, int]] = {}
    """Time and interval of the oldest sample of each series that was found."""
    lines: dict[Key, dict[str, Any]] = {}
    """The newest row of each series."""

    def met(self, key: Key, *, first: tuple[int, int], last: tuple[int, int]) -> None:
        """Take (time, interval) of the ends of what a batch has of a series; what is missing after it is a gap."""
        newer, interval_ms = self.newer.get(key, (last[0], 0))
        if newer - last[0] > GAP_INTERVALS * max(interval_ms, last[1]):
            self.gaps.setdefault(key, []).append((last[0], newer))
        self.newer[key] = first


def told_apart(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the column ``row`` of ``KEY``."""
    itself = pl.col("object") == pl.col("element")
    return rows.with_columns(row=pl.when(itself).then("labels").otherwise(pl.lit("")))


def key_of(row: dict[str, Any]) -> Key:
    """Return the key of a row."""
    return row["metric"], row["element"], row["object"], row["row"]


def with_intervals(rows: pl.DataFrame) -> pl.DataFrame:
    """Give samples without an interval, such as answers to probes, that of the others of their series."""
    usual = pl.col("interval_ms").replace(0, None)
    return rows.with_columns(interval_ms=usual.fill_null(usual.max().over(KEY)).fill_null(_UNKNOWN_INTERVAL_MS))
