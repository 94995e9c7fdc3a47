"""Informs on bad lines: every one is an observation once, and is answered in the end."""

import asyncio
import contextlib
import random
import socket
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from netmon.domain.observation import Trap
from netmon.domain.oid import SNMP_TRAP_OID, SYS_UPTIME
from netmon.snmp import ber, secured
from netmon.snmp.ber import OCTET_STRING
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.engines import OwnEngine
from netmon.snmp.message import INFORM, NO_ERROR, RESPONSE, TOO_BIG, V2C, Message, decode, encode
from netmon.snmp.secured import Envelope
from tests.patience import PATIENCE_S
from tests.wire.daemon import netmon
from tests.wire.peers import free_port, until
from tests.wire.test_usm_snmpd import made
from tests.wire.test_usm_traps import LINK_DOWN, OURS, Receiver, receiving

pytestmark = pytest.mark.wire

USER = made("sha256", "aes128")


def inform(number: int) -> bytes:
    varbinds = ((SYS_UPTIME, 0x43, number), (SNMP_TRAP_OID, 6, LINK_DOWN), ("1.3.6.1.2.1.2.2.1.1.1", 2, number))
    return encode(Message(V2C, b"public", INFORM, number + 1, 0, 0, varbinds))


class Repeating(asyncio.DatagramProtocol):
    """A sender on a line that loses answers: what it hears no answer to it sends again."""

    def __init__(self, count: int, *, lost: float) -> None:
        self.left = dict.fromkeys(range(1, count + 1))
        self.answers = 0
        self.sent = 0
        self._lost = lost
        self._random = random.Random(7)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.answers += 1
        if self._random.random() >= self._lost:
            self.left.pop(decode(data).request_id, None)

    async def send_all(self, *, window: int = 500) -> None:
        """Send until everything is answered, at most ``window`` at a time; a repeat comes after all have had a turn."""
        while self.left:
            for request_id in list(self.left)[:window]:
                self.transport.sendto(inform(request_id - 1))
                self.sent += 1
            heard = -1
            # An answer may be lost for good: go on once nothing more comes.
            while heard != self.answers:
                heard = self.answers
                await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_10000_informs_of_which_every_third_answer_is_lost(tmp_path: Path) -> None:
    count = 10_000
    limits = {"source": {"rate": "100000/s", "burst": 100_000}, "trap": {"rate": "100000/s", "burst": 100_000}}
    port = free_port(socket.SOCK_DGRAM)
    traps = {"listen": [f"127.0.0.1:{port}"], "communities": [{"credential": "lab"}], "limits": limits}
    async with netmon(tmp_path, elements=[], traps=traps) as daemon:
        loop = asyncio.get_running_loop()
        _, sender = await loop.create_datagram_endpoint(
            lambda: Repeating(count, lost=0.3), remote_addr=("127.0.0.1", port)
        )
        with contextlib.closing(sender.transport):
            await asyncio.wait_for(sender.send_all(), 10 * PATIENCE_S)
        taken = Counter(one.varbinds for _, one in daemon.observations() if isinstance(one, Trap))
        assert len(taken) == count
        assert set(taken.values()) == {1}
        assert sender.sent > count * 1.3

        def repeated() -> bool:
            read = daemon.metric('netmon_source_received_total{source="traps"}')
            return read - count == daemon.metric('netmon_source_processed_total{outcome="duplicate",source="traps"}')

        await until(repeated, what="the books to say that all others were repeats")


def sealed(number: int, *, octets: int, max_size: int) -> bytes:
    """Return an inform of version 3 whose sender takes no larger answer."""
    varbinds = [
        write_varbind((SYS_UPTIME, 0x43, number)),
        write_varbind((SNMP_TRAP_OID, 6, LINK_DOWN)),
        write_varbind(("1.3.6.1.2.1.2.2.1.2.1", OCTET_STRING, bytes(octets))),
    ]
    scoped = secured.scoped_pdu(OURS, b"vrf-a", ber.tlv(INFORM, write_pdu(number, 0, 0, varbinds)))
    now_s = OwnEngine(OURS, 7, Receiver.started_ns).time(time.monotonic_ns())
    envelope = Envelope(number, OURS, 7, now_s, USER.name, reportable=True, max_size=max_size)
    return secured.seal(envelope, scoped, USER.keys(OURS), salt=number)


@pytest.mark.parametrize(
    ("octets", "max_size", "error"),
    [(100, 65_507, NO_ERROR), (600, 484, TOO_BIG), (100, 484, NO_ERROR)],
    ids=["no limit", "too big", "fits"],
)
async def test_an_answer_that_its_sender_cannot_take_is_too_big_and_the_inform_taken(
    octets: int, max_size: int, error: int
) -> None:
    async with receiving(USER) as receiver:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            out.connect(("127.0.0.1", receiver.port))
            out.send(sealed(9, octets=octets, max_size=max_size))
            loop = asyncio.get_running_loop()
            datagram = await asyncio.wait_for(loop.sock_recv(out, 65_535), PATIENCE_S)
        [trap] = await receiver.got(1)
    found = secured.read(datagram)
    assert secured.verify(found, USER.keys(OURS))
    opened = secured.open_pdu(found, USER.keys(OURS))
    assert opened is not None
    answer = opened.message
    assert (answer.pdu_type, answer.request_id, answer.error_status, opened.context) == (RESPONSE, 9, error, b"vrf-a")
    assert len(answer.varbinds) == (0 if error else 3)
    assert len(datagram) <= max_size
    assert len(trap.varbinds[0][2]) == octets
