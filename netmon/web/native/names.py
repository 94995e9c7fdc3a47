"""``/api/v1/names``: what ids that alarms carry are called; it looks at no alarm, so a list may ask it any time."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from netmon.domain.element import ElementState
from netmon.domain.inventory import Service, Site
from netmon.web.context import Call
from netmon.web.openapi import operation


class NamesQuery(msgspec.Struct, frozen=True):
    """Of what."""

    kind: Literal["site", "service", "element"]


class Named(msgspec.Struct, frozen=True):
    """What something is called."""

    id: str
    name: str


class NameList(msgspec.Struct, frozen=True):
    """Those of a kind that have a name, in the order of the inventory."""

    now: int
    names: list[Named]


@operation("GET", "/api/v1/names", summary="List names", role="read", query=NamesQuery, answer=NameList)
async def list_names(call: Call[NamesQuery, None]) -> NameList:
    """List the names of the sites, services or elements of the inventory."""
    network = await call.web.network.network()
    known: Mapping[str, tuple[Site | Service | ElementState, ...]] = {
        "site": network.sites,
        "service": network.services,
        "element": network.elements,
    }
    return NameList(call.web.now_ms(), [Named(one.id, one.name) for one in known[call.query.kind] if one.name])


OPERATIONS = (list_names,)
