import msgspec
import pytest

from netmon.domain.oid import BAD_VALUE, SYS_UPTIME
from netmon.snmp import ber, message, varbinds
from netmon.snmp.errors import DecodeError, EncodeError
from netmon.snmp.message import Message, Peek, V1Trap, decode, encode, peek
from netmon.snmp.template import HIGHEST_ID, LOWEST_ID, template
from tests.snmp.snmp_examples import LINK_DOWN, LINK_DOWN_VARBINDS

V1_LINK_DOWN = Message(
    message.V1,
    b"public",
    message.V1_TRAP,
    0,
    0,
    0,
    LINK_DOWN_VARBINDS[2:],
    v1_trap=V1Trap("1.3.6.1.4.1.32473.1", "192.0.2.1", 2, 0, 4711),
)


def raw(version: bytes, rest: bytes) -> bytes:
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.INTEGER, version) + rest)


def v2c(pdu: bytes, tag: int = message.V2_TRAP) -> bytes:
    return raw(b"\x01", ber.tlv(ber.OCTET_STRING, b"public") + ber.tlv(tag, pdu))


def with_varbinds(octets: bytes) -> bytes:
    return v2c(bytes.fromhex("020101 020100 020100") + ber.tlv(ber.SEQUENCE, octets))


def refused(datagram: bytes) -> str:
    with pytest.raises(DecodeError) as error:
        decode(datagram)
    return error.value.reason


@pytest.mark.parametrize("sent", [LINK_DOWN, V1_LINK_DOWN])
def test_message_is_read_as_it_was_written(sent):
    assert decode(encode(sent)) == sent


def test_known_octets_of_a_v1_trap():
    datagram = bytes.fromhex(
        "303b02010004067075626c6963a42e06092b06010401"
        "81f4690040047f0000010201000201004304000000003"
        "00f300d06082b06010201020100020121"
    )
    assert decode(datagram) == Message(
        message.V1,
        b"public",
        message.V1_TRAP,
        0,
        0,
        0,
        (("1.3.6.1.2.1.2.1.0", ber.INTEGER, 33),),
        v1_trap=V1Trap("1.3.6.1.4.1.31337.0", "127.0.0.1", 0, 0, 0),
    )


def test_octets_after_the_message_are_cut_off_and_counted():
    assert decode(encode(LINK_DOWN) + b"\x00" * 7) == msgspec.structs.replace(LINK_DOWN, trailing=7)


def test_padded_lengths_are_accepted():
    varbind = bytes.fromhex("308200 0f 06820008 2b06010201010300 020107".replace(" ", ""))
    datagram = with_varbinds(varbind)
    assert decode(datagram).varbinds == (("1.3.6.1.2.1.1.3.0", ber.INTEGER, 7),)


def test_varbind_longer_than_127_octets():
    text = b"x" * 60_000
    sent = msgspec.structs.replace(
        LINK_DOWN, varbinds=(*LINK_DOWN_VARBINDS, ("1.3.6.1.4.1.1.0", ber.OCTET_STRING, text))
    )
    assert decode(encode(sent)) == sent


def test_bad_value_keeps_its_octets_and_the_others_live():
    bad = ("1.3.6.1.2.1.1.3.0", ber.COUNTER32 | BAD_VALUE, b"\x01\x00\x00\x00\x00")
    unknown = ("1.3.6.1.2.1.1.4.0", 0x99 | BAD_VALUE, b"?")
    broken_oid = ("1.3.6.1.2.1.1.5.0", ber.OBJECT_IDENTIFIER | BAD_VALUE, b"\x2b\x86")
    sent = msgspec.structs.replace(LINK_DOWN, varbinds=(bad, *LINK_DOWN_VARBINDS, unknown, broken_oid))
    assert decode(encode(sent)) == sent


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", "not_snmp"),
        (b"\x31\x00", "not_snmp"),
        (b"\x30" * 65_508, "not_snmp"),
        (b"\x30", "truncated"),
        (b"\x30\x82\x01", "truncated"),
        (encode(LINK_DOWN)[:-1], "truncated"),
        (b"\x30\x80\x02\x01\x01\x00\x00", "malformed"),
        (b"\x30\x84\x00\x00\x00\x05\x02\x01\x01\x04\x00", "malformed"),
        (b"\x30\x00", "malformed"),
        (raw(b"\x01", b""), "malformed"),
        (raw(b"\x02", ber.tlv(ber.OCTET_STRING, b"public")), "unsupported_version"),
        (raw(b"\x01", ber.tlv(ber.OCTET_STRING, b"c" * 256) + ber.tlv(message.V2_TRAP, b"")), "malformed"),
        (v2c(b"", tag=message.V1_TRAP), "wrong_pdu"),
        (v2c(b"", tag=0xA9), "wrong_pdu"),
        (raw(b"\x00", ber.tlv(ber.OCTET_STRING, b"") + ber.tlv(message.V2_TRAP, b"")), "wrong_pdu"),
        (v2c(bytes.fromhex("0200 020100 020100 3000")), "malformed"),
        (v2c(bytes.fromhex("0206000000000001 020100 020100 3000")), "malformed"),
        (v2c(bytes.fromhex("020101 020100 020100 3001")), "malformed"),
        (v2c(bytes.fromhex("020101 020100 020100 3000 00")), "malformed"),
        (with_varbinds(bytes.fromhex("3005 06012b 0500 00")), "malformed"),
        (with_varbinds(bytes.fromhex("3004 06012b 05")), "malformed"),
        (with_varbinds(bytes.fromhex("300706022b86 020101")), "malformed"),
        (with_varbinds(bytes.fromhex("3005 04012b 0500")), "malformed"),
        (with_varbinds(bytes.fromhex("300506012b0500") * 8_193), "malformed"),
    ],
)
def test_unacceptable_datagram_is_refused_with_its_reason(datagram, reason):
    assert refused(datagram) == reason


def test_as_many_varbinds_as_allowed():
    assert len(decode(with_varbinds(bytes.fromhex("300506012b0500") * 8_192)).varbinds) == 8_192


@pytest.mark.parametrize(("generic", "specific"), [(7, 0), (-1, 0)])
def test_unknown_generic_trap_is_malformed(generic, specific):
    trap = V1Trap("1.3.6.1.4.1.32473.1", "192.0.2.1", generic, specific, 0)
    assert refused(encode(msgspec.structs.replace(V1_LINK_DOWN, v1_trap=trap))) == "malformed"


@pytest.mark.parametrize(
    ("generic", "specific", "oid"),
    [(0, 0, "1.3.6.1.6.3.1.1.5.1"), (5, 9, "1.3.6.1.6.3.1.1.5.6"), (6, 9, "1.3.6.1.4.1.32473.1.0.9")],
)
def test_v1_trap_has_the_oid_of_rfc_3584(generic, specific, oid):
    assert V1Trap("1.3.6.1.4.1.32473.1", "192.0.2.1", generic, specific, 0).trap_oid() == oid


V3_REPORT = raw(
    b"\x03",
    ber.tlv(ber.SEQUENCE, bytes.fromhex("0204 00000001 0203 00ffe3 0401 04 0201 03"))
    + ber.tlv(ber.OCTET_STRING, bytes.fromhex("300e0400020100020100040004000400"))
    + ber.tlv(ber.SEQUENCE, b""),
)


def test_v3_is_read_up_to_its_data_and_refused():
    header = message.read_v3(V3_REPORT)
    assert (header.message_id, header.max_size, header.flags, header.security_model) == (1, 65_507, 4, 3)
    assert V3_REPORT[header.parameters_at : header.data_at] == header.security_parameters
    assert V3_REPORT[header.data_at :] == b"\x30\x00"
    assert refused(V3_REPORT) == "unsupported_version"
    assert peek(V3_REPORT).version == message.V3


def test_malformed_v3_header_is_malformed():
    assert refused(V3_REPORT.replace(bytes.fromhex("020300ffe3"), bytes.fromhex("0203000010"))) == "malformed"
    with pytest.raises(DecodeError):
        message.read_v3(encode(LINK_DOWN))


def test_peek_sees_what_admission_needs():
    down = "1.3.6.1.6.3.1.1.5.3"
    assert peek(encode(LINK_DOWN)) == Peek(message.V2C, b"public", message.V2_TRAP, down)
    assert peek(encode(V1_LINK_DOWN)) == Peek(message.V1, b"public", message.V1_TRAP, down)
    late = msgspec.structs.replace(LINK_DOWN, varbinds=LINK_DOWN_VARBINDS[::-1])
    assert peek(encode(late)).trap_oid == ""
    single = msgspec.structs.replace(LINK_DOWN, varbinds=LINK_DOWN_VARBINDS[:1])
    assert peek(encode(single) + b"\x30").trap_oid == ""
    request = msgspec.structs.replace(LINK_DOWN, pdu_type=message.GET)
    assert peek(encode(request)) == Peek(message.V2C, b"public", message.GET, "")


def test_inform_is_answered_with_its_own_octets():
    single_float = ("1.3.6.1.4.1.1.0", ber.OPAQUE, bytes.fromhex("9f780441280000"))
    inform = msgspec.structs.replace(
        LINK_DOWN, pdu_type=message.INFORM, error_status=3, error_index=1, varbinds=(*LINK_DOWN_VARBINDS, single_float)
    )
    expected = msgspec.structs.replace(inform, pdu_type=message.RESPONSE, error_status=0, error_index=0)
    assert message.inform_response(encode(inform) + b"trailing") == encode(expected)


def test_inform_too_big_to_answer_gets_too_big_without_varbinds():
    inform = encode(msgspec.structs.replace(LINK_DOWN, pdu_type=message.INFORM))
    answer = decode(message.inform_response(inform, max_size=100))
    assert answer.request_id == LINK_DOWN.request_id
    assert (answer.error_status, answer.error_index, answer.varbinds) == (message.TOO_BIG, 0, ())


def test_nothing_of_a_refused_message_is_remembered():
    name = ber.tlv(ber.OBJECT_IDENTIFIER, ber.write_oid("1.3.6.1.4.1.32473.77.1"))
    varbind = ber.tlv(ber.SEQUENCE, name + b"\x05\x00")
    known = len(varbinds._OID_TEXT)
    refused(with_varbinds(varbind + b"\x30"))
    assert len(varbinds._OID_TEXT) == known
    decode(with_varbinds(varbind))
    assert len(varbinds._OID_TEXT) == known, "it is not admitted yet"
    varbinds.accept()
    assert len(varbinds._OID_TEXT) == known + 1


def test_what_is_admitted_after_a_refused_message_teaches_its_own_oids_alone():
    trap = encode(LINK_DOWN)
    decode(trap)
    varbinds.accept()
    known = dict(varbinds._OID_TEXT), dict(varbinds._LISTS)
    decode(with_varbinds(ber.tlv(ber.SEQUENCE, b"\x06\x0a\x2b\x06\x01\x04\x01\x81\xfd\x59\x51\x01\x05\x00")))
    decode(trap)
    varbinds.accept()
    assert known == (varbinds._OID_TEXT, varbinds._LISTS)


def test_oid_values_are_remembered_like_names():
    value = "1.3.6.1.4.1.32473.78.1"
    decode(encode(msgspec.structs.replace(LINK_DOWN, varbinds=(("1.3", ber.OBJECT_IDENTIFIER, value),))))
    varbinds.accept()
    assert varbinds._OID_TEXT[ber.write_oid(value)] == value


def test_memory_of_oids_is_emptied_when_it_is_full(monkeypatch):
    monkeypatch.setattr(varbinds, "_OIDS_KEPT", len(varbinds._OID_TEXT))
    decode(encode(msgspec.structs.replace(LINK_DOWN, varbinds=(("1.3.6.1.4.1.32473.79.1", ber.NULL, None),))))
    varbinds.accept()
    assert len(varbinds._OID_TEXT) == 1


def test_a_trap_that_differs_in_uptime_only_is_read_alike():
    again = msgspec.structs.replace(
        LINK_DOWN, request_id=77, varbinds=((SYS_UPTIME, ber.TIME_TICKS, 4242), *LINK_DOWN.varbinds[1:])
    )
    assert decode(encode(LINK_DOWN)) == LINK_DOWN
    varbinds.accept()
    assert decode(encode(again)) == again
    other = msgspec.structs.replace(again, varbinds=(*again.varbinds[:-1], ("1.3.6.1.9.9", ber.INTEGER, 5)))
    assert decode(encode(other)) == other


def test_a_first_varbind_that_reaches_past_the_message_is_refused_also_when_its_list_is_known():
    only = msgspec.structs.replace(LINK_DOWN, varbinds=((SYS_UPTIME, ber.TIME_TICKS, 1),))
    good = encode(only)
    assert decode(good) == only
    varbinds.accept()
    at = good.index(bytes.fromhex("06082b06010201010300")) - 1
    refused(good[:at] + bytes((good[at] + 3,)) + good[at + 1 :] + b"\x05\x00\x00")


def test_long_oids_are_not_remembered():
    oid = "1.3" + ".4294967295" * 8
    known = len(varbinds._OID_TEXT)
    decode(encode(msgspec.structs.replace(LINK_DOWN, varbinds=((oid, ber.NULL, None),))))
    varbinds.accept()
    assert len(varbinds._OID_TEXT) == known


def test_message_that_fits_no_datagram_is_not_written():
    text = ("1.3.6.1.4.1.1.0", ber.OCTET_STRING, b"x" * 65_500)
    with pytest.raises(EncodeError):
        encode(msgspec.structs.replace(LINK_DOWN, varbinds=(text,)))


@pytest.mark.parametrize("request_id", [LOWEST_ID, HIGHEST_ID])
def test_template_gives_the_request_that_encode_gives(request_id):
    oids = ("1.3.6.1.2.1.1.3", "1.3.6.1.2.1.2.2.1.10")
    made = template(message.V2C, b"c", pdu_type=message.GET_BULK, oids=oids, non_repeaters=1, max_repetitions=20)
    varbinds = tuple((oid, ber.NULL, None) for oid in oids)
    expected = Message(message.V2C, b"c", message.GET_BULK, request_id, 1, 20, varbinds)
    assert made.request(request_id) == encode(expected)
