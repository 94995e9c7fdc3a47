"""Clears that came before their raise: remembered for a while, so that the late raise is known as old."""

from collections.abc import Iterator
from typing import Any

from netmon.alarms.register import NEVER
from netmon.domain.alarm import AlarmKey, Order

KEPT_MS = 60_000
KEPT = 100_000
"""At most so many, oldest use out first."""


class Tombstones:
    """The newest clear by alarm key, for keys without an alarm; in order of use."""

    def __init__(self) -> None:
        self._clears: dict[AlarmKey, tuple[Order, int]] = {}

    def bury(self, key: AlarmKey, order: Order, now: int) -> None:
        """Remember a clear."""
        known, _ = self._clears.pop(key, (NEVER, 0))
        if len(self._clears) >= KEPT:
            del self._clears[next(iter(self._clears))]
        self._clears[key] = (max(known, order), now)

    def take(self, key: AlarmKey) -> Order:
        """Return the newest clear of a key and forget it; NEVER when there is none."""
        return self._clears.pop(key, (NEVER, 0))[0]

    def newest(self, key: AlarmKey) -> Order:
        """Return the newest clear of a key; NEVER when there is none."""
        return self._clears[key][0] if key in self._clears else NEVER

    def expire(self, now: int) -> None:
        """Forget what was not used for a minute."""
        old = []
        for key, (_, used) in self._clears.items():
            if now - used < KEPT_MS:
                break
            old.append(key)
        for key in old:
            del self._clears[key]

    def dump(self) -> Iterator[tuple[Any, ...]]:
        """Yield (key, order, time of last use), oldest use first."""
        for key, (order, used) in self._clears.items():
            yield key, order, used

    def load_item(self, key: AlarmKey, order: Order, used: int) -> None:
        """Take back one."""
        self._clears[key] = (order, used)
