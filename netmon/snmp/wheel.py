"""One timer for all timeouts: slots of 50 ms instead of a timer handle per request (specs/snmp.md 4.3)."""

from typing import Final, Generic, TypeVar

SLOT_MS: Final = 50

T = TypeVar("T")


class TimerWheel(Generic[T]):
    """Hands out what is due. Nothing is ever taken out early: whoever no longer waits ignores its turn."""

    def __init__(self) -> None:
        self._slots: dict[int, list[T]] = {}

    def add(self, item: T, due_ms: int) -> None:
        """Let ``item`` be due at the end of the slot that holds ``due_ms``, in ms of a monotonic clock."""
        self._slots.setdefault(-(-due_ms // SLOT_MS), []).append(item)

    def due(self, now_ms: int) -> list[T]:
        """Take out and return what is due at ``now_ms``, oldest slot first."""
        found: list[T] = []
        for slot in sorted(slot for slot in self._slots if slot * SLOT_MS <= now_ms):
            found.extend(self._slots.pop(slot))
        return found
