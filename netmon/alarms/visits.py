"""The queue of alarms to be looked at again because work began or ended at their element: cut by count, core state."""

from collections.abc import Iterable, Iterator
from typing import Any

from netmon.alarms.shade import Shade
from netmon.domain.alarm import AlarmKey

MOST = 500
"""Alarms, and objects, in one Tick."""


class Visits:
    """Elements that wait, and what is left of the one whose turn it is; of each list the last one is next."""

    def __init__(self) -> None:
        self._elements: dict[str, None] = {}
        self._paths: list[str] = []
        self._keys: list[AlarmKey] = []

    def __bool__(self) -> bool:
        """Tell whether any alarm waits."""
        return bool(self._keys or self._paths or self._elements)

    def add(self, elements: Iterable[str]) -> None:
        """Queue elements; one whose turn it is comes again."""
        self._elements |= dict.fromkeys(elements)

    def take(self, shade: Shade) -> Iterator[AlarmKey]:
        """Yield the next alarms; what an element or an object has is asked for when its turn has come."""
        for _ in range(MOST):
            if not self._keys:
                self._fill(shade)
            if self._keys:
                yield self._keys.pop()
            elif not self:
                return

    def _fill(self, shade: Shade) -> None:
        if not self._paths and self._elements:
            element = next(iter(self._elements))
            del self._elements[element]
            self._paths = sorted(shade.paths(element), reverse=True)
        if self._paths:
            self._keys = sorted(shade.standing_at(self._paths.pop()), reverse=True)

    def dump(self) -> Iterator[tuple[str, Any]]:
        """Yield all state as small items."""
        yield from (("element", element) for element in self._elements)
        yield from (("path", path) for path in self._paths)
        yield from (("key", key) for key in self._keys)

    def load_item(self, kind: str, what: Any) -> None:
        """Take back an item of ``dump``, all of them in their order."""
        match kind:
            case "element":
                self._elements[what] = None
            case "path":
                self._paths.append(what)
            case "key":
                self._keys.append(tuple(what))
