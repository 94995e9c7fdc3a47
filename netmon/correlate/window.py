"""Sliding windows ``(t - W, t]`` in event time, one per alarm key (specs/rules.md 3, 6.7)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

MOST = 10_000
"""Entries of one window, and windows of one rule; the oldest goes out."""

_CHUNK = 1_000


class Window:
    """What happened in a span of time: each value once, with the newest time it was seen."""

    __slots__ = ("entries", "raised", "span_ms", "woken_at")

    def __init__(self, span_ms: int) -> None:
        self.span_ms = span_ms
        self.entries: dict[Any, int] = {}
        """Value to time, oldest first."""
        self.raised = False
        """It was full enough, and nothing has cleared since."""
        self.woken_at: int | None = None
        """The timer that was asked for."""

    @property
    def newest(self) -> int:
        """Time of the newest entry; an empty window has none."""
        return next(reversed(self.entries.values()))

    def add(self, value: Any, at: int) -> bool:
        """Take an entry; what is older than the window goes out. Tell whether the oldest had to go for want of room."""
        known = self.entries.pop(value, at)
        late = bool(self.entries) and at < self.newest
        self.entries[value] = max(known, at)
        if late:
            self.entries = dict(sorted(self.entries.items(), key=lambda entry: entry[1]))
        self.slide(self.newest)
        if len(self.entries) <= MOST:
            return False
        del self.entries[next(iter(self.entries))]
        return True

    def slide(self, to: int) -> None:
        """Let time pass: what was ``span_ms`` ago or longer is out."""
        limit = to - self.span_ms
        gone = 0
        for time in self.entries.values():
            if time > limit:
                break
            gone += 1
        for value in list(islice(self.entries, gone)):
            del self.entries[value]

    def falls_below(self, number: int) -> int:
        """Return when it will hold fewer than ``number``, if nothing more comes.

        When it does already: the time of its newest entry.
        """
        if len(self.entries) < number:
            return self.newest
        return next(islice(reversed(self.entries.values()), number - 1, None)) + self.span_ms

    def chunks(self) -> Iterator[list[list[Any]]]:
        """Yield the entries in parts of a size that suits a snapshot."""
        entries = [[value, at] for value, at in self.entries.items()]
        for first in range(0, len(entries), _CHUNK):
            yield entries[first : first + _CHUNK]
