"""Links that were found and do not count yet: in a flood of them they count together, every few seconds.

What counts them is cut by count, two hundred in each Tick.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import msgspec

from netmon.domain.found import FoundLink

REST_MS = 5_000
"""With each that counts the search for root causes begins anew: too often while thousands of elements start."""
MOST = 200
"""So many count in one Tick."""

_DUE = ""
"""In a dump this stands where the id of a link would."""


class Relinked:
    """The links that changed since they counted last."""

    def __init__(self) -> None:
        self._links: dict[str, FoundLink] = {}
        self._before: dict[str, FoundLink] = {}
        """As those that wait counted until now; nothing of one that did not."""
        self._due = 0
        """UTC ms before which none counts."""
        self.left_over = False
        """More wait for the next Tick."""

    def add(self, links: Iterable[FoundLink], known: Mapping[str, FoundLink]) -> None:
        """Take links as they are now; ``known``: as they count."""
        for link in links:
            if link.id not in self._links and link.id in known:
                self._before[link.id] = known[link.id]
            self._links[link.id] = link

    def due(self, now: int) -> list[FoundLink]:
        """Return the links that count from now on: none so soon after others."""
        if not self._links or (now < self._due and not self.left_over):
            return []
        links = list(islice(self._links.values(), MOST))
        for link in links:
            del self._links[link.id]
            self._before.pop(link.id, None)
        self.left_over = bool(self._links)
        self._due = now + REST_MS
        return links

    def counted(self) -> None:
        """Take that all links count as they are now."""
        self._links, self._before, self.left_over = {}, {}, False

    def counting(self, found: Mapping[str, FoundLink]) -> list[FoundLink]:
        """Return those of all links that count now, as they do."""
        waiting = self._links
        return [*(link for link in found.values() if link.id not in waiting), *self._before.values()]

    def dump(self) -> list[tuple[str, str, Any]]:
        """Return all state as small items."""
        items: list[tuple[str, str, Any]] = [("relinked", _DUE, [self._due, self.left_over])]
        items += (("relinked", link.id, link) for link in self._links.values())
        return [*items, *(("counting", link.id, link) for link in self._before.values())]

    def load_state(self, items: Iterable[Any]) -> None:
        """Take back what ``dump`` gave, of a list with other items among them."""
        for what, id_, value in items:
            if what == "relinked" and id_ == _DUE:
                # A release that did not cut by count kept the time alone.
                self._due, self.left_over = value if isinstance(value, list | tuple) else (value, False)
            elif what == "relinked":
                self._links[id_] = msgspec.convert(value, FoundLink)
            elif what == "counting":
                self._before[id_] = msgspec.convert(value, FoundLink)
