"""Informs that are sent again: one observation, and an answer for each (specs/snmp.md 3.10)."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from netmon.domain.oid import Varbind

WINDOW_MS = 150_000
"""A sender that repeats later than this starts a new inform (the time window of RFC 3414 section 2.2.3)."""
_MOST = 500_000

Seen = Literal["new", "waiting", "committed"]


def duplicate_key(
    *, realm: str, source: str, port: int, security_name: str, request_id: int, varbinds: tuple[Varbind, ...]
) -> str:
    """Return what an inform and its repeats have in common, and nothing else has.

    The id of the message is no part of it: senders renew that on a retry.
    """
    content = hashlib.sha256(msgspec.msgpack.encode(varbinds)).hexdigest()
    return f"{realm}|{source}|{port}|{security_name}|{request_id}|{content}"


class Duplicates:
    """The keys of the last 150 s and whether their observation is committed; used on one event loop."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._seen: dict[str, tuple[int, bool]] = {}
        """Key to the time it was seen first and whether it is committed."""
        self._order: deque[tuple[int, str]] = deque()
        self._newest = 0

    def __len__(self) -> int:
        return len(self._seen)

    def look(self, key: str) -> Seen:
        """Tell whether an inform is new, waits for its commit, or is committed; a new one waits from now on."""
        now = self._now_ms()
        if now < self._newest:
            self._move(now - self._newest)
        self._newest = now
        self._purge(now)
        known = self._seen.get(key)
        if known is None:
            self._seen[key] = (now, False)
            self._order.append((now, key))
            return "new"
        return "committed" if known[1] else "waiting"

    def committed(self, key: str) -> None:
        """Note that the observation of an inform is on disk: its repeats are answered at once."""
        known = self._seen.get(key)
        if known is not None:
            self._seen[key] = (known[0], True)

    def forget(self, key: str) -> None:
        """Forget an inform that was given up before its commit: its repeat is a new one."""
        self._seen.pop(key, None)

    def restore(self, origins: Iterable[tuple[str, int]]) -> None:
        """Take back what was committed before a restart: (key, time), oldest first."""
        oldest = self._now_ms() - WINDOW_MS
        for key, at in origins:
            if at > oldest:
                self._seen[key] = (at, True)
                self._order.append((at, key))

    def _move(self, by_ms: int) -> None:
        """Take a clock that went back: what was seen is as old as before."""
        self._seen = {key: (at + by_ms, committed) for key, (at, committed) in self._seen.items()}
        self._order = deque((at + by_ms, key) for at, key in self._order)

    def _purge(self, now: int) -> None:
        """Let go of what is too old, and of the oldest when there are too many."""
        order = self._order
        while order and (now - order[0][0] > WINDOW_MS or len(order) >= _MOST):
            at, key = order.popleft()
            known = self._seen.get(key)
            # A key that was forgotten and came again has a later turn.
            if known is not None and known[0] == at:
                del self._seen[key]
