"""The alarms that matter now, in memory, each with its encoded JSON (specs/dashboard.md 2.1)."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Protocol

import msgspec

from netmon.domain.alarm import Alarm, AlarmChange
from netmon.web.bodies import packed
from netmon.web.counters import Counters
from netmon.web.lane import Lane
from netmon.web.rows import NOWHERE, Entry, Places, entry, order, where_of

KEPT_MS = 600_000
"""How long a cleared alarm stays in the view."""

MOST_CLEARED = 2_000
"""Of a storm of alarms that come and go only the last ones stay: the history has them all."""

PER_READ = 5_000
"""Changes per read of the store; the reads are short, or the write-ahead log could not start anew."""

FRESH_MS = 2_000
"""The full list is made at most this often."""

_NOT_STANDING = ("edge", "purged")
"""Kinds of changes that leave the alarm as it stands alone: damped, or no longer kept."""


class Alarms(Protocol):
    """What is read of the store; both block."""

    def alarms_at(self) -> tuple[int, list[Alarm]]:
        """Return the number of the last change and all alarms not yet purged as it left them."""
        ...

    def changes(self, after: int, limit: int) -> list[AlarmChange]:
        """Return alarm changes with ``seq`` greater than ``after``, in order."""
        ...


class Moved(msgspec.Struct, frozen=True):
    """What a read brought: the newest state of each alarm that changed."""

    prev: int
    seq: int
    at: int
    """Engine time of the newest change, UTC ms."""
    count: int
    """Changes, not alarms."""
    entries: dict[str, Entry] = {}


class AlarmList(msgspec.Struct, frozen=True):
    """The full list as it goes out."""

    seq: int
    plain: bytes
    packed: bytes
    """The same, gzip."""


class Hole(Exception):
    """The changes that follow are not there, or the store is another one: load anew."""


class AlarmView:
    """Active alarms and the last of those cleared in ten minutes; the event loop owns it, threads get copies.

    Args:
        store: open for reading.
        most: how many alarms the full list carries, the worst ones.
        now_ms: time of this host, UTC ms.
        where: finds sites and services.
        lane: where the store is read; None: a thread of its own.
    """

    def __init__(
        self,
        store: Alarms,
        *,
        most: int,
        now_ms: Callable[[], int],
        where: Places = lambda element, object_: NOWHERE,
        lane: Lane | None = None,
    ) -> None:
        self._lane = lane or Lane("view", 1)
        self._store = store
        self._most = most
        self._now_ms = now_ms
        self.where = where
        """Finds sites and services; another one is known to the entries after the next load."""
        self.seq = -1
        """Number of the last change that is in; -1 before the first load."""
        self.entries: dict[str, Entry] = {}
        self.counters = Counters()
        self._list: AlarmList | None = None
        self._listed_at = 0
        self._listing = asyncio.Lock()

    @property
    def active(self) -> int:
        """Number of active alarms."""
        return self.counters.active

    @property
    def limited(self) -> bool:
        """Whether there are more active alarms than the full list carries."""
        return self.active > self._most

    async def load(self) -> None:
        """Read everything anew.

        Raises:
            StoreError: the store cannot be read.
        """
        now = self._now_ms()
        seq, entries, counters = await self._lane.run(self._load, now)
        self.seq, self.entries, self.counters, self._list = seq, entries, counters, None

    async def read(self, *, known: int = 0) -> Moved:
        """Take the changes that came since, all that are there; ``known``: the newest number that was heard of.

        Raises:
            Hole: some of them are missing.
            StoreError: the store cannot be read.
        """
        prev, at, count, newest = self.seq, 0, 0, dict[str, Entry]()
        while True:
            found, made = await self._lane.run(self._read, self.seq)
            if not found:
                if 0 < known < self.seq and not await self._lane.run(self._store.changes, self.seq - 1, 1):
                    raise Hole("the store is an older one")
                return Moved(prev, self.seq, at, count, newest)
            self._take(found, made)
            newest |= made
            at, count = found[-1].at, count + len(found)
            if len(found) < PER_READ:
                return Moved(prev, self.seq, at, count, newest)

    def expire(self) -> None:
        """Let go of alarms that were cleared more than ten minutes ago, and of the oldest when they are many."""
        before = self._now_ms() - KEPT_MS
        for alarm_id in self.counters.cleared_before(before, most=MOST_CLEARED):
            del self.entries[alarm_id]

    async def list(self) -> AlarmList:
        """Return the full list, at most two seconds old; without an order, in limited mode the worst first."""
        async with self._listing:
            made, now = self._list, self._now_ms()
            if made is None or (made.seq != self.seq and not 0 <= now - self._listed_at < FRESH_MS):
                entries = list(self.entries.values())
                self._listed_at = now
                made = self._list = await asyncio.to_thread(self._join, self.seq, entries)
        return made

    def _load(self, now: int) -> tuple[int, dict[str, Entry], Counters]:
        seq, alarms = self._store.alarms_at()
        counters = Counters()
        entries = {}
        for alarm in alarms:
            counters.remember(alarm, now)
            if alarm.cleared is None or alarm.cleared > now - KEPT_MS:
                entries[alarm.alarm_id] = made = self._entry(alarm)
                counters.put(None, made.row, now)
        return seq, entries, counters

    def _read(self, after: int) -> tuple[Sequence[AlarmChange], dict[str, Entry]]:
        changes = self._store.changes(after, PER_READ)
        for seq, change in enumerate(changes, after + 1):
            if change.seq != seq:
                raise Hole(f"change {seq} is missing")
        standing = {change.alarm_id: change.after for change in changes if change.kind not in _NOT_STANDING}
        return changes, {alarm_id: self._entry(alarm) for alarm_id, alarm in standing.items()}

    def _take(self, changes: Sequence[AlarmChange], made: dict[str, Entry]) -> None:
        now = self._now_ms()
        gone = [change.alarm_id for change in changes if change.kind == "purged"]
        for alarm_id, new in made.items():
            old = self.entries.get(alarm_id)
            self.entries[alarm_id] = new
            self.counters.put(old.row if old is not None else None, new.row, now)
        for alarm_id in gone:
            if (old := self.entries.pop(alarm_id, None)) is not None:
                self.counters.put(old.row, None, now)
        self.seq = changes[-1].seq

    def _entry(self, alarm: Alarm) -> Entry:
        return entry(alarm, where_of(alarm, self.where))

    def _join(self, seq: int, entries: Sequence[Entry]) -> AlarmList:
        chosen: Iterable[Entry] = entries
        active = sum(one.row.cleared is None for one in entries)
        limited = active > self._most
        if limited:
            chosen = islice(sorted(entries, key=lambda one: order(one.row)), self._most)
        plain = body(chosen, seq=seq, now=self._now_ms(), total=active if limited else len(entries), limited=limited)
        return AlarmList(seq, plain, packed(plain))


def body(entries: Iterable[Entry], *, seq: int, now: int, total: int | None, limited: bool, after: str = "") -> bytes:
    """Return the answer of a list, joined from the rows as they were encoded."""
    rows = b",".join([one.json for one in entries])
    head = f'{{"seq":{seq},"now":{now},"limited":{"true" if limited else "false"}'
    head += f',"total":{total}' if total is not None else ""
    rest = f',"after":{msgspec.json.encode(after).decode()}' if after else ""
    return b"".join((head.encode(), rest.encode(), b',"alarms":[', rows, b"]}"))
