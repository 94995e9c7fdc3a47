"""The protocol side of made-up agents: request in, response out, without a socket (RFC 1157, 3416 section 4.2)."""

from collections.abc import Iterable, Iterator
from typing import Final

from netmon.domain.oid import Oid, Varbind
from netmon.snmp import message
from netmon.snmp.agent import Agent
from netmon.snmp.ber import COUNTER64, END_OF_MIB_VIEW, EXCEPTIONS, NO_SUCH_INSTANCE, NO_SUCH_OBJECT, tlv
from netmon.snmp.encode import wrap, write_pdu, write_varbind
from netmon.snmp.errors import DecodeError
from netmon.snmp.message import Message

_LONGER_LENGTHS: Final = 6
"""What the lengths of message, PDU and list may grow by when varbinds are put in."""


class Responder:
    """Answers GET, GETNEXT and GETBULK of versions 1 and 2c for agents that share an address.

    Args:
        agents: told apart by their communities.
        max_size: longest answer in octets; a GETBULK is cut to it, anything else is tooBig.
    """

    def __init__(self, agents: Iterable[Agent], *, max_size: int = message.MAX_DATAGRAM) -> None:
        self.agents: dict[bytes, Agent] = {agent.community: agent for agent in agents}
        self._max_size = max_size

    def answer(self, datagram: bytes, now: int) -> bytes | None:
        """Return the answer to a datagram at a time, None where an agent says nothing."""
        try:
            request = message.decode(datagram)
        except DecodeError:
            return None
        agent = self.agents.get(request.community)
        if agent is None or agent.silent(now):
            return None
        match request.pdu_type:
            case message.GET:
                return self._answer(request, [_instance(agent, varbind[0], now) for varbind in request.varbinds])
            case message.GET_NEXT:
                v1 = request.version == message.V1
                return self._answer(request, [_next(agent, v[0], now, v1=v1) for v in request.varbinds])
            case message.GET_BULK:
                return _respond(request, self._bulk(agent, request, now))
            case message.SET:
                status = message.NO_SUCH_NAME if request.version == message.V1 else message.NOT_WRITABLE
                return self._error(request, status, 1)
            case _:
                return None

    def _answer(self, request: Message, found: list[Varbind]) -> bytes:
        if request.version == message.V1:
            for place, (_, tag, _) in enumerate(found, 1):
                # RFC 3584 section 4.2.2.1: version 1 has neither exceptions nor Counter64.
                if tag in EXCEPTIONS or tag == COUNTER64:
                    return self._error(request, message.NO_SUCH_NAME, place)
        written = [write_varbind(varbind) for varbind in found]
        if sum(map(len, written)) > self._room(request):
            return self._error(request, message.TOO_BIG, 0)
        return _respond(request, written)

    def _room(self, request: Message) -> int:
        """Return how many octets of varbinds an answer holds."""
        return self._max_size - len(_respond(request, ())) - _LONGER_LENGTHS

    def _error(self, request: Message, status: int, index: int) -> bytes:
        # RFC 3416 section 4.2.1: tooBig of version 2c has no varbinds; every other error repeats those of the request.
        bare = status == message.TOO_BIG and request.version != message.V1
        return message.encode_response(
            request, () if bare else request.varbinds, error_status=status, error_index=index
        )

    def _bulk(self, agent: Agent, request: Message, now: int) -> list[bytes]:
        """Return the varbinds of a GETBULK that fit (RFC 3416 section 4.2.3)."""
        once = min(max(request.error_status, 0), len(request.varbinds))
        oids = [varbind[0] for varbind in request.varbinds]
        room = self._room(request)
        found: list[bytes] = []
        for rows in _repeat(agent, oids[:once], oids[once:], request.error_index, now):
            for written in map(write_varbind, rows):
                room -= len(written)
                if room < 0 or len(found) == message.MAX_VARBINDS:
                    return found
                found.append(written)
        return found


def _repeat(agent: Agent, once: list[Oid], oids: list[Oid], repetitions: int, now: int) -> Iterator[list[Varbind]]:
    """Yield the non-repeaters, then each repetition, to the one at which every column has ended."""
    yield [_next(agent, oid, now, v1=False) for oid in once]
    for _ in range(repetitions if oids else 0):
        rows = [_next(agent, oid, now, v1=False) for oid in oids]
        yield rows
        if all(tag == END_OF_MIB_VIEW for _, tag, _ in rows):
            return
        oids = [oid for oid, _, _ in rows]


def _respond(request: Message, varbinds: Iterable[bytes]) -> bytes:
    pdu = write_pdu(request.request_id, 0, 0, list(varbinds))
    return wrap(request.version, request.community, tlv(message.RESPONSE, pdu))


def _instance(agent: Agent, oid: Oid, now: int) -> Varbind:
    place = agent.find(oid)
    if place >= 0:
        return agent.row(place, now)
    return oid, NO_SUCH_INSTANCE if agent.has_object(oid) else NO_SUCH_OBJECT, None


def _next(agent: Agent, oid: Oid, now: int, *, v1: bool) -> Varbind:
    place = agent.after(oid)
    while place < len(agent):
        row = agent.row(place, now)
        if not v1 or row[1] != COUNTER64:
            return row
        place += 1
    return oid, END_OF_MIB_VIEW, None
