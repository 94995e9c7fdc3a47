"""The live feed: every change of an alarm, encoded once and handed to every client (specs/dashboard.md 3.1)."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec
import structlog

from netmon import __version__
from netmon.domain.request import LiveStats
from netmon.storage.store import StoreError
from netmon.web.counters import Counts
from netmon.web.engine import Notice
from netmon.web.error import Refusal
from netmon.web.ring import MOST_ROWS, Changes, Ring
from netmon.web.stream import Client, frame
from netmon.web.view import AlarmView, Hole, Moved

log = structlog.get_logger("netmon.web")

_GATHER_S, _GATHER_MORE_S = 0.1, 0.25
_MANY_PER_S = 500
_LOOK_S = 1.0
"""The store is looked at so often while no notice can come."""
_COUNTS_S, _BEAT_S = 1.0, 5.0
"""How often figures go out when they changed, and a beat in any case."""

Reason = Literal["slow", "burst", "too-old", "reloaded"]
"""Why a client is told to load the list: its queue was full, too much changed at once, it was away too long, or the
view was loaded anew."""


class Engine(Protocol):
    """What is asked of the engine's client."""

    newest: Notice
    up: bool

    async def moved(self) -> None:
        """Return when something was committed, or the engine went or came back."""
        ...


class Standing(msgspec.Struct, frozen=True):
    """How the feed stands: who is behind, or follows an engine that is down, can see it."""

    now: int
    """UTC ms."""
    engine: Literal["up", "down"]
    """While it is down, no alarm comes."""
    engine_since: int
    """Since when it is so, UTC ms, as far as this process has seen."""
    version: str
    """Of netmon."""
    lag_ms: int
    """Of the newest change."""


class Live:
    """Follows the store and tells the clients. ``read`` and ``beat`` run as long as the process lives."""

    def __init__(
        self,
        view: AlarmView,
        engine: Engine,
        *,
        now_ms: Callable[[], int],
        most_clients: int = 500,
        flood_at: int = 10,
    ) -> None:
        self.view = view
        self._engine = engine
        self._now_ms = now_ms
        self._most_clients = most_clients
        self._flood_at = flood_at
        self._clients: dict[Client, None] = {}
        self._ring = Ring()
        self._rates: deque[tuple[float, int]] = deque()
        self._lags: deque[int] = deque([0], 60)
        self._counts: Counts | None = None
        self._up, self._up_since = False, now_ms()
        self._told_up: bool | None = None
        self._gathers = False
        """Changes are about to be told."""
        self._counts_due = self._beat_due = 0.0
        """Times of the loop."""
        self._closed = ""
        self._outdated = False
        self._resyncs: dict[str, int] = dict.fromkeys(("slow", "burst", "too-old", "reloaded"), 0)
        self._events = self._bytes = self._refused = 0

    async def read(self) -> None:
        """Load the view, then follow what is committed; until cancelled."""
        await self._load()
        while True:
            if self._outdated:
                self._outdated = False
                await self._load()
            if not self._behind():
                await self._moved()
                if self._engine.up and not self._behind():
                    continue
            self._gathers = True
            await asyncio.sleep(self._gather_s())
            await self.take()
            self._gathers = False
            # Beside the changes, so that clients take both at once.
            self._tell_due()

    def outdated(self) -> None:
        """Have the view loaded anew, soon: what it knows beside the alarms changed."""
        self._outdated = True

    async def take(self) -> None:
        """Read what was committed and tell it."""
        try:
            moved = await self.view.read(known=self._engine.newest.seq)
        except Hole as hole:
            log.warning("alarms are read anew", reason=str(hole))
            # Nothing is told while that takes: a beat shall not wait for it.
            self._gathers = False
            await self._load()
        except StoreError as error:
            log.warning("the store cannot be read", error=str(error))
        else:
            if moved.count:
                self._tell_moved(moved)

    async def beat(self) -> None:
        """Tell the clients every few seconds how things stand; until cancelled."""
        while True:
            if not self._gathers:
                self._tell_due()
            left = self._counts_due - asyncio.get_running_loop().time()
            await asyncio.sleep(max(left, _GATHER_MORE_S))

    def tell_beat(self) -> None:
        """Tell where the feed stands: who is behind can see it."""
        self._told_up = self._engine.up
        standing = self.standing()
        beat = {
            "now": standing.now,
            "seq": self.view.seq,
            "engine": standing.engine,
            "engine_since": standing.engine_since,
            "lag_ms": standing.lag_ms,
        }
        self._tell(frame("beat", msgspec.json.encode(beat)))

    def standing(self) -> Standing:
        """Return how the feed stands now."""
        now, up = self._now_ms(), self._engine.up
        if up is not self._up:
            self._up, self._up_since = up, now
        return Standing(now, "up" if up else "down", self._up_since, __version__, self._lags[-1])

    def join(self, since: int | None) -> Client:
        """Return a new client that has been told where things stand and what it missed since.

        Raises:
            Refusal: 503, there is no room for another one, or nothing is loaded yet.
        """
        self.ready()
        if len(self._clients) >= self._most_clients:
            self._refused += 1
            raise Refusal(503, "tooMany", message="too many live clients", headers={"Retry-After": "5"})
        client = Client(lambda: self._resync("slow"))
        standing = self.standing()
        hello = {
            "seq": self.view.seq,
            "now": standing.now,
            "engine": standing.engine,
            "engine_since": standing.engine_since,
            "version": standing.version,
        }
        client.put(frame("hello", msgspec.json.encode(hello)))
        client.put(frame("counters", msgspec.json.encode(self.counts())))
        if since is not None:
            changes = self.since(since)
            client.put(self._resync("too-old") if changes is None else _changes(changes))
        self._clients[client] = None
        return client

    def leave(self, client: Client) -> None:
        """Let a client go."""
        if client in self._clients:
            del self._clients[client]
            self._events += client.events
            self._bytes += client.bytes

    def since(self, seq: int) -> Changes | None:
        """Return what changed after ``seq``; None: load the list.

        Raises:
            Refusal: 503, nothing is loaded yet.
        """
        self.ready()
        return self._ring.since(seq, newest=self.view.seq, now=self._now_ms())

    def counts(self) -> Counts:
        """Return the figures as they are now."""
        return self.view.counters.show(self._now_ms(), seq=self.view.seq, flood_at=self._flood_at)

    def stats(self) -> LiveStats:
        """Return how the feed is doing."""
        return LiveStats(
            clients=len(self._clients),
            clients_refused=self._refused,
            events=self._events + sum(client.events for client in self._clients),
            bytes=self._bytes + sum(client.bytes for client in self._clients),
            resyncs=dict(self._resyncs),
            lag_ms=self._lags[-1],
            worst_lag_ms=max(self._lags),
            seq=self.view.seq,
        )

    def close(self) -> None:
        """Tell every client that the server goes; none is let in any more."""
        self._closed = "shutdown"
        for client in list(self._clients):
            client.bye("shutdown")

    def ready(self) -> None:
        """Let pass what needs the alarms, once they are there.

        Raises:
            Refusal: 503, nothing is loaded yet, or the server goes.
        """
        if self._closed or self.view.seq < 0:
            text = "the server is shutting down" if self._closed else "the alarms are being loaded"
            raise Refusal(503, "notReady", message=text, headers={"Retry-After": "1"})

    async def _load(self) -> None:
        while True:
            try:
                await self.view.load()
                break
            except StoreError as error:
                log.warning("the store cannot be read", error=str(error))
                await asyncio.sleep(_LOOK_S)
        self._ring.clear()
        for client in self._clients:
            client.put(self._resync("reloaded"))

    def _behind(self) -> bool:
        return self._engine.up and self._engine.newest.seq != self.view.seq

    async def _moved(self) -> None:
        """Wait for a notice; while none can come, for a second."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_S):
                await self._engine.moved()

    def _gather_s(self) -> float:
        before = asyncio.get_running_loop().time() - 1.0
        while self._rates and self._rates[0][0] < before:
            self._rates.popleft()
        return _GATHER_MORE_S if sum(count for _, count in self._rates) > _MANY_PER_S else _GATHER_S

    def _tell_moved(self, moved: Moved) -> None:
        now = self._now_ms()
        self._rates.append((asyncio.get_running_loop().time(), moved.count))
        self._ring.add(moved, now)
        if len(moved.entries) > MOST_ROWS:
            for client in self._clients:
                client.put(self._resync("burst"))
        else:
            rows = tuple(one.json for one in moved.entries.values())
            self._tell(_changes(Changes(moved.prev, moved.seq, moved.at, rows)))
        self._lags.append(max(0, now - moved.at))

    def _tell_due(self) -> None:
        """Tell figures and beat when it is time."""
        now = asyncio.get_running_loop().time()
        if now >= self._counts_due:
            self._counts_due = now + _COUNTS_S
            self._tell_counts()
        if now >= self._beat_due or self._engine.up is not self._told_up:
            self._beat_due = now + _BEAT_S
            self.view.expire()
            self.tell_beat()

    def _tell_counts(self) -> None:
        if self.view.seq < 0:
            return
        counts = self.counts()
        if self._counts is None or msgspec.structs.replace(counts, seq=self._counts.seq) != self._counts:
            self._counts = counts
            self._tell(frame("counters", msgspec.json.encode(counts)))

    def _tell(self, event: bytes) -> None:
        for client in self._clients:
            client.put(event)

    def _resync(self, reason: Reason) -> bytes:
        self._resyncs[reason] += 1
        return frame("resync", msgspec.json.encode({"seq": self.view.seq, "reason": reason}))


def _changes(changes: Changes) -> bytes:
    return frame("changes", changes.encode(), id_=changes.seq)
