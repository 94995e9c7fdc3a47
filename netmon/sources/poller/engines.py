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

    def elements(self) -> dict[tuple[str, bytes], tuple[str, ...]]:
        """Return the elements that answer in version 3, by realm and engine; of cloned devices several have one."""
        found: dict[tuple[str, bytes], tuple[str, ...]] = {}
        for element, polled in self._polled().items():
            engine = engine_of(polled, self._clients)
            if engine is not None:
                key = (polled.element.realm, engine[0])
                found[key] = (*found.get(key, ()), element)
        return found

    def secured(self) -> int:
        """Return how many messages of version 3 were looked into since the start."""
        return self._clients.looked_into()
