"""The sources of one engine, and what they tell one another."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import structlog

from netmon.config.rules import Judged
from netmon.config.schema import Config
from netmon.domain.observation import HealthRow, InventoryChange
from netmon.domain.usage import Assignment
from netmon.pipeline import Pipeline
from netmon.runtime.supervise import renewed
from netmon.snmp.engines import OwnEngine
from netmon.sources.clock import Clock
from netmon.sources.operator import Kept, Operator
from netmon.sources.ping import Ping
from netmon.sources.poller import memory
from netmon.sources.poller.addresses import Name
from netmon.sources.poller.poller import Poller
from netmon.sources.realm import is_numeric
from netmon.sources.traps import engines
from netmon.sources.traps.listen import Traps
from netmon.storage.store import Store
from netmon.telemetry.metrics import Metrics

log = structlog.get_logger("netmon.sources")

_KEEP_EVERY_S = 10.0
_KEEP_AT_ONCE = 40
"""Rows per batch: what only counts must not make a commit long."""
_KEEP_AT_STOP = 1_000

Part = tuple[str, Callable[[], Coroutine[Any, Any, None]]]


class Sources:
    """Built inert; ``load`` says whom to listen to and whom to ask."""

    def __init__(self, config: Config, *, intake: Pipeline, clock: Clock, metrics: Metrics, kept: Kept) -> None:
        self.traps = Traps(config.traps, intake=intake, clock=clock, metrics=metrics, realms=config.realms)
        self.poller = Poller(config.polling, intake=intake, clock=clock, metrics=metrics, realms=config.realms)
        self.operator = Operator(intake, clock=clock, metrics=metrics, kept=kept)
        self._ping = Ping(
            config.polling.pinging,
            intake=intake,
            clock=clock,
            metrics=metrics,
            realms=config.realms,
            addresses=self.poller.addresses,
        )
        self._clock = clock
        self._jumped = asyncio.Event()
        """Set once the clock has a new anchor."""
        # A lost ping starts probes, and a probe pings: neither waits for the core.
        self._ping.lost, self._ping.answered = self.poller.ping_lost, self.poller.ping_answered
        self.poller.probing.ping = self._ping.now
        # Traps of an element that is given by name come from the address that the name has.
        self.poller.addresses.told = self._resolved
        self._intake = intake
        self._names: tuple[tuple[str, str], ...] = ()
        self._fixed: tuple[Assignment, ...] = ()
        self._found: tuple[Assignment, ...] = ()

    def boot(self, own: OwnEngine, store: Store) -> None:
        """Take messages of version 3 as this engine, and take back what was learned before."""
        self.traps.take_version3(own, store.source_state(engines.SOURCE), self.poller.engines())
        self.poller.restore(store.source_state(memory.SOURCE))

    async def keep(self, store: Store) -> None:
        """Write what was learned until cancelled; losing some of it costs time only."""
        while True:
            self._look_up()
            self.follow_wall()
            await asyncio.sleep(_KEEP_EVERY_S)
            await self.keep_now(store)

    def follow_wall(self) -> None:
        """Take over a time that the wall clock stays at: who asks begins anew, as after a start."""
        offset_ms = self._clock.offset_ms()
        if self._clock.follow_wall():
            log.warning("the wall clock stays where it went: time goes on from there", by_ms=offset_ms)
            self._jumped.set()
            self._jumped = asyncio.Event()

    def _on_each_line(self, run: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], Coroutine[Any, Any, None]]:
        """Let a part begin anew when time jumps: what it plans and what it waits for has times of the old line."""
        return lambda: renewed(run, lambda: self._jumped)

    def _look_up(self) -> None:
        """Look up the names of elements that are due."""
        for realm, name in self._names:
            self.poller.addresses.known(name, realm=realm)

    async def keep_now(self, store: Store) -> None:
        """Write what was learned since the last time, a little with each batch."""
        await self._keep(store, at_once=_KEEP_AT_ONCE)

    async def keep_last(self, store: Store) -> None:
        """Write all that was learned since the last time: the engine stops."""
        await self._keep(store, at_once=_KEEP_AT_STOP)

    async def _keep(self, store: Store, *, at_once: int) -> None:
        now = self._clock.now_ms()
        for source, learned in ((engines.SOURCE, self.traps.learned), (memory.SOURCE, self.poller.learned)):
            while rows := learned(at_once):
                await asyncio.gather(*(store.set_source_state(source, *row, now) for row in rows.items()))

    def load(self, judged: Judged) -> None:
        """Take over inventory, credentials, profiles and settings."""
        loaded = judged.loaded
        credentials = {credential.id: credential for credential in loaded.credentials}
        elements = loaded.inventory.elements.values()
        polling = loaded.config.polling
        self._fixed = judged.assignments
        self.traps.protect(judged.compiled.rulebook.protected)
        self.traps.load(loaded.config.traps, credentials=credentials, elements=elements)
        self.poller.addresses.load(elements)
        self.poller.load(
            elements,
            credentials=credentials,
            profiles=judged.profiles,
            assignments=(*self._fixed, *self._found),
            config=polling,
        )
        self._ping.load(elements, polling.pinging)
        self._names = tuple((one.realm, text) for one in elements for text in one.addresses if not is_numeric(text))
        self._look_up()

    def found(self, changes: Sequence[InventoryChange]) -> None:
        """Take what the core found and that was committed."""
        self.addressed({change.new: change.addresses for change in changes if change.kind == "addresses"})
        for change in changes:
            if change.kind == "metered":
                self.meter(change.metered)

    def meter(self, found: tuple[Assignment, ...]) -> None:
        """Read the ports that polls found to be metered, beside those that the rules name."""
        if found != self._found:
            self._found = found
            self.poller.meter((*self._fixed, *found))

    def addressed(self, addresses: Mapping[str, tuple[str, ...]]) -> None:
        """Take further addresses by element."""
        for element, known in addresses.items():
            self.traps.further(element, known)

    def named(self, names: Mapping[Name, str]) -> None:
        """Take back the addresses of names as they were before a restart."""
        self.poller.addresses.restore(names)
        for (realm, name), address in names.items():
            self.traps.resolved(realm, name, address)

    def _resolved(self, element: str, name: Name, address: str) -> None:
        """Take the new address of a name: traps come from it, and the core learns of it."""
        self.traps.resolved(*name, address)
        now = self._clock.now_ms()
        self._intake.put(InventoryChange(now, "resolved", old=name[1], new=element, addresses=(address,)))

    def health(self) -> tuple[Callable[[], tuple[HealthRow, ...]], ...]:
        """Return what each of them is asked by for the next Tick."""
        return (self._clock.health, self.traps.health, self.poller.health, self._ping.health)

    def parts(self) -> list[Part]:
        """Return what runs, by name."""
        return [
            ("traps", self.traps.run),
            ("poller", self._on_each_line(self.poller.run)),
            ("ping", self._on_each_line(self._ping.run)),
            ("operator", self.operator.run),
        ]
