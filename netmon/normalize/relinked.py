"""Links that were found and do not count yet: in a flood of them they count together, every few seconds."""

from collections.abc import Iterable
from typing import Any

import msgspec

from netmon.domain.found import FoundLink

REST_MS = 5_000
"""What counts them looks at all links there are: too much for every batch while thousands of elements start."""

_DUE = ""
"""In a dump this stands where the id of a link would."""


class Relinked:
    """The links that changed since they counted last."""

    def __init__(self) -> None:
        self._links: dict[str, FoundLink] = {}
        self._due = 0
        """UTC ms before which none counts."""

    def add(self, links: Iterable[FoundLink]) -> None:
        """Take links as they are now."""
        self._links |= {link.id: link for link in links}

    def due(self, now: int) -> list[FoundLink]:
        """Return the links that count from now on: none so soon after others."""
        if not self._links or now < self._due:
            return []
        links, self._links = list(self._links.values()), {}
        self._due = now + REST_MS
        return links

    def dump(self) -> list[tuple[str, str, Any]]:
        """Return all state as small items."""
        return [("relinked", _DUE, self._due), *(("relinked", link.id, link) for link in self._links.values())]

    def load_state(self, items: Iterable[Any]) -> None:
        """Take back what ``dump`` gave, of a list with other items among them."""
        for what, id_, value in items:
            if what == "relinked" and id_ == _DUE:
                self._due = value
            elif what == "relinked":
                self._links[id_] = msgspec.convert(value, FoundLink)
