"""Which runs begin now: those that are due, as far as there is room, each group at most once at a time."""

from collections.abc import Callable

from netmon.sources.clock import Clock
from netmon.sources.poller.element import Group, Polled
from netmon.sources.poller.lateness import Lateness
from netmon.sources.poller.room import Room
from netmon.sources.poller.schedule import STATE, Ready
from netmon.telemetry.metrics import Metrics

_MOST_WISHES = 5
"""Extra looks at one element that wait or are under way."""


class Turns:
    """Groups that wait for their turn, and wishes for runs outside the slots.

    Args:
        source: name of the poller, for its metrics.
        clock: the time.
        metrics: of netmon.
        room: of all elements.
        may: tells whether any run may begin at all.
        run: begins the run of a group that was due then.
        wake: told that somebody may begin.
    """

    def __init__(
        self,
        source: str,
        *,
        clock: Clock,
        metrics: Metrics,
        room: Room,
        may: Callable[[], bool],
        run: Callable[[Group, int], None],
        wake: Callable[[], None],
    ) -> None:
        self.lateness = Lateness()
        self._source = source
        self._clock = clock
        self._metrics = metrics
        self._room = room
        self._may = may
        self._run = run
        self._wake = wake
        self._ready: Ready[Group] = Ready()

    def __len__(self) -> int:
        return len(self._ready)

    def clear(self) -> None:
        """Forget who waits, and how late others were."""
        self._ready = Ready()
        self.lateness = Lateness()

    def due(self, group: Group, due: int) -> None:
        """Let a group whose slot has come wait for room."""
        group.busy = True
        self._ready.add(group, class_=group.class_, due_ms=due)

    def soon(self, group: Group, *, deadline: int = 0) -> None:
        """Run a group outside its slots; wishes for a run that has not begun are one."""
        if not group.live or group.polled.lane.slow:
            return
        if group.wish is None and group.polled.wishes >= _MOST_WISHES:
            self.drop("request_limit")
            return
        group.wish = deadline
        if not group.busy:
            group.busy = group.extra = True
            self._ready.add(group, class_=STATE, due_ms=self._clock.now_ms())

    def begin(self, now: int) -> None:
        """Begin the runs that there is room for."""
        while self._ready and self._room.free and self._may():
            due, group = self._ready.take()
            polled = group.polled
            if not group.live or polled.lane.slow or self._too_late(group, now):
                group.idle()
            elif not polled.room.free:
                polled.pending.append((due, group, STATE if group.extra else group.class_))
            else:
                late_s = self.lateness.began(due_ms=due, now_ms=now, interval_ms=group.interval_ms)
                self._metrics.poll_lateness.observe(late_s)
                group.wish = None
                polled.room.take()
                self._run(group, due)

    def ended(self, group: Group) -> None:
        """Take that a run has ended; a wish that came meanwhile is next."""
        group.polled.room.give()
        wish = group.wish
        group.idle()
        if wish is not None:
            self.soon(group, deadline=wish)
        self.freed(group.polled)

    def freed(self, polled: Polled) -> None:
        """Take that an element has room again."""
        for due, waiting, class_ in polled.pending:
            self._ready.add(waiting, class_=class_, due_ms=due)
        polled.pending.clear()
        self._wake()

    def drop(self, reason: str) -> None:
        """Count a run that does not take place."""
        self._metrics.source_dropped.labels(self._source, reason).inc()

    def _too_late(self, group: Group, now: int) -> bool:
        late = group.extra and group.wish is not None and 0 < group.wish < now
        if late:
            self.drop("request_too_late")
        return late
