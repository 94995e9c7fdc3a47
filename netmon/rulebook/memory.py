"""What was compiled before: a reload compiles what has changed, and comes out as from an empty memory.

The key of an entry is all that it depends on: its data, the MIBs, the names it may use. Places are no part of it, for
only what is without a problem is kept: what has one is compiled again, and says so at its present place.
"""

from collections.abc import Collection, Hashable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Memory:
    """Entries of the last compilation and of the present one."""

    def __init__(self) -> None:
        self._present: dict[Hashable, Any] = {}
        self._last: dict[Hashable, Any] = {}

    def find(self, key: Hashable) -> Any:
        """Return what was kept under a key, None where that is nothing."""
        found = self._present.get(key)
        if found is None and (found := self._last.get(key)) is not None:
            self._present[key] = found
        return found

    def keep(self, key: Hashable, value: T) -> T:
        """Keep a value for this compilation and the next one, and return it."""
        self._present[key] = value
        return value

    def turn(self) -> None:
        """End a compilation: what it did not ask for is forgotten."""
        self._last, self._present = self._present, {}


def packed(data: Any) -> bytes:
    """Return data of a document as a key; the order of its keys counts, for it may mean something."""
    return msgspec.msgpack.encode(data)


def listed(names: Collection[str] | None) -> tuple[str, ...] | None:
    """Return names as a part of a key; None: not known."""
    return None if names is None else tuple(sorted(names))
