"""An inform on its way: sent until it is answered, always with the same request-id (RFC 3416 section 4.2.7)."""

import asyncio
from collections import Counter
from typing import Final, Literal

from netmon.snmp import message, secured
from netmon.snmp.asking import Again, Answered, Asking, Ignored, Refused, is_v3
from netmon.snmp.encode import wrap
from netmon.snmp.errors import DecodeError
from netmon.snmp.exchange import Exchange, Reply, Target
from netmon.snmp.notice import Notice
from netmon.snmp.pdu import INFORM, RESPONSE, V3
from netmon.snmp.template import Template

Outcome = Literal["answered", "again", "refused", "ignored"]
"""What a datagram means for an inform; ``again``: send it once more, now that its engine is known."""

_ID_HEAD: Final = b"\x02\x04"


class Informing:
    """The informs of one agent that wait for their answers.

    Args:
        target: who is told; with a user in version 3, whose engine is discovered first.
    """

    def __init__(self, target: Target) -> None:
        self.refused: Counter[str] = Counter()
        """Informs that were turned away, by reason."""
        self._target = target
        self._asking = Asking()
        self._open: dict[int, tuple[bytes, Exchange]] = {}

    def begin(self, notice: Notice) -> int:
        """Take an inform that shall be told; return its request-id, which is its number."""
        request_id, pdu = notice.number, notice.pdu(INFORM)
        head, _, tail = pdu.partition(_ID_HEAD + request_id.to_bytes(4, "big"))
        exchange = Exchange(
            self._target,
            (),
            pdu_type=INFORM,
            most=0,
            template=Template(head + _ID_HEAD, tail),
            future=asyncio.Future[Reply](),
        )
        exchange.peer = (self._target.address, self._target.port)
        self._open[request_id] = pdu, exchange
        return request_id

    def datagram(self, request_id: int, now_ns: int) -> bytes:
        """Return what is sent for an inform: itself, or the discovery that must come before it.

        Raises:
            KeyError: it was answered, or given up.
        """
        pdu, exchange = self._open[request_id]
        if self._target.version == V3:
            return self._asking.datagram(exchange, request_id, now_ns)
        return wrap(self._target.version, self._target.community, pdu)

    def take(self, datagram: bytes, now_ns: int) -> tuple[int, Outcome]:
        """Return for which inform a datagram came, 0 for none, and what it means."""
        try:
            return self._secured(datagram, now_ns) if is_v3(datagram) else self._plain(datagram)
        except DecodeError:
            return 0, "ignored"

    def give_up(self, request_id: int) -> None:
        """Wait no more."""
        self._open.pop(request_id, None)

    def _plain(self, datagram: bytes) -> tuple[int, Outcome]:
        answer = message.decode(datagram)
        ours = answer.community == self._target.community and answer.request_id in self._open
        if answer.pdu_type != RESPONSE or not ours:
            return 0, "ignored"
        return answer.request_id, self._answered(answer)

    def _secured(self, datagram: bytes, now_ns: int) -> tuple[int, Outcome]:
        found = secured.read(datagram)
        request_id = found.header.message_id
        if request_id not in self._open:
            return 0, "ignored"
        match self._asking.take(self._open[request_id][1], found, now_ns):
            case Answered(answer) if answer.request_id == request_id:
                return request_id, self._answered(answer)
            case Again():
                return request_id, "again"
            case Refused(reason) | Ignored(report=str(reason)):
                self.refused[reason] += 1
                return request_id, "refused"
            case _:
                return request_id, "ignored"

    def _answered(self, answer: message.Message) -> Outcome:
        del self._open[answer.request_id]
        if answer.error_status:
            self.refused["error_status"] += 1
            return "refused"
        return "answered"
