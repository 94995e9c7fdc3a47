"""When traps were sent, by the clock of their agent: UDP may swap two of them (specs/rules.md 3, ``sysuptime``).

Only between traps that come within a few seconds: the clock of an agent runs at its own pace, and begins anew.
"""

from collections.abc import Iterator
from typing import Any

from netmon.domain.event import Event

_TOGETHER_MS = 5_000
"""Traps further apart are not swapped by a network; nor is a clock that differs by more the same one."""

_MOST = 10_000
"""Elements; the one that was silent for the longest is forgotten first."""


class Uptimes:
    """By element: the time at which its clock stood at 0, and that of the last trap that was timed by it."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, int]] = {}

    def time(self, event: Event) -> int:
        """Return when a trap was sent: as long after the first of several as its agent says; UTC ms."""
        if event.uptime_cs is None:
            return event.time
        uptime = event.uptime_cs * 10
        begun, last = self._known.pop(event.element, (0, 0))
        sent = begun + uptime
        if not last or event.time - last > _TOGETHER_MS or abs(sent - event.time) > _TOGETHER_MS:
            begun, sent = event.time - uptime, event.time
        self._known[event.element] = (begun, max(last, event.time))
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return sent

    def dump(self) -> Iterator[list[Any]]:
        """Yield what is known of each element, the one that was silent for the longest first."""
        for element, (begun, last) in self._known.items():
            yield [element, begun, last]

    def load_item(self, item: list[Any]) -> None:
        """Take back what is known of an element."""
        element, begun, last = item
        self._known[element] = (begun, last)
