"""The trap receiver: reads datagrams in bulk, admits them, answers informs after their commit (specs/snmp.md 3.2)."""

import asyncio
import socket
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

import structlog

from netmon.domain.inventory import Element
from netmon.domain.observation import HealthRow, ShedRow, Trap
from netmon.domain.request import OwnSnmpEngine, RejectionsWanted, TrapBooks, TrapRejections
from netmon.snmp.asking import is_v3
from netmon.snmp.engines import OwnEngine
from netmon.snmp.errors import EncodeError
from netmon.snmp.message import inform_response
from netmon.sources.clock import Clock
from netmon.sources.credential import Credential
from netmon.sources.realm import Realms
from netmon.sources.source import Intake
from netmon.sources.traps.accounting import Accounting, Lost
from netmon.sources.traps.admit import TRAILING, Admission, Origin, Rejected
from netmon.sources.traps.charging import Charging
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.directory import Resolved
from netmon.sources.traps.doors import Door, Doors
from netmon.sources.traps.duplicates import Duplicates
from netmon.sources.traps.fair import element_of, payer
from netmon.sources.traps.figures import Figures
from netmon.sources.traps.limits import Limits
from netmon.sources.traps.recall import Peer, Recall
from netmon.sources.traps.rejections import Reason, Rejection, log_rejection
from netmon.sources.traps.resets import Agents
from netmon.sources.traps.version3 import Inform, Outcome, Reported, Version3
from netmon.sources.traps.waiting import MOST_WAITING, Waiting
from netmon.telemetry.metrics import Metrics

log = structlog.get_logger("netmon.traps")

_MOST_READ = 1_024
"""Datagrams in one turn of the loop: more than come while the core takes its turn, whatever the storm."""
_LOOK_EVERY = 8
"""Datagrams between two looks at the time."""
_LONGEST_READ_S = 0.005
_LARGEST = 65_535
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
        self._doors = Doors(config, realms or {}, metrics)
        self._clock = clock
        self._metrics = metrics
        self._received = metrics.source_received.labels(self.name)
        self._trailing = metrics.trailing_octets
        self._succeeded = metrics.source_last_success.labels(self.name)
        self._depth = metrics.source_depth.labels(self.name)
        self._books = Accounting(log_rejection, self._count_dropped)
        self._figures = Figures(self.name, metrics)
        self._waiting = Waiting(
            intake,
            gather=self._doors.read_resting,
            committed=self._count_committed,
            given_up=self._give_up,
            most_waiting=most_waiting,
        )
        self._duplicates = Duplicates(clock.now_ms)
        self._admission = Admission(config, credentials={}, elements=())
        self._loaded: tuple[TrapsConfig, Mapping[str, Credential], tuple[Element, ...]] = (config, {}, ())
        self._resolved = Resolved()
        self._recall = Recall()
        self._limits = Limits(config.limits)
        self._charging = Charging(self._limits, self._books)
        self._version3: Version3 | None = None
        self._unread: set[str] = set()
        """Listeners that had more than one turn of the loop had time for."""
        self._looked_ms = 0
        self._told_ms = 0
        self._reported = False

    def load(self, config: TrapsConfig, *, credentials: Mapping[str, Credential], elements: Iterable[Element]) -> None:
        """Use other communities, credentials and elements from the next datagram on; addresses stay as they are."""
        known = tuple(elements)
        self._admission = Admission(config, credentials=credentials, elements=self._resolved.elements(known))
        self._recall = Recall()
        self._charging.use(self._admission, self._recall)
        self._limits.configure(config.limits)
        self._loaded = (config, credentials, known)
        if self._version3 is not None:
            self._version3.load(config, credentials=credentials, elements=known)

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
        self._version3 = Version3(config, own, self._limits)
        self._version3.load(config, credentials=credentials, elements=elements)
        self._version3.restore(kept or {})
        if agents is not None:
            self._version3.ask(agents)

    def learned(self, most: int) -> dict[str, bytes | None]:
        """Return what was learned anew of at most ``most`` engines of senders, for the store; None: forgotten."""
        return self._version3.senders.engines.learned(most) if self._version3 is not None else {}

    def snmp_engine(self) -> OwnSnmpEngine:
        """Return who netmon is in version 3, once it has booted, and which engines of others are not told apart."""
        assert self._version3 is not None, "the engine has booted before anything can ask"
        return self._version3.own(time.monotonic_ns())

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
            self._doors.watch(self._drain)
            await asyncio.Event().wait()
        finally:
            self._doors.unwatch()
            self._told_ms = 0

    def close(self) -> None:
        """Close all addresses; to be called after the last batch is committed."""
        self._doors.close()

    def shed(self) -> tuple[ShedRow, ...]:
        """Return what was given up since it was last told, for the next Tick; four times a second, and at the end."""
        now = self._clock.now_ms()
        if now - self._told_ms < _TELL_MS:
            return ()
        self._told_ms = now
        self._depth.set(self._waiting.uncommitted)
        self._figures.tell(self.books())
        return self._books.take()

    def health(self) -> tuple[HealthRow, ...]:
        """Return what the kernel dropped, what waits, and what the books cannot explain.

        The first report is that nothing was dropped: the core remembers the counts of the life before.
        """
        now = self._clock.now_ms()
        if self._reported and now - self._looked_ms >= _LOOK_MS:
            self._looked_ms = now
            if self._resolved.renewed():
                config, credentials, elements = self._loaded
                self.load(config, credentials=credentials, elements=elements)
            self._doors.look()
            self._figures.dropped_by_the_kernel(self._doors.dropped)
            self._limits.over(time.monotonic_ns())
            if self._version3 is not None:
                self._version3.look(time.monotonic_ns())
        self._reported = True
        return (
            *(HealthRow(listener, "kernel_drops", count) for listener, count in self._doors.dropped.items()),
            HealthRow(self.name, "waiting", self._waiting.uncommitted),
            HealthRow(self.name, "unaccounted", self.books().missing),
        )

    def books(self) -> TrapBooks:
        """Return what became of every datagram since the start."""
        return self._books.books(self._waiting.uncommitted, kernel_drops=sum(self._doors.dropped.values()))

    def rejections(self, wanted: RejectionsWanted) -> TrapRejections:
        """Return what was turned away: in the last day by source and reason, and the last messages."""
        rejections = self._books.rejections
        return TrapRejections(self.books(), rejections.counts(self._clock.now_ms(), wanted), rejections.last(wanted))

    def _drain(self, door: Door) -> bool:
        """Read what has arrived and queue what may pass; tell whether something is left."""
        at, traps = self._clock.now_ms(), list[Trap]()
        count = self._read(door, at, traps)
        self._queue(traps)
        self._waiting.unread = bool(self._unread)
        self._books.read += count
        self._received.inc(count)
        self._succeeded.set(at / 1000)
        return door.listener in self._unread

    def _read(self, door: Door, at: int, traps: list[Trap]) -> int:
        """Read until nothing is left, but give the loop its turn after 5 ms; return how many that were."""
        until, now_ns = time.perf_counter() + _LONGEST_READ_S, time.monotonic_ns()
        receive, recall, listener, storms = door.socket.recvfrom, self._recall.trap, door.listener, self._limits.storms
        count = 0
        try:
            while count < _MOST_READ and (count % _LOOK_EVERY or time.perf_counter() < until):
                datagram, peer = receive(_LARGEST)
                count += 1
                if storms:
                    self._take_in_storm(datagram, at, now_ns, door=door, peer=peer, before=traps)
                    continue
                trap = recall(datagram, at, peer=peer, listener=listener)
                if trap is None:
                    self._take(datagram, at, now_ns, door=door, peer=peer, before=traps)
                elif self._charging.may_pass(trap, datagram, now_ns):
                    traps.append(trap)
            self._unread.add(listener)
        except BlockingIOError:
            self._unread.discard(listener)
        except OSError as error:
            # An ICMP error for an answer of ours; the next read is sound again.
            self._count_error("receive", error)
        return count

    def _take_in_storm(
        self, datagram: bytes, at: int, now_ns: int, *, door: Door, peer: Peer, before: list[Trap]
    ) -> None:
        """Admit a datagram while there is a storm: most are shed by their start."""
        passed = self._charging.judge(datagram, at, now_ns, door=door, peer=peer)
        if passed is False:
            return
        trap = self._recall.trap(datagram, at, peer=peer, listener=door.listener)
        if trap is None:
            self._take(datagram, at, now_ns, door=door, peer=peer, before=before, charged=passed is True)
        elif passed or self._charging.may_pass(trap, datagram, now_ns):
            before.append(trap)

    def _take(
        self,
        datagram: bytes,
        at: int,
        now_ns: int,
        *,
        door: Door,
        peer: Peer,
        before: list[Trap],
        charged: bool = False,
    ) -> None:
        """Admit a datagram; a trap goes to those that were read ``before`` it, an inform is queued after them."""
        origin = Origin(at, door.realm, door.listener, door.source(peer), peer[1])
        outcome = self._admit(datagram, origin)
        match outcome:
            case Trap(origin_id="") as trap:
                if charged or self._charging.may_pass(trap, datagram, now_ns):
                    self._recall.keep(datagram, trap, peer=peer, listener=door.listener)
                    before.append(trap)
            case Trap() | Inform():
                trap, answer = (outcome, None) if isinstance(outcome, Trap) else (outcome.trap, outcome.answer)
                if charged or self._charging.may_pass(trap, datagram, now_ns):
                    self._queue(before)
                    before.clear()
                    self._take_inform(trap, partial(self._answer, datagram, door.socket, peer, answer))
            case Reported(rejected, report):
                self._report(report, rejected, door.socket, peer)
                self._reject(rejected, datagram, origin)
            case Rejected() as rejected:
                self._reject(rejected, datagram, origin)

    def _admit(self, datagram: bytes, origin: Origin) -> Outcome:
        outcome: Outcome
        if self._version3 is not None and is_v3(datagram):
            outcome = self._version3.take(datagram, origin, self._admission)
        else:
            outcome = self._admission.admit(datagram, origin)
        trap = outcome.trap if isinstance(outcome, Inform) else outcome
        if isinstance(trap, Trap) and trap.flags and TRAILING in trap.flags:
            self._trailing.inc()
        return outcome

    def _reject(self, rejected: Rejected | None, datagram: bytes, origin: Origin) -> None:
        if rejected is None:
            self._books.discoveries += 1
        elif rejected.reason == "storm_unread":
            lost: Lost = (origin.realm, origin.source, "storm_unread", "", rejected.element)
            self._books.shed(lost, at=origin.at, datagram=datagram)
        else:
            reason, detail, user = rejected.reason, rejected.detail, rejected.user
            self._books.reject(
                Rejection(origin.at, origin.realm, origin.source, reason, detail=detail, head=datagram, user=user)
            )

    def _report(self, report: bytes | None, rejected: Rejected | None, bound: socket.socket, peer: Peer) -> None:
        if report is None:
            return
        try:
            bound.sendto(report, peer)
        except OSError as error:
            self._count_error("report", error)
        else:
            # A discovery is no fault of its sender, but it is answered by this Report (RFC 3414 section 4).
            reason = "unknown_engine" if rejected is None else rejected.reason
            self._metrics.snmp_reports.labels("sent", reason).inc()

    def _queue(self, traps: list[Trap]) -> None:
        self._books.queued += len(traps)
        self._waiting.put_all(traps)

    def _take_inform(self, trap: Trap, answer: partial[None]) -> None:
        key = trap.origin_id
        match self._duplicates.look(key):
            case "new":
                self._books.queued += 1
                self._waiting.put(trap, partial(self._commit_inform, key, answer))
            case "committed":
                self._books.duplicates += 1
                answer()
            case "waiting":
                # Answered once, with the first one, after the commit.
                self._books.duplicates += 1

    def _commit_inform(self, key: str, answer: partial[None]) -> None:
        self._duplicates.committed(key)
        answer()

    def _answer(self, datagram: bytes, bound: socket.socket, peer: Peer, secured: Callable[[], bytes] | None) -> None:
        """Send the Response: same request-id, same varbinds, no error (RFC 3416 section 4.2.7)."""
        try:
            bound.sendto(secured() if secured is not None else inform_response(datagram), peer)
        except (OSError, EncodeError) as error:
            # The sender repeats the inform, and the repeat is answered.
            self._count_error("answer", error)

    def _give_up(self, trap: Trap) -> None:
        if trap.origin_id:
            self._duplicates.forget(trap.origin_id)
        lost: Lost = (trap.realm, payer(trap), "queue_full", trap.trap_oid, element_of(trap))
        self._books.queue_full(lost, at=trap.at)

    def _count_committed(self, count: int) -> None:
        self._books.committed += count

    def _count_dropped(self, reason: Reason, count: int) -> None:
        self._metrics.source_dropped.labels(self.name, reason).inc(count)

    def _count_error(self, reason: str, error: Exception) -> None:
        self._metrics.source_errors.labels(self.name, reason).inc()
        log.debug("trap socket failed", reason=reason, error=str(error))
