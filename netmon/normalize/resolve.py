"""Which elements neighbors are: by chassis id, by address, by name; what several share proves nothing."""

from collections.abc import Iterable, Iterator
from typing import Literal

from netmon.domain.inventory import Element
from netmon.normalize.addresses import plain
from netmon.normalize.lldp import Id, Neighbor, Told

Key = tuple[Literal["chassis", "address", "name"], str, Id | str]
"""(what, realm, value) by which an element may be known."""


class Directory:
    """Elements by what others may call them, and who calls them so."""

    def __init__(self) -> None:
        self._elements: dict[Key, dict[str, None]] = {}
        self._keys: dict[str, tuple[Key, ...]] = {}
        self._callers: dict[Key, dict[str, None]] = {}
        self._called: dict[str, tuple[Key, ...]] = {}

    def know(self, element: Element, told: Told, addresses: Iterable[str]) -> list[str]:
        """Take what an element is known by; return those that may see it otherwise now."""
        keys = tuple(_keys(element, told, addresses))
        before = self._keys.get(element.id, ())
        if keys == before:
            return []
        _replace(self._elements, element.id, before, keys)
        self._keys[element.id] = keys
        return sorted({caller for key in {*before, *keys} for caller in self._callers.get(key, ())})

    def calls(self, element: Element, neighbors: Iterable[Neighbor]) -> None:
        """Take what an element calls its neighbors."""
        keys = tuple(dict.fromkeys(key for neighbor in neighbors for key in _called(element, neighbor)))
        _replace(self._callers, element.id, self._called.get(element.id, ()), keys)
        self._called[element.id] = keys

    def callers(self, element: str) -> list[str]:
        """Return who calls an element by one of its keys."""
        return sorted({caller for key in self._keys.get(element, ()) for caller in self._callers.get(key, ())})

    def find(self, element: Element, neighbor: Neighbor) -> str:
        """Return the element that a neighbor is, empty for one that is not known."""
        for key in _called(element, neighbor):
            found = [one for one in self._elements.get(key, ()) if one != element.id]
            if len(found) == 1:
                return found[0]
        return ""

    def forget(self, element: str) -> list[str]:
        """Forget an element; return those that saw it."""
        callers = self.callers(element)
        _replace(self._elements, element, self._keys.pop(element, ()), ())
        _replace(self._callers, element, self._called.pop(element, ()), ())
        return [caller for caller in callers if caller != element]


def _keys(element: Element, told: Told, addresses: Iterable[str]) -> Iterator[Key]:
    if told.chassis[1]:
        yield "chassis", "", told.chassis
    for address in sorted(plain((*element.addresses, *addresses))):
        yield "address", element.realm, address
    if told.name:
        yield "name", element.realm, told.name


def _called(element: Element, neighbor: Neighbor) -> Iterator[Key]:
    yield "chassis", "", neighbor.chassis
    for address in sorted(plain(neighbor.addresses)):
        yield "address", element.realm, address
    if neighbor.name:
        yield "name", element.realm, neighbor.name


def _replace(index: dict[Key, dict[str, None]], element: str, before: Iterable[Key], now: Iterable[Key]) -> None:
    for key in before:
        of_key = index.get(key, {})
        of_key.pop(element, None)
        if not of_key:
            index.pop(key, None)
    for key in now:
        index.setdefault(key, {})[element] = None
