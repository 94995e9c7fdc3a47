"""What alarms do to services, by the inventory alone: members stand in series, groups bear losses."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from netmon.domain.element import Network
from netmon.domain.inventory import Group, Link, Service
from netmon.domain.managed_object import LINK, parent
from netmon.web.rows import Row

State = Literal["up", "at_risk", "down"]
"""down: something without which the service does not work is out; at_risk: a group bears losses."""


class Impact:
    """The alarms there are, by what they are about, and what they mean to services."""

    def __init__(self, network: Network, rows: Iterable[Row]) -> None:
        self._groups: Mapping[str, Group] = {group.id: group for group in network.groups}
        self._links: Mapping[str, Link] = {link.id: link for link in network.links}
        self._by_id: dict[str, Row] = {}
        self._at: dict[str, list[Row]] = {}
        for row in rows:
            if row.cleared is None:
                self._by_id[row.id] = row
                self._at.setdefault(row.obj, []).append(row)

    def state(self, service: Service) -> State:
        """Return how a service is."""
        if any(self.is_out(member.object) for member in service.members if member.object):
            return "down"
        states = [self._named(name) for name in service.depends_on]
        return "down" if "down" in states else "at_risk" if "at_risk" in states else "up"

    def is_out(self, path: str) -> bool:
        """Tell whether a managed object, or what contains it, is in an alarm that affects service."""
        return any(row.affects for row in self._around(path))

    def roots(self, objects: Iterable[str]) -> list[Row]:
        """Return the visible alarms that explain those of some objects or of what contains them, each once."""
        found: dict[str, Row] = {}
        waiting = [row for path in objects for row in self._around(path) if row.affects]
        seen: set[str] = set()
        while waiting:
            row = waiting.pop()
            if row.id in seen:
                continue
            seen.add(row.id)
            if not row.hidden:
                found[row.id] = row
            waiting += [self._by_id[above] for above in row.parents if above in self._by_id]
        return list(found.values())

    def _named(self, name: str) -> State:
        group = self._groups.get(name)
        if group is None:
            return "down" if self._is_lost(name) else "up"
        lost = sum(self._is_lost(member) for member in group.members)
        if len(group.members) - lost < group.need:
            return "down"
        return "at_risk" if lost else "up"

    def _is_lost(self, name: str) -> bool:
        link = self._links.get(name)
        return any(map(self.is_out, (name,) if link is None else (link.a, link.b, f"{LINK}{name}")))

    def _around(self, path: str) -> Iterator[Row]:
        yield from self._at.get(path, ())
        while (above := parent(path)) != path:
            path = above
            yield from self._at.get(path, ())
