"""A usage feed as a whole: how far it is, how its files stand, how its last day was; reads the store in a thread."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

import msgspec

from netmon.domain.usage import UsageRecord
from netmon.storage.sqlite.store import SqliteStore
from netmon.storage.sqlite.usage_queries import UsageSpan
from netmon.usage.periods import floor_to
from netmon.web.kept import Kept
from netmon.web.lane import Lane
from netmon.web.usage_day import Day, DaySums, sum_up
from netmon.web.usage_folder import Proof

LAST = (1 << 53) - 1
"""More than any number of a file or a record, and any time."""
_DAY_MS, _QUARTER_MS = 86_400_000, 900_000
_MOST = 100_000
"""Records that a day is summed up from, at most; of more only the newest are taken."""
_ROWS = 1_000
_DAY_FRESH_MS = 10_000
_PROOF_MS = 300_000
_REST = 50
"""For so many times as long as it took a day is not summed up again: 2 % of a core, however large it is."""


class UsageFeed(msgspec.Struct, frozen=True):
    """A feed in short; times are UTC ms."""

    feed: str
    first_rec_seq: int
    """0: it has no record yet."""
    last_rec_seq: int
    chain_head: str
    """Hash of the last record."""
    files: int
    published: int
    last_file_seq: int
    last_published: int | None
    acknowledged: int
    """file_seq of the last file that billing has; 0: none."""
    waiting: int
    """Published files that it has not acknowledged."""
    waiting_since: int | None
    """When the first of them was published."""
    unfiled: int
    """Records that are in no file yet."""
    after_holes: list[int]
    """Files that follow a missing number: the consumer cannot have everything."""
    day: DaySums
    """Of the last 24 hours; of very many records the newest."""


class DayRead(msgspec.Struct, frozen=True):
    """A day as it was summed up once."""

    day: Day
    last_rec_seq: int
    """Last record of the feed at that time."""
    took_ms: int
    """CPU time."""

    def holds(self, last_rec_seq: int, until: int, *, age_ms: int) -> bool:
        """Tell whether it need not be summed up again: nothing is new, or that would be too often for what it costs."""
        nothing_new = (self.last_rec_seq, self.day.sums.until) == (last_rec_seq, until)
        return nothing_new or age_ms < _REST * self.took_ms


class UsageMemory:
    """Answers that cost something, by feed."""

    def __init__(self, *, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._days: Kept[DayRead] = Kept(_DAY_FRESH_MS, now_ms=now_ms)
        self._proofs: Kept[Proof] = Kept(_PROOF_MS, now_ms=now_ms)
        self._proving = asyncio.Lock()

    async def day(self, slow: Lane, store: SqliteStore, feed: str) -> Day:
        """Return the last day of a feed, as new as its cost allows."""
        head = await slow.run(store.usage_head, feed)
        last, until = head[0] if head is not None else 0, floor_to(self._now_ms(), _QUARTER_MS)
        kept = await self._days.get(
            feed,
            lambda: slow.run(_timed_day, store, feed, self._now_ms()),
            holds=lambda made, age: made.holds(last, until, age_ms=age),
        )
        return kept.day

    async def proof(self, files: str, make: Callable[[], Awaitable[Proof]]) -> Proof:
        """Return what was found in files that lie so; one proof is made at a time, whatever the feed."""

        async def alone() -> Proof:
            async with self._proving:
                return await make()

        return await self._proofs.get(files, alone)


def feed_names(store: SqliteStore) -> list[str]:
    """Return the feeds that have a record or a file."""
    return sorted({*(one.feed for one in store.usage.ranges()), *store.usage.filed_feeds()})


def read_day(store: SqliteStore, feed: str, now: int) -> Day:
    """Sum up the records of the 24 hours before the last quarter of an hour; of very many only the newest."""
    until = floor_to(now, _QUARTER_MS)
    since = until - _DAY_MS
    head = store.usage_head(feed)
    if head is not None and head[0] > _MOST:
        many = store.records(feed, head[0] - _MOST, 1)
        since = max([since, *(record.start for record in many)])
    return sum_up(_started(store, UsageSpan(feed, since, LAST)), since=since, until=until)


def _timed_day(store: SqliteStore, feed: str, now: int) -> DayRead:
    began = time.thread_time_ns()
    head = store.usage_head(feed)
    day = read_day(store, feed, now)
    return DayRead(day, head[0] if head is not None else 0, (time.thread_time_ns() - began) // 1_000_000)


def read_feed(store: SqliteStore, feed: str, day: Day) -> UsageFeed:
    """Return a feed with what is known of its day."""
    filed, head, newest = store.usage.filed(feed), store.usage_head(feed), store.published_file(feed)
    waiting = store.usage.waiting(feed)
    first = next((one.first for one in store.usage.ranges() if one.feed == feed), 0)
    last = head[0] if head is not None else 0
    return UsageFeed(
        feed=feed,
        first_rec_seq=first,
        last_rec_seq=last,
        chain_head=head[1] if head is not None else "",
        files=filed.files,
        published=filed.published,
        last_file_seq=filed.last,
        last_published=newest.published if newest is not None else None,
        acknowledged=store.usage.acknowledged(feed, LAST),
        waiting=waiting.many,
        waiting_since=waiting.oldest,
        unfiled=max(0, last - filed.last_rec_seq),
        after_holes=filed.after_holes,
        day=day.sums,
    )


def _started(store: SqliteStore, span: UsageSpan) -> Iterator[UsageRecord]:
    after = (0, 0)
    for _ in range(0, 2 * _MOST, _ROWS):
        rows = store.usage.started(span, after=after, limit=_ROWS)
        if not rows:
            return
        yield from rows
        after = (rows[-1].start, rows[-1].rec_seq)
