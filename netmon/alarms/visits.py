"""The queue of alarms to be looked at again, cut by count, core state: work began or ended there, a session moved."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from netmon.alarms.shade import Shade
from netmon.domain.alarm import AlarmKey

MOST = 500
"""Alarms in one Tick."""

MOST_MOVED = 100
"""Sessions in one Tick; each is judged anew."""

PAGE = 1_000
"""Objects of an element that are put in order at once; a page costs as much as one alarm for each `SCANNED` objects."""
SCANNED = 100


class Visits:
    """Elements that wait, and what is left of the one whose turn it is; of each list the last one is next."""

    def __init__(self) -> None:
        self._elements: dict[str, None] = {}
        self._turn: tuple[str, str] | None = None
        """The element whose turn it is, and the last of its objects in a page."""
        self._paths: list[str] = []
        self._keys: list[AlarmKey] = []
        self._moved: dict[AlarmKey, None] = {}

    def __bool__(self) -> bool:
        """Tell whether any alarm waits."""
        return bool(self._moved) or self._is_worked_on

    def add(self, elements: Iterable[str]) -> None:
        """Queue elements; one whose turn it is comes again."""
        self._elements |= dict.fromkeys(elements)

    def add_moved(self, keys: Iterable[AlarmKey]) -> None:
        """Queue alarms of sessions that run over other interfaces now."""
        self._moved |= dict.fromkeys(keys)

    def take_moved(self) -> list[AlarmKey]:
        """Return the next of these."""
        taken = list(islice(self._moved, MOST_MOVED))
        for key in taken:
            del self._moved[key]
        return taken

    def take(self, shade: Shade) -> Iterator[AlarmKey]:
        """Yield the next alarms; what an element or an object has is asked for when its turn has come."""
        spent = 0
        while spent < MOST and self._is_worked_on:
            if self._keys:
                spent += 1
                yield self._keys.pop()
            elif self._paths:
                self._keys = sorted(shade.standing_at(self._paths.pop()), reverse=True)
            else:
                spent += self._fill(shade)

    @property
    def _is_worked_on(self) -> bool:
        return bool(self._keys or self._paths or self._turn or self._elements)

    def _fill(self, shade: Shade) -> int:
        """Take the next page of objects; return what that costs."""
        if self._turn is None:
            element = next(iter(self._elements))
            del self._elements[element]
            self._turn = (element, "")
        element, after = self._turn
        page, scanned = shade.page(element, after, most=PAGE)
        self._turn = (element, page[-1]) if len(page) == PAGE else None
        self._paths = page[::-1]
        return 1 + scanned // SCANNED

    def dump(self) -> Iterator[tuple[str, Any]]:
        """Yield all state as small items."""
        yield from (("element", element) for element in self._elements)
        if self._turn is not None:
            yield "turn", self._turn
        yield from (("path", path) for path in self._paths)
        yield from (("key", key) for key in self._keys)
        yield from (("moved", key) for key in self._moved)

    def load_item(self, kind: str, what: Any) -> None:
        """Take back an item of ``dump``, all of them in their order."""
        match kind:
            case "element":
                self._elements[what] = None
            case "turn":
                self._turn = (what[0], what[1])
            case "path":
                self._paths.append(what)
            case "key":
                self._keys.append(tuple(what))
            case "moved":
                self._moved[tuple(what)] = None
