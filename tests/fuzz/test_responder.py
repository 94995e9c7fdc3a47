"""Simulated agents take anything that comes: mutated requests of every version, faults or none, and never raise."""

import random

import pytest

from netmon.snmp import ber, message, secured
from netmon.snmp.agent import Agent
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.engines import OwnEngine
from netmon.snmp.faults import EndlessWalk, Fault, GenErr, NonIncreasing, TooBig, WrongType
from netmon.snmp.interfaces import interface_rows, system_rows
from netmon.snmp.message import Message, encode
from netmon.snmp.responder import Responder
from netmon.snmp.secured import Envelope
from tests.snmp.test_responder_version3 import GOOD, OPEN

SEED = 20_261_130
EACH = 3_000
OIDS = (
    "1.3",
    "0.0",
    "1.3.6.1.2.1.1.3",
    "1.3.6.1.2.1.2.2.1.2",
    "1.3.6.1.2.1.2.2.1.8.2",
    "2.999",
    "1.3.6.1.6.3.10.2.1.3.0",
)
FAULTS: tuple[Fault, ...] = (EndlessWalk(), NonIncreasing(), WrongType(), TooBig(above=300), GenErr("1.3.6.1.6"))


def responder(*faults: Fault) -> Responder:
    rows = system_rows("r1", description="made-up", object_id="1.3.6.1.4.1.32473.1")
    agent = Agent([*rows, *interface_rows(["a", "b", "c"])], name="r1", engine_id=b"\x80\0\0\0\x01r1")
    for fault in faults:
        agent.faults.begin(fault)
    return Responder([agent], users=[GOOD, OPEN], max_size=1_400)


def request(rng: random.Random, own: OwnEngine) -> bytes:
    pdu_type = rng.choice((message.GET, message.GET_NEXT, message.GET_BULK, message.SET, message.RESPONSE))
    varbinds = tuple((rng.choice(OIDS), ber.NULL, None) for _ in range(rng.randrange(6)))
    numbers = rng.randrange(2**31), rng.choice((0, 1, 2, -5, 2**31 - 1)), rng.choice((0, 1, 40, -5, 2**31 - 1))
    version = rng.choice((message.V1, message.V2C, message.V3, message.V3))
    if version == message.V1 and pdu_type == message.GET_BULK:
        pdu_type = message.GET_NEXT
    if version != message.V3:
        return encode(Message(version, b"public", pdu_type, *numbers, varbinds))
    pdu = ber.tlv(pdu_type, write_pdu(*numbers, [write_varbind(varbind) for varbind in varbinds]))
    user = rng.choice((GOOD, OPEN))
    envelope = Envelope(
        numbers[0], own.engine_id, own.boots, 1, user.name, reportable=True, max_size=rng.choice((484, 65_507))
    )
    scoped = secured.scoped_pdu(own.engine_id, rng.choice((b"", b"r1", b"other")), pdu)
    return secured.seal(envelope, scoped, user.keys(own.engine_id), salt=numbers[0])


def mutated(rng: random.Random, datagram: bytes) -> bytes:
    octets = bytearray(datagram)
    for _ in range(rng.choice((0, 1, 1, 2, 8))):
        octets[rng.randrange(len(octets))] = rng.randrange(256)
    return bytes(octets[: rng.choice((len(octets), len(octets), rng.randrange(len(octets) + 1)))])


@pytest.mark.slow
@pytest.mark.parametrize("faults", [(), FAULTS, *[(fault,) for fault in FAULTS]], ids=str)
def test_requests_of_any_kind_are_answered_or_dropped(faults: tuple[Fault, ...]):
    rng, agents = random.Random(SEED), responder(*faults)
    own = agents.authority.own
    answered = 0
    for _ in range(EACH):
        whole = request(rng, own)
        for datagram in (whole, mutated(rng, whole)):
            replies = agents.replies(datagram, 1_000)
            assert all(0 < len(reply.datagram) <= 1_400 for reply in replies)
            answered += len(replies)
    assert answered > EACH // 2
