"""Scrapes of modules on demand, within the limits that polls have (specs/snmp.md 4.1, 6.3)."""

import asyncio
from collections.abc import Callable, Mapping

import msgspec

from netmon.domain.scrape import Scraped, ScrapeFailed, ScrapeTarget
from netmon.rulebook.exporter import ExporterModule
from netmon.snmp.client import Target
from netmon.snmp.errors import SnmpFailure
from netmon.sources.credential import Credential
from netmon.sources.poller.clients import Clients
from netmon.sources.poller.element import Polled
from netmon.sources.poller.limits import Limits
from netmon.sources.poller.module_reading import ModuleReading
from netmon.sources.poller.room import Room
from netmon.sources.poller.run import VERSIONS, Runs, answering
from netmon.sources.poller.session import OutOfBudget, Session, TooLarge
from netmon.sources.realm import DEFAULT

_MOST_STRANGERS = 1_000
"""Targets outside the inventory of which is kept what they can do."""


_LEAST_BUDGET_MS = 10_000
"""A scrape has no interval of its own; Prometheus waits so long by default."""


class _Agent(msgspec.Struct, frozen=True):
    """What an agent can do, and how many requests it may have open."""

    limits: Limits
    room: Room


class Scrapes:
    """Reads a module from an agent and gives back what came; nothing of it is an observation.

    Args:
        runs: what polls are carried out with: settings, the time, addresses of names.
        clients: what asks.
        around: the room of all requests of the poller.
        polled: by id, the elements that are polled; their limits hold for scrapes too.
        freed: told that an element has room again.
    """

    def __init__(
        self,
        runs: Runs,
        clients: Clients,
        *,
        around: Room,
        polled: Callable[[], Mapping[str, Polled]],
        freed: Callable[[Polled], None],
    ) -> None:
        self._runs = runs
        self._clients = clients
        self._around = around
        self._polled = polled
        self._freed = freed
        self._strangers: dict[tuple[str, int], _Agent] = {}

    async def read(
        self,
        at: ScrapeTarget,
        module: ExporterModule,
        credential: Credential,
        *,
        context: bytes = b"",
        context_engine: bytes = b"",
    ) -> Scraped:
        """Return the cells of a module.

        Raises:
            ScrapeFailed: it could not be read to its end.
        """
        polled = self._polled().get(at.element.id) if at.element is not None else None
        agent = _Agent(polled.limits, polled.room) if polled is not None else self._stranger(at, module)
        budget_ms = max(self._runs.config.run_budget_ms(self._runs.config.default_every.ms), _LEAST_BUDGET_MS)
        deadline_ms = self._runs.clock.now_ms() + budget_ms
        try:
            async with asyncio.timeout(budget_ms / 1000):
                await agent.room.enter()
        except TimeoutError:
            raise ScrapeFailed("budget", "no room among the open requests within the time of a run") from None
        try:
            target = msgspec.structs.replace(
                self._target(at, module, credential, polled=polled, limits=agent.limits),
                context=context or credential.context,
                context_engine=context_engine,
            )
            realm = at.element.realm if at.element is not None else DEFAULT
            session = Session(
                self._clients[realm].polls,
                target,
                now_ms=self._runs.clock.now_ms,
                deadline_ms=deadline_ms,
                limits=agent.limits,
                room=agent.room,
            )
            return await self._read(session, module)
        finally:
            agent.room.give()
            if polled is not None:
                self._freed(polled)

    async def _read(self, session: Session, module: ExporterModule) -> Scraped:
        reading = ModuleReading(session, module, max_rows=self._runs.config.max_rows)
        try:
            await reading.read()
        except OutOfBudget:
            raise ScrapeFailed("budget", "the time of a run is up") from None
        except TooLarge:
            raise ScrapeFailed("timeout", "no answer to a request, though a small one is answered") from None
        except SnmpFailure as failure:
            raise ScrapeFailed(session.reason(), str(failure)) from None
        return Scraped(reading.cells, session.sent, session.resent)

    def _stranger(self, at: ScrapeTarget, module: ExporterModule) -> _Agent:
        """Return what is known of a target that is not polled; of too many the oldest is forgotten."""
        key = (at.address, at.port)
        agent = self._strangers.pop(key, None)
        if agent is None:
            limits = Limits(timeout_ms=module.timeout_ms, max_response=self._runs.config.max_response)
            agent = _Agent(limits, Room(self._runs.config.per_element_in_flight, self._around))
        elif agent.room.open == 0:
            agent.limits.configure(timeout_ms=module.timeout_ms, max_response=self._runs.config.max_response)
        self._strangers[key] = agent
        if len(self._strangers) > _MOST_STRANGERS:
            del self._strangers[next(iter(self._strangers))]
        return agent

    def _target(
        self, at: ScrapeTarget, module: ExporterModule, credential: Credential, *, polled: Polled | None, limits: Limits
    ) -> Target:
        """Return how to ask: of an element as it is polled, of others as the module says."""
        retries = polled.retries if polled is not None else module.retries
        return Target(
            # Late answers teach the element's timeout; those of a stranger belong to nobody.
            name=polled.key if polled is not None else "",
            address=at.address,
            port=at.port,
            version=VERSIONS[credential.version],
            community=credential.community,
            user=credential.user,
            engine_id=credential.engine_id,
            timeout_ms=limits.round_trip.timeout_ms,
            # One that does not answer anyway is asked once, so that it holds no room.
            retries=0 if polled is not None and polled.lane.slow else retries,
            reply_from=answering(at.element, self._runs.addresses) if at.element is not None else (),
        )
