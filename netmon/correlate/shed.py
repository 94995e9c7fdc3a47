"""Storms that the listener shed traps of: when one is over, its element is asked again (specs/snmp.md 3.7)."""

from collections.abc import Sequence
from typing import Any

from netmon.domain.inventory import Inventory
from netmon.domain.observation import ShedRow

_CALM_MS = 30_000
_MOST = 10_000
_STORM = "storm_"
_FULL = "queue_full"


class ShedStorms:
    """When each source last lost a trap; what it lost may have been the clear of an alarm."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], int] = {}
        """(realm, source) to the time of the last Tick that told of it."""
        self._elements: dict[tuple[str, str], str] = {}

    def use(self, inventory: Inventory) -> None:
        """Know whose address is whose; an element that a proxy speaks for is a source by its id."""
        self._elements = {
            (one.realm, source): id_ for id_, one in inventory.elements.items() for source in (*one.addresses, id_)
        }

    def tick(self, rows: Sequence[ShedRow], now: int) -> list[str]:
        """Return the elements that have lost no trap for half a minute after they lost some, in order."""
        for row in rows:
            key = (row.realm, row.source)
            lost = row.reason.startswith(_STORM) or row.reason == _FULL
            if lost and key in self._elements and (key in self._last or len(self._last) < _MOST):
                self._last[key] = now
        over = [key for key, at in self._last.items() if now - at >= _CALM_MS]
        for key in over:
            del self._last[key]
        return sorted({self._elements[key] for key in over if key in self._elements})

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        return [[*key, at] for key, at in sorted(self._last.items())]

    def load_item(self, item: list[Any]) -> None:
        """Take back one item that ``dump`` gave."""
        realm, source, at = item
        self._last[realm, source] = at
