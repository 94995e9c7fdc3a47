"""Only messages that somebody wanted fill the memory of OIDs (specs/snmp.md 1.1)."""

import msgspec
import pytest

from netmon.domain.inventory import Element
from netmon.domain.observation import Trap
from netmon.domain.oid import SNMP_TRAP_OID, SYS_UPTIME
from netmon.snmp import ber, message, secured, varbinds
from netmon.snmp.client import Client, Target
from netmon.snmp.encode import encode_response, write_pdu, write_varbind
from netmon.snmp.message import Message, decode, encode
from netmon.snmp.user import NO_KEYS, User
from netmon.sources.credential import Credential
from netmon.sources.traps.admit import Admission, Origin
from netmon.sources.traps.config import Community, TrapsConfig
from tests.snmp.test_snmp_client import NAME, clock_ms, serving
from tests.sources.test_traps_version3 import OURS, USER, Receiver

STRANGE = "1.3.6.1.4.1.32473.4711"
ORIGIN = Origin(1_000, "default", "127.0.0.1:162", "192.0.2.1", 4_711)


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(varbinds, "_OID_TEXT", {})
    monkeypatch.setattr(varbinds, "_LISTS", {})
    monkeypatch.setattr(varbinds, "_COLUMNS", {})


def known(oid: str) -> bool:
    of_lists = any(varbind[0] == oid for found in varbinds._LISTS.values() for varbind in found)
    return oid in varbinds._OID_TEXT.values() or of_lists


def trap(community: bytes, oid: str) -> bytes:
    named = (SNMP_TRAP_OID, ber.OBJECT_IDENTIFIER, "1.3.6.1.6.3.1.1.5.3")
    found = ((SYS_UPTIME, ber.TIME_TICKS, 7), named, (oid, ber.INTEGER, 1))
    return encode(Message(message.V2C, community, message.V2_TRAP, 1, 0, 0, found))


def test_a_trap_of_a_wrong_community_teaches_nothing_even_from_a_sender_that_is_known():
    config = TrapsConfig(communities=(Community("ro"),))
    credentials = {"ro": Credential("ro", community=b"public")}
    admission = Admission(config, credentials=credentials, elements=[Element("r1", ("192.0.2.1",))])
    for _ in range(2):
        assert isinstance(admission.admit(trap(b"public", "1.3.6.1.4.1.32473.1"), ORIGIN), Trap)
        assert not isinstance(admission.admit(trap(b"wrong!", STRANGE), ORIGIN), Trap)
    assert (known("1.3.6.1.4.1.32473.1"), known(STRANGE)) == (True, False)


def test_nor_does_it_teach_the_column_of_its_names():
    admission = Admission(
        TrapsConfig(communities=(Community("ro"),)),
        credentials={"ro": Credential("ro", community=b"public")},
        elements=[Element("r1", ("192.0.2.1",))],
    )
    assert not isinstance(admission.admit(trap(b"wrong!", STRANGE), ORIGIN), Trap)
    assert varbinds._COLUMNS == {}
    assert isinstance(admission.admit(trap(b"public", STRANGE), ORIGIN), Trap)
    assert STRANGE.rpartition(".")[0] in varbinds._COLUMNS.values()


def test_nor_does_a_trap_of_a_source_that_is_dropped():
    config = TrapsConfig(unknown_sources="drop")
    admission = Admission(config, credentials={"ro": Credential("ro", community=b"public")}, elements=())
    assert not isinstance(admission.admit(trap(b"public", STRANGE), ORIGIN), Trap)
    assert not known(STRANGE)


def test_nor_does_a_message_of_version_3_that_is_answered_by_a_report():
    receiver = Receiver(USER, User(b"open"))
    pdu = ber.tlv(message.INFORM, write_pdu(7, 0, 0, [write_varbind((STRANGE, ber.INTEGER, 1))]))
    for engine_id, user in ((OURS, b"stranger"), (b"", b""), (OURS, b"netmon"), (OURS, b"open")):
        envelope = secured.Envelope(1, engine_id, 7, 0, user, reportable=True)
        receiver.take(secured.seal(envelope, secured.scoped_pdu(OURS, b"", pdu), NO_KEYS))
    assert not known(STRANGE)


async def test_nor_does_an_answer_that_was_not_asked_for():
    def answers(datagram: bytes) -> list[bytes]:
        request = decode(datagram)
        other = msgspec.structs.replace(request, request_id=request.request_id ^ 1)
        strange = encode_response(other, [(STRANGE, ber.INTEGER, 1)])
        return [strange, encode_response(request, [(NAME, ber.OCTET_STRING, b"r1")])]

    with serving(answers) as port:
        async with Client(clock_ms) as client:
            assert (await client.get(Target("127.0.0.1", port), [NAME])).varbinds[0][2] == b"r1"
            assert client.counters["unexpected"] == 1
    assert (known(NAME), known(STRANGE)) == (True, False)
