"""How agents are asked in version 3: discovery, quiet resync, Reports (specs/snmp.md 2.3, 2.4, 2.6); no socket here."""

import os
from collections import Counter
from typing import Final

import msgspec

from netmon.snmp import ber, secured
from netmon.snmp.encode import write_pdu
from netmon.snmp.engines import Clock, Engine
from netmon.snmp.errors import DecodeError
from netmon.snmp.exchange import Exchange
from netmon.snmp.message import GET, Message
from netmon.snmp.pdu import REPORT, RESPONSE
from netmon.snmp.reports import ReportReason, report_reason
from netmon.snmp.secured import Envelope, Opened, Secured
from netmon.snmp.udp import SocketAddress
from netmon.snmp.user import NO_KEYS, User
from netmon.snmp.ways import Ways, other

_REDISCOVER_NS: Final = 10_000_000_000
"""A Report of an unknown engine is easily forged: it starts a discovery at most once in this time and agent."""
_MOST_RESYNCS: Final = 3
_SALTS: Final = (1 << 64) - 1


class Answered(msgspec.Struct, frozen=True):
    """The agent answered, and it was the agent."""

    message: Message


class Again(msgspec.Struct, frozen=True):
    """Now netmon knows how to ask: the request goes out once more, and no retry is spent."""


class Refused(msgspec.Struct, frozen=True):
    """The agent will not answer, and it was the agent that said so."""

    reason: ReportReason


class Ignored(msgspec.Struct, frozen=True):
    """Nothing that can be believed; if nothing better comes, ``report`` says why the request failed."""

    report: ReportReason | None = None


Taken = Answered | Again | Refused | Ignored


class Asking:
    """What is known of the engines of agents, by address and port."""

    def __init__(self) -> None:
        self.reports: Counter[ReportReason] = Counter()
        """Reports received, by reason."""
        self.looked_into = 0
        """Messages that came for a request and were verified or decrypted, as far as that went."""
        self.resyncs = 0
        """Requests repeated because an engine's time had moved: no failure, no retry."""
        self._engines: dict[SocketAddress, Engine] = {}
        self._discovered_ns: dict[SocketAddress, int] = {}
        self.ways = Ways()
        """How short keys are made longer, by agent."""
        # RFC 3826 section 3.1.2.1: a salt starts at a random number, so that a restart repeats none.
        self._salt = int.from_bytes(os.urandom(8), "big")

    def engine(self, peer: SocketAddress) -> Engine | None:
        """Return the engine that is known to answer at an address."""
        return self._engines.get(peer)

    def learn(self, peer: SocketAddress, engine_id: bytes, clock: Clock) -> None:
        """Take over what was known of an agent before a restart."""
        self._engines[peer] = Engine(engine_id, clock)

    def forget(self, peer: SocketAddress) -> None:
        """Let go of an agent."""
        self._engines.pop(peer, None)
        self._discovered_ns.pop(peer, None)
        self.ways.forget(peer)

    def unanswered(self, exchange: Exchange) -> None:
        """Take that an attempt got no answer: the agent may be unable to decrypt it, and not say so."""
        user, engine = exchange.target.user, exchange.engine
        if user is not None and engine is not None and exchange.extension is not None:
            exchange.extension = self.ways.unanswered(
                exchange.peer, user, engine_id=engine.engine_id, tried=exchange.extension
            )

    def datagram(self, exchange: Exchange, request_id: int, now_ns: int) -> bytes:
        """Return the next datagram of an exchange: the request, or the discovery that must come before it."""
        user = _user(exchange)
        engine = exchange.engine or self._engines.get(exchange.peer)
        if engine is None and exchange.target.engine_id:
            engine = Engine(exchange.target.engine_id, Clock(0, 0, now_ns))
        if engine is None:
            return _discovery(request_id)
        exchange.engine = engine
        exchange.extension = exchange.extension or self.ways.first(exchange.peer, user)
        boots, engine_time = engine.clock.now(now_ns)
        target = exchange.target
        context_engine = target.context_engine or engine.engine_id
        scoped = secured.scoped_pdu(context_engine, target.context, exchange.template.request(request_id))
        self._salt = (self._salt + 1) & _SALTS
        envelope = Envelope(request_id, engine.engine_id, boots, engine_time, user.name, reportable=True)
        return secured.seal(envelope, scoped, engine.keys(user, exchange.extension), salt=self._salt)

    def take(self, exchange: Exchange, found: Secured, now_ns: int) -> Taken:
        """Return what a message that came for an exchange means."""
        self.looked_into += 1
        try:
            return self._take(exchange, found, now_ns)
        except DecodeError:
            return Ignored()

    def _take(self, exchange: Exchange, found: Secured, now_ns: int) -> Taken:
        user, engine = _user(exchange), exchange.engine
        if engine is None or found.engine_id != engine.engine_id or not found.header.flags & secured.AUTH:
            return self._unproven(exchange, found, now_ns)
        extension = exchange.extension or self.ways.first(exchange.peer, user)
        keys = engine.keys(user, extension)
        if not keys.auth or found.user != user.name or not secured.verify(found, keys):
            return Ignored()
        opened = secured.open_pdu(found, keys)
        if opened is None:
            # Of an attempt before this one, perhaps, that was made the other way.
            extension = other(user, extension)
            opened = secured.open_pdu(found, engine.keys(user, extension))
        if opened is None:
            return Refused("decryption_failed")
        if opened.message.pdu_type == REPORT:
            return self._reported(exchange, engine, found, opened, now_ns)
        if found.header.flags & secured.PRIV != (secured.PRIV if keys.priv else 0):
            return Ignored()
        if not engine.clock.is_in_time(found.boots, found.engine_time):
            return Ignored("not_in_time_window")
        engine.clock.saw(found.boots, found.engine_time, now_ns)
        self.ways.prove(exchange.peer, user, engine_id=engine.engine_id, extension=extension)
        return self._answered(exchange, engine, opened)

    def _answered(self, exchange: Exchange, engine: Engine, opened: Opened) -> Taken:
        if opened.message.pdu_type != RESPONSE or opened.context != exchange.target.context:
            return Ignored()
        self._engines[exchange.peer] = engine
        return Answered(opened.message)

    def _reported(self, exchange: Exchange, engine: Engine, found: Secured, opened: Opened, now_ns: int) -> Taken:
        """Judge a Report whose MAC is right: it answers a request with an id of ours, so it is no replay."""
        reason = report_reason(opened.message)
        if reason is None:
            return Ignored()
        self.reports[reason] += 1
        if reason == "decryption_failed" and self._turned(exchange):
            return Again()
        if reason != "not_in_time_window":
            return Refused(reason)
        engine.clock.set(found.boots, found.engine_time, now_ns)
        exchange.resyncs += 1
        if exchange.resyncs > _MOST_RESYNCS:
            return Refused(reason)
        self.resyncs += 1
        return Again()

    def _unproven(self, exchange: Exchange, found: Secured, now_ns: int) -> Taken:
        """Judge a message without a MAC: the Reports of a discovery, and answers to users without authentication."""
        opened = None if found.header.flags & secured.AUTH else secured.open_pdu(found, NO_KEYS)
        if opened is None:
            return Ignored()
        if opened.message.pdu_type == REPORT:
            return self._claimed(exchange, found, opened, now_ns)
        engine = exchange.engine
        if _user(exchange).auth or engine is None or found.engine_id != engine.engine_id:
            return Ignored()
        return self._answered(exchange, engine, opened)

    def _claimed(self, exchange: Exchange, found: Secured, opened: Opened, now_ns: int) -> Taken:
        """Judge a Report that anybody could have sent: it may lead to another try, it never ends a request."""
        reason = report_reason(opened.message)
        if reason is None:
            return Ignored()
        self.reports[reason] += 1
        if reason == "unknown_engine":
            return self._discovered(exchange, found, now_ns)
        if reason == "decryption_failed" and self._turned(exchange):
            return Again()
        return Ignored(reason)

    def _turned(self, exchange: Exchange) -> bool:
        """Turn to the other way to make a short key longer; False when there is none left to try."""
        user, extension = _user(exchange), exchange.extension
        if extension is None or exchange.turned or other(user, extension) == extension:
            return False
        exchange.extension, exchange.turned = other(user, extension), True
        return True

    def _discovered(self, exchange: Exchange, found: Secured, now_ns: int) -> Taken:
        """Take the engine that a Report names: a guess, kept by this exchange alone until an answer proves it."""
        if not found.engine_id:
            return Ignored("unknown_engine")
        if exchange.engine is not None:
            last = self._discovered_ns.get(exchange.peer)
            if exchange.engine.engine_id == found.engine_id or (last is not None and now_ns - last < _REDISCOVER_NS):
                return Ignored("unknown_engine")
            self._discovered_ns[exchange.peer] = now_ns
        exchange.engine = Engine(found.engine_id, Clock(found.boots, found.engine_time, now_ns))
        return Again()


def is_v3(datagram: bytes) -> bool:
    """Tell whether a datagram is of version 3, as far as its first octets tell."""
    if len(datagram) < 10 or datagram[0] != ber.SEQUENCE:
        return False
    start = 2 if datagram[1] < 0x80 else 2 + (datagram[1] & 0x7F)
    return datagram[start : start + 3] == b"\x02\x01\x03"


def _user(exchange: Exchange) -> User:
    user = exchange.target.user
    assert user is not None, "only a target with a user is asked in version 3"
    return user


def _discovery(request_id: int) -> bytes:
    """Return the question which engine there is (RFC 3414 section 4)."""
    pdu = ber.tlv(GET, write_pdu(request_id, 0, 0, ()))
    envelope = Envelope(request_id, b"", 0, 0, b"", reportable=True)
    return secured.seal(envelope, secured.scoped_pdu(b"", b"", pdu), NO_KEYS)
