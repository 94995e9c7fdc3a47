"""The protocol side of made-up agents: request in, response out, without a socket (RFC 1157, 3416 section 4.2)."""

from collections.abc import Iterable, Iterator
from typing import Final

from netmon.domain.oid import Oid, Varbind
from netmon.snmp import message, secured
from netmon.snmp.agent import Agent
from netmon.snmp.asking import is_v3
from netmon.snmp.authority import Admitted, Authority, Denied, response
from netmon.snmp.ber import COUNTER64, END_OF_MIB_VIEW, EXCEPTIONS
from netmon.snmp.encode import wrap, write_varbind
from netmon.snmp.errors import DecodeError
from netmon.snmp.faults import Delivery
from netmon.snmp.message import Message
from netmon.snmp.secured import Secured
from netmon.snmp.user import User

_LONGER_LENGTHS: Final = 6
"""What the lengths of message, PDU and list may grow by when varbinds are put in."""
_SECURED: Final = 200
"""Octets that a message of version 3 has at most around its PDU, beside engine ids, user and context."""


class Responder:
    """Answers GET, GETNEXT and GETBULK for agents that share an address.

    Args:
        agents: told apart by community (versions 1 and 2c) or context (version 3); the engine is that of the first.
        max_size: longest answer in octets; a GETBULK is cut to it, anything else is tooBig.
        users: who may ask in version 3, each at its level.
    """

    def __init__(
        self, agents: Iterable[Agent], *, max_size: int = message.MAX_DATAGRAM, users: Iterable[User] = ()
    ) -> None:
        served = list(agents)
        self.agents: dict[bytes, Agent] = {agent.community: agent for agent in served}
        self._contexts = {agent.name.encode(): agent for agent in served}
        self._first = served[0]
        if len(served) == 1:
            self._contexts[b""] = self._first
        self._max_size = max_size
        self.authority = Authority(self._first.boot.engine(), users)

    def replies(self, datagram: bytes, now: int) -> list[Delivery]:
        """Return what is sent for a datagram at a time, as the agent's faults leave it: nothing, an answer, or more."""
        try:
            found = self._secured(secured.read(datagram), now) if is_v3(datagram) else self._plain(datagram, now)
        except DecodeError:
            return []
        if found is None:
            return []
        agent, answer = found
        return agent.faults.deliver(answer, now) if agent.faults.any else [Delivery(answer)]

    def answer(self, datagram: bytes, now: int) -> bytes | None:
        """Return the first that is sent for a datagram, None where an agent says nothing."""
        replies = self.replies(datagram, now)
        return replies[0].datagram if replies else None

    def _plain(self, datagram: bytes, now: int) -> tuple[Agent, bytes] | None:
        request = message.decode(datagram)
        agent = self.agents.get(request.community)
        if agent is None or agent.silent(now):
            return None
        message.accept()
        room = self._max_size - len(wrap(request.version, request.community, response(request.request_id, [])))
        pdu = respond(agent, request, now, room=room - _LONGER_LENGTHS)
        return None if pdu is None else (agent, wrap(request.version, request.community, pdu))

    def _secured(self, found: Secured, now: int) -> tuple[Agent, bytes] | None:
        if all(agent.silent(now) for agent in self._contexts.values()):
            return None
        self.authority.own, now_ns = self._first.boot.engine(), now * 1_000_000
        outcome = self.authority.admit(found, now_ns)
        if isinstance(outcome, Denied):
            return None if outcome.report is None else (self._first, outcome.report)
        opened = outcome.opened
        if opened.context_engine != self.authority.own.engine_id:
            return self._report(self.authority.report(outcome, "unknown_pdu_handler", now_ns))
        agent = self._contexts.get(opened.context)
        if agent is None:
            return self._report(self.authority.report(outcome, "unknown_context", now_ns))
        return None if agent.silent(now) else self._admitted(agent, outcome, now)

    def _admitted(self, agent: Agent, admitted: Admitted, now: int) -> tuple[Agent, bytes] | None:
        message.accept()
        found, context = admitted.found, admitted.opened.context
        around = _SECURED + 2 * len(found.engine_id) + len(found.user) + len(context)
        room = min(self._max_size, found.header.max_size) - around
        pdu = respond(agent, admitted.opened.message, now, room=room)
        return None if pdu is None else (agent, self.authority.respond(admitted, pdu, now * 1_000_000))

    def _report(self, report: bytes | None) -> tuple[Agent, bytes] | None:
        return None if report is None else (self._first, report)


def respond(agent: Agent, request: Message, now: int, *, room: int) -> bytes | None:
    """Return the Response-PDU to a request, None where it is none; ``room`` is for its varbinds, in octets."""
    match request.pdu_type:
        case message.GET:
            return _told(agent, request, [agent.instance(varbind[0], now) for varbind in request.varbinds], now, room)
        case message.GET_NEXT:
            v1 = request.version == message.V1
            return _told(agent, request, [_next(agent, v[0], now, v1=v1) for v in request.varbinds], now, room)
        case message.GET_BULK:
            return _bulk(agent, request, now, room)
        case message.SET:
            return _error(request, message.NO_SUCH_NAME if request.version == message.V1 else message.NOT_WRITABLE, 1)
        case _:
            return None


def _told(agent: Agent, request: Message, found: list[Varbind], now: int, room: int) -> bytes:
    if request.version == message.V1:
        for place, (_, tag, _) in enumerate(found, 1):
            # RFC 3584 section 4.2.2.1: version 1 has neither exceptions nor Counter64.
            if tag in EXCEPTIONS or tag == COUNTER64:
                return _error(request, message.NO_SUCH_NAME, place)
    written = [write_varbind(varbind) for varbind in found]
    if sum(map(len, written)) > room:
        return _error(request, message.TOO_BIG, 0)
    return _spoilt(agent, request, found, written, now)


def _bulk(agent: Agent, request: Message, now: int, room: int) -> bytes:
    """Return a GETBULK's varbinds, as many as fit (RFC 3416 section 4.2.3)."""
    once = _once(request)
    oids = [varbind[0] for varbind in request.varbinds]
    found: list[Varbind] = []
    written: list[bytes] = []
    for row in _repeat(agent, oids[:once], oids[once:], request.error_index, now):
        octets = write_varbind(row)
        room -= len(octets)
        if room < 0 or len(written) == message.MAX_VARBINDS:
            break
        found.append(row)
        written.append(octets)
    return _spoilt(agent, request, found, written, now)


def _spoilt(agent: Agent, request: Message, found: list[Varbind], written: list[bytes], now: int) -> bytes:
    """Return the Response-PDU, or the error that a fault of the agent makes of it."""
    pdu = response(request.request_id, written)
    if not agent.faults.any:
        return pdu
    number = agent.faults.gen_err(found, now)
    if number:
        return _error(request, message.GEN_ERR, _asked(request, number))
    return _error(request, message.TOO_BIG, 0) if agent.faults.too_big(len(pdu), now) else pdu


def _once(request: Message) -> int:
    """Return how many varbinds of a GETBULK are asked for once."""
    return min(max(request.error_status, 0), len(request.varbinds))


def _asked(request: Message, number: int) -> int:
    """Return which varbind of a request asked for the one of this number in the answer, both from 1."""
    once = _once(request) if request.pdu_type == message.GET_BULK else len(request.varbinds)
    return number if number <= once else once + (number - once - 1) % (len(request.varbinds) - once) + 1


def _error(request: Message, status: int, index: int) -> bytes:
    # RFC 3416 section 4.2.1: tooBig of version 2c has no varbinds; every other error repeats those of the request.
    bare = status == message.TOO_BIG and request.version != message.V1
    varbinds = [] if bare else [write_varbind(varbind) for varbind in request.varbinds]
    return response(request.request_id, varbinds, error_status=status, error_index=index)


def _repeat(agent: Agent, once: list[Oid], oids: list[Oid], repetitions: int, now: int) -> Iterator[Varbind]:
    """Yield the non-repeaters, then each repetition, to the one at which every column has ended."""
    for oid in once:
        yield _next(agent, oid, now, v1=False)
    for _ in range(repetitions if oids else 0):
        rows = [_next(agent, oid, now, v1=False) for oid in oids]
        yield from rows
        if all(tag == END_OF_MIB_VIEW for _, tag, _ in rows):
            return
        oids = [oid for oid, _, _ in rows]


def _next(agent: Agent, oid: Oid, now: int, *, v1: bool) -> Varbind:
    row = agent.successor(oid, now)
    # Version 1 cannot say Counter64; of made-up rows there is no end, of an agent's own there is.
    left = len(agent)
    while v1 and row is not None and row[1] == COUNTER64 and left:
        row, left = agent.successor(row[0], now), left - 1
    return row if row is not None and (left or not v1) else (oid, END_OF_MIB_VIEW, None)
