"""Requests under way, without a socket: which answer belongs to which request (specs/snmp.md 4.3)."""

import asyncio
import os
from collections import deque
from typing import Final, Literal

import msgspec

from netmon.domain.oid import Oid, Varbind
from netmon.snmp import message
from netmon.snmp.engines import Engine
from netmon.snmp.errors import SnmpError, SnmpFailure, SnmpRefused, SnmpTimeout, SnmpUnreachable
from netmon.snmp.message import Message
from netmon.snmp.reports import ReportReason
from netmon.snmp.template import HIGHEST_ID, LOWEST_ID, Template
from netmon.snmp.udp import SocketAddress
from netmon.snmp.user import User
from netmon.snmp.usm import Extension

_CLOSED_KEPT_NS: Final = 120 * 1_000_000_000

Misfit = Literal["foreign", "mismatched"]
"""Why an answer was not taken."""


class Target(msgspec.Struct, frozen=True):
    """An agent and how to ask it."""

    address: str
    """Numeric IPv4 or IPv6."""
    port: int = 161
    version: int = message.V2C
    community: bytes = b"public"
    timeout_ms: int = 2000
    """Of the first attempt; each further attempt waits twice as long."""
    retries: int = 2
    reply_from: tuple[str, ...] = ()
    """Other addresses of the agent that may answer."""
    user: User | None = None
    """Who asks in version 3."""
    context: bytes = b""
    """Name of the context in version 3."""
    engine_id: bytes = b""
    """Of the agent, where it is known and need not be discovered."""
    context_engine: bytes = b""
    """Engine whose context is asked for, where that is not the agent's own: behind a proxy (RFC 3413 section 3.5)."""
    name: str = ""
    """Whose agent it is, for whoever is told of late answers."""


class Reply(msgspec.Struct, frozen=True):
    """A Response without an error-status; exceptions such as noSuchInstance are among the varbinds."""

    varbinds: tuple[Varbind, ...]
    sent_ms: int
    """When the attempt that was answered was sent."""
    received_ms: int
    rtt_us: int
    attempts: int

    @property
    def at_ms(self) -> int:
        """Midpoint of request and response: the time of the samples."""
        return (self.sent_ms + self.received_ms) // 2


class Attempt(msgspec.Struct, frozen=True):
    """One sending of a request, with an id of its own."""

    request_id: int
    sent_ms: int
    sent_ns: int


class Late(msgspec.Struct, frozen=True):
    """An answer to an attempt whose request was given up: no data, but a round trip to learn from."""

    target: Target
    rtt_us: int


class Exchange:
    """One request with its attempts; an answer to any of them ends it."""

    __slots__ = (
        "attempts",
        "due_ms",
        "engine",
        "error",
        "extension",
        "family",
        "future",
        "most",
        "oids",
        "pdu_type",
        "peer",
        "report",
        "resyncs",
        "target",
        "template",
        "turned",
        "unspent",
    )

    def __init__(
        self,
        target: Target,
        oids: tuple[Oid, ...],
        *,
        pdu_type: int,
        most: int,
        template: Template,
        future: asyncio.Future[Reply],
    ) -> None:
        self.target = target
        self.oids = oids
        self.pdu_type = pdu_type
        self.most = most
        self.template = template
        self.family = 0
        self.peer: SocketAddress = ("", 0)
        self.future = future
        self.attempts: list[Attempt] = []
        self.due_ms = 0
        self.error = ""
        """What the network or this host reported for the address."""
        self.engine: Engine | None = None
        """Of the agent in version 3, once something is known of it."""
        self.extension: Extension | None = None
        """The way a short key was made longer for the newest attempt."""
        self.turned = False
        """Whether a Report had it turn to the other way already."""
        self.resyncs = 0
        self.report: ReportReason | None = None
        """The last thing the agent reported that was not to be believed at once."""
        self.unspent = 0
        """Attempts that are no retries: what version 3 must say before an agent answers."""

    @property
    def tries(self) -> int:
        """How many attempts counted."""
        return len(self.attempts) - self.unspent

    def comes_from(self, peer: SocketAddress) -> bool:
        """Tell whether ``peer`` may answer this request."""
        return _comes_from(self.target, self.peer, peer)

    def judge(self, answer: Message, peer: SocketAddress) -> Misfit | None:
        """Return why an answer cannot be taken, or None for one that ends the exchange."""
        if not _may_answer(self.target, self.peer, answer, peer):
            return "foreign"
        return None if answer.error_status or self._holds_what_was_asked(answer.varbinds) else "mismatched"

    def _holds_what_was_asked(self, varbinds: tuple[Varbind, ...]) -> bool:
        if self.pdu_type == message.GET_BULK:
            return len(varbinds) <= self.most
        if self.pdu_type == message.GET:
            return tuple([varbind[0] for varbind in varbinds]) == self.oids
        return len(varbinds) == len(self.oids)

    def finish(self, answer: Message, *, received_ms: int, now_ns: int) -> None:
        """End the exchange with an answer."""
        attempt = next(attempt for attempt in self.attempts if attempt.request_id == answer.request_id)
        if answer.error_status:
            self.future.set_exception(
                SnmpError(
                    answer.error_status,
                    answer.error_index,
                    attempts=self.tries,
                    elapsed_ms=self._elapsed_ms(now_ns),
                )
            )
            return
        rtt_us = (now_ns - attempt.sent_ns) // 1000
        self.future.set_result(Reply(answer.varbinds, attempt.sent_ms, received_ms, rtt_us, self.tries))

    def give_up(self, now_ns: int) -> None:
        """End the exchange without an answer."""
        if self.report is not None:
            self.refuse(self.report, now_ns)
            return
        kind: type[SnmpFailure] = SnmpUnreachable if self.error else SnmpTimeout
        text = f"{self.target.address}: {self.error or 'no answer'}"
        self.future.set_exception(kind(text, attempts=self.tries, elapsed_ms=self._elapsed_ms(now_ns)))

    def refuse(self, reason: ReportReason, now_ns: int) -> None:
        """End the exchange because of a Report."""
        text = f"{self.target.address}: {reason.replace('_', ' ')}"
        elapsed_ms = self._elapsed_ms(now_ns)
        self.future.set_exception(SnmpRefused(text, reason, attempts=self.tries, elapsed_ms=elapsed_ms))

    def _elapsed_ms(self, now_ns: int) -> int:
        return (now_ns - self.attempts[0].sent_ns) // 1_000_000 if self.attempts else 0


def _comes_from(target: Target, asked: SocketAddress, peer: SocketAddress) -> bool:
    return peer[1] == asked[1] and (peer[0] == asked[0] or peer[0] in target.reply_from)


def _may_answer(target: Target, asked: SocketAddress, answer: Message | None, peer: SocketAddress) -> bool:
    """Tell whether a message comes from where it should, as far as can be told; None: one of version 3."""
    secured = target.user is not None
    if answer is None:
        return secured and _comes_from(target, asked, peer)
    same = answer.version == target.version and (secured or answer.community == target.community)
    return same and _comes_from(target, asked, peer)


class Closed(msgspec.Struct, frozen=True):
    """What must be known of an attempt to judge an answer that comes too late; the request and its answer are gone."""

    target: Target
    peer: SocketAddress
    sent_ns: int
    closed_ns: int

    def may_answer(self, answer: Message | None, peer: SocketAddress) -> bool:
        """Tell whether a message comes from where it should, as far as can be told; None: one of version 3."""
        return _may_answer(self.target, self.peer, answer, peer)


class Exchanges:
    """The open exchanges by request-id, and those closed in the last 120 s."""

    def __init__(self) -> None:
        self._open: dict[int, Exchange] = {}
        self._closed: dict[int, Closed] = {}
        self._closed_order: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._open)

    def new_id(self) -> int:
        """Return a random request-id that is neither open nor closed of late."""
        while True:
            request_id = int.from_bytes(os.urandom(4), "big") & HIGHEST_ID
            if request_id >= LOWEST_ID and request_id not in self._open and request_id not in self._closed:
                return request_id

    def add(self, exchange: Exchange, attempt: Attempt) -> None:
        """Let answers to an attempt find its exchange."""
        exchange.attempts.append(attempt)
        self._open[attempt.request_id] = exchange

    def find(self, request_id: int) -> Exchange | None:
        """Return the open exchange of a request-id."""
        return self._open.get(request_id)

    def close(self, exchange: Exchange, now_ns: int) -> None:
        """Take an exchange out; answers to it are late from now on."""
        for attempt in exchange.attempts:
            if self._open.pop(attempt.request_id, None) is not None:
                self._closed[attempt.request_id] = Closed(exchange.target, exchange.peer, attempt.sent_ns, now_ns)
                self._closed_order.append(attempt.request_id)

    def closed(self, request_id: int, now_ns: int) -> Closed | None:
        """Return the attempt that had this id, if it was closed in the last 120 s."""
        self.forget(now_ns)
        return self._closed.get(request_id)

    def forget(self, now_ns: int) -> None:
        """Let go of what was closed more than 120 s ago."""
        order = self._closed_order
        while order and self._closed[order[0]].closed_ns <= now_ns - _CLOSED_KEPT_NS:
            del self._closed[order.popleft()]

    def to(self, address: str, port: int) -> list[Exchange]:
        """Return the open exchanges with a peer."""
        return [exchange for exchange in self._open.values() if exchange.peer[:2] == (address, port)]

    def all(self) -> list[Exchange]:
        """Return every open exchange; one with several attempts comes as often."""
        return list(self._open.values())
