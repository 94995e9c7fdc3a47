"""Traps that no rule and no ``events:`` entry names, counted so that a rule can be written (specs/rules.md 4.3)."""

from collections.abc import Iterator
from typing import Any

import msgspec

from netmon.domain.event import Event

KEYS = 10_000


class UnknownTrap(msgspec.Struct, array_like=True):
    """How often one element sent one trap; without element: all those for which there was no room."""

    element: str
    name: str
    count: int
    first: int
    last: int
    sample_seq: int
    """Number of the newest observation of it."""


class UnknownTraps:
    """Counts by (element, trap OID); when full by trap OID, then in one."""

    def __init__(self) -> None:
        self._traps: dict[tuple[str, str], UnknownTrap] = {}
        self._by_name = 0

    def count(self, event: Event) -> None:
        """Count one trap."""
        trap = self._traps.get((event.element, event.name)) or self._room(event)
        trap.count += 1
        trap.last = event.time
        trap.sample_seq = event.seq

    def all(self) -> list[UnknownTrap]:
        """Return all counts, in order of their first trap."""
        return list(self._traps.values())

    def dump(self) -> Iterator[list[Any]]:
        """Yield every count."""
        for trap in self._traps.values():
            yield list(msgspec.structs.astuple(trap))

    def load_item(self, item: list[Any]) -> None:
        """Take back one count."""
        trap = UnknownTrap(*item)
        self._traps[trap.element, trap.name] = trap
        self._by_name += not trap.element

    def _room(self, event: Event) -> UnknownTrap:
        key = (event.element, event.name)
        if len(self._traps) - self._by_name >= KEYS:
            key = ("", event.name) if self._by_name < KEYS or ("", event.name) in self._traps else ("", "")
        trap = self._traps.get(key)
        if trap is None:
            trap = self._traps[key] = UnknownTrap(*key, 0, event.time, event.time, event.seq)
            self._by_name += not key[0]
        return trap
