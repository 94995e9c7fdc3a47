"""The SNMP engines of polled elements, for whoever must know whose an engine is, or whether it was reset."""

from collections.abc import Callable, Mapping

from netmon.domain.output import PollRequest
from netmon.snmp.engines import Clock
from netmon.sources.poller.clients import Clients
from netmon.sources.poller.element import Polled
from netmon.sources.poller.memory import engine_of


class PolledEngines:
    """Looks engines up among the elements that are polled now."""

    def __init__(
        self, polled: Callable[[], Mapping[str, Polled]], clients: Clients, request: Callable[[PollRequest], None]
    ) -> None:
        self._polled = polled
        self._clients = clients
        self.request = request

    def engine(self, element: str) -> tuple[bytes, Clock] | None:
        """Return the engine that an element answers as, and its time."""
        polled = self._polled().get(element)
        return engine_of(polled, self._clients) if polled is not None else None

    def element_of(self, engine_id: bytes) -> str:
        """Return the one element that answers as an engine; nothing where there is none, or more than one."""
        known = ((element, engine_of(polled, self._clients)) for element, polled in self._polled().items())
        found = [element for element, engine in known if engine is not None and engine[0] == engine_id]
        return found[0] if len(found) == 1 else ""

    def secured(self) -> int:
        """Return how many messages of version 3 were looked into since the start."""
        return self._clients.looked_into()
