"""A usage feed: an unbroken chain of records, published as files for one consumer (specs/usage.md section 7)."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import msgspec
import structlog

from netmon.domain.duration import Duration, Size
from netmon.domain.observation import FEED_INTEGRITY_PART, HealthRow
from netmon.domain.sample import SampleBlock
from netmon.domain.scalar import span
from netmon.domain.secret import Secret
from netmon.outputs.output import Output, Surroundings
from netmon.outputs.room import used_pct
from netmon.outputs.usage.collect import Collection
from netmon.outputs.usage.folder import Folder
from netmon.outputs.usage.publish import Feed, IntegrityError, Publisher
from netmon.outputs.usage.sign import signing_key
from netmon.runtime.retry import backoff
from netmon.storage.store import StoreError

log = structlog.get_logger("netmon.usage")

NODE_ID = r"^[A-Za-z0-9-]{1,40}$"

_PUBLISH, _COLLECT = "feed not published", "acknowledgments not read"
_LOOK_S, _SETTLING_S = 5.0, 1.0
"""How often to look whether a file is full before its time, and from that time on, whether its records are all in."""


class UsageFeedConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One usage feed: an unbroken chain of records and files for one consumer."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="its id")]
    node_id: Annotated[str, msgspec.Meta(pattern=NODE_ID)] | None = None
    """In the names of files; default: the node's."""
    group: str = ""
    """Group of its folders, for the consumer; default: that of the daemon."""
    compress: bool = True
    """Files are gzip."""
    open: Annotated[Duration, span("1m", "24h")] = Duration("15m")
    """A file tells up to each multiple of this, UTC; it is closed when the records of what ended by then are all in."""
    max_size: Size = Size("64MiB")
    """Or when its records have this size unpacked."""
    max_records: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 100_000
    """Or when it has so many records."""
    late_horizon: Annotated[Duration, span("1h", "400d")] = Duration("90d")
    """Intervals older than this are not adjusted any more."""
    unacked_alarm: Annotated[Duration, span("1m", "400d")] = Duration("2h")
    """A file that billing has not acknowledged for so long is an alarm, once the feed has a record."""

    sign: Secret | None = None
    """A key that billing has, too; with it manifests are signed (HMAC-SHA-256)."""

    def build(self, around: Surroundings) -> Output:
        """Build the output; touches no file."""
        return UsageFeed(self, around, wall=_wall_ms)


class UsageFeed:
    """Reads committed records by the files bound so far; while its folder takes nothing, it tries again and waits."""

    def __init__(
        self,
        config: UsageFeedConfig,
        around: Surroundings,
        *,
        wall: Callable[[], int],
        used: Callable[[Path], int] = used_pct,
    ) -> None:
        self.name = around.name
        self._metrics = around.metrics
        self._wall = wall
        self._feed = config.id
        self._broken = ""
        """Why nothing may be published, until an operator has looked."""
        feed = Feed(
            id=config.id,
            node_id=config.node_id or around.node_id,
            group=config.group,
            compress=config.compress,
            open_ms=config.open.ms,
            max_octets=config.max_size.octets,
            max_records=config.max_records,
            key=signing_key(around.secret(config.sign)) if config.sign is not None else None,
        )
        folder = around.data_dir / "usage"
        self._publisher = Publisher(feed, store=around.store, folder=folder)
        self._collection = Collection(
            config.id,
            store=around.store,
            folder=Folder(folder / config.id, group=config.group),
            data_dir=around.data_dir,
            observe=around.observe,
            metrics=around.metrics,
            unacked_ms=config.unacked_alarm.ms,
            used=used,
        )

    def samples(self, blocks: list[SampleBlock], seq: int) -> None:
        """Samples are none of its business."""

    def committed(self, change_seq: int) -> None:
        """It looks by itself: what it waits for is committed with records."""

    def health(self) -> tuple[HealthRow, ...]:
        """Report whether files are as they were published, whether billing takes them, and whether there is room."""
        about = self._broken or self._collection.event()
        return (HealthRow(self._feed, FEED_INTEGRITY_PART, int(bool(about)), about), *self._collection.health())

    async def acknowledge(self, through: int, sha256: str) -> int:
        """Note that billing has all files up to number ``through``; return of how many that is news.

        Raises:
            NoSuchFile, WrongHash: nothing was acknowledged.
            StoreError: it could not be kept.
        """
        return await self._collection.acknowledge(through, sha256, now=self._wall())

    def breach(self, text: str) -> None:
        """Take note that something of the feed is not what it should be: an alarm tells of it."""
        self._collection.breach(text)

    async def run(self) -> None:
        """Publish until cancelled; what is not published then is published after the next start."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._again(_PUBLISH, self._publish))
            group.create_task(self._again(_COLLECT, self._collect))

    async def _again(self, what: str, run: Callable[[], Awaitable[None]]) -> None:
        for wait_s in backoff():
            try:
                await run()
            except (OSError, LookupError, StoreError, IntegrityError) as error:
                if isinstance(error, IntegrityError):
                    self._broken = f"nothing more is published, where its next file goes another one stands: {error}"
                elif isinstance(error, OSError):
                    self._collection.refused[what] = error.strerror or str(error)
                self._metrics.output_errors.labels(self.name, type(error).__name__).inc()
                log.warning(what, output=self.name, error=str(error), retry_in_s=round(wait_s, 1))
                await asyncio.sleep(wait_s)

    async def _publish(self) -> None:
        await self._publisher.prepare()
        while True:
            now = self._wall()
            published = await self._publisher.publish_due(now)
            self._broken = ""
            self._collection.refused.pop(_PUBLISH, None)
            if published:
                self._metrics.output_sent.labels(self.name).inc(published)
                self._metrics.output_last_success.labels(self.name).set_to_current_time()
            due_s = (self._publisher.next_due() - self._wall()) / 1000
            await asyncio.sleep(min(_LOOK_S, due_s) if due_s > 0 else _SETTLING_S)

    async def _collect(self) -> None:
        while not self._publisher.ready:
            # It makes the folders.
            await asyncio.sleep(_SETTLING_S)
        while True:
            await self._collection.look(self._wall())
            self._collection.refused.pop(_COLLECT, None)
            await asyncio.sleep(_LOOK_S)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
