"""A bounded queue that says what it drops when it is full."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class DropOldest(Generic[Item]):
    """Holds at most ``limit`` items; when full the oldest goes and ``dropped`` is called with it.

    One consumer, any number of producers, all on the event loop.
    """

    def __init__(self, limit: int, dropped: Callable[[Item], None]) -> None:
        self._items: deque[Item] = deque()
        self._limit = limit
        self._dropped = dropped
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> None:
        """Add an item at the end; never waits."""
        if len(self._items) >= self._limit:
            self._dropped(self._items.popleft())
        self._items.append(item)
        self._filled.set()

    def take(self, most: int) -> list[Item]:
        """Return up to ``most`` items from the front, oldest first; an empty list when there are none."""
        items = self._items
        if len(items) <= most:
            taken = list(items)
            items.clear()
            self._filled.clear()
            return taken
        return [items.popleft() for _ in range(most)]

    async def filled(self) -> None:
        """Wait until there is at least one item."""
        await self._filled.wait()

    def clear(self) -> int:
        """Forget everything; return how many items that were."""
        count = len(self._items)
        self._items.clear()
        self._filled.clear()
        return count
