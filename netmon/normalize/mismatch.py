"""Configured links that do not lead where the neighbors say."""

from collections.abc import Callable, Iterable, Mapping

from netmon.domain.found import FoundLink
from netmon.domain.inventory import Link
from netmon.domain.managed_object import segments

LiveAt = Callable[[str], Iterable[FoundLink]]
"""The links that some neighbor tells of now, by one of their ends."""


class Mismatches:
    """What contradicts the inventory; a configured link is never overwritten."""

    def __init__(self) -> None:
        self.by_link: dict[str, str] = {}
        """Id of a configured link to the found one that contradicts it, as text."""
        self._links: dict[str, Link] = {}
        self._at: dict[str, list[str]] = {}

    def load(self, links: Mapping[str, Link]) -> list[str]:
        """Take the configured links; return the ids to look at again."""
        before = set(self._links)
        # What lies inside an element no neighbor tells of.
        self._links = {id_: link for id_, link in links.items() if segments(link.a)[0] != segments(link.b)[0]}
        self._at = {}
        for link in self._links.values():
            for end in (link.a, link.b):
                self._at.setdefault(end, []).append(link.id)
        return sorted(before | set(self._links))

    def touched(self, found: Iterable[FoundLink]) -> list[str]:
        """Return the ids of configured links that share an end with links."""
        return sorted({id_ for one in found for end in (one.a, one.b) for id_ in self._at.get(end, ())})

    def judge(self, ids: Iterable[str], at: LiveAt) -> list[tuple[str, str]]:
        """Return (id, contradiction) of the configured links for which that changed."""
        changed = []
        for id_ in ids:
            told = self._contradiction(self._links[id_], at) if id_ in self._links else ""
            if told != self.by_link.get(id_, ""):
                changed.append((id_, told))
                self.by_link.pop(id_, None)
                if told:
                    self.by_link[id_] = told
        return changed

    def _contradiction(self, link: Link, at: LiveAt) -> str:
        live = [one for end in (link.a, link.b) for one in at(end)]
        if any(_agrees(link, one) for one in live):
            return ""
        return next((f"{one.a} - {one.b}" for one in live), "")


def _agrees(link: Link, found: FoundLink) -> bool:
    """Tell whether a found link is the configured one; where a port is not known, its element counts."""
    forward = _same(link.a, found.a) and _same(link.b, found.b)
    return forward or (_same(link.a, found.b) and _same(link.b, found.a))


def _same(configured: str, found: str) -> bool:
    return configured == found or segments(configured)[0] == found
