"""``/api/v1/sites``: where things are, and how bad it is there."""

import asyncio
from collections import Counter
from collections.abc import Iterable

import msgspec
from starlette.responses import Response

from netmon.domain.element import Network
from netmon.domain.managed_object import SITE
from netmon.web.bodies import json_response, packed_in_thread
from netmon.web.context import Call
from netmon.web.element_alarms import Tally
from netmon.web.openapi import operation
from netmon.web.rows import Entry, elements_of, visible


class SiteRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A site with its elements taken together."""

    id: str
    name: str
    elements: int
    alarms: int
    """Active ones that nothing hides."""
    unacked: int
    down: int
    """Elements that cannot be reached."""
    worst: str = ""
    parent: str = ""
    lat: float | None = None
    lon: float | None = None


class SiteList(msgspec.Struct, frozen=True):
    """All sites."""

    now: int
    sites: list[SiteRow]


@operation("GET", "/api/v1/sites", summary="List sites", role="read", answer=SiteList)
async def list_sites(call: Call[None, None]) -> Response:
    """List the sites with the alarms of their elements and their own; at most two seconds old."""
    web = call.web

    async def make() -> bytes:
        network = await web.network.network()
        return await asyncio.to_thread(_encoded, network, list(web.view.entries.values()), web.now_ms())

    plain = await web.network.site_lists.get("", make)
    return json_response(call.request, plain, packed=await packed_in_thread(call.request, plain))


def _encoded(network: Network, entries: Iterable[Entry], now: int) -> bytes:
    tallies = _tallies(network, entries)
    elements = Counter(one.site for one in network.elements)
    down = Counter(one.site for one in network.elements if one.reachability in ("down", "unreachable"))
    rows = []
    for site in network.sites:
        mine = tallies.get(site.id, Tally())
        rows.append(
            SiteRow(
                id=site.id,
                name=site.name or site.id,
                elements=elements[site.id],
                alarms=mine.alarms,
                unacked=mine.unacked,
                down=down[site.id],
                worst=mine.worst,
                parent=site.parent,
                lat=site.lat,
                lon=site.lon,
            )
        )
    return msgspec.json.encode(SiteList(now, rows))


def _tallies(network: Network, entries: Iterable[Entry]) -> dict[str, Tally]:
    """Count by site; an alarm of a link within a site counts once there."""
    sites = {one.id: one.site for one in network.elements} | {f"{SITE}{site.id}": site.id for site in network.sites}
    found: dict[str, Tally] = {}
    for row in filter(visible, (entry.row for entry in entries)):
        for site in dict.fromkeys(sites.get(element, "") for element in elements_of(row)):
            found.setdefault(site, Tally()).add(row)
    return found


OPERATIONS = (list_sites,)
