"""How many requests may be open: in the process, and to one element (specs/snmp.md 4.1)."""

from collections.abc import Iterator
from contextlib import contextmanager


class Room:
    """Counts open requests against a limit, and against that of the room around it."""

    def __init__(self, limit: int, around: "Room | None" = None) -> None:
        self.limit = limit
        self.open = 0
        self._around = around

    @property
    def free(self) -> int:
        """How many more requests may be opened; never below 0, though a limit may have been lowered."""
        free = max(self.limit - self.open, 0)
        return free if self._around is None else min(free, self._around.free)

    def take(self, number: int = 1) -> None:
        """Count requests as open."""
        self.open += number
        if self._around is not None:
            self._around.take(number)

    def give(self, number: int = 1) -> None:
        """Count requests as closed."""
        self.open -= number
        if self._around is not None:
            self._around.give(number)

    def clear(self) -> None:
        """Count nothing as open here any more; the room around is told."""
        self.give(self.open)

    @contextmanager
    def more(self) -> Iterator[int]:
        """Take all the room that is free at the moment, beside what is taken already; give it back at the end."""
        number = self.free
        self.take(number)
        try:
            yield number
        finally:
            self.give(number)
