"""Members of services that are followed by the description of a port, as polls show it (specs/snmp.md 5.6)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from netmon.domain.inventory import Inventory, Match, Member, Service
from netmon.domain.managed_object import part_path
from netmon.domain.observation import Block, InventoryChange
from netmon.normalize.identity import Identity
from netmon.rulebook.pattern import compile_pattern

NOTHING = "no port"
ALIAS = "ifAlias"
_MOST_TOLD = 3

_Place = tuple[str, int]
"""(service, position of the member)."""

_Serving = tuple[str, Member]
"""(service, a member of it)."""


class Members:
    """Which port each such member is: the one whose description fits, where no other does."""

    def __init__(self, identity: Identity, described: Callable[[str], str]) -> None:
        self._identity = identity
        self._described = described
        """Description of a managed object."""
        self.services: dict[str, Service] = {}
        """All services, the objects of their members as far as they are known."""
        self._matches: dict[str, dict[_Place, Match]] = {}
        """By element."""
        self._named: dict[str, list[_Serving]] = {}
        """Members that are given by name, by object."""
        self._objects: dict[_Place, str] = {}
        self._told: dict[tuple[str, str, str], str] = {}
        """(element, service, words of the match) to what is wrong with it."""
        self._read: dict[str, None] = {}
        """Elements whose descriptions are known."""

    def load(self, inventory: Inventory, now: int) -> Iterator[InventoryChange]:
        """Take a new inventory."""
        before = self._by_place()
        self._take(inventory)
        same = {place for place, match in self._by_place().items() if before.get(place) == match}
        self._objects = {place: path for place, path in self._objects.items() if place in same}
        self._fill(place[0] for place in self._objects)
        keys = {_key(e, place, match) for e, matches in self._matches.items() for place, match in matches.items()}
        for key in [key for key in self._told if key not in keys]:
            yield self._tells(key, "", now)
        for element in [element for element in self._read if element not in inventory.elements]:
            del self._read[element]
        for element in self._matches:
            yield from self._look(element, now)

    def look(self, element: str, blocks: Iterable[Block], now: int) -> Iterator[InventoryChange]:
        """Look at the descriptions of an element again after a run; ``blocks``: what it brought."""
        if element in self._matches and any(ALIAS in block.columns for block in blocks):
            self._read[element] = None
            yield from self._look(element, now)

    def dump(self) -> list[Any]:
        """Return all state as small items, in order."""
        items: list[Any] = [["object", *place, path] for place, path in sorted(self._objects.items())]
        items += [["told", *key, text] for key, text in sorted(self._told.items())]
        return items + [["read", element] for element in sorted(self._read)]

    def load_state(self, items: Iterable[Any], inventory: Inventory) -> None:
        """Take back what ``dump`` gave."""
        for what, *rest in items:
            match what:
                case "object":
                    self._objects[rest[0], rest[1]] = rest[2]
                case "told":
                    self._told[rest[0], rest[1], rest[2]] = rest[3]
                case "read":
                    self._read[rest[0]] = None
        self._take(inventory)
        self._fill(place[0] for place in self._objects)

    def _take(self, inventory: Inventory) -> None:
        self.services = dict(inventory.services)
        self._matches, self._named = {}, {}
        for service in inventory.services.values():
            for position, member in enumerate(service.members):
                if member.match is not None:
                    self._matches.setdefault(member.match.element, {})[service.id, position] = member.match
                else:
                    self._named.setdefault(member.object, []).append((service.id, member))

    def _by_place(self) -> dict[_Place, Match]:
        return {place: match for matches in self._matches.values() for place, match in matches.items()}

    def _look(self, element: str, now: int) -> Iterator[InventoryChange]:
        if element not in self._read:
            return
        paths = [part_path(element, "if", name) for name in self._identity.names(element, "if").values()]
        described = {path: self._described(path) for path in sorted(paths)}
        changed: dict[str, None] = {}
        serving = {path: list(self._named.get(path, ())) for path in paths}
        for place, match in self._matches[element].items():
            fits = _fits(match)
            found = [path for path, text in described.items() if text and fits(text)]
            path, told = self._port(place, found, serving)
            if path != self._objects.get(place, ""):
                self._objects[place] = path
                changed[place[0]] = None
            key = _key(element, place, match)
            if told != self._told.get(key, ""):
                yield self._tells(key, told, now)
        if changed:
            self._fill(changed)
            yield InventoryChange(now, "members", new=element, services=tuple(self.services[one] for one in changed))

    def _port(self, place: _Place, found: list[str], serving: dict[str, list[_Serving]]) -> tuple[str, str]:
        """Return the one port that fits and what is wrong with it; at one time a port is of one service."""
        problem = _problem(found)
        if problem:
            return "", problem
        member = self.services[place[0]].members[place[1]]
        others = [service for service, other in serving[found[0]] if _at_one_time(member, other)]
        if others:
            return "", f"{found[0]}, which serves {others[0]}"
        serving[found[0]].append((place[0], member))
        return found[0], ""

    def _fill(self, services: Iterable[str]) -> None:
        """Give the members of services the objects that they are."""
        for id_ in dict.fromkeys(services):
            service = self.services[id_]
            members = tuple(
                msgspec.structs.replace(member, object=self._objects.get((id_, position), ""))
                if member.match is not None
                else member
                for position, member in enumerate(service.members)
            )
            self.services[id_] = msgspec.structs.replace(service, members=members)

    def _tells(self, key: tuple[str, str, str], told: str, now: int) -> InventoryChange:
        self._told.pop(key, None)
        if told:
            self._told[key] = told
        element, service, words = key
        return InventoryChange(now, "member_mismatch", old=service, new=told, element=element, words=words)


def _fits(match: Match) -> Callable[[str], object]:
    return compile_pattern(match.pattern) if match.pattern else match.alias.__eq__


def _at_one_time(one: Member, other: Member) -> bool:
    begins, ends = max(one.valid_from or 0, other.valid_from or 0), [one.valid_to, other.valid_to]
    return all(end is None or begins < end for end in ends)


def _key(element: str, place: _Place, match: Match) -> tuple[str, str, str]:
    return element, place[0], match.pattern or match.alias


def _problem(found: list[str]) -> str:
    """Return what is wrong with the ports that fit; empty with exactly one."""
    if len(found) == 1:
        return ""
    more = f" and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
    return ", ".join(found[:_MOST_TOLD]) + more or NOTHING
