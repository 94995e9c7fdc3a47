"""Probes: one small question each, with a ping beside it, by limits of their own (specs/snmp.md 4.8)."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import msgspec

from netmon.sources.poller.blocks import Gathered
from netmon.sources.poller.element import Polled
from netmon.sources.poller.room import Room
from netmon.sources.poller.run import Failed

_MOST_OPEN = 1_000
"""Probes that wait for an answer, those of the slow lane among them."""
_LATER_MS = 1_000


class Probe(msgspec.Struct, frozen=True):
    """One question whether an element answers."""

    polled: Polled
    due: int


class Probing:
    """Sends the probes that are due, as far as there is room.

    Args:
        plan: notes a probe and when it is due.
        spawn: starts a task.
        ask: asks one question.
        done: takes the probe, its outcome and when it was sent.
        now_ms: the time.
        slow: how many elements of the slow lane may be asked at a time.
    """

    def __init__(
        self,
        *,
        plan: Callable[[int, Probe], None],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        ask: Callable[[Polled], Coroutine[Any, Any, Gathered | Failed]],
        done: Callable[[Probe, Gathered | Failed, int], None],
        now_ms: Callable[[], int],
        slow: int,
    ) -> None:
        self.ping: Callable[[str], None] = lambda _: None
        """Pings an element, as every probe does beside its question."""
        self._plan = plan
        self._spawn = spawn
        self._ask = ask
        self._done = done
        self._now_ms = now_ms
        self._room = Room(_MOST_OPEN)
        self._slow = Room(slow, self._room)

    def limit(self, slow: int) -> None:
        """Ask at most so many elements of the slow lane at a time from now on."""
        self._slow.limit = slow

    def forget(self) -> None:
        """Forget probes that a stop has cut off: nothing is under way now."""
        self._slow.clear()
        self._room.clear()

    def at(self, polled: Polled, times: Iterable[int]) -> None:
        """Note probes of an element."""
        for due in times:
            self._plan(due, Probe(polled, due))

    def due(self, probe: Probe, now: int) -> None:
        """Send a probe, unless it was called off; without room for it, a little later."""
        polled = probe.polled
        room = self._slow if polled.lane.slow else self._room
        if not polled.live:
            return
        if not room.free:
            self._plan(now + _LATER_MS, probe)
        elif polled.lane.wants(probe.due):
            room.take()
            self._spawn(self._send(probe, room))

    async def _send(self, probe: Probe, room: Room) -> None:
        began = self._now_ms()
        self.ping(probe.polled.element.id)
        try:
            outcome = await self._ask(probe.polled)
        finally:
            room.give()
        self._done(probe, outcome, began)
