"""Batches on their way to the disk: two at most, in their order, until the store takes them (DESIGN section 6)."""

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from netmon.runtime.retry import backoff
from netmon.storage.store import Batch, SnapshotRow, Store, StoreError, StoreFull

log = structlog.get_logger("netmon.store")

_AT_ONCE = 2
"""While one is written the next is behind it already: the writer need not wait for a turn of the loop."""


class Commit(msgspec.Struct, frozen=True):
    """A batch, a row of a snapshot that goes with it, and what is called as soon as both are on disk."""

    batch: Batch
    row: SnapshotRow | None
    kept: Callable[[], None]


_Attempt = asyncio.Task[StoreError | None]


class Commits:
    """Commits batch after batch; while the store takes none, none is let go and no further one may come."""

    def __init__(self, store: Store, *, full: Callable[[], None]) -> None:
        self._store = store
        self._full = full
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._going: asyncio.Queue[tuple[Commit, _Attempt] | None] = asyncio.Queue()
        self._stopping = False
        self.given_up = False
        """The daemon stops, and the store takes nothing."""
        self.stuck = ""
        """Why the store takes nothing at the moment."""

    async def room(self) -> None:
        """Wait until one more batch may come."""
        await self._room.acquire()

    def add(self, commit: Commit) -> None:
        """Send a batch on its way, after ``room``."""
        self._going.put_nowait((commit, asyncio.create_task(self._try(commit))))

    def stop(self) -> None:
        """Give up what the store does not take: nothing of it was acknowledged, so senders keep what they sent."""
        self._stopping = True

    def end(self) -> None:
        """Let ``run`` return once all that was added is kept."""
        self._going.put_nowait(None)

    async def run(self) -> None:
        """See off what is added."""
        behind = False
        while (going := await self._going.get()) is not None:
            commit, first = going
            error = await first
            if error is not None and behind:
                # It was refused only because the one before it was; that one is kept now.
                error = await self._try(commit)
            behind = first.result() is not None
            if error is not None and not self.given_up:
                await self._insist(commit, error)

    async def _try(self, commit: Commit) -> StoreError | None:
        def on_disk() -> None:
            commit.kept()
            self._room.release()

        try:
            await self._store.commit(commit.batch, commit.row, on_disk)
        except StoreError as error:
            return error
        return None

    async def _insist(self, commit: Commit, error: StoreError) -> None:
        """Try a batch until it is kept, or the daemon stops."""
        waits_s = backoff(0.2, 5.0)
        refused: StoreError | None = error
        while refused is not None:
            self.stuck = str(refused)
            wait_s = next(waits_s)
            log.error("store takes nothing, waiting", error=self.stuck, retry_in_s=round(wait_s, 1))
            if isinstance(refused, StoreFull):
                self._full()
            if self._stopping:
                self.given_up = True
                self._room.release()
                return
            await asyncio.sleep(wait_s)
            refused = await self._try(commit)
        self.stuck = ""
