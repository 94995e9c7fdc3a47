"""Storms that the listener shed traps of: when one is over, its element is asked again (specs/snmp.md 3.7)."""

from collections.abc import Sequence
from typing import Any

from netmon.domain.inventory import Inventory
from netmon.domain.observation import ShedRow

_CALM_MS = 30_000
_MOST = 10_000
_MOST_OF_SOURCE = 100
"""Behind one address there may be many elements."""
_STORM = "storm_"
_FULL = "queue_full"


class ShedStorms:
    """When each source last lost a trap; what it lost may have been the clear of an alarm."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], int] = {}
        """(realm, source) to the time of the last Tick that told of it."""
        self._whose: dict[tuple[str, str], set[str]] = {}
        """The elements that lost traps by each of these sources."""
        self._elements: dict[tuple[str, str], str] = {}
        self._known: frozenset[str] = frozenset()

    def use(self, inventory: Inventory) -> None:
        """Know whose address is whose; an element that a proxy speaks for is a source by its id."""
        self._known = frozenset(inventory.elements)
        self._elements = {
            (one.realm, source): id_ for id_, one in inventory.elements.items() for source in (*one.addresses, id_)
        }

    def tick(self, rows: Sequence[ShedRow], now: int) -> list[str]:
        """Return the elements that have lost no trap for half a minute after they lost some, in order."""
        if not rows and not self._last:
            return []
        for row in filter(_is_loss, rows):
            self._lost(row, now)
        over = [key for key, at in self._last.items() if now - at >= _CALM_MS]
        found: set[str] = set()
        for key in over:
            del self._last[key]
            found |= self._whose.pop(key)
        return sorted(found & self._known)

    def lost(self, rows: Sequence[ShedRow]) -> list[tuple[str, str, int]]:
        """Return (element, trap OID, count) of what was shed, as far as it is known whose traps these were."""
        if not rows:
            return []
        lost = filter(_is_loss, rows)
        known = ((row.element or self._elements.get((row.realm, row.source), ""), row) for row in lost)
        return [(element, row.trap_oid, row.count) for element, row in known if element]

    def _lost(self, row: ShedRow, now: int) -> None:
        key = (row.realm, row.source)
        element = row.element or self._elements.get(key, "")
        if key not in self._last and (element not in self._known or len(self._last) >= _MOST):
            return
        self._last[key] = now
        whose = self._whose.setdefault(key, set())
        if element in self._known and len(whose) < _MOST_OF_SOURCE:
            whose.add(element)

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        return [[*key, at, *sorted(self._whose[key])] for key, at in sorted(self._last.items())]

    def load_item(self, item: list[Any]) -> None:
        """Take back one item that ``dump`` gave; of an earlier release the address alone tells the element."""
        realm, source, at, *elements = item
        key = (realm, source)
        self._last[key] = at
        self._whose[key] = set(elements or filter(None, [self._elements.get(key)]))


def _is_loss(row: ShedRow) -> bool:
    return row.reason.startswith(_STORM) or row.reason == _FULL
