"""SNMP requests to many agents: one socket per address family, one timer for all timeouts (specs/snmp.md 4.3)."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

from netmon.domain.oid import Oid
from netmon.snmp import message, secured, udp
from netmon.snmp.asking import Again, Answered, Asking, Ignored, Refused, is_v3
from netmon.snmp.errors import DecodeError, SnmpFailure
from netmon.snmp.exchange import Attempt, Exchange, Exchanges, Late, Reply, Target
from netmon.snmp.reports import ReportReason
from netmon.snmp.sockets import Sockets
from netmon.snmp.template import Template, pdu_template, template
from netmon.snmp.wheel import SLOT_MS, TimerWheel

__all__ = ["Client", "Late", "Reply", "Target"]

RECEIVE_BUFFER: Final = 4 << 20
"""Octets: on a smaller one the answers of a moment's many requests get lost."""
_COUNTERS: Final = (
    "sent",
    "received",
    "late",
    "foreign",
    "unexpected",
    "mismatched",
    "undecodable",
    "timeouts",
    "send_errors",
)


class Client:
    """Asks agents; belongs to one event loop and does nothing before ``start``.

    Args:
        clock: the time of the samples, in ms.
        bind: local addresses of the requests, at most one per family; only these families are then served.
        device: network device of the requests.
        receive_buffer: octets to ask the kernel for, per socket.
        asking: what is known of agents that speak version 3, where several clients share it.
        on_late: told of each answer that came after its request was given up.
    """

    def __init__(
        self,
        clock: Callable[[], int],
        *,
        bind: Sequence[str] = (),
        device: str = "",
        receive_buffer: int = RECEIVE_BUFFER,
        asking: Asking | None = None,
        on_late: Callable[[Late], None] | None = None,
    ) -> None:
        self.counters: dict[str, int] = dict.fromkeys(_COUNTERS, 0)
        """What became of datagrams and attempts, since the start."""
        self._clock = clock
        self._bind = bind
        self._device = device
        self._receive_buffer = receive_buffer
        self._on_late = on_late
        self._sockets = Sockets(self._received, self._failed)
        self.asking = asking or Asking()
        """What is known of the agents that speak version 3."""
        self._exchanges = Exchanges()
        self._wheel: TimerWheel[Exchange] = TimerWheel()
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Open the sockets in the running event loop.

        Raises:
            OSError: the local address or the device is not there. A host without IPv6 is served by IPv4 alone.
        """
        self._sockets.open(bind=self._bind, device=self._device, receive_buffer=self._receive_buffer)

    def stop(self) -> None:
        """Close the sockets; requests still open fail as unreachable."""
        self._sockets.close()
        now_ns = time.monotonic_ns()
        for exchange in self._exchanges.all():
            self._exchanges.close(exchange, now_ns)
            exchange.error = "the client was stopped"
            if not exchange.future.done():
                exchange.give_up(now_ns)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def open_requests(self) -> int:
        """How many attempts are open."""
        return len(self._exchanges)

    @property
    def receive_buffer(self) -> int:
        """The smallest receive buffer that the kernel gave, in octets."""
        return self._sockets.receive_buffer

    async def get(self, target: Target, oids: Sequence[Oid]) -> Reply:
        """Ask for exact instances, in one PDU; the varbinds come back in the same order.

        Raises:
            SnmpFailure: there is no answer, or one with an error-status.
        """
        return await self._ask(target, tuple(oids), pdu_type=message.GET)

    async def get_next(self, target: Target, oids: Sequence[Oid]) -> Reply:
        """Ask for the instances after ``oids``, in one PDU.

        Raises:
            SnmpFailure: there is no answer, or one with an error-status.
        """
        return await self._ask(target, tuple(oids), pdu_type=message.GET_NEXT)

    async def bulk(self, target: Target, oids: Sequence[Oid], *, non_repeaters: int, max_repetitions: int) -> Reply:
        """Ask for the one instance after each of the first ``non_repeaters`` OIDs and for many after the others.

        Raises:
            SnmpFailure: there is no answer, or one with an error-status.
        """
        return await self._ask(
            target,
            tuple(oids),
            pdu_type=message.GET_BULK,
            non_repeaters=non_repeaters,
            max_repetitions=max_repetitions,
        )

    async def get_many(
        self, target: Target, lists: Sequence[Sequence[Oid]], *, in_flight: int = 1
    ) -> list[Reply | SnmpFailure]:
        """Ask for each list of instances in a PDU of its own; one that fails does not spoil the others.

        Args:
            target: the agent.
            lists: the OIDs of each PDU.
            in_flight: how many requests may be open at a time.

        Returns:
            One reply or failure per list, in order.
        """
        begun: list[Exchange] = []
        answers: list[Reply | SnmpFailure] = []
        try:
            for place in range(len(lists)):
                begun += [
                    self._begin(target, tuple(o), pdu_type=message.GET) for o in lists[len(begun) : place + in_flight]
                ]
                answers.append(await _outcome(begun[place]))
        finally:
            for exchange in begun[len(answers) :]:
                self._abandon(exchange)
        return answers

    async def _ask(
        self, target: Target, oids: tuple[Oid, ...], *, pdu_type: int, non_repeaters: int = 0, max_repetitions: int = 0
    ) -> Reply:
        exchange = self._begin(
            target, oids, pdu_type=pdu_type, non_repeaters=non_repeaters, max_repetitions=max_repetitions
        )
        try:
            return await exchange.future
        finally:
            self._exchanges.close(exchange, time.monotonic_ns())

    def _begin(
        self, target: Target, oids: tuple[Oid, ...], *, pdu_type: int, non_repeaters: int = 0, max_repetitions: int = 0
    ) -> Exchange:
        exchange = Exchange(
            target,
            oids,
            pdu_type=pdu_type,
            most=non_repeaters + (len(oids) - non_repeaters) * max_repetitions,
            template=_template(target, pdu_type, oids, non_repeaters=non_repeaters, max_repetitions=max_repetitions),
            future=asyncio.get_running_loop().create_future(),
        )
        try:
            exchange.family, exchange.peer = udp.endpoint(target.address, target.port)
        except OSError as error:
            exchange.error = str(error.strerror)
            exchange.give_up(time.monotonic_ns())
        else:
            self._attempt(exchange)
        return exchange

    def _abandon(self, exchange: Exchange) -> None:
        """Close an exchange whose outcome nobody waits for."""
        self._exchanges.close(exchange, time.monotonic_ns())
        if not exchange.future.cancel() and not exchange.future.cancelled():
            exchange.future.exception()

    def _attempt(self, exchange: Exchange) -> None:
        """Send a request once more, with a new id and twice the patience."""
        now_ns = time.monotonic_ns()
        attempt = Attempt(self._exchanges.new_id(), self._clock(), now_ns)
        exchange.due_ms = now_ns // 1_000_000 + (exchange.target.timeout_ms << exchange.tries)
        self._exchanges.add(exchange, attempt)
        self._wheel.add(exchange, exchange.due_ms)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SLOT_MS / 1000, self._tick)
        if exchange.target.user is None:
            datagram = exchange.template.request(attempt.request_id)
        else:
            datagram = self.asking.datagram(exchange, attempt.request_id, now_ns)
        reason = self._sockets.send(exchange.family, exchange.peer, datagram)
        if reason is None:
            self.counters["sent"] += 1
        else:
            exchange.error = reason or exchange.error
            self.counters["send_errors"] += 1

    def _received(self, datagram: bytes, peer: udp.SocketAddress, now_ns: int) -> None:
        self.counters["received"] += 1
        try:
            if is_v3(datagram):
                self._received_secured(secured.read(datagram), peer, now_ns)
            else:
                self._received_plain(message.decode(datagram), peer, now_ns)
        except DecodeError:
            self.counters["undecodable"] += 1

    def _received_plain(self, answer: message.Message, peer: udp.SocketAddress, now_ns: int) -> None:
        exchange = self._exchanges.find(answer.request_id)
        if answer.pdu_type != message.RESPONSE:
            self.counters["unexpected"] += 1
        elif exchange is None:
            self._unasked(answer.request_id, peer, now_ns, answer=answer)
        else:
            self._finish(exchange, answer, peer, now_ns)

    def _received_secured(self, found: secured.Secured, peer: udp.SocketAddress, now_ns: int) -> None:
        """Take a message of version 3, which finds its exchange by the message id."""
        exchange = self._exchanges.find(found.header.message_id)
        if exchange is None:
            self._unasked(found.header.message_id, peer, now_ns)
            return
        if exchange.target.user is None or not exchange.comes_from(peer):
            self.counters["foreign"] += 1
            return
        match self.asking.take(exchange, found, now_ns):
            case Answered(answer) if answer.request_id == found.header.message_id:
                self._finish(exchange, answer, peer, now_ns)
            case Again():
                exchange.unspent += 1
                self._attempt(exchange)
            case Refused(reason):
                self._refuse(exchange, reason, now_ns)
            case Ignored(report) if report is not None:
                exchange.report = report
            case _:
                self.counters["foreign"] += 1

    def _refuse(self, exchange: Exchange, reason: ReportReason, now_ns: int) -> None:
        self._exchanges.close(exchange, now_ns)
        if not exchange.future.done():
            exchange.refuse(reason, now_ns)

    def _finish(self, exchange: Exchange, answer: message.Message, peer: udp.SocketAddress, now_ns: int) -> None:
        misfit = exchange.judge(answer, peer)
        if misfit is not None:
            self.counters[misfit] += 1
            return
        message.accept()
        self._exchanges.close(exchange, now_ns)
        if not exchange.future.done():
            exchange.finish(answer, received_ms=self._clock(), now_ns=now_ns)

    def _unasked(
        self, request_id: int, peer: udp.SocketAddress, now_ns: int, *, answer: message.Message | None = None
    ) -> None:
        """Take an answer that nothing waits for; of version 3 it is not opened, as it brings no data anyway."""
        closed = self._exchanges.closed(request_id, now_ns)
        if closed is None:
            self.counters["unexpected"] += 1
            return
        if not closed.may_answer(answer, peer):
            self.counters["foreign"] += 1
            return
        self.counters["late"] += 1
        if self._on_late is not None:
            self._on_late(Late(closed.target, (now_ns - closed.sent_ns) // 1000))

    def _failed(self, address: str, port: int, code: int) -> None:
        # An ICMP error is as easily forged as a Report without authentication: it ends nothing before the timeout.
        for exchange in self._exchanges.to(address, port):
            exchange.error = os.strerror(code)

    def _tick(self) -> None:
        now_ns = time.monotonic_ns()
        now_ms = now_ns // 1_000_000
        for exchange in self._wheel.due(now_ms):
            if exchange.future.done() or exchange.due_ms > now_ms:
                continue
            self.counters["timeouts"] += 1
            self.asking.unanswered(exchange)
            if exchange.tries <= exchange.target.retries:
                self._attempt(exchange)
            else:
                self._exchanges.close(exchange, now_ns)
                exchange.give_up(now_ns)
        self._exchanges.forget(now_ns)
        idle = not self._exchanges
        self._timer = None if idle else asyncio.get_running_loop().call_later(SLOT_MS / 1000, self._tick)


async def _outcome(exchange: Exchange) -> Reply | SnmpFailure:
    try:
        return await exchange.future
    except SnmpFailure as failure:
        return failure


def _template(
    target: Target, pdu_type: int, oids: tuple[Oid, ...], *, non_repeaters: int, max_repetitions: int
) -> Template:
    if target.user is not None:
        return pdu_template(pdu_type, oids, non_repeaters=non_repeaters, max_repetitions=max_repetitions)
    return template(
        target.version,
        target.community,
        pdu_type=pdu_type,
        oids=oids,
        non_repeaters=non_repeaters,
        max_repetitions=max_repetitions,
    )
