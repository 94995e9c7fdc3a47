"""The trap receiver: reads datagrams in bulk, admits them, answers informs after their commit (specs/snmp.md 3.2)."""

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping

import structlog

from netmon.domain.inventory import Element
from netmon.domain.observation import HealthRow, ShedRow, Trap
from netmon.domain.rejection import Reason
from netmon.domain.request import OwnSnmpEngine, RejectionsWanted, TrapBooks, TrapRejections
from netmon.snmp.engines import OwnEngine
from netmon.sources.clock import Clock
from netmon.sources.credential import Credential
from netmon.sources.realm import Realms
from netmon.sources.source import Intake
from netmon.sources.traps.accounting import Accounting, Lost
from netmon.sources.traps.admit import Admission
from netmon.sources.traps.charging import Charging
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.directory import Resolved
from netmon.sources.traps.doors import Came, Door, Doors
from netmon.sources.traps.duplicates import Duplicates
from netmon.sources.traps.fair import element_of, payer
from netmon.sources.traps.figures import Figures
from netmon.sources.traps.judging import Judging
from netmon.sources.traps.limits import Limits
from netmon.sources.traps.reading import Reading
from netmon.sources.traps.rejections import log_rejection
from netmon.sources.traps.replies import Replies
from netmon.sources.traps.resets import Agents
from netmon.sources.traps.version3 import Version3
from netmon.sources.traps.waiting import MOST_WAITING, Waiting
from netmon.telemetry.metrics import Metrics

log = structlog.get_logger("netmon.traps")

_TELL_MS = 250
"""Between two tellings of what was shed: in a storm of many kinds of traps the rows would outweigh what passes."""
_LOOK_MS = 1_000
"""Between two looks at what the kernel dropped."""


class Traps:
    """Receives on every address of ``traps.listen``; the books of what it read are open (``books``).

    Order of its life: ``load``, ``restore``, ``open``, ``run``, and ``close`` after the last batch is committed.
    """

    name = "traps"

    def __init__(
        self,
        config: TrapsConfig,
        *,
        intake: Intake,
        clock: Clock,
        metrics: Metrics,
        realms: Realms | None = None,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._config = config
        self._doors = Doors(config, realms or {}, metrics, count_error=self._count_error)
        self._clock = clock
        self._metrics = metrics
        self._succeeded = metrics.source_last_success.labels(self.name)
        self._depth = metrics.source_depth.labels(self.name)
        self._books = Accounting(log_rejection, self._count_dropped)
        self._figures = Figures(self.name, metrics)
        self._duplicates = Duplicates(clock.now_ms)
        self._loaded: tuple[TrapsConfig, Mapping[str, Credential], tuple[Element, ...]] = (config, {}, ())
        self._resolved = Resolved()
        self._limits = Limits(config.limits)
        self._charging = charging = Charging(self._limits, self._books)
        self._judging = Judging(
            Admission(config, credentials={}, elements=()),
            charging=charging,
            books=self._books,
            duplicates=self._duplicates,
            replies=Replies(self._count_error, metrics),
            trailing=metrics.trailing_octets.inc,
        )
        self._reading = Reading(
            self._judging,
            charging=charging,
            books=self._books,
            clock=clock,
            received=metrics.source_received.labels(self.name),
            bug=metrics.bugs.inc,
            count_error=self._count_error,
        )
        self._waiting = Waiting(
            intake,
            gather=self._doors.read_resting,
            unread=lambda: len(self._reading),
            committed=self._count_committed,
            given_up=self._give_up,
            most_waiting=most_waiting,
        )
        self._looked_ms = 0
        self._told_ms = 0
        self._ended = False
        self._judging_on = False
        """The inbox is not empty: it is judged turn by turn of the loop."""
        self._reported = False

    def load(self, config: TrapsConfig, *, credentials: Mapping[str, Credential], elements: Iterable[Element]) -> None:
        """Use other communities, credentials and elements from the next datagram on; addresses stay as they are."""
        known = tuple(elements)
        self._judging.use(Admission(config, credentials=credentials, elements=self._resolved.elements(known)))
        self._limits.configure(config.limits)
        self._loaded = (config, credentials, known)
        if self._judging.version3 is not None:
            self._judging.version3.load(config, credentials=credentials, elements=known)

    def resolved(self, realm: str, name: str, address: str) -> None:
        """Take the address of an element that is given by name: traps come from there."""
        self._resolved.take(realm, name, address)

    def further(self, element: str, addresses: tuple[str, ...]) -> None:
        """Take the addresses that an element says it has: traps come from any of them."""
        self._resolved.further(element, addresses)

    def take_version3(
        self, own: OwnEngine, kept: Mapping[str, bytes] | None = None, agents: Agents | None = None
    ) -> None:
        """Take messages of version 3, as this engine; its boots must be committed before.

        Args:
            own: the engine.
            kept: what ``learned`` told before a restart.
            agents: who knows the engines of the elements that are polled.
        """
        config, credentials, elements = self._loaded
        version3 = Version3(config, own, self._limits)
        version3.load(config, credentials=credentials, elements=elements)
        version3.restore(kept or {})
        if agents is not None:
            version3.ask(agents)
        self._judging.version3 = version3

    def learned(self, most: int) -> dict[str, bytes | None]:
        """Return what was learned anew of at most ``most`` engines of senders, for the store; None: forgotten."""
        return self._judging.version3.senders.engines.learned(most) if self._judging.version3 is not None else {}

    def snmp_engine(self) -> OwnSnmpEngine:
        """Return who netmon is in version 3, once it has booted, and which engines of others are not told apart."""
        assert self._judging.version3 is not None, "the engine has booted before anything can ask"
        return self._judging.version3.own(time.monotonic_ns())

    def protect(self, trap_oids: Collection[str]) -> None:
        """Let these traps through storms, and give them up last: they only clear, or a rule wants them kept."""
        self._limits.protect(trap_oids)
        self._waiting.protect(frozenset(trap_oids))

    def restore(self, origins: Iterable[tuple[str, int]]) -> None:
        """Take back (duplicate key, time) of the informs committed in the last 150 s, so that repeats stay repeats."""
        self._duplicates.restore(origins)

    def open(self) -> tuple[str, ...]:
        """Bind all addresses and return them as they are; datagrams wait in the kernel until ``run``.

        Raises:
            ListenError: an address cannot be bound; the start must stop.
        """
        self._doors.open()
        return self.addresses

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that are bound, with the port the kernel chose where 0 was asked for."""
        return self._doors.addresses

    async def run(self) -> None:
        """Receive until cancelled; addresses stay bound until ``close``, so that late commits are still answered."""
        self.open()
        try:
            self._doors.watch(self._read)
            await asyncio.Event().wait()
        finally:
            self._doors.read_resting()
            self._doors.unwatch()
            self._ended = True

    def close(self) -> None:
        """Close all addresses; to be called after the last batch is committed."""
        self._doors.close()

    def shed(self) -> tuple[ShedRow, ...]:
        """Return what was given up since it was last told, for the next Tick; four times a second, and at the end."""
        now = self._clock.now_ms()
        if 0 <= now - self._told_ms < _TELL_MS and not self._ended:
            return ()
        self._told_ms = now
        self._charging.settle()
        self._depth.set(self._waiting.uncommitted)
        self._figures.tell(self.books())
        return self._books.take()

    def health(self) -> tuple[HealthRow, ...]:
        """Return what the kernel dropped, what waits, and what the books cannot explain.

        The first report is that nothing was dropped: the core remembers the counts of the life before.
        """
        now = self._clock.now_ms()
        if self._reported and not 0 <= now - self._looked_ms < _LOOK_MS:
            self._looked_ms = now
            if self._resolved.renewed():
                config, credentials, elements = self._loaded
                self.load(config, credentials=credentials, elements=elements)
            self._doors.look()
            self._figures.dropped_by_the_kernel(self._doors.dropped)
            self._limits.over(time.monotonic_ns())
            if self._judging.version3 is not None:
                self._judging.version3.look(time.monotonic_ns())
        self._reported = True
        return (
            *(HealthRow(listener, "kernel_drops", count) for listener, count in self._doors.dropped.items()),
            HealthRow(self.name, "waiting", self._waiting.uncommitted + len(self._reading)),
            HealthRow(self.name, "unaccounted", self.books().missing),
        )

    def books(self) -> TrapBooks:
        """Return what became of every datagram since the start."""
        unread, drops = len(self._reading), sum(self._doors.dropped.values())
        return self._books.books(self._waiting.uncommitted, unread=unread, kernel_drops=drops)

    def rejections(self, wanted: RejectionsWanted) -> TrapRejections:
        """Return what was turned away: in the last day by source and reason, and the last messages."""
        rejections = self._books.rejections
        return TrapRejections(self.books(), rejections.counts(self._clock.now_ms(), wanted), rejections.last(wanted))

    def restore_rejections(self, kept: Mapping[str, bytes]) -> None:
        """Take back what ``rejections_learned`` told before a restart."""
        self._books.rejections.pairs.restore(kept, self._clock.now_ms())

    def rejections_learned(self, most: int) -> dict[str, bytes | None]:
        """Return at most ``most`` counts of rejections that went on, for the store; None: a day ago."""
        return self._books.rejections.pairs.learned(most)

    def rejections_not_kept(self) -> None:
        """Take back what ``rejections_learned`` told last: the store has not taken it."""
        self._books.rejections.pairs.not_kept()

    def _read(self, door: Door) -> Came:
        came = self._reading.read(door)
        if came != "nothing":
            self._succeeded.set(self._clock.now_ms() / 1000)
            if not self._judging_on:
                self._judge()
        return came

    def _judge(self) -> None:
        """Judge what was read; what takes longer goes on in the next turn of the loop."""
        self._judging_on = False
        self._waiting.put_all(self._reading.judge())
        if len(self._reading):
            self._judging_on = True
            asyncio.get_running_loop().call_soon(self._judge)

    def _give_up(self, one: Trap) -> None:
        self._judging.forget(one)
        lost: Lost = (one.realm, payer(one), "queue_full", one.trap_oid, element_of(one))
        self._books.queue_full(lost, at=one.at)

    def _count_committed(self, count: int) -> None:
        self._books.committed += count

    def _count_dropped(self, reason: Reason, count: int) -> None:
        self._metrics.source_dropped.labels(self.name, reason).inc(count)

    def _count_error(self, reason: str, error: Exception) -> None:
        self._metrics.source_errors.labels(self.name, reason).inc()
        log.debug("trap socket failed", reason=reason, error=str(error))
