"""``/api/v1/services``: what customers have, and which alarms are on its way (specs/snmp.md 5.6)."""

import asyncio
from collections.abc import Iterable, Iterator

import msgspec
from starlette.responses import Response

from netmon.domain.element import Network
from netmon.domain.inventory import Member, Service
from netmon.web.bodies import json_response, packed_in_thread
from netmon.web.context import Call, Web
from netmon.web.element_alarms import Tally
from netmon.web.error import Refusal
from netmon.web.impact import State
from netmon.web.openapi import operation
from netmon.web.rows import Row, order
from netmon.web.standing import Standing


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
async def list_services(call: Call[None, None]) -> Response:
    """List the services of the inventory with the alarms of what they stand on; at most two seconds old."""
    web = call.web

    async def make() -> bytes:
        return await asyncio.to_thread(_listed, await _standing(web), web.now_ms())

    plain = await web.network.service_lists.get("", make)
    return json_response(call.request, plain, packed=await packed_in_thread(call.request, plain))


@operation(
    "GET", "/api/v1/services/{service}", summary="Read a service", role="read", answer=ServicePage, errors=(404,)
)
async def get_service(call: Call[None, None]) -> ServicePage:
    """Return a service with its members and the alarms on them; at most a second old."""
    id_ = call.path["service"]
    standing = await _standing(call.web)
    service = next((one for one in standing.network.services if one.id == id_), None)
    if service is None:
        raise Refusal(404, "notFound", message=f'there is no service "{id_}"')
    return await asyncio.to_thread(_page, service, standing, call.web.now_ms())


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


async def _standing(web: Web) -> Standing:
    async def make() -> Standing:
        network = await web.network.network()
        return await asyncio.to_thread(Standing, network, list(web.view.entries.values()))

    return await web.network.standing.get("", make)


def _listed(standing: Standing, now: int) -> bytes:
    return msgspec.json.encode(ServiceList(now, [_row(service, standing) for service in standing.network.services]))


def _row(service: Service, standing: Standing) -> ServiceRow:
    objects = stands_on(service, standing.network)
    counted, since = Tally(), None
    for row in standing.alarms(objects):
        counted.add(row)
        since = row.raised if since is None else min(since, row.raised)
    return ServiceRow(
        id=service.id,
        name=service.name,
        alarms=counted.alarms,
        unacked=counted.unacked,
        elements=_elements(objects),
        impact=standing.impact.state(service),
        roots=len(standing.impact.roots(objects)),
        worst=counted.worst,
        party_ref=service.party_ref,
        since=since,
    )


def _page(service: Service, standing: Standing, now: int) -> ServicePage:
    objects, impact = stands_on(service, standing.network), standing.impact
    found = sorted(standing.alarms(objects), key=order)
    return ServicePage(
        now=now,
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


def _elements(objects: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path.partition("/")[0] for path in objects))


OPERATIONS = (list_services, get_service)
