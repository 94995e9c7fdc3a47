"""Malformed messages like those that made other readers of SNMP fail; each is refused and nothing else happens.

Made here after the kinds of defects that tcpdump's and Zeek's public captures of broken SNMP have: lengths that reach
past the datagram or their parent, lengths of lengths, tags of several octets, parts that are missing or of another
type, numbers that are too wide, and parameters of version 3 that do not fill their string.
"""

import pytest

from netmon.domain.inventory import Element
from netmon.snmp import ber, message, secured
from netmon.snmp.errors import DecodeError
from netmon.snmp.message import decode, encode, peek
from netmon.snmp.secured import Envelope
from netmon.snmp.user import NO_KEYS, User
from netmon.sources.credential import Credential
from netmon.sources.traps.admit import Admission, Origin, Rejected
from netmon.sources.traps.config import TrapsConfig
from tests.snmp.snmp_examples import LINK_DOWN
from tests.sources.test_traps_version3 import Receiver

ORIGIN = Origin(1_000, "default", "127.0.0.1:162", "192.0.2.1", 4_711)
ELEMENTS = (Element("r1", ("192.0.2.1",)),)
INTEGERS = bytes.fromhex("020101 020100 020100")
ENGINE = b"\x80\x00\x00\x00\x01one"


def plain(pdu: bytes, *, head: bytes = b"\x02\x01\x01\x04\x06public") -> bytes:
    return ber.tlv(ber.SEQUENCE, head + pdu)


def trap(varbinds: bytes, *, integers: bytes = INTEGERS) -> bytes:
    return plain(ber.tlv(message.V2_TRAP, integers + ber.tlv(ber.SEQUENCE, varbinds)))


def v1(fields: str) -> bytes:
    return ber.tlv(ber.SEQUENCE, b"\x02\x01\x00\x04\x06public" + ber.tlv(message.V1_TRAP, bytes.fromhex(fields)))


GOOD = encode(LINK_DOWN)
V2 = {
    "nothing but a tag": b"\x30",
    "a length whose octets are missing": b"\x30\x84",
    "a length of the length of four octets": b"\x30\x84\x00\x00\x00\x20" + GOOD[2:],
    "a length of the length of 127 octets": b"\x30\xff" + b"\x01" * 130,
    "a length of 2^24": b"\x30\x83\xff\xff\xff" + GOOD[2:],
    "an indefinite length": b"\x30\x80" + GOOD[2:] + b"\x00\x00",
    "a tag of several octets": b"\x3f\x81\x30" + GOOD[1:],
    "a version of nine octets": ber.tlv(ber.SEQUENCE, b"\x02\x09" + b"\x01" * 9 + GOOD[5:]),
    "a version that is no number": ber.tlv(ber.SEQUENCE, b"\x04\x01\x01" + GOOD[5:]),
    "a community that reaches past the end": plain(b"", head=b"\x02\x01\x01\x04\x7fpub"),
    "no PDU": plain(b""),
    "a PDU of no known tag": plain(ber.tlv(0xBF, INTEGERS + b"\x30\x00")),
    "a PDU that is longer than the message": plain(b"\xa7\x7f" + INTEGERS + b"\x30\x00"),
    "a PDU that is shorter than the message": plain(ber.tlv(message.V2_TRAP, INTEGERS + b"\x30\x00") + b"\x05\x00"),
    "a request-id of no octets": trap(b"", integers=bytes.fromhex("0200 020100 020100")),
    "a request-id of six octets": trap(b"", integers=bytes.fromhex("0206010203040506 020100 020100")),
    "no error-index": plain(ber.tlv(message.V2_TRAP, bytes.fromhex("020101 020100") + b"\x30\x00")),
    "a list of varbinds that is a string": plain(ber.tlv(message.V2_TRAP, INTEGERS + b"\x04\x00")),
    "no list of varbinds": plain(ber.tlv(message.V2_TRAP, INTEGERS)),
    "a varbind that reaches past its list": trap(bytes.fromhex("307f 06012b 0500")),
    "a varbind without a value": trap(bytes.fromhex("3003 06012b")),
    "a varbind with two values": trap(bytes.fromhex("3007 06012b 0500 0500")),
    "a varbind whose name is a number": trap(bytes.fromhex("3005 020101 0500")),
    "a name that goes on after its last octet": trap(bytes.fromhex("3006 06022b81 0500")),
    "a name of a sub-identifier of ten octets": trap(bytes.fromhex("300f 060b2b ffffffffffffffffff7f 0500")),
    "a name that is longer than its varbind": trap(bytes.fromhex("3005 06402b 0500")),
    "a value that is longer than its varbind": trap(bytes.fromhex("3006 06012b 044061")),
    "a value whose length is cut": trap(bytes.fromhex("3005 06012b 0482")),
    "a trap of version 1 without a time": v1("06012b 4004c0000201 020106 020101"),
    "an agent-addr of three octets": v1("06012b 4003c00002 020106 020101 430100 3000"),
    "an enterprise that is a string": v1("04012b 4004c0000201 020106 020101 430100 3000"),
    "a generic-trap of 7": v1("06012b 4004c0000201 020107 020101 430100 3000"),
}


@pytest.mark.parametrize("datagram", V2.values(), ids=V2)
def test_a_broken_message_is_refused(datagram: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(datagram)
    admission = Admission(TrapsConfig(), credentials={"ro": Credential("ro", community=b"public")}, elements=ELEMENTS)
    assert isinstance(admission.admit(datagram, ORIGIN), Rejected)


def test_every_cut_of_a_message_is_refused() -> None:
    for end in range(len(GOOD)):
        with pytest.raises(DecodeError):
            decode(GOOD[:end])
        with pytest.raises(DecodeError):
            peek(GOOD[:end])


def header(flags: bytes = b"\x04\x01\x00", *, size: str = "020205dc", model: str = "020103") -> bytes:
    return ber.tlv(ber.SEQUENCE, bytes.fromhex("020107") + bytes.fromhex(size) + flags + bytes.fromhex(model))


def parameters(fields: str) -> bytes:
    return ber.tlv(ber.OCTET_STRING, ber.tlv(ber.SEQUENCE, bytes.fromhex(fields)))


def v3(*parts: bytes) -> bytes:
    return ber.tlv(ber.SEQUENCE, b"\x02\x01\x03" + b"".join(parts))


SOUND = "0408" + ENGINE.hex() + "020101 020101 04046f70656e 0400 0400"
SCOPED = secured.scoped_pdu(ENGINE, b"", ber.tlv(message.V2_TRAP, INTEGERS + b"\x30\x00"))
V3 = {
    "no header": v3(),
    "a header that is a string": v3(b"\x04\x00", parameters(SOUND), SCOPED),
    "a header with more in it": v3(header(model="0201030500"), parameters(SOUND), SCOPED),
    "flags of no octets": v3(header(b"\x04\x00"), parameters(SOUND), SCOPED),
    "flags of two octets": v3(header(b"\x04\x02\x00\x00"), parameters(SOUND), SCOPED),
    "flags that are a number": v3(header(b"\x02\x01\x00"), parameters(SOUND), SCOPED),
    "privacy without authentication": v3(header(b"\x04\x01\x02"), parameters(SOUND), SCOPED),
    "a message size of 100": v3(header(size="020164"), parameters(SOUND), SCOPED),
    "another security model": v3(header(model="020102"), parameters(SOUND), SCOPED),
    "no security parameters": v3(header()),
    "security parameters of no octets": v3(header(), b"\x04\x00", SCOPED),
    "security parameters that are no sequence": v3(header(), b"\x04\x02\x05\x00", SCOPED),
    "security parameters that end early": v3(header(), parameters(SOUND[:-4]), SCOPED),
    "security parameters with more in them": v3(header(), parameters(SOUND + "0500"), SCOPED),
    "security parameters that reach past their string": v3(header(), b"\x04\x04\x30\x7f\x04\x00", SCOPED),
    "an engine id of four octets": v3(header(), parameters("040480000000 020101 020101 0400 0400 0400"), SCOPED),
    "an engine id of 33 octets": v3(header(), parameters("0421" + "80" * 33 + "020101 020101 0400 0400 0400"), SCOPED),
    "boots below 0": v3(header(), parameters("0400 0201ff 020101 0400 0400 0400"), SCOPED),
    "a time of nine octets": v3(header(), parameters("0400 020101 0209" + "01" * 9 + "0400 0400 0400"), SCOPED),
    "a user of 33 octets": v3(header(), parameters("0400 020101 020101 0421" + "61" * 33 + "0400 0400"), SCOPED),
    "no data": v3(header(), parameters(SOUND)),
    "data that is a number": v3(header(), parameters(SOUND), b"\x02\x01\x00"),
    "data that reaches past the end": v3(header(), parameters(SOUND), b"\x30\x7f\x04\x00"),
    "data that ends early": v3(header(), parameters(SOUND), ber.tlv(ber.SEQUENCE, b"\x04\x00")),
    "a context that is a number": v3(header(), parameters(SOUND), ber.tlv(ber.SEQUENCE, b"\x04\x00\x02\x01\x00")),
    "no PDU in the data": v3(header(), parameters(SOUND), secured.scoped_pdu(ENGINE, b"", b"")),
}


@pytest.mark.parametrize("datagram", V3.values(), ids=V3)
def test_a_broken_message_of_version_3_is_refused(datagram: bytes) -> None:
    with pytest.raises(DecodeError):
        secured.open_pdu(secured.read(datagram), NO_KEYS)
    rejected = Receiver(User(b"open")).take(datagram)
    assert isinstance(rejected, Rejected)
    assert rejected.reason in ("malformed", "truncated")


def test_what_the_broken_ones_were_made_of_is_sound() -> None:
    opened = secured.open_pdu(secured.read(v3(header(), parameters(SOUND), SCOPED)), NO_KEYS)
    assert opened is not None
    assert (opened.context_engine, opened.message.pdu_type) == (ENGINE, message.V2_TRAP)
    assert decode(trap(bytes.fromhex("3005 06012b 0500"))).varbinds == (("1.3", ber.NULL, None),)
    assert decode(v1("06012b 4004c0000201 020106 020101 430100 3000")).v1_trap is not None


def test_every_cut_of_a_message_of_version_3_is_refused() -> None:
    whole = secured.seal(Envelope(1, ENGINE, 1, 1, b"open"), SCOPED, NO_KEYS)
    receiver = Receiver(User(b"open"))
    for end in range(len(whole)):
        with pytest.raises(DecodeError):
            secured.open_pdu(secured.read(whole[:end]), NO_KEYS)
        assert isinstance(receiver.take(whole[:end]), Rejected)
