"""What an engine tells of elements, filled by hand."""

import msgspec

from netmon.domain.element import ElementDetail, Network
from netmon.domain.inventory import Element, Inventory
from netmon.domain.request import OwnSnmpEngine, RejectionsWanted, SharedEngine, TrapBooks, TrapRejections
from netmon.sources.traps.rejections import Rejections
from netmon.web.context import now_ms

OWN_ENGINE = OwnSnmpEngine("80007ed905ff", 3, 60, [SharedEngine("80007ed904aa", "default", ["r1", "r2"])])


class Known:
    """What the engine tells of elements; a test fills it."""

    def __init__(self) -> None:
        self.elements_: dict[str, ElementDetail] = {}
        self.around = Network(0, ())
        self.asked = 0
        self.turned_away = Rejections(lambda _: None)

    def inventory(self) -> Inventory:
        """Return them as an inventory has them."""
        elements = {id_: Element(id_, ("192.0.2.1",), credential=one.credential) for id_, one in self.elements_.items()}
        return Inventory(elements=elements)

    def rejections(self, wanted: RejectionsWanted) -> TrapRejections:
        """Return what a receiver turned away, of more that it read."""
        books = TrapBooks(9, 3, 1, 0, 4, 1, 0, 2, 1, 0, 7)
        return TrapRejections(books, self.turned_away.counts(now_ms(), wanted), self.turned_away.last(wanted))

    async def network(self) -> bytes:
        """Return them all, as the engine does."""
        self.asked += 1
        states = tuple(detail.state for detail in self.elements_.values())
        return msgspec.json.encode(msgspec.structs.replace(self.around, at=now_ms(), elements=states))

    async def element(self, id_: str) -> bytes | None:
        """Return one."""
        found = self.elements_.get(id_)
        return msgspec.json.encode(found) if found is not None else None

    async def whole(self) -> bytes:
        """Return nothing: the web process does not ask for it."""
        return b"{}"

    async def unmatched(self) -> bytes:
        """Return nothing: the web process does not ask for it."""
        return b"{}"

    async def polls(self) -> bytes:
        """Return nothing: the web process does not ask for it."""
        return b"{}"
