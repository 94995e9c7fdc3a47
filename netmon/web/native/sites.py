"""``/api/v1/sites``: where things are, and how bad it is there."""

from collections import Counter

import msgspec

from netmon.web.context import Call
from netmon.web.element_alarms import Tally, tally
from netmon.web.openapi import operation
from netmon.web.rows import RANK


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
async def list_sites(call: Call[None, None]) -> SiteList:
    """List the sites of the inventory with the alarms of their elements."""
    web = call.web
    network = await web.network.network()
    counted = tally(entry.row for entry in web.view.entries.values())
    by_site: dict[str, Tally] = {}
    elements: Counter[str] = Counter()
    down: Counter[str] = Counter()
    for one in network.elements:
        elements[one.site] += 1
        down[one.site] += one.reachability in ("down", "unreachable")
        if one.id in counted:
            _add(by_site.setdefault(one.site, Tally()), counted[one.id])
    rows = []
    for site in network.sites:
        mine = by_site.get(site.id, Tally())
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
    return SiteList(web.now_ms(), rows)


def _add(whole: Tally, part: Tally) -> None:
    whole.alarms += part.alarms
    whole.unacked += part.unacked
    whole.worst = max(whole.worst, part.worst, key=lambda word: _RANK.get(word, -1))


_RANK = {str(severity): rank for severity, rank in RANK.items()}

OPERATIONS = (list_sites,)
