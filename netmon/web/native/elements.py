"""``/api/v1/elements``: the list of elements, one of them, and the wish to poll it now (specs/dashboard.md 7)."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from uuid import uuid4

import msgspec
from starlette.responses import Response

from netmon.domain.element import (
    ElementDetail,
    ElementState,
    Facts,
    LinkState,
    Network,
    PollState,
    Reading,
    UnmatchedTrap,
)
from netmon.domain.inventory import Member, Service, Site
from netmon.domain.request import OperatorCall
from netmon.storage.chart import SeriesQuery
from netmon.web.bodies import json_response, packed_in_thread
from netmon.web.context import Call, Web
from netmon.web.element_alarms import STRIP_MS, Strip, Tally, Watch, joined, past_spans, standing_spans, strip, tally
from netmon.web.engine import NoAnswer
from netmon.web.error import Refusal
from netmon.web.openapi import operation
from netmon.web.rows import Entry, Row, elements_of

_DAY_MS = 86_400_000


class ElementRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """An element in short; what is empty is absent. Times are UTC ms."""

    id: str
    reachability: str
    """up, down, unreachable, unknown."""
    agent: str
    """Of its SNMP agent: up, unreachable, refused, unknown."""
    alarms: int
    """Active ones that nothing hides."""
    unacked: int
    hidden: int = 0
    """Active ones that others, or a shelf, hide."""
    name: str = ""
    site: str = ""
    site_name: str = ""
    role: str = ""
    addresses: tuple[str, ...] = ()
    type: str = ""
    software: str = ""
    last_poll: int = 0
    poll_ms: int = 0
    if_down: int = 0
    """Interfaces that should be up and are not."""
    worst: str = ""
    """Worst severity of its alarms."""
    tags: dict[str, str] = {}
    unmatched: int = 0
    """Traps of it that no rule knows."""
    unknown: bool = False
    """A sender that the inventory does not have."""


class ElementList(msgspec.Struct, frozen=True):
    """All elements, senders that the inventory does not have last."""

    now: int
    elements: list[ElementRow]


class ElementFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an element says of itself."""

    sys_descr: str = ""
    sys_name: str = ""
    sys_object_id: str = ""
    location: str = ""
    contact: str = ""
    uptime_s: int | None = None
    """Of its agent."""
    engine_id: str = ""
    """snmpEngineID, in hex."""


class ElementPoll(msgspec.Struct, frozen=True, omit_defaults=True):
    """How polling it goes."""

    every_s: float
    state: str
    """ok, partial, failed, slow_lane, waiting; empty: not polled."""
    last: int = 0
    elapsed_ms: int = 0
    cells: int = 0
    reason: str = ""
    failures: int = 0
    """In a row."""
    rtt_ms: float | None = None
    timeout_ms: int = 0
    """Of a first attempt, learned."""
    groups: list[str] = []
    """``60s: if-mib:ifTable, system:get``."""


class ElementKpi(msgspec.Struct, frozen=True, omit_defaults=True):
    """Key figures, as far as its series have them."""

    reachability_percent: float | None = None
    """Of the last 24 hours."""
    cpu: Reading | None = None
    memory: Reading | None = None
    temperature: Reading | None = None


class ServiceRef(msgspec.Struct, frozen=True):
    """A service that the element carries."""

    id: str
    name: str


class ElementPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is known of one element."""

    now: int
    id: str
    reachability: str
    agent: str
    alarms: int
    unacked: int
    by_severity: dict[str, int]
    facts: ElementFacts
    poll: ElementPoll
    kpi: ElementKpi
    strip: Strip
    services: list[ServiceRef]
    profiles: tuple[str, ...]
    name: str = ""
    site: Site | None = None
    site_name: str = ""
    role: str = ""
    addresses: tuple[str, ...] = ()
    type: str = ""
    software: str = ""
    last_poll: int = 0
    poll_ms: int = 0
    if_down: int = 0
    worst: str = ""
    tags: dict[str, str] = {}
    unmatched: int = 0
    unmatched_traps: tuple[UnmatchedTrap, ...] = ()
    unknown: bool = False
    credential: str = ""
    """Its name."""
    realm: str = ""
    port: int = 161
    found_addresses: tuple[str, ...] = ()
    """That it says it has."""
    links: tuple[LinkState, ...] = ()
    """Of the inventory, and as neighbors tell of them."""


class Requested(msgspec.Struct, frozen=True):
    """The wish was taken; the poll follows."""

    requested: bool


@operation("GET", "/api/v1/elements", summary="List elements", role="read", answer=ElementList)
async def list_elements(call: Call[None, None]) -> Response:
    """List all elements with their states and alarms; at most two seconds old."""
    web = call.web
    network = await web.network.network()

    async def make() -> bytes:
        entries = list(web.view.entries.values())
        return await asyncio.to_thread(_encoded, network, entries, web.now_ms())

    plain = await web.network.lists.get("", make)
    return json_response(call.request, plain, packed=await packed_in_thread(call.request, plain))


@operation(
    "GET", "/api/v1/elements/{element}", summary="Read an element", role="read", answer=ElementPage, errors=(404, 504)
)
async def get_element(call: Call[None, None]) -> ElementPage:
    """Return facts, polling, figures and the last day of one element."""
    web, id_ = call.web, call.path["element"]
    detail = await web.network.detail(id_)
    network = await web.network.network()
    watch = await web.network.shares.get(id_, lambda: _watch(web, id_))
    now = web.now_ms()
    rows = await asyncio.to_thread(_rows_of, id_, list(web.view.entries.values()))
    past = await web.network.pasts.get(id_, lambda: web.slow.run(past_spans, web.store, [id_], now - STRIP_MS))
    looked = bool(detail.poll.state) or detail.state.unknown
    day = strip(joined(standing_spans(rows), past), now, watch.blind if looked else ())
    kpi = ElementKpi(watch.up_percent, detail.kpi.cpu, detail.kpi.memory, detail.kpi.temperature)
    return _page(detail, network, counted=tally(rows).get(id_, Tally()), kpi=kpi, day=day, now=now)


@operation(
    "POST",
    "/api/v1/elements/{element}/poll",
    summary="Poll an element",
    role="operate",
    answer=Requested,
    status=202,
    errors=(404,),
    audit="batch",
)
async def poll_element(call: Call[None, None]) -> Requested:
    """Have an element polled now; the answer does not wait for it."""
    who, id_ = call.who, call.path["element"]
    asked = OperatorCall(
        "poll", (), who.name, request_id=str(uuid4()), role=who.role, address=who.address, elements=(id_,)
    )
    replies = await call.web.engine.operator(asked)
    if not replies:
        raise NoAnswer
    reply = replies[0]
    if reply.result == "gone":
        raise Refusal(404, "notFound", message=reply.evidence)
    if reply.result != "done":
        raise Refusal(409, "badValue", message=reply.evidence)
    return Requested(True)


def _rows_of(element: str, entries: Iterable[Entry]) -> list[Row]:
    return [entry.row for entry in entries if element in elements_of(entry.row)]


def _encoded(network: Network, entries: Iterable[Entry], now: int) -> bytes:
    counted = tally(entry.row for entry in entries)
    sites = {site.id: site.name or site.id for site in network.sites}
    known = {one.id for one in network.elements}
    silent = (ElementState(id_, unknown=True) for id_ in sorted(counted) if id_ not in known)
    states = (*network.elements, *(one for one in silent if _is_sender(one.id)))
    return msgspec.json.encode(ElementList(now, list(_rows(states, counted, sites))))


def _is_sender(root: str) -> bool:
    """Tell a sender outside the inventory from other roots of objects: netmon itself, links, services."""
    return root.startswith("addr:")


def _rows(states: Iterable[ElementState], counted: Mapping[str, Tally], sites: dict[str, str]) -> Iterator[ElementRow]:
    for one in states:
        mine = counted.get(one.id, _NOTHING)
        yield ElementRow(
            id=one.id,
            reachability=one.reachability,
            agent=one.agent,
            alarms=mine.alarms,
            unacked=mine.unacked,
            hidden=mine.hidden,
            name=one.name,
            site=one.site,
            site_name=sites.get(one.site, ""),
            role=one.role,
            addresses=one.addresses,
            type=one.type,
            software=one.software,
            last_poll=one.last_poll,
            poll_ms=one.poll_ms,
            if_down=one.if_down,
            worst=mine.worst,
            tags=one.tags,
            unmatched=one.unmatched,
            unknown=one.unknown,
        )


_NOTHING = Tally()


async def _watch(web: Web, element: str) -> Watch:
    """Return for which share of the last 24 hours the element was up, and when nobody looked."""
    now = web.now_ms()
    query = SeriesQuery(("netmon_element_up",), (element,), now - _DAY_MS, now, max_points=300)
    try:
        chart = await web.series.draw(query)
    except Refusal:
        return Watch()
    told = [value for line in chart.lines for value in line.avg if value is not None]
    percent = round(100 * sum(told) / len(told), 2) if told else None
    blind = [gap for line in chart.lines for gap in line.gaps]
    return Watch(percent, tuple(blind) if chart.lines else ((now - _DAY_MS, now),))


def _page(
    detail: ElementDetail, network: Network, *, counted: Tally, kpi: ElementKpi, day: Strip, now: int
) -> ElementPage:
    state = detail.state
    site = next((one for one in network.sites if one.id == state.site), None)
    return ElementPage(
        now=now,
        id=state.id,
        reachability=state.reachability,
        agent=state.agent,
        alarms=counted.alarms,
        unacked=counted.unacked,
        by_severity=counted.by_severity,
        facts=_facts(detail.facts, state, now),
        poll=_poll(detail.poll),
        kpi=kpi,
        strip=day,
        services=[ServiceRef(one.id, one.name) for one in network.services if _carries(state.id, one)],
        profiles=detail.poll.profiles or detail.profiles,
        name=state.name,
        site=site,
        site_name=(site.name or site.id) if site is not None else state.site,
        role=state.role,
        addresses=state.addresses,
        type=state.type,
        software=state.software,
        last_poll=state.last_poll,
        poll_ms=state.poll_ms,
        if_down=state.if_down,
        worst=counted.worst,
        tags=state.tags,
        unmatched=state.unmatched,
        unmatched_traps=detail.unmatched,
        unknown=state.unknown,
        credential=detail.credential,
        realm=detail.realm,
        port=detail.port,
        found_addresses=detail.found_addresses,
        links=detail.links,
    )


def _facts(facts: Facts, state: ElementState, now: int) -> ElementFacts:
    seen = now if state.reachability == "up" else state.last_poll
    return ElementFacts(
        facts.sys_descr,
        facts.sys_name,
        facts.sys_object_id,
        facts.location,
        facts.contact,
        max(0, (seen - facts.booted) // 1000) if facts.booted else None,
        facts.engine_id,
    )


def _poll(poll: PollState) -> ElementPoll:
    last = poll.last
    return ElementPoll(
        every_s=poll.every_ms / 1000,
        state=poll.state,
        last=last.at,
        elapsed_ms=last.elapsed_ms,
        cells=last.cells,
        reason=last.reason,
        failures=poll.failures,
        rtt_ms=None if poll.rtt_ms is None else round(poll.rtt_ms, 2),
        timeout_ms=poll.timeout_ms,
        groups=[f"{group.name}: {', '.join(group.tables or group.billed)}" for group in poll.groups],
    )


def _carries(element: str, service: Service) -> bool:
    return any(_element(member) == element for member in service.members)


def _element(member: Member) -> str:
    """Return where a member is, also while its port is not known."""
    return member.match.element if member.match is not None else member.object.partition("/")[0]


OPERATIONS = (list_elements, get_element, poll_element)
