"""Keeps the embedded store small: files are merged, hours rolled up, what is past retention goes, in small steps."""

import asyncio
import math
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from netmon.outputs.room import LAST_PCT, used_share

if TYPE_CHECKING:
    from netmon.storage.series import SeriesStore

log = structlog.get_logger("netmon.parquet")

_FIRST_S = 60.0
"""By then what a kill left unwritten is written again."""
_EVERY_S = 300.0
_PAUSE_S = 0.1


class Keep(msgspec.Struct, frozen=True):
    """How much is kept."""

    samples_ms: int
    octets: int
    """Of samples; never more than half of the disk."""
    hourly_ms: int


class Tidy:
    """Runs beside the writing of samples and delays it by nothing."""

    def __init__(
        self,
        series: "SeriesStore",
        keep: Keep,
        folder: Path,
        *,
        failed: Callable[[OSError], None],
        used: Callable[[Path], float] = used_share,
    ) -> None:
        self._series = series
        self._keep = keep
        self._folder = folder
        self._failed = failed
        self._used = used
        self._full: float | None = None
        """Percent used when an hour was deleted last to make room; None: there was room since."""

    async def run(self) -> None:
        """Look every few minutes what there is to do."""
        await asyncio.sleep(_FIRST_S)
        while True:
            for step in (self.merge, self.roll_up, self.retire, self.retire_hourly, self.make_room):
                try:
                    while await asyncio.to_thread(step):
                        await asyncio.sleep(_PAUSE_S)
                except OSError as error:
                    self._failed(error)
            await asyncio.sleep(_EVERY_S)

    def merge(self) -> bool:
        """Merge the files of hours that are over."""
        self._series.compact(_now())
        return False

    def roll_up(self) -> bool:
        """Make one rollup; tell whether there may be another to make."""
        return self._series.roll_up(_now())

    def retire(self) -> bool:
        """Delete a few files of samples; tell whether there may be more."""
        most = min(self._keep.octets, shutil.disk_usage(self._folder).total // 2)
        return self._series.retire(_now() - self._keep.samples_ms, most_bytes=most) > 0

    def retire_hourly(self) -> bool:
        """Delete a few rollups; those of samples that are still there stay."""
        return self._series.retire_hourly(_now() - max(self._keep.hourly_ms, self._keep.samples_ms)) > 0

    def make_room(self) -> bool:
        """Delete the oldest hour of samples while the disk is nearly full, one each look, if that is of any use."""
        used = self._used(self._folder)
        if math.ceil(used) < LAST_PCT:
            self._full = None
        elif self._full is None or used < self._full:
            self._full = used
            if files := self._series.retire_oldest():
                log.warning("disk nearly full, the oldest hour of samples is deleted", files=files)
        return False


def _now() -> int:
    return time.time_ns() // 1_000_000
