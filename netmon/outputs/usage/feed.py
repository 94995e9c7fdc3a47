"""A usage feed: an unbroken chain of records, published as files for one consumer (specs/usage.md section 7)."""

import asyncio
import time
from collections.abc import Callable
from typing import Annotated

import msgspec
import structlog

from netmon.domain.duration import Duration, Size
from netmon.domain.observation import FEED_INTEGRITY_PART, HealthRow
from netmon.domain.sample import SampleBlock
from netmon.domain.scalar import span
from netmon.outputs.output import Output, Surroundings
from netmon.outputs.usage.publish import Feed, IntegrityError, Publisher
from netmon.runtime.retry import backoff
from netmon.storage.store import StoreError

log = structlog.get_logger("netmon.usage")

NODE_ID = r"^[A-Za-z0-9-]{1,40}$"

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

    def build(self, around: Surroundings) -> Output:
        """Build the output; touches no file."""
        return UsageFeed(self, around, wall=_wall_ms)


class UsageFeed:
    """Reads committed records by the files bound so far; while its folder takes nothing, it tries again and waits."""

    def __init__(self, config: UsageFeedConfig, around: Surroundings, *, wall: Callable[[], int]) -> None:
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
        )
        self._publisher = Publisher(feed, store=around.store, folder=around.data_dir / "usage")

    def samples(self, blocks: list[SampleBlock], seq: int) -> None:
        """Samples are none of its business."""

    def committed(self, change_seq: int) -> None:
        """It looks by itself: what it waits for is committed with records."""

    def health(self) -> tuple[HealthRow, ...]:
        """Report whether the folder holds what is bound."""
        return (HealthRow(self._feed, FEED_INTEGRITY_PART, int(bool(self._broken)), self._broken),)

    async def run(self) -> None:
        """Publish until cancelled; what is not published then is published after the next start."""
        for wait_s in backoff():
            try:
                await self._publish()
            except (OSError, LookupError, StoreError, IntegrityError) as error:
                self._broken = str(error) if isinstance(error, IntegrityError) else self._broken
                self._metrics.output_errors.labels(self.name, type(error).__name__).inc()
                log.warning("feed not published", output=self.name, error=str(error), retry_in_s=round(wait_s, 1))
                await asyncio.sleep(wait_s)

    async def _publish(self) -> None:
        await self._publisher.prepare()
        while True:
            now = self._wall()
            published = await self._publisher.publish_due(now)
            self._broken = ""
            if published:
                self._metrics.output_sent.labels(self.name).inc(published)
                self._metrics.output_last_success.labels(self.name).set_to_current_time()
            due_s = (self._publisher.next_due() - self._wall()) / 1000
            await asyncio.sleep(min(_LOOK_S, due_s) if due_s > 0 else _SETTLING_S)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000
