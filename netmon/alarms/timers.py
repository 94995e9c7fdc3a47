"""Timers of alarms: they fire in a Tick, in the order (due, alarm key, kind) (specs/rules.md 3)."""

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Generic, Literal, TypeVar, get_args

from netmon.domain.alarm import AlarmKey

TimerKind = Literal["act", "after", "clear_for", "escalate", "for", "forget", "removed", "shelf", "steady", "unhide"]

KINDS: tuple[TimerKind, ...] = get_args(TimerKind)

Timer = tuple[int, AlarmKey, TimerKind]

Name = TypeVar("Name", AlarmKey, str)


class Timers:
    """A heap of timers; one that was put off stays as it is, and is set anew when it comes up too early."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []

    def set(self, due: int, key: AlarmKey, kind: TimerKind) -> None:
        """Set a timer."""
        heappush(self._heap, (due, key, kind))

    def due(self, now: int) -> Iterator[Timer]:
        """Yield what is due, in order, also what is set meanwhile."""
        while self._heap and self._heap[0][0] <= now:
            yield heappop(self._heap)


class Queue(Generic[Name]):
    """Names by due time; who takes them decides how many in one Tick."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, Name]] = []

    def put(self, due: int, name: Name) -> None:
        """Queue a name."""
        heappush(self._heap, (due, name))

    def due(self, now: int) -> Iterator[tuple[int, Name]]:
        """Yield what is due, in order; the rest stays when the caller stops."""
        while self._heap and self._heap[0][0] <= now:
            yield heappop(self._heap)
