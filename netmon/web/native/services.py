"""``/api/v1/services``: what customers have, and which alarms are on its way (specs/snmp.md 5.6)."""

from collections.abc import Iterable, Iterator

import msgspec

from netmon.domain.element import Network
from netmon.domain.inventory import Member, Service
from netmon.web.context import Call
from netmon.web.element_alarms import Tally
from netmon.web.error import Refusal
from netmon.web.impact import Impact, State
from netmon.web.openapi import operation
from netmon.web.rows import Row, elements_of, order, visible


class ServiceRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A service with the alarms of what it stands on."""

    id: str
    name: str
    alarms: int
    """Active ones that nothing hides, of its members, what it depends on, and their elements."""
    unacked: int
    elements: tuple[str, ...]
    impact: State
    """down: it does not work; at_risk: redundancy that it depends on is lost; up."""
    worst: str = ""
    party_ref: str = ""
    since: int | None = None
    """When the oldest of these alarms was raised, UTC ms."""
    roots: int = 0
    """Visible alarms that explain what affects it, wherever they are."""


class ServiceList(msgspec.Struct, frozen=True):
    """All services."""

    now: int
    services: list[ServiceRow]


class ServicePage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A service with the way from its alarms to it."""

    now: int
    id: str
    name: str
    members: tuple[Member, ...]
    depends_on: tuple[str, ...]
    objects: list[str]
    """Everything it stands on."""
    elements: tuple[str, ...]
    alarms: list[Row]
    """Worst first."""
    impact: State
    """down: it does not work; at_risk: redundancy that it depends on is lost; up."""
    out: tuple[str, ...] = ()
    """Objects of these that an alarm takes out, be it hidden or not."""
    roots: tuple[Row, ...] = ()
    """Visible alarms that explain what affects it, wherever they are; worst first."""
    worst: str = ""
    party_ref: str = ""
    since: int | None = None


@operation("GET", "/api/v1/services", summary="List services", role="read", answer=ServiceList)
async def list_services(call: Call[None, None]) -> ServiceList:
    """List the services of the inventory with the alarms of what they stand on."""
    web = call.web
    network = await web.network.network()
    rows = [entry.row for entry in web.view.entries.values()]
    by_element, impact = _by_element(rows), Impact(network, rows)
    return ServiceList(web.now_ms(), [_row(one, network, by_element, impact=impact) for one in network.services])


@operation(
    "GET", "/api/v1/services/{service}", summary="Read a service", role="read", answer=ServicePage, errors=(404,)
)
async def get_service(call: Call[None, None]) -> ServicePage:
    """Return a service with its members and the alarms on them."""
    web, id_ = call.web, call.path["service"]
    network = await web.network.network()
    service = next((one for one in network.services if one.id == id_), None)
    if service is None:
        raise Refusal(404, "notFound", message=f'there is no service "{id_}"')
    objects = stands_on(service, network)
    rows = [entry.row for entry in web.view.entries.values()]
    found = sorted(_alarms(objects, _by_element(rows)), key=order)
    impact = Impact(network, rows)
    return ServicePage(
        now=web.now_ms(),
        id=service.id,
        name=service.name,
        members=service.members,
        depends_on=service.depends_on,
        objects=objects,
        elements=_elements(objects),
        alarms=found,
        impact=impact.state(service),
        out=tuple(filter(impact.is_out, objects)),
        roots=tuple(sorted(impact.roots(objects), key=order)),
        worst=found[0].sev if found else "",
        party_ref=service.party_ref,
        since=min((row.raised for row in found), default=None),
    )


def stands_on(service: Service, network: Network) -> list[str]:
    """Return the objects of a service: its members, and the ends of the links and groups it depends on."""
    groups = {group.id: group.members for group in network.groups}
    links = {link.id: (link.a, link.b) for link in network.links}

    def resolved(names: Iterable[str]) -> Iterator[str]:
        for name in names:
            if name in groups:
                yield from resolved(groups[name])
            elif name in links:
                yield from links[name]
            else:
                yield name

    return list(
        dict.fromkeys([*(member.object for member in service.members if member.object), *resolved(service.depends_on)])
    )


def _by_element(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        if visible(row):
            for element in elements_of(row):
                found.setdefault(element, []).append(row)
    return found


def _alarms(objects: Iterable[str], by_element: dict[str, list[Row]]) -> list[Row]:
    """Return the alarms of the objects, of what is below them, and of their elements, each once."""
    found: dict[str, Row] = {}
    for path in objects:
        element = path.partition("/")[0]
        for row in by_element.get(element, ()):
            if row.obj in (path, element) or path in row.ends or row.obj.startswith(f"{path}/"):
                found[row.id] = row
    return list(found.values())


def _row(service: Service, network: Network, by_element: dict[str, list[Row]], *, impact: Impact) -> ServiceRow:
    objects = stands_on(service, network)
    counted, since = Tally(), None
    for row in _alarms(objects, by_element):
        counted.add(row)
        since = row.raised if since is None else min(since, row.raised)
    return ServiceRow(
        id=service.id,
        name=service.name,
        alarms=counted.alarms,
        unacked=counted.unacked,
        elements=_elements(objects),
        impact=impact.state(service),
        roots=len(impact.roots(objects)),
        worst=counted.worst,
        party_ref=service.party_ref,
        since=since,
    )


def _elements(objects: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path.partition("/")[0] for path in objects))


OPERATIONS = (list_services, get_service)
