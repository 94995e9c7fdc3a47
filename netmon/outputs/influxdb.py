"""Samples to an InfluxDB v2 write API (InfluxDB, VictoriaMetrics), as ready-made line protocol."""

import asyncio
from collections.abc import Iterator
from itertools import groupby, islice, pairwise
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import structlog

from netmon.domain.duration import Duration
from netmon.domain.sample import SampleBlock
from netmon.domain.secret import Secret
from netmon.outputs.lag import Lag
from netmon.outputs.line_protocol import block_lines, frame_lines
from netmon.outputs.output import EMBEDDED, Output, Surroundings
from netmon.runtime.queue import DropOldest
from netmon.runtime.retry import backoff

if TYPE_CHECKING:
    from influxdb_client import InfluxDBClient

log = structlog.get_logger("netmon.influxdb")

_QUEUE = 20_000
"""Observations whose blocks wait; more are read from the embedded store later."""
_TAKEN = 500
_FRAMES = 4
_BATCH_LINES = 5_000

Told = tuple[int, tuple[SampleBlock, ...]]
"""An observation and all its blocks: they are written together, or none of them."""


class InfluxDBConfig(msgspec.Struct, frozen=True, tag="influxdb", tag_field="type", forbid_unknown_fields=True):
    """Where to write and how often."""

    url: Annotated[str, msgspec.Meta(description="address of InfluxDB", pattern="^https?://")]
    bucket: str = "netmon"
    """Where to write."""
    org: str = "netmon"
    """Organization the bucket belongs to."""
    token: Secret | None = None
    """None: nothing is sent to sign in."""
    flush: Duration = Duration("10s")
    """How often it writes."""
    timeout: Duration = Duration("10s")
    """How long it waits for an answer."""

    def build(self, around: Surroundings) -> Output:
        """Build the output; opens no connection."""
        return InfluxDB(self, around)


class InfluxDB:
    """Writes live blocks from a bounded queue; what the queue had to drop comes later from the embedded store."""

    def __init__(self, config: InfluxDBConfig, around: Surroundings) -> None:
        self.name = around.name
        self._config = config
        self._around = around
        self._metrics = around.metrics
        self._queue: DropOldest[Told] = DropOldest(_QUEUE, self._overtaken)
        self._cursor = around.store.cursor(self.name)
        self._missed = around.store.cursor(EMBEDDED)
        """Newest observation whose blocks are not in the queue: they fell out of it, or came before the start.

        Up to there the embedded store is read instead.
        """
        self._held: list[Told] = []
        """Taken from the queue and not known to be with the peer."""
        self._lag = Lag()
        self._metrics.output_lag.labels(self.name).set_function(self._lag.seconds)
        if self._missed > self._cursor:
            self._lag.took(self._missed)

    def samples(self, blocks: list[SampleBlock], seq: int) -> None:
        """Take committed blocks; never waits."""
        for told, of_one in groupby(blocks, key=_seq):
            if told > self._cursor:
                item = (told, tuple(of_one))
                self._lag.took(told)
                self._queue.put(item)
                self._metrics.output_received.labels(self.name).inc(len(item[1]))

    def committed(self, change_seq: int) -> None:
        """Alarm changes are none of its business."""

    async def run(self) -> None:
        """Write until cancelled; the queue that is left is written once more if the peer takes it at once."""
        client = self._client()
        try:
            while True:
                await self._catch_up(client)
                await self._queue.filled()
                await asyncio.sleep(self._config.flush.seconds)
                await self._write_queue(client)
        except asyncio.CancelledError:
            await self._last_try(client)
            raise
        finally:
            await asyncio.to_thread(client.close)

    def _client(self) -> "InfluxDBClient":
        # Loaded only where it is used (STYLE section 13): the client library is heavy.
        from influxdb_client import InfluxDBClient

        config = self._config
        token = self._around.secret(config.token) if config.token is not None else ""
        return InfluxDBClient(url=config.url, token=token, org=config.org, timeout=config.timeout.ms)

    async def _write_queue(self, client: "InfluxDBClient") -> None:
        """Write what waits; while that takes long the queue may lose its front, which is then read elsewhere first."""
        self._held = self._held or self._queue.take(_TAKEN)
        while self._held and self._cursor >= self._missed:
            await self._send(client, self._lines(self._held))
            reached, self._held = self._held[-1][0], []
            await self._reached(reached)
            if self._cursor >= self._missed:
                self._held = self._queue.take(_TAKEN)

    async def _catch_up(self, client: "InfluxDBClient") -> None:
        """Read from the embedded store what the queue had to drop."""
        while self._cursor < self._missed:
            on_disk = await asyncio.to_thread(self._around.store.cursor, EMBEDDED)
            found = await asyncio.to_thread(_first, self._around.series.after(self._cursor), _FRAMES + 1)
            for frame, following in pairwise([*found, None]):
                if following is None and len(found) > _FRAMES:
                    break
                await self._send(client, await asyncio.to_thread(frame_lines, frame))
                # Observations of one moment may stand in the files of two hours.
                reached = int(frame["seq"][-1])
                await self._reached(reached if following is None else min(reached, int(following["seq"][0]) - 1))
            if not found and on_disk >= self._missed:
                # What is missing had no numbers in it.
                await self._reached(self._missed)
            elif not found:
                # Not flushed to disk yet; what is missing arrives there within seconds.
                await asyncio.sleep(1.0)

    async def _send(self, client: "InfluxDBClient", lines: list[str]) -> None:
        for start in range(0, len(lines), _BATCH_LINES):
            await self._send_until_taken(client, lines[start : start + _BATCH_LINES])

    async def _send_until_taken(self, client: "InfluxDBClient", lines: list[str]) -> None:
        for wait_s in backoff():
            reason = await asyncio.to_thread(self._post, client, lines)
            if not reason:
                self._metrics.output_sent.labels(self.name).inc(len(lines))
                self._metrics.output_last_success.labels(self.name).set_to_current_time()
                return
            self._metrics.output_errors.labels(self.name, reason).inc()
            if reason == "refused":
                self._metrics.output_dropped.labels(self.name, reason).inc(len(lines))
                return
            log.warning("peer takes nothing, waiting", output=self.name, reason=reason, retry_in_s=round(wait_s, 1))
            await asyncio.sleep(wait_s)

    def _post(self, client: "InfluxDBClient", lines: list[str]) -> str:
        """Write once; return why it failed, or nothing. A 400 or 422 will never be taken and is given up."""
        from influxdb_client.client.write_api import SYNCHRONOUS
        from influxdb_client.rest import ApiException
        from urllib3.exceptions import HTTPError

        try:
            client.write_api(write_options=SYNCHRONOUS).write(
                bucket=self._config.bucket, record="\n".join(lines), write_precision="ms"
            )
        except ApiException as error:
            if error.status in (400, 422):
                log.error(
                    "peer refuses lines", output=self.name, status=error.status, first=lines[0], told=_told(error)
                )
                return "refused"
            return f"http_{error.status}"
        except (HTTPError, OSError):
            return "unreachable"
        return ""

    async def _reached(self, seq: int) -> None:
        self._lag.delivered(seq)
        if seq > self._cursor:
            self._cursor = seq
            await self._around.store.set_cursor(self.name, seq)

    async def _last_try(self, client: "InfluxDBClient") -> None:
        taken = [*self._held, *self._queue.take(_QUEUE)] if self._cursor >= self._missed else []
        lines = self._lines(taken)
        if lines and not await asyncio.to_thread(self._post, client, lines):
            await self._reached(taken[-1][0])

    def _lines(self, taken: list[Told]) -> list[str]:
        return [line for seq, blocks in taken if seq > self._cursor for block in blocks for line in block_lines(block)]

    def _overtaken(self, told: Told) -> None:
        self._missed = told[0]


def _seq(block: SampleBlock) -> int:
    return block.seq


def _first(frames: Iterator[Any], most: int) -> list[Any]:
    return list(islice((frame for frame in frames if frame.height), most))


def _told(error: Any) -> str:
    return str(getattr(error, "body", ""))[:200]
