"""An output of samples to a remote peer: live ones from a bounded queue, missed ones from the embedded store."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import structlog

from netmon.domain.sample import SampleBlock
from netmon.outputs.delivery import Delivery
from netmon.outputs.lag import Lag
from netmon.outputs.output import EMBEDDED, Surroundings
from netmon.outputs.peer import Peer, Unit
from netmon.runtime.queue import DropOldest

if TYPE_CHECKING:
    import polars as pl

log = structlog.get_logger("netmon.samples")

_QUEUE = 20_000
"""Observations whose blocks wait; more are read from the embedded store later."""
_TAKEN = 500
_GRACE_S = 5.0
_PAUSE_S = 1.0
"""Until what is missing is on disk."""

Told = tuple[int, tuple[SampleBlock, ...]]
"""An observation and all its blocks."""


class SampleOutput:
    """Gives a peer every sample at least once, and needs nothing for it but a cursor and the embedded store.

    All up to ``_cursor`` is with the peer. What came after it up to ``_missed`` is in no queue: it fell out of it, or
    came before the start. That gap is closed slice by slice from the embedded store, between writes of live samples;
    a peer that takes series in order only gets the live ones afterwards. ``_ahead`` is the newest live observation
    it has: the cursor follows when the gap is closed, so that a kill repeats samples and loses none.
    """

    def __init__(self, around: Surroundings, peer: Peer, *, flush_s: float) -> None:
        self.name = around.name
        self._around = around
        self._peer = peer
        self._flush_s = flush_s
        self._delivery = Delivery(self.name, peer, around.metrics)
        self._queue: DropOldest[Told] = DropOldest(_QUEUE, self._overtaken)
        self._cursor = self._ahead = around.store.cursor(self.name)
        self._missed = around.store.cursor(EMBEDDED)
        self._held: list[Told] = []
        """Taken from the queue and not known to be with the peer."""
        self._slices: Iterator[pl.DataFrame] | None = None
        self._lag = Lag()
        around.metrics.output_lag.labels(self.name).set_function(self._lag.seconds)
        if self._behind():
            self._lag.took(self._missed)

    def samples(self, blocks: list[SampleBlock], seq: int) -> None:
        """Take committed blocks; never waits."""
        for told, of_one in groupby(blocks, key=_seq):
            if told > max(self._cursor, self._missed):
                item = (told, tuple(of_one))
                self._lag.took(told)
                self._queue.put(item)
                self._around.metrics.output_received.labels(self.name).inc(len(item[1]))

    def committed(self, change_seq: int) -> None:
        """Alarm changes are none of its business."""

    async def run(self) -> None:
        """Write until cancelled; what waits then is written once more if the peer takes it at once."""
        try:
            while True:
                if self._behind():
                    await self._write_missed()
                else:
                    await self._queue.filled()
                    await asyncio.sleep(self._flush_s)
                await self._write_live()
        except asyncio.CancelledError:
            await self._last_try()
            raise
        finally:
            await asyncio.to_thread(self._peer.close)

    def _behind(self) -> bool:
        return self._cursor < self._missed

    async def _write_live(self) -> None:
        """Write what waits now; no more, so that a gap is closed, too."""
        turns = 1 + len(self._queue) // _TAKEN
        while turns and not (self._peer.ordered and self._behind()):
            turns -= 1
            self._held = self._held or self._queue.take(_TAKEN)
            if not self._held:
                return
            whole = not self._behind()
            await self._delivery.deliver(await asyncio.to_thread(self._units, self._held))
            self._ahead, self._held = self._held[-1][0], []
            if whole:
                # Even if the queue lost its front meanwhile: that came later.
                await self._reached(self._ahead)

    async def _write_missed(self) -> None:
        """Write one slice of the gap from the embedded store."""
        missed = self._missed
        frame, on_disk = await asyncio.to_thread(self._slice)
        if frame is not None:
            inside = frame.filter(frame["seq"] <= missed)
            await self._delivery.deliver(await asyncio.to_thread(self._units_of, inside))
            await self._reached(min(int(frame["seq"][-1]), missed))
        elif on_disk >= missed:
            # What is missing had no numbers in it.
            await self._reached(missed)
        else:
            # Not flushed to disk yet; what is missing arrives there within seconds.
            await asyncio.sleep(_PAUSE_S)
        if not self._behind():
            self._slices = None
            await self._reached(self._ahead)

    def _slice(self) -> "tuple[pl.DataFrame | None, int]":
        """Return the next samples of the gap, whole observations in order, and what was on disk before; blocks."""
        while True:
            on_disk = self._around.store.cursor(EMBEDDED)
            afresh = self._slices is None
            self._slices = self._slices or self._around.series.after(self._cursor)
            try:
                frame = next(self._slices, None)
            except FileNotFoundError:
                # The engine merges files while they are read: what was in it is in another one now.
                self._slices = None
                continue
            if frame is not None or afresh:
                self._slices = self._slices if frame is not None else None
                return frame, on_disk
            self._slices = None

    async def _reached(self, seq: int) -> None:
        self._lag.delivered(seq)
        if seq > self._cursor:
            self._cursor = seq
            await self._around.store.set_cursor(self.name, seq)

    async def _last_try(self) -> None:
        taken = [*self._held, *self._queue.take(_QUEUE)]
        if not taken or self._behind():
            return
        try:
            async with asyncio.timeout(_GRACE_S):
                if await self._delivery.once(await asyncio.to_thread(self._units, taken)):
                    await self._reached(taken[-1][0])
        except TimeoutError:
            log.warning("the last samples were not taken in time", output=self.name)

    def _units(self, taken: Sequence[Told]) -> list[Unit]:
        units = (self._peer.of_blocks(blocks) for seq, blocks in taken if seq > self._cursor)
        return [unit for unit in units if unit]

    def _units_of(self, frame: "pl.DataFrame") -> list[Unit]:
        parts = frame.partition_by("seq", maintain_order=True)
        return [unit for unit in map(self._peer.of_frame, parts) if unit]

    def _overtaken(self, told: Told) -> None:
        self._missed = told[0]


def _seq(block: SampleBlock) -> int:
    return block.seq
