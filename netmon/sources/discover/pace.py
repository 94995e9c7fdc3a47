"""So many probes per second and no more, whatever waits (specs/snmp.md 5.5)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

MOST_PER_S: Final = 200
_ROOM: Final = 1.02
"""Version 3 may send three at a time: these, too, are within the rate, wherever a second begins."""


class Pace:
    """Lets datagrams go one by one: between two that are sent lies at least one part of the second.

    Args:
        rate: per second, at most 200.
        clock: time in seconds that never goes back.
        sleep: waits, in seconds.
    """

    def __init__(
        self, rate: int, *, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self.sent = 0
        self._gap_s = _ROOM / min(rate, MOST_PER_S)
        self._clock = clock
        self._sleep = sleep
        self._next = clock()
        self._turn = asyncio.Lock()

    async def wait(self, datagrams: int = 1) -> None:
        """Wait until so many datagrams may be sent; whoever came first goes first."""
        async with self._turn:
            while (left_s := self._next - self._clock()) > 0:
                await self._sleep(left_s)
            # Counted from now, not from when it was due: after a stall nothing goes in a burst.
            self._next = self._clock() + datagrams * self._gap_s
            self.sent += datagrams
