"""Inputs that came twice: an ``origin_id`` counts once in 150 s (specs/rules.md 2.2)."""

from collections.abc import Iterator
from typing import Any

REMEMBERED_MS = 150_000
REMEMBERED = 100_000
"""At most so many, oldest out first."""


class Origins:
    """The origin ids of the last 150 s."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def known(self, origin_id: str, now: int) -> bool:
        """Tell whether an origin id was seen in the last 150 s, and remember it."""
        seen = self._seen.get(origin_id)
        if seen is not None and now - seen <= REMEMBERED_MS:
            return True
        self._seen.pop(origin_id, None)
        if len(self._seen) >= REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[origin_id] = now
        return False

    def expire(self, now: int) -> None:
        """Forget what is too old."""
        old = []
        for origin_id, seen in self._seen.items():
            if now - seen <= REMEMBERED_MS:
                break
            old.append(origin_id)
        for origin_id in old:
            del self._seen[origin_id]

    def all(self) -> Iterator[tuple[str, int]]:
        """Yield (id, when it was seen), oldest first."""
        yield from self._seen.items()

    def dump(self) -> Iterator[list[Any]]:
        """Yield every id, oldest first."""
        for origin_id, seen in self._seen.items():
            yield [origin_id, seen]

    def load_item(self, item: list[Any]) -> None:
        """Take back one id."""
        self._seen[item[0]] = item[1]
