"""What the engine tells of elements, from memory: references are gathered on its loop, all else is done in a thread."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from netmon.app.element_links import FoundOf, found_of, links_of, with_parts
from netmon.app.element_objects import kpi_of, objects_of
from netmon.app.facts import FactBook
from netmon.app.newest import Newest
from netmon.app.paced import paced
from netmon.app.thresholds import thresholds
from netmon.correlate.unknown import UnknownTrap
from netmon.domain.element import (
    ElementDetail,
    ElementState,
    Facts,
    Network,
    ObjectState,
    PollState,
    Run,
    SeenTrap,
    SeenTraps,
    UnmatchedTrap,
)
from netmon.domain.enterprise import vendor
from netmon.domain.found import FoundLink
from netmon.domain.inventory import Element, Inventory
from netmon.domain.sample import SampleBlock
from netmon.mib.names import MibView
from netmon.rulebook.kinds import Rulebook
from netmon.sources.poller.poller import Poller
from netmon.step import Core
from netmon.storage.store import Store

_POLL_SLICE = 50
_SLICE = 250
"""Elements gathered, or encoded, between two turns of the loop."""
_SOFTWARE_LETTERS = 120

_Gathered = tuple[Element, tuple[str, str], Facts, Run, int]
"""References to what is known of one element."""


class Elements:
    """Gathers from core, poller and newest samples; what it tells is never older than the question."""

    def __init__(
        self,
        core: Core,
        *,
        store: Store,
        poller: Poller,
        rulebook: Callable[[], Rulebook],
        names: Callable[[], MibView],
    ) -> None:
        self._core = core
        self._poller = poller
        self._rulebook = rulebook
        self._names = names
        self._newest = Newest()
        self._facts = FactBook(store)
        self._inventory = core.inventory

    def committed(self, blocks: Sequence[SampleBlock]) -> None:
        """Take samples that were committed."""
        if self._inventory is not self._core.inventory:
            self._inventory = self._core.inventory
            self._newest.keep(self._inventory.elements)
        self._newest.take(blocks)
        self._facts.take(blocks, self._inventory.elements)

    async def run(self) -> None:
        """Keep what was learned, until cancelled."""
        await self._facts.run()

    async def network(self) -> bytes:
        """Return a ``Network`` as JSON."""
        inventory = msgspec.structs.replace(self._core.inventory, services=dict(self._core.members.services))
        elements = list(inventory.elements.values())
        gathered: list[_Gathered] = []
        for begin in range(0, len(elements), _SLICE):
            gathered += map(self._gathered, elements[begin : begin + _SLICE])
            await asyncio.sleep(0)
        unmatched = list(self._core.engine.unknown)
        links = (list(self._core.found.links.values()), dict(self._core.found.mismatches.by_link))
        return await asyncio.to_thread(
            _network, self._core.now, inventory, gathered, unmatched, self._rulebook(), links=links
        )

    async def element(self, id_: str) -> bytes | None:
        """Return an ``ElementDetail`` as JSON, None when nothing is known by that id."""
        unmatched = [trap for trap in self._core.engine.unknown if trap.element == id_]
        element = self._core.inventory.elements.get(id_)
        if element is None:
            return msgspec.json.encode(_stranger(self._core.now, id_, self._named(unmatched))) if unmatched else None
        return await asyncio.to_thread(
            _detail,
            self._core.now,
            self._gathered(element),
            unmatched=self._named(unmatched),
            poll=self._poller.state(id_) or PollState(),
            tables=self._newest.rows(id_),
            named=self._core.identity.parts(id_),
            names=self._names(),
            found=found_of(id_, self._core.found, self._core.inventory),
        )

    async def unmatched(self) -> bytes:
        """Return ``SeenTraps`` as JSON."""
        traps = tuple(SeenTrap(one.element, one.name, one.count, one.last) for one in self._core.engine.unknown)
        return await asyncio.to_thread(msgspec.json.encode, SeenTraps(self._core.now, traps))

    def _named(self, traps: list[UnknownTrap]) -> tuple[UnmatchedTrap, ...]:
        """Return traps with the names that the present MIBs have for their OIDs, the most frequent first."""
        view = self._names()
        found = (UnmatchedTrap(view.name_of(trap.name), trap.count, trap.first, trap.last, trap.name) for trap in traps)
        return tuple(sorted(found, key=lambda trap: (-trap.count, trap.name)))

    async def whole(self) -> bytes:
        """Return the ``Inventory`` of the core as JSON."""
        return await asyncio.to_thread(msgspec.json.encode, self._core.inventory)

    async def polls(self) -> bytes:
        """Return how polling goes, a ``PollState`` by element, as JSON."""
        states: dict[str, PollState] = {}
        for count, id_ in enumerate(list(self._core.inventory.elements), 1):
            states[id_] = self._poller.state(id_) or PollState()
            if count % _POLL_SLICE == 0:
                await asyncio.sleep(0)
        return await asyncio.to_thread(_polls, states)

    def _gathered(self, element: Element) -> _Gathered:
        id_ = element.id
        run = self._poller.last_run(id_) or _NEVER
        return element, self._core.reachability.state(id_), self._facts.of(id_), run, self._newest.if_down(id_)


_NEVER = Run()


def _network(
    now: int,
    inventory: Inventory,
    gathered: list[_Gathered],
    unmatched: list[UnknownTrap],
    rulebook: Rulebook,
    *,
    links: tuple[list[FoundLink], dict[str, str]],
) -> bytes:
    counts: Counter[str] = Counter()
    for trap in unmatched:
        counts[trap.element] += trap.count
    known = (_state(one, counts[one[0].id]) for one in gathered)
    strangers = (
        ElementState(element, addresses=(_address(element),), unmatched=count, unknown=True)
        for element, count in sorted(counts.items())
        if element and element not in inventory.elements
    )
    rest = Network(
        now,
        (),
        tuple(inventory.sites.values()),
        tuple(inventory.links.values()),
        tuple(inventory.groups.values()),
        tuple(inventory.services.values()),
        thresholds(rulebook),
        tuple(links_of(*links, inventory.links.values())),
    )
    lines = [*_encoded(known), *_encoded(strangers)]
    head, tail = msgspec.json.encode(rest).split(b'"elements":[]', 1)
    return b"".join((head, b'"elements":[', b",".join(lines), b"]", tail))


def _polls(states: dict[str, PollState]) -> bytes:
    ids = (msgspec.json.encode(id_) for id_ in states)
    members = (b":".join(pair) for pair in zip(ids, _encoded(states.values()), strict=True))
    return b"{" + b",".join(members) + b"}"


def _encoded(states: Iterable[ElementState | ObjectState | PollState]) -> Iterator[bytes]:
    """Encode one by one: encoding all at once would hold the interpreter, and with it the loop, for long."""
    return map(msgspec.json.Encoder().encode, paced(states, _SLICE))


def _state(gathered: _Gathered, unmatched: int) -> ElementState:
    element, (reachability, agent), facts, run, if_down = gathered
    return ElementState(
        id=element.id,
        name=element.name or facts.sys_name,
        site=element.site,
        role=element.role,
        addresses=element.addresses,
        tags=element.tags,
        type=element.tags.get("type", "") or element.tags.get("model", "") or vendor(facts.sys_object_id),
        software=facts.sys_descr.partition("\n")[0].strip()[:_SOFTWARE_LETTERS],
        reachability=reachability,
        agent=agent,
        last_poll=run.at,
        poll_ms=run.elapsed_ms,
        if_down=if_down,
        unmatched=unmatched,
    )


def _detail(
    now: int,
    gathered: _Gathered,
    *,
    unmatched: tuple[UnmatchedTrap, ...],
    poll: PollState,
    tables: list[dict[str, tuple[SampleBlock, int]]],
    named: list[tuple[str, str, str]],
    names: MibView,
    found: FoundOf,
) -> bytes:
    element, _, facts, _, _ = gathered
    detail = ElementDetail(
        at=now,
        state=_state(gathered, sum(trap.count for trap in unmatched)),
        facts=facts,
        poll=poll,
        kpi=kpi_of(tables),
        credential=element.credential,
        profiles=element.profiles,
        realm=element.realm,
        port=element.port,
        unmatched=unmatched,
        links=found.links,
        found_addresses=found.addresses,
    )
    objects = b",".join(_encoded(with_parts(objects_of(element.id, tables, named, names=names), found)))
    return msgspec.json.encode(detail)[:-1] + b',"objects":[' + objects + b"]}"


def _stranger(now: int, id_: str, unmatched: tuple[UnmatchedTrap, ...]) -> ElementDetail:
    count = sum(trap.count for trap in unmatched)
    state = ElementState(id_, addresses=(_address(id_),), unmatched=count, unknown=True)
    return ElementDetail(now, state, unmatched=unmatched)


def _address(sender: str) -> str:
    """Return the address in the id of a sender that the inventory does not have: ``addr:<realm>:<address>``."""
    return sender.split(":", 2)[-1]
