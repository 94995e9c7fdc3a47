"""The notice that something was committed, for whoever follows the store from another process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec

_PAUSE_S = 0.1
"""At most 10 notices of alarms per second and follower; the newest stands for those between."""


class Changes:
    """Knows the newest committed alarm change and Tick and how often accounts changed, and tells every follower.

    Args:
        pause_s: between two notices of alarms to a follower; that accounts changed is told at once.
    """

    def __init__(self, *, pause_s: float = _PAUSE_S) -> None:
        self._pause_s = pause_s
        self._newest = (0, 0, 0)
        """Last alarm change, Tick, and number of the last change of accounts."""
        self._moved = asyncio.Event()
        self._accounts_moved = asyncio.Event()

    def committed(self, seq: int, tick: int) -> None:
        """Note a commit up to alarm change ``seq`` at engine time ``tick``; never waits."""
        self._newest = (seq, tick, self._newest[2])
        self._wake()

    def accounts_changed(self) -> None:
        """Note that accounts, sessions or tokens are others now: who remembers them asks again."""
        seq, tick, accounts = self._newest
        self._newest = (seq, tick, accounts + 1)
        self._accounts_moved.set()
        self._accounts_moved = asyncio.Event()
        self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    async def follow(self) -> AsyncIterator[bytes]:
        """Yield lines ``{"seq": n, "tick": t, "accounts": a}``: where it stands now, then every move, coalesced."""
        told = (-1, -1, -1)
        while True:
            moved, accounts_moved = self._moved, self._accounts_moved
            if self._newest == told:
                await moved.wait()
                accounts_moved = self._accounts_moved
            told = seq, tick, accounts = self._newest
            yield msgspec.json.encode({"seq": seq, "tick": tick, "accounts": accounts}) + b"\n"
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause_s):
                    await accounts_moved.wait()
