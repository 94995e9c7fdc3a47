"""Timers of operators: they fire in a Tick, in the order (due, alarm key, operator) (specs/rules.md 3)."""

from collections.abc import Iterator
from functools import partial
from heapq import heappop, heappush

from netmon.correlate.operator import Wake
from netmon.domain.alarm import AlarmKey


class Timers:
    """A heap of timers; one that was put off stays, and its operator finds that it is too early."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, AlarmKey, int]] = []

    def of(self, operator: int) -> Wake:
        """Return how an operator asks to be woken."""
        return partial(self._set, operator)

    def due(self, now: int) -> Iterator[tuple[int, AlarmKey, int]]:
        """Yield what is due, in order, also what is set meanwhile."""
        while self._heap and self._heap[0][0] <= now:
            yield heappop(self._heap)

    def _set(self, operator: int, due: int, key: AlarmKey) -> None:
        heappush(self._heap, (due, key, operator))
