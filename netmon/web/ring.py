"""The changes of the last minutes, for those who were away for a moment (specs/dashboard.md 3.1)."""

from collections import deque

import msgspec

from netmon.web.rows import Entry
from netmon.web.view import Moved

MOST_ROWS = 2_000
"""Rows in one event; with more it is cheaper to load the list."""


class Changes(msgspec.Struct, frozen=True):
    """Alarms that changed after ``prev`` up to ``seq``, each as it stands, encoded."""

    prev: int
    seq: int
    at: int
    """Engine time of the newest change, UTC ms."""
    rows: tuple[bytes, ...]

    def encode(self, also: bytes = b"{}") -> bytes:
        """Return it as a JSON object that has the members of another one, ``also``, too."""
        head = f'{{"prev":{self.prev},"seq":{self.seq},"at":{self.at},"alarms":['
        tail = b"]}" if also == b"{}" else b"]," + also[1:]
        return b"".join((head.encode(), b",".join(self.rows), tail))


class Ring:
    """Keeps what was read, up to a number of changes and an age."""

    def __init__(self, *, most: int = 20_000, age_ms: int = 300_000) -> None:
        self._most = most
        self._age_ms = age_ms
        self._kept: deque[tuple[int, Moved]] = deque()
        self._count = 0

    def add(self, moved: Moved, now: int) -> None:
        """Keep what was read at ``now``, UTC ms."""
        self._kept.append((now, moved))
        self._count += moved.count
        while self._kept and (self._count > self._most or self._kept[0][0] < now - self._age_ms):
            self._count -= self._kept.popleft()[1].count

    def clear(self) -> None:
        """Forget all: what comes next does not follow from it."""
        self._kept.clear()
        self._count = 0

    def since(self, seq: int, *, newest: int, now: int) -> Changes | None:
        """Return what changed after ``seq``; None when that is too much or not known any more."""
        if seq == newest:
            return Changes(seq, newest, now, ())
        rows: dict[str, Entry] = {}
        for _, moved in reversed(self._kept):
            # The newest state of an alarm is met first.
            rows = {**moved.entries, **rows}
            if len(rows) > MOST_ROWS:
                return None
            if moved.prev <= seq < moved.seq:
                return Changes(seq, newest, self._kept[-1][1].at, tuple(one.json for one in rows.values()))
        return None
