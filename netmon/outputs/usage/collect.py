"""What happens to a feed after publication: acknowledgments, archive, and what of it netmon reports as alarms."""

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path

from netmon.domain.observation import FEED_STORAGE_PART, FEED_UNCOLLECTED_PART, HealthRow
from netmon.outputs.room import step, used_pct
from netmon.outputs.usage.ack import Acknowledgments, Observe, WrongHash
from netmon.outputs.usage.archive import Archive, Watch
from netmon.outputs.usage.folder import Folder
from netmon.storage.store import Store, WaitingFiles
from netmon.telemetry.metrics import Metrics
from netmon.usage.periods import utc_text

_NO_FOLDER = 4
"""Step of storage where the folder takes nothing at all."""
_WORDS = {
    1: "{pct} % of the disk are used",
    2: "{pct} % of the disk are used, soon nothing can be recorded",
    3: "{pct} % of the disk are used: samples are stored no more, and old ones are deleted",
}


class Collection:
    """Looks after the files of one feed that are published; ``look`` is called every few seconds."""

    def __init__(
        self,
        feed: str,
        *,
        store: Store,
        folder: Folder,
        data_dir: Path,
        observe: Observe,
        metrics: Metrics,
        unacked_ms: int,
        used: Callable[[Path], int] = used_pct,
    ) -> None:
        self._feed = feed
        self._store = store
        self._places = (data_dir, folder.path)
        self._used = used
        self._unacked_ms = unacked_ms
        self._acks = Acknowledgments(
            feed,
            store=store,
            folder=folder,
            observe=observe,
            aside=lambda reason: metrics.usage_set_aside.labels(feed, reason).inc(),
        )
        self._archive = Archive(feed, store=store, folder=folder)
        self._watch = Watch(feed, store=store, folder=folder)
        self._events: deque[str] = deque(maxlen=100)
        """Breaches of integrity that are not told yet."""
        self._telling = False
        self._full = 0
        self._pct = 0
        self._waiting = WaitingFiles(0, None, 0)
        self._begun = False
        self.now = 0
        self.refused: dict[str, str] = {}
        """Why the folder takes nothing, by what was tried."""
        self._metrics = metrics

    async def look(self, now: int) -> None:
        """Hear what billing says, move what it has, look at what it has not.

        Raises:
            OSError: the folder cannot be read or written, or one of the files in ``ack/``; all else was done.
            StoreError: the store takes nothing.
        """
        await asyncio.to_thread(self._measure, now)
        self._events += await self._acks.look(now)
        await self._archive.look(now)
        self._events += await asyncio.to_thread(self._watch.look)
        if self._acks.stuck is not None:
            raise self._acks.stuck

    async def acknowledge(self, through: int, sha256: str, *, now: int) -> int:
        """Note that billing has all files up to number ``through``; return of how many that is news.

        Raises:
            NoSuchFile, WrongHash: nothing was acknowledged; of the latter an alarm tells.
        """
        try:
            return await self._acks.acknowledge(through, sha256, now=now)
        except WrongHash as refused:
            self._events.append(str(refused))
            raise

    def breach(self, text: str) -> None:
        """Take note that something of the feed is not what it should be."""
        self._events.append(text)

    def event(self) -> str:
        """Return a breach of integrity that was not told before; every other time nothing, so that each is told."""
        self._telling = bool(self._events) and not self._telling
        return self._events.popleft() if self._telling else ""

    def health(self) -> tuple[HealthRow, ...]:
        """Report whether somebody collects the files, and whether there is room for them."""
        return (self._uncollected(), self._storage())

    def _uncollected(self) -> HealthRow:
        waiting = self._waiting
        late = waiting.oldest is not None and self._begun and self.now - waiting.oldest > self._unacked_ms
        about = ""
        if late and waiting.oldest is not None:
            about = f"{waiting.many} files wait, the first, number {waiting.first}, since {utc_text(waiting.oldest)}"
        return HealthRow(self._feed, FEED_UNCOLLECTED_PART, int(late), about)

    def _storage(self) -> HealthRow:
        if self.refused:
            why = next(iter(self.refused.values()))
            return HealthRow(self._feed, FEED_STORAGE_PART, _NO_FOLDER, f"its folder takes nothing: {why}")
        about = _WORDS.get(self._full, "").format(pct=self._pct)
        return HealthRow(self._feed, FEED_STORAGE_PART, self._full, about)

    def _measure(self, now: int) -> None:
        self.now = now
        self._pct = max(self._used(place) for place in self._places if place.exists())
        self._full = step(self._pct, self._full)
        self._begun = self._begun or self._store.usage_head(self._feed) is not None
        waiting = self._waiting = self._store.usage.waiting(self._feed)
        age_s = (now - waiting.oldest) / 1000 if waiting.oldest is not None else 0
        newest = self._store.published_file(self._feed)
        self._metrics.usage_last_file.labels(self._feed).set(newest.file_seq if newest is not None else 0)
        self._metrics.usage_unacked.labels(self._feed).set(waiting.many)
        self._metrics.usage_oldest_unacked.labels(self._feed).set(max(0, age_s))
