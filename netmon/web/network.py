"""What the engine tells of elements, as the web process knows it: two seconds old at most, or the last there was."""

import asyncio
from collections.abc import Callable
from urllib.parse import quote

import msgspec
import structlog

from netmon.domain.element import ElementDetail, Network
from netmon.domain.inventory import Element, Inventory
from netmon.web.element_alarms import Span, Watch
from netmon.web.engine import EngineClient, EngineDown
from netmon.web.error import Refusal
from netmon.web.kept import Kept
from netmon.web.rows import places
from netmon.web.standing import Standing
from netmon.web.view import AlarmView

log = structlog.get_logger("netmon.web")

_FRESH_MS, _STANDING_MS = 2_000, 1_000
_PAST_MS, _SHARE_MS, _SPARK_MS = 20_000, 60_000, 15_000
_ALL = ""
_LOOK_S = 10.0

_NETWORK = msgspec.json.Decoder(Network)
_DETAIL = msgspec.json.Decoder(ElementDetail)


class NetworkView:
    """Asks the engine when somebody asks it; while the engine is away the last answers stand."""

    def __init__(self, engine: EngineClient, *, now_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._networks: Kept[Network] = Kept(_FRESH_MS, now_ms=now_ms, most=1)
        self._details: Kept[ElementDetail] = Kept(_FRESH_MS, now_ms=now_ms)
        self.lists: Kept[bytes] = Kept(_FRESH_MS, now_ms=now_ms, most=1)
        """The list of all elements as JSON."""
        self.site_lists: Kept[bytes] = Kept(_FRESH_MS, now_ms=now_ms, most=1)
        """The list of all sites as JSON."""
        self.standing: Kept[Standing] = Kept(_STANDING_MS, now_ms=now_ms, most=1)
        """The alarms, as services ask for them."""
        self.service_lists: Kept[bytes] = Kept(_STANDING_MS, now_ms=now_ms, most=1)
        """The list of all services as JSON."""
        self.pasts: Kept[list[Span]] = Kept(_PAST_MS, now_ms=now_ms)
        """Alarms that ended, by element."""
        self.shares: Kept[Watch] = Kept(_SHARE_MS, now_ms=now_ms)
        """How an element was watched over the last day."""
        self.sparks: Kept[dict[str, list[float | None]]] = Kept(_SPARK_MS, now_ms=now_ms)
        """The last hour of the interfaces of an element."""

    async def network(self) -> Network:
        """Return all elements with sites and services.

        Raises:
            EngineDown: it does not answer and never did.
        """
        try:
            return await self._networks.get(_ALL, self._ask)
        except EngineDown:
            if (last := self._networks.last(_ALL)) is not None:
                return last
            raise

    async def detail(self, element: str) -> ElementDetail:
        """Return everything of one element.

        Raises:
            EngineDown: it does not answer and was never asked for this one.
            Refusal: 404, there is no such element.
        """
        path = f"/internal/v1/elements/{quote(element, safe='')}"

        async def ask() -> ElementDetail:
            return await asyncio.to_thread(_DETAIL.decode, await self._engine.get(path))

        try:
            return await self._details.get(element, ask)
        except EngineDown:
            if (last := self._details.last(element)) is not None:
                return last
            raise

    async def locate(self, view: AlarmView, moved: Callable[[], None]) -> None:
        """Tell the alarm view where elements are, their names and what they carry; ``moved``: it must load anew."""
        known: Inventory | None = None
        while True:
            try:
                found = inventory_of(await self.network())
            except Refusal:
                found = known or Inventory()
            if found != known and (known is not None or found != Inventory()):
                known, view.where = found, places(found)
                moved()
            await asyncio.sleep(_LOOK_S)

    async def _ask(self) -> Network:
        return await asyncio.to_thread(_NETWORK.decode, await self._engine.get("/internal/v1/elements"))


def inventory_of(network: Network) -> Inventory:
    """Return what of the inventory says where things are, what they are called and what they carry."""
    return Inventory(
        sites={site.id: site for site in network.sites},
        elements={
            one.id: Element(one.id, one.addresses, name=one.name, site=one.site)
            for one in network.elements
            if not one.unknown
        },
        services={service.id: service for service in network.services},
    )
