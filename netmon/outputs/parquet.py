"""Samples into the embedded time series store; every other output of samples catches up from there."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from netmon.domain.duration import Duration, Size
from netmon.domain.sample import SampleBlock
from netmon.outputs.lag import Lag
from netmon.outputs.output import Output, Surroundings
from netmon.outputs.room import LAST_PCT, used_pct
from netmon.outputs.tidy import Keep, Tidy
from netmon.runtime.queue import DropOldest
from netmon.runtime.retry import backoff
from netmon.telemetry.seldom import Seldom

log = structlog.get_logger("netmon.parquet")

_QUEUE_BLOCKS = 50_000
_IDLE_S = 15.0
_FULL_LINES_S = 300.0
"""A line says so often that the disk is nearly full."""


class ParquetConfig(msgspec.Struct, frozen=True, tag="parquet", tag_field="type", forbid_unknown_fields=True):
    """Settings of the embedded store; it is always on."""

    flush: Duration = Duration("5s")
    """How often a file is written."""
    keep: Duration = Duration("30d")
    """Samples of hours that ended longer ago are deleted."""
    max_size: Size = Size("50GiB")
    """Above this the oldest hours of samples are deleted, and above half of the disk."""
    keep_hourly: Duration = Duration("400d")
    """What is left of a series then: per hour least, greatest, mean and last value, and the number of samples."""

    def build(self, around: Surroundings) -> Output:
        """Build the output; opens nothing."""
        return Parquet(self, around)


class Parquet:
    """Gathers blocks and writes them every few seconds; the cursor moves when the file is on disk."""

    def __init__(self, config: ParquetConfig, around: Surroundings, *, used: Callable[[Path], int] = used_pct) -> None:
        self.name = around.name
        self._config = config
        self._around = around
        self._used = used
        self._metrics = around.metrics
        self._blocks: DropOldest[SampleBlock] = DropOldest(_QUEUE_BLOCKS, self._gave_up)
        self._cursor = around.store.cursor(self.name)
        self._held: list[SampleBlock] = []
        """Taken from the queue and not known to be on disk."""
        self._told = 0
        """Newest observation whose blocks it was given, if it had any."""
        self._writing: asyncio.Task[None] | None = None
        self._lag = Lag()
        self._full_lines = Seldom(most=1, within_s=_FULL_LINES_S)
        self._metrics.output_lag.labels(self.name).set_function(self._lag.seconds)

    def samples(self, blocks: list[SampleBlock], seq: int) -> None:
        """Take blocks that are not on disk yet."""
        self._told = seq
        for block in blocks:
            if block.seq > self._cursor:
                self._blocks.put(block)
                self._lag.took(block.seq)
                self._metrics.output_received.labels(self.name).inc()

    def committed(self, change_seq: int) -> None:
        """Alarm changes are none of its business."""

    async def run(self) -> None:
        """Write until cancelled, then write what is left."""
        await asyncio.to_thread(self._around.series.clean)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tidy().run())
            try:
                while True:
                    await self._blocks_or_idle()
                    await self._flush()
            except asyncio.CancelledError:
                await self._last_write()
                raise

    def _tidy(self) -> Tidy:
        config = self._config
        keep = Keep(config.keep.ms, config.max_size.octets, config.keep_hourly.ms)
        return Tidy(self._around.series, keep, self._around.data_dir, failed=self._failed)

    async def _blocks_or_idle(self) -> None:
        """Wait for blocks and let them gather; in silence move the cursor, so that a start reads little of the log."""
        told = self._told
        try:
            async with asyncio.timeout(_IDLE_S):
                await self._blocks.filled()
        except TimeoutError:
            if not self._held and not len(self._blocks) and told > self._cursor:
                self._cursor = told
                await self._around.store.set_cursor(self.name, told)
        else:
            await asyncio.sleep(self._config.flush.seconds)

    async def _last_write(self) -> None:
        if self._writing is not None:
            # A file half written must not be begun again beside it.
            await asyncio.wait([self._writing])
        self._hold()
        if self._held:
            await self._write()
        elif self._told > self._cursor:
            # So that the next start makes nothing again that has no samples.
            await self._around.store.set_cursor(self.name, self._told)

    async def _flush(self) -> None:
        self._hold()
        if not self._held:
            return
        if self._used(self._around.data_dir) >= LAST_PCT:
            await self._give_up()
            return
        for wait_s in backoff():
            try:
                await self._write()
            except OSError as error:
                self._metrics.output_errors.labels(self.name, "disk").inc()
                log.error("cannot write series, waiting", error=str(error), retry_in_s=round(wait_s, 1))
                await asyncio.sleep(wait_s)
            else:
                return

    async def _give_up(self) -> None:
        """Store nothing: the room that is left is for what must not be lost."""
        if (left_out := self._full_lines.turn()) is not None:
            log.error("disk nearly full, samples are not stored", blocks=len(self._held), lines_left_out=left_out)
        self._metrics.output_dropped.labels(self.name, "disk_full").inc(len(self._held))
        self._cursor = self._held[-1].seq
        self._held = []
        self._lag.delivered(self._cursor)
        await self._around.store.set_cursor(self.name, self._cursor)

    def _hold(self) -> None:
        self._held += self._blocks.take(_QUEUE_BLOCKS)

    async def _write(self) -> None:
        self._writing = asyncio.create_task(self._append())
        try:
            await asyncio.shield(self._writing)
        finally:
            if self._writing.done():
                self._writing = None

    async def _append(self) -> None:
        blocks = self._held
        await asyncio.to_thread(self._around.series.append, blocks)
        self._held = []
        self._cursor = blocks[-1].seq
        self._lag.delivered(self._cursor)
        await self._around.store.set_cursor(self.name, self._cursor)
        self._metrics.output_sent.labels(self.name).inc(len(blocks))
        self._metrics.output_last_success.labels(self.name).set_to_current_time()

    def _failed(self, error: OSError) -> None:
        self._metrics.output_errors.labels(self.name, "disk").inc()
        log.error("cannot tidy series, trying again later", error=str(error))

    def _gave_up(self, _: SampleBlock) -> None:
        self._metrics.output_dropped.labels(self.name, "queue_full").inc()
