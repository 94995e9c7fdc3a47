"""Interfaces that the inventory names before any poll has shown them: after a day they are told (specs/snmp.md 5.6)."""

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from netmon.domain.inventory import Inventory
from netmon.domain.managed_object import kind_and_name, part_path, segments
from netmon.domain.observation import InventoryChange
from netmon.normalize.identity import Identity

PENDING_MS = 24 * 3_600_000


class Pending:
    """Since when named interfaces are not there; whoever is not polled has none that could be seen."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._named: dict[str, dict[str, str]] = {}
        """By element: path to what names it."""
        self._since: dict[str, int] = {}
        """Oldest first; one that was told is among ``_told``."""
        self._told: dict[str, None] = {}

    def load(self, inventory: Inventory, now: int) -> Iterator[InventoryChange]:
        """Take a new inventory; yield what is named no longer."""
        self._named = _named(inventory)
        named = {path for paths in self._named.values() for path in paths}
        self._since = {path: since for path, since in self._since.items() if path in named}
        for path in [path for path in self._told if path not in named]:
            del self._told[path]
            yield InventoryChange(now, "pending", old=path)
        for element in self._named:
            yield from self.look(element, now)

    def look(self, element: str, now: int) -> Iterator[InventoryChange]:
        """Compare with the names that are known of an element; yield what was told and is there."""
        named = self._named.get(element)
        if not named:
            return
        there = {part_path(element, "if", name) for name in self._identity.names(element, "if").values()}
        for path in named:
            if path not in there:
                if path not in self._told:
                    self._since.setdefault(path, now)
                continue
            self._since.pop(path, None)
            if path in self._told:
                del self._told[path]
                yield InventoryChange(now, "pending", old=path)

    def tick(self, now: int) -> Iterator[InventoryChange]:
        """Let time pass: yield what has been pending for too long."""
        for path in list(takewhile(lambda path: now - self._since[path] >= PENDING_MS, self._since)):
            del self._since[path]
            self._told[path] = None
            yield InventoryChange(now, "pending", old=path, new=self._named[segments(path)[0]][path])

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        return [["since", *item] for item in self._since.items()] + [["told", path, 0] for path in self._told]

    def load_state(self, items: Iterable[Any], inventory: Inventory) -> None:
        """Take back what ``dump`` gave."""
        self._named = _named(inventory)
        for what, path, since in items:
            if what == "told":
                self._told[path] = None
            else:
                self._since[path] = since


def _named(inventory: Inventory) -> dict[str, dict[str, str]]:
    """Return the interfaces of polled elements that links, groups and services name, by element."""
    found: dict[str, dict[str, str]] = {}
    for path, by in _names(inventory):
        element = segments(path)[0]
        known = inventory.elements.get(element)
        if known is not None and known.credential and kind_and_name(path)[0] == "if":
            found.setdefault(element, {}).setdefault(path, by)
    return found


def _names(inventory: Inventory) -> Iterator[tuple[str, str]]:
    for link in inventory.links.values():
        yield from ((end, f"link {link.id}") for end in (link.a, link.b))
    for group in inventory.groups.values():
        yield from ((member, f"group {group.id}") for member in group.members)
    for service in inventory.services.values():
        members = (member.object for member in service.members)
        yield from ((path, f"service {service.id}") for path in (*members, *service.depends_on))
