"""The poller: starts due groups, keeps to its limits, turns what elements answer into observations."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any
from zlib import crc32

import structlog

from netmon.domain.element import PollState, Run
from netmon.domain.inventory import Element
from netmon.domain.observation import NO_CONTEXT, HealthRow
from netmon.domain.output import PollRequest
from netmon.domain.usage import Assignment
from netmon.rulebook.profile_values import Profile
from netmon.snmp.client import Late
from netmon.sources.clock import Clock
from netmon.sources.credential import Credential
from netmon.sources.poller.addresses import Addresses
from netmon.sources.poller.blocks import Gathered
from netmon.sources.poller.clients import Clients
from netmon.sources.poller.element import Extra, Group, Polled, billed_names
from netmon.sources.poller.engines import PolledEngines
from netmon.sources.poller.memory import Memory, let_go, restore
from netmon.sources.poller.probing import Probe, Probing
from netmon.sources.poller.report import Report
from netmon.sources.poller.room import Room
from netmon.sources.poller.run import Failed, NoAddress, Runs
from netmon.sources.poller.schedule import Agenda, PollingConfig, first_run, next_slot, offset_ms
from netmon.sources.poller.scrape import Scrapes
from netmon.sources.poller.told import run_of, state_of
from netmon.sources.poller.turns import Turns
from netmon.sources.realm import Realms
from netmon.sources.source import Intake
from netmon.telemetry.metrics import Metrics

log = structlog.get_logger("netmon.poller")

_PROBE = "probe"
_BACK_SPREAD_MS = 10_000
_MOST_UNCOMMITTED = 5_000
"""Observations the core has not committed: above it no run starts, so that a full disk fills no memory."""
_LONGEST_WAIT_S = 60.0


class Poller:
    """Asks every element of the inventory that has a credential; one agenda for all, a task only per run under way."""

    name = "poller"

    def __init__(
        self, config: PollingConfig, *, intake: Intake, clock: Clock, metrics: Metrics, realms: Realms | None = None
    ) -> None:
        self._config = config
        self._clock = clock
        self._metrics = metrics
        self._clients = Clients(realms or {}, clock.now_ms, self._late)
        self._memory = Memory()
        self._kept: Mapping[str, bytes] = {}
        self.addresses = Addresses(clock.now_ms, realms or {})
        """Of elements that are given by name."""
        self._runs = Runs(config, clock=clock, addresses=self.addresses)
        self._report = Report(self.name, intake=intake, clock=clock, metrics=metrics, committed=self._committed)
        self._polled: dict[str, Polled] = {}
        self._of_key: dict[str, Polled] = {}
        """Every element in every context."""
        self._agenda: Agenda[Group | Extra | Probe] = Agenda()
        self._wake = asyncio.Event()
        self._start_task: Callable[[Coroutine[Any, Any, None]], object] | None = None
        self._room = Room(config.max_in_flight)
        self._turns = Turns(
            self.name,
            clock=clock,
            metrics=metrics,
            room=self._room,
            may=lambda: self._report.uncommitted < _MOST_UNCOMMITTED,
            run=lambda group, due: self._spawn(self._run(group, due)),
            wake=self.wake,
        )
        self.scrapes = Scrapes(
            self._runs, self._clients, around=self._room, polled=lambda: self._polled, freed=self._turns.freed
        )
        self.probing = Probing(
            plan=self._plan_probe,
            spawn=self._spawn,
            ask=self._ask_once,
            done=self._probed,
            now_ms=clock.now_ms,
            slow=config.slow_lane_in_flight,
        )

    def load(
        self,
        elements: Iterable[Element],
        *,
        credentials: Mapping[str, Credential],
        profiles: Iterable[Profile],
        assignments: Iterable[Assignment] = (),
        config: PollingConfig | None = None,
    ) -> None:
        """Poll these elements from now on; one that did not change keeps what was learned of it and its slots.

        Without ``config`` the one before goes on.
        """
        self._configure(config or self._config, profiles)
        billed = billed_names(assignments)
        before, self._polled = self._polled, {}
        for element in elements:
            if not element.credential:
                continue
            credential = credentials.get(element.credential)
            old = before.get(element.id)
            if old is not None and old.element == element and old.credential == credential:
                polled = before.pop(element.id)
            else:
                polled = Polled(element, credential, self._config, around=self._room)
            polled.billed = billed.get(element.id, {})
            self._polled[element.id] = polled
            for one in polled.everywhere:
                one.configure(self._config)
                one.outdated()
                self._plan(one)
        self._of_key = {one.key: one for polled in self._polled.values() for one in polled.everywhere}
        for gone in before.values():
            gone.retire()
        let_go(before.values(), self._polled.values(), self._clients)
        self._memory.forget(self._of_key, self._kept)
        restore(self._kept, self._of_key, self._clients, self._clock.now_ms())
        self._kept = {}
        self.wake()

    def meter(self, assignments: Iterable[Assignment]) -> None:
        """Read these ports for billing from now on."""
        billed = billed_names(assignments)
        for id_, polled in self._polled.items():
            names = billed.get(id_, {})
            if names != polled.billed:
                polled.billed = names
                self._plan(polled)
        self.wake()

    def _configure(self, config: PollingConfig, profiles: Iterable[Profile]) -> None:
        self._config = self._runs.config = config
        self._room.limit = config.max_in_flight
        self.probing.limit(config.slow_lane_in_flight)
        self._runs.profiles = tuple(profiles)
        self._runs.forget_kinds()

    def restore(self, kept: Mapping[str, bytes]) -> None:
        """Take back what was learned before a restart; to be called before the first ``load``."""
        self._kept = kept

    def learned(self, most: int) -> dict[str, bytes | None]:
        """Return what was learned anew of at most ``most`` elements, for the store; None: they are gone."""
        return self._memory.changed(self._of_key, self._clients, self._clock.now_ms(), most=most)

    def request(self, wish: PollRequest) -> None:
        """Look at an element again, soon; equal wishes that are not yet fulfilled are one."""
        polled = self._polled.get(wish.element)
        if polled is None:
            self._turns.drop("request_unknown")
            return
        if 0 < wish.deadline < self._clock.now_ms():
            self._turns.drop("request_too_late")
            return
        if polled.lane.slow:
            self.probing.at(polled, [polled.lane.ask_now(self._clock.now_ms())])
        for one in polled.everywhere:
            one.rows.forget()
            for group in one.wanted(wish.what):
                self._turns.soon(group, deadline=wish.deadline)
        self.wake()

    def ping_lost(self, element: str) -> None:
        """Probe an element at once: its ping had no answer."""
        polled = self._polled.get(element)
        if polled is not None:
            self.probing.at(polled, polled.lane.ping_lost(self._clock.now_ms()))

    def ping_answered(self, element: str) -> None:
        """Give an element more time: it is there, though its agent does not answer."""
        polled = self._polled.get(element)
        if polled is not None:
            self.probing.at(polled, polled.lane.ping_answered(self._clock.now_ms()))

    def _plan_probe(self, due: int, probe: Probe) -> None:
        self._agenda.add(due, probe)
        self.wake()

    def last_run(self, element: str) -> Run | None:
        """Return how the newest run against an element went, None for one that is not polled."""
        polled = self._polled.get(element)
        return polled.last if polled is not None else None

    def state(self, element: str) -> PollState | None:
        """Return how polling an element goes, None for one that is not polled."""
        polled = self._polled.get(element)
        return state_of(polled, self._config, self.addresses, self._clock.now_ms()) if polled is not None else None

    def engines(self) -> PolledEngines:
        """Return who knows the SNMP engines that answer."""
        return PolledEngines(lambda: self._polled, self._clients, self.request)

    def timeout_ms(self, element: str) -> int:
        """Return the timeout learned for an element."""
        return self._polled[element].limits.round_trip.timeout_ms

    def wake(self) -> None:
        """Look at the agenda now."""
        self._wake.set()

    async def run(self) -> None:
        """Poll until cancelled."""
        self._clients.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                self._start_task = tasks.create_task
                while True:
                    self.turn()
                    await self._wait()
        finally:
            self._start_task = None
            self._clients.stop()
            self._plan_anew()

    def turn(self) -> None:
        """Take what is due from the agenda and start what there is room for."""
        now = self._clock.now_ms()
        for due, item in self._agenda.due(now):
            match item:
                case Group():
                    self._slot(item, due, now)
                case Extra(group):
                    self._turns.soon(group)
                case Probe():
                    self.probing.due(item, now)
        self._turns.begin(now)
        self._metrics.source_depth.labels(self.name).set(len(self._turns))

    def health(self) -> tuple[HealthRow, ...]:
        """Return how late runs start, how many are under way, and how many elements are only probed."""
        self._report.heard(self._clients)
        return (
            HealthRow(self.name, "late_ms", self._turns.lateness.latest_ms()),
            HealthRow(self.name, "late_permille", self._turns.lateness.permille(self._clock.now_ms())),
            HealthRow(self.name, "running", self._room.open),
            HealthRow(self.name, "slow_lane", sum(polled.lane.slow for polled in self._polled.values())),
        )

    async def _wait(self) -> None:
        due = self._agenda.next_due()
        wait_s = _LONGEST_WAIT_S if due is None else min((due - self._clock.now_ms()) / 1000, _LONGEST_WAIT_S)
        try:
            async with asyncio.timeout(max(wait_s, 0)):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _late(self, late: Late) -> None:
        """Learn from an answer that came after its time: without it a far element would never get more time."""
        polled = self._of_key.get(late.target.name)
        if polled is not None:
            polled.limits.round_trip.measured(late.rtt_us)
            polled.limits.late += 1

    def _committed(self) -> None:
        if self._turns:
            self.wake()

    def _plan_anew(self) -> None:
        """Forget what the stop has cut off and plan anew: it may have come because the old times hold no more."""
        self.probing.forget()
        self._turns.clear()
        self._agenda = Agenda()
        for polled in self._polled.values():
            polled.interrupted()
        for one in self._of_key.values():
            one.outdated()
            for group in one.groups.values():
                self._enter(group)

    def _plan(self, polled: Polled) -> None:
        for group in polled.plan(self._runs.profiles):
            self._enter(group)

    def _enter(self, group: Group) -> None:
        """Plan the first run of a group. No moment is billed twice, whatever the clock does."""
        element, interval_ms, now = group.polled.element.id, group.interval_ms, self._clock.now_ms()
        if group.billed:
            after = max(self._clock.billed_ms(now), self._clock.spent_ms)
            group.slot = first_run(element, now_ms=after, interval_ms=interval_ms, billed=True)
            self._agenda.add(self._clock.line_ms(group.slot), group)
        else:
            self._agenda.add(first_run(element, now_ms=now, interval_ms=interval_ms, billed=False), group)

    def _slot(self, group: Group, due: int, now: int) -> None:
        """A slot of a group has come: run it, unless its last run still goes on or the element is only probed."""
        if not group.live:
            return
        element, interval_ms = group.polled.element.id, group.interval_ms
        offset = offset_ms(element, interval_ms=interval_ms, billed=bool(group.billed))
        if group.billed:
            after = max(group.slot, self._clock.billed_ms(now))
            group.slot = next_slot(after, interval_ms=interval_ms, offset=offset)
            self._agenda.add(self._clock.line_ms(group.slot), group)
        else:
            self._agenda.add(next_slot(max(due, now), interval_ms=interval_ms, offset=offset), group)
        if group.polled.lane.slow:
            self._turns.drop("slow_lane")
        elif group.busy:
            self._report.failed(element, group.name, due, Failed("overrun"), began=now, context=group.polled.context)
        else:
            self._turns.due(group, due)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._start_task is not None, "turn() belongs to run()"
        self._start_task(work)

    async def _run(self, group: Group, due: int) -> None:
        began = self._clock.now_ms()
        try:
            outcome = await self._learn_and_read(group)
            if group.live:
                self._tell(group.polled, group.name, due, outcome, began=began, every=group.interval_ms)
        except NoAddress:
            self._turns.drop("no_address")
        finally:
            self._turns.ended(group)

    async def _learn_and_read(self, group: Group) -> Gathered | Failed:
        polled = group.polled
        session = await self._runs.session(self._clients[polled.element.realm].polls, group)
        if session is None:
            return Failed("no_credential")
        if not group.billed and not polled.knows_itself(self._clock.now_ms()):
            facts = await self._runs.learn(session, group)
            if isinstance(facts, Failed):
                return facts
            if facts is not None:
                polled.learned(facts, self._clock.now_ms())
                self._plan(polled)
        return await self._runs.read(session, group)

    def _tell(self, polled: Polled, name: str, due: int, outcome: Gathered | Failed, *, began: int, every: int) -> None:
        polled.last = polled.main.last = run_of(outcome, began=began, ended=self._clock.now_ms())
        if name in polled.groups:
            polled.groups[name].last = polled.last
        if isinstance(outcome, Failed):
            self._report.failed(polled.element.id, name, due, outcome, began=began, context=polled.context)
            self._failed(polled, outcome)
            return
        polled.saw_uptime(outcome.uptime_cs)
        self._report.result(
            polled.element.id, name, due, outcome, began=began, interval_ms=every, context=polled.context
        )
        self._answered(polled)

    async def _ask_once(self, polled: Polled) -> Gathered | Failed:
        return await self._runs.probe(self._clients[polled.element.realm].probes, polled)

    def _probed(self, probe: Probe, outcome: Gathered | Failed, began: int) -> None:
        if probe.polled.live:
            self._tell(probe.polled, _PROBE, probe.due, outcome, began=began, every=0)
        self.wake()

    def _answered(self, polled: Polled) -> None:
        if polled.lane.answered() == "back":
            log.info("element answers again", element=polled.element.id)
            now = self._clock.now_ms()
            for group in (group for one in polled.main.everywhere for group in one.groups.values()):
                if not group.billed:
                    after_ms = crc32(polled.element.id.encode()) % min(_BACK_SPREAD_MS, group.interval_ms)
                    self._agenda.add(now + after_ms, Extra(group))

    def _failed(self, polled: Polled, failed: Failed) -> None:
        if polled.context and failed.reason in NO_CONTEXT:
            # The agent answers, it only does not have this context.
            return
        polled, was_slow = polled.main, polled.lane.slow
        self.probing.at(polled, polled.lane.failed(self._clock.now_ms(), failed.reason))
        if polled.lane.slow and not was_slow:
            log.warning("element does not answer", element=polled.element.id, reason=failed.reason)
