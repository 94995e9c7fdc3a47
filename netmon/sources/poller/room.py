"""How many requests may be open: in the process, and to one element (specs/snmp.md 4.1)."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Room:
    """Counts open requests against a limit, and against that of the room around it."""

    def __init__(self, limit: int, around: "Room | None" = None) -> None:
        self.limit = limit
        self.open = 0
        self._around = around
        self._waiting: deque[asyncio.Future[None]] = deque()

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

    async def enter(self) -> None:
        """Count one request as open as soon as there is room for it."""
        while (full := self._full()) is not None:
            turn = asyncio.get_running_loop().create_future()
            full._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    full._next()
                raise
            if self._full() not in (None, full):
                # There is room in this one now, but not for us: it is somebody else's turn.
                full._next()
        self.take()

    def _full(self) -> "Room | None":
        """Return the room that has none left, this one or one around it."""
        if self.open >= self.limit:
            return self
        return self._around._full() if self._around is not None else None

    def _next(self) -> None:
        """Let the next one in who waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def give(self, number: int = 1) -> None:
        """Count requests as closed; those that ``clear`` has closed already are not closed again."""
        number = min(number, self.open)
        self.open -= number
        for _ in range(number):
            self._next()
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
