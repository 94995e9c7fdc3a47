"""A cache that forgets all when it is full: what is asked for often is soon back, and no entry needs an age."""

from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST = 16_384


class Cache(Generic[Key, Value]):
    """Holds at most ``most`` values; bounded, whatever is kept."""

    __slots__ = ("_most", "_values", "get")

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._values: dict[Key, Value] = {}
        self.get: Callable[[Key], Value | None] = self._values.get
        """Returns the value of a key, None where there is none; the dictionary's own: it is asked with each trap."""

    def __len__(self) -> int:
        return len(self._values)

    def keep(self, key: Key, value: Value) -> None:
        """Keep a value in place of the one there was."""
        if len(self._values) >= self._most and key not in self._values:
            self._values.clear()
        self._values[key] = value

    def clear(self) -> None:
        """Forget all."""
        self._values.clear()
