"""Reads what has arrived and judges it, a turn of the loop at a time (specs/snmp.md 3.2).

socket -> inbox    as fast as the loop can: what nobody reads the kernel drops, whoever sent it
inbox  -> waiting  of each sender in turn: decoding costs ten times as much, and a flood pays for itself

What a storm sends on never gets into the inbox: it is shed by its start as it is read.
"""

import time
from collections import Counter as Counts
from collections.abc import Callable

import structlog
from prometheus_client import Counter

from netmon.domain.observation import Trap
from netmon.sources.clock import Clock
from netmon.sources.traps.accounting import Accounting, Lost
from netmon.sources.traps.arrived import Arrived
from netmon.sources.traps.charging import Charging
from netmon.sources.traps.doors import Came, Door
from netmon.sources.traps.fair import FairQueue, Waiter
from netmon.sources.traps.judging import Judging
from netmon.sources.traps.rejections import Rejection
from netmon.sources.traps.sockets import Peer
from netmon.telemetry.seldom import Seldom

_MOST_READ = 4_096
"""Datagrams in one turn of the loop: more than come while the core takes its turn, whatever the storm."""
_LOOK_EVERY = 8
"""Datagrams between two looks at the time."""
_LONGEST_S = 0.020
_JUDGE_S = 0.003
_LARGEST = 65_535
_INBOX = 50_000
_CROWD = 1_000
"""So many wait that more are charged as they come: when their turn came the storm would be an old one."""
_INBOX_OCTETS = 32 << 20
_CHUNK = 4
"""Datagrams between two looks at the time: a large one may take milliseconds."""
_STRANGERS = "*"
"""Account of all sources together that no trap was taken from yet: their addresses may be forged."""

log = structlog.get_logger("netmon.traps")


class Reading:
    """Reads in bulk; what there is no time to judge in one turn of the loop waits in the inbox for the next ones."""

    def __init__(
        self,
        judging: Judging,
        *,
        charging: Charging,
        books: Accounting,
        clock: Clock,
        received: Counter,
        bug: Callable[[], None],
        count_error: Callable[[str, Exception], None],
    ) -> None:
        self._judging = judging
        self._charging = charging
        self._books = books
        self._clock = clock
        self._received = received
        self._bug = bug
        self._count_error = count_error
        self._inbox = FairQueue[Arrived](_INBOX, _INBOX_OCTETS, given_up=self._give_up)
        self._seldom = Seldom()
        """Tracebacks: a sender may be able to bring a bug about with each datagram."""
        self._strange = Counts[str]()
        """What waits of each source among the strangers: what comes later of the same stays behind it."""

    def __len__(self) -> int:
        """Return how many datagrams were read that nobody has looked at."""
        return len(self._inbox)

    def read(self, door: Door) -> Came:
        """Read until nothing is left, but give the loop its turn in time."""
        until, receive, enter = time.perf_counter() + _LONGEST_S, door.socket.recvfrom, self._gate(door)
        entered: list[Waiter[Arrived]] = []
        count, left = 0, True
        try:
            while count < _MOST_READ and (count % _LOOK_EVERY or time.perf_counter() < until):
                datagram, peer = receive(_LARGEST)
                count += 1
                arrived = enter(datagram, peer)
                if arrived is not None:
                    entered.append((arrived, None))
        except BlockingIOError:
            left = False
        except OSError as error:
            # An ICMP error for an answer of ours; the next read is sound again.
            self._count_error("receive", error)
        self._books.read += count
        self._received.inc(count)
        self._inbox.put_all(entered)
        if left:
            return "part"
        return "all" if count else "nothing"

    def _gate(self, door: Door) -> Callable[[bytes, Peer], Arrived | None]:
        """Return what lets datagrams into the inbox; most of a storm is shed by its start and never gets there."""
        source, familiar, strange = door.source, self._judging.familiar, self._strange
        at, now_ns, crowded = self._clock.now_ms(), time.monotonic_ns(), len(self._inbox) >= _CROWD
        storms = self._charging.storms
        whose = self._charging.of_all if crowded else self._charging.of_storms
        judge = whose(door, at=at, now_ns=now_ns)

        def enter(datagram: bytes, peer: Peer) -> Arrived | None:
            account, passed = source(peer), None
            try:
                if crowded or storms:
                    passed = judge(datagram, peer, account)
            except Exception:
                # It is judged once more, and counted then; the others must not pay for it.
                if (left_out := self._seldom.turn()) is not None:
                    log.exception("datagram could not be charged", source=account, left_out=left_out)
            if passed is False:
                return None
            if account not in familiar or account in strange:
                strange[account] += 1
                account = _STRANGERS
            return Arrived(datagram, peer, at, door, account, passed is True)

        return enter

    def judge(self) -> list[Waiter[Trap]]:
        """Return what is to be queued of the inbox, as much as there is time for."""
        inbox, found = self._inbox, list[Waiter[Trap]]()
        now_ns, until = time.monotonic_ns(), time.perf_counter() + _JUDGE_S
        inbox.begin()
        while chunk := inbox.take(_CHUNK):
            for one, _ in chunk:
                if one.account is _STRANGERS:
                    self._leaves(one.source)
                try:
                    waiter = self._judge(one, now_ns)
                except Exception:
                    if (left_out := self._seldom.turn()) is not None:
                        log.exception("datagram could not be judged", source=one.source, left_out=left_out)
                    self._give_up_on(one)
                    continue
                if waiter is not None:
                    found.append(waiter)
            if time.perf_counter() >= until:
                break
        self._books.queued += len(found)
        return found

    def _leaves(self, source: str) -> None:
        """Note that a datagram of a source waits among the strangers no more."""
        self._strange[source] -= 1
        if not self._strange[source]:
            del self._strange[source]

    def _judge(self, one: Arrived, now_ns: int) -> Waiter[Trap] | None:
        if one.charged or not self._charging.storms:
            return self._judging.judge(one, now_ns, charged=one.charged)
        charged = self._charging.judge_again(one, now_ns)
        return None if charged is False else self._judging.judge(one, now_ns, charged=charged is True)

    def _give_up_on(self, one: Arrived) -> None:
        """Put a datagram that a bug was found with into the books; the others must not pay for it."""
        self._bug()
        self._books.reject(Rejection(one.at, one.realm, one.source, "bug", detail="", head=one.datagram))

    def _give_up(self, one: Arrived) -> None:
        if one.account is _STRANGERS:
            self._leaves(one.source)
        lost: Lost = (one.realm, one.source, "queue_full", "", self._judging.speaker(one))
        self._books.shed(lost, at=one.at, datagram=one.datagram)
