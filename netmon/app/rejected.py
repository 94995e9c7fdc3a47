"""What the receiver turned away in the last day, before the start, too (DESIGN section 6, specs/snmp.md 3.9)."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice, takewhile

import msgspec

from netmon.domain.request import RejectedMessage, RejectionsWanted, TrapRejections
from netmon.sources.traps import counts
from netmon.sources.traps.listen import Traps
from netmon.storage.store import Store

_EVERY_S = 10.0
_AT_ONCE = 40
"""Rows per batch: what nobody waits for must not make a commit long."""
_COUNTS = 1_000
"""Rows of counts in one go: a flood of forged sources changes ten thousand all the time."""
_COUNTS_AT_STOP = 20_000
_ALL = RejectionsWanted()


class Rejected:
    """Shows what the receiver turned away, and keeps it; a crash loses some seconds of it."""

    def __init__(self, traps: Traps, store: Store, now_ms: Callable[[], int]) -> None:
        self._traps = traps
        self._now_ms = now_ms
        self._store = store
        self._before = [msgspec.json.decode(data, type=RejectedMessage) for data in store.rejected()]
        traps.restore_rejections(store.source_state(counts.SOURCE))
        self._keeping = asyncio.Lock()
        """The stop may come while some of it is being kept."""
        self._counted = 0
        self._newest: RejectedMessage | None = None
        """Of those that are kept."""

    def shown(self, wanted: RejectionsWanted) -> TrapRejections:
        """Return what was turned away in the last day, and the last of it."""
        found = self._traps.rejections(wanted)
        older = (one for one in self._before if _is_wanted(one, wanted))
        last = (*found.last, *islice(older, wanted.limit - len(found.last)))
        return msgspec.structs.replace(found, last=list(last))

    async def run(self) -> None:
        """Keep what is new until cancelled."""
        while True:
            await asyncio.sleep(_EVERY_S)
            await self.keep()

    async def keep(self) -> None:
        """Keep what is new, a little with each batch.

        Raises:
            StoreError: it cannot be kept.
        """
        async with self._keeping:
            await self._keep_counts(_COUNTS, at_once=_AT_ONCE)
            await self._keep_last()

    async def keep_all(self) -> None:
        """Keep all that is new: the engine stops.

        Raises:
            StoreError: it cannot be kept.
        """
        async with self._keeping:
            await self._keep_counts(_COUNTS_AT_STOP, at_once=_COUNTS)
            await self._keep_last()

    async def _keep_counts(self, most: int, *, at_once: int) -> None:
        for _ in range(0, most, at_once):
            rows, now = self._traps.rejections_learned(at_once), self._now_ms()
            if not rows:
                break
            kept = False
            try:
                await asyncio.gather(*(self._store.set_source_state(counts.SOURCE, *row, now) for row in rows.items()))
                kept = True
            finally:
                if not kept:
                    self._traps.rejections_not_kept()

    async def _keep_last(self) -> None:
        books = self._traps.books()
        counted = books.rejected + books.shed + books.queue_full
        if counted == self._counted:
            return
        new = list(takewhile(lambda one: one != self._newest, self._traps.rejections(_ALL).last))
        for some in _chunks(new[::-1]):
            await self._store.keep_rejected([(one.at, msgspec.json.encode(one)) for one in some])
            self._newest = some[-1]
        self._counted = counted


def _chunks(messages: list[RejectedMessage]) -> Iterator[list[RejectedMessage]]:
    for at in range(0, len(messages), _AT_ONCE):
        yield messages[at : at + _AT_ONCE]


def _is_wanted(message: RejectedMessage, wanted: RejectionsWanted) -> bool:
    return wanted.source in ("", message.source) and wanted.reason in ("", message.reason)
