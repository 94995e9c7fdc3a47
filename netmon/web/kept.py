"""Answers that cost something, kept for a short time: many pages ask the same."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """The newest answers by key; while one is being made others wait for it.

    Args:
        for_ms: how long an answer is good.
        now_ms: time of this host, UTC ms.
        most: answers kept; the oldest goes first.
    """

    def __init__(self, for_ms: int, *, now_ms: Callable[[], int], most: int = 200) -> None:
        self._for_ms = for_ms
        self._now_ms = now_ms
        self._most = most
        self._values: dict[str, tuple[int, Value]] = {}
        self._making: dict[str, asyncio.Lock] = {}

    async def get(
        self, key: str, make: Callable[[], Awaitable[Value]], *, holds: Callable[[Value, int], bool] | None = None
    ) -> Value:
        """Return the answer, made anew when the last one is too old; what ``make`` raises goes to all who wait.

        Args:
            key: what is asked.
            make: makes the answer.
            holds: tells of an answer and its age in ms whether it is still good though it is older than others may be.
        """
        lock = self._making.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                found = self._values.get(key)
                if found is not None and self._is_good(*found, holds):
                    return found[1]
                value = await make()
                self._put(key, value)
                return value
        finally:
            if not lock.locked():
                self._making.pop(key, None)

    def _is_good(self, made: int, value: Value, holds: Callable[[Value, int], bool] | None) -> bool:
        age = self._now_ms() - made
        return age >= 0 and (age < self._for_ms or (holds is not None and holds(value, age)))

    def last(self, key: str) -> Value | None:
        """Return the last answer, however old."""
        found = self._values.get(key)
        return found[1] if found is not None else None

    def _put(self, key: str, value: Value) -> None:
        self._values.pop(key, None)
        self._values[key] = (self._now_ms(), value)
        if len(self._values) > self._most:
            del self._values[next(iter(self._values))]
