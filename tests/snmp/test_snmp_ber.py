import math
import struct

import pytest

from netmon.snmp import ber
from netmon.snmp.errors import DecodeError, EncodeError

GOOD = [
    (ber.INTEGER, "00", 0),
    (ber.INTEGER, "7f", 127),
    (ber.INTEGER, "80", -128),
    (ber.INTEGER, "ff7f", -129),
    (ber.INTEGER, "0080", 128),
    (ber.INTEGER, "7fffffffffffffff", 2**63 - 1),
    (ber.OCTET_STRING, "", b""),
    (ber.NULL, "", None),
    (ber.OBJECT_IDENTIFIER, "2b06010201", "1.3.6.1.2.1"),
    (ber.OBJECT_IDENTIFIER, "8837", "2.999"),
    (ber.OBJECT_IDENTIFIER, "2bff7f", "1.3.16383"),
    (ber.OBJECT_IDENTIFIER, "2b818000", "1.3.16384"),
    (ber.OBJECT_IDENTIFIER, "2b8fffffff7f", "1.3.4294967295"),
    (ber.IP_ADDRESS, "c0000201", "192.0.2.1"),
    (ber.COUNTER32, "00ffffffff", 2**32 - 1),
    (ber.TIME_TICKS, "00", 0),
    (ber.COUNTER64, "00ffffffffffffffff", 2**64 - 1),
    (ber.NO_SUCH_OBJECT, "", None),
    (ber.NO_SUCH_INSTANCE, "", None),
    (ber.END_OF_MIB_VIEW, "", None),
]

READ_ONLY = [
    ("an agent forgot the leading zero", ber.GAUGE32, "fffffffe", 2**32 - 2),
    ("the same in one octet", ber.COUNTER32, "ff", 255),
    ("the same in eight octets", ber.COUNTER64, "ff" * 8, 2**64 - 1),
    ("empty OID", ber.OBJECT_IDENTIFIER, "", "0.0"),
    ("obsolete", ber.NSAP_ADDRESS, "0102", b"\x01\x02"),
    ("obsolete", ber.UINTEGER32, "05", 5),
    ("padded", ber.INTEGER, "00000001", 1),
    ("Opaque float", ber.OPAQUE, "9f780441280000", 10.5),
    ("Opaque Counter64", ber.OPAQUE, "9f760105", 5),
    ("Opaque u64", ber.OPAQUE, "9f7b02ffff", 65535),
    ("Opaque i64", ber.OPAQUE, "9f7a01ff", -1),
    ("Opaque of another kind", ber.OPAQUE, "020105", b"\x02\x01\x05"),
    ("Opaque float of another width", ber.OPAQUE, "9f78020102", b"\x9f\x78\x02\x01\x02"),
]

BAD = [
    ("no octets", ber.INTEGER, ""),
    ("nine octets", ber.INTEGER, "00" * 9),
    ("NULL with content", ber.NULL, "00"),
    ("exception with content", ber.NO_SUCH_OBJECT, "00"),
    ("cut sub-identifier", ber.OBJECT_IDENTIFIER, "2b86"),
    ("padded sub-identifier", ber.OBJECT_IDENTIFIER, "2b8001"),
    ("sub-identifier of 33 bit", ber.OBJECT_IDENTIFIER, "2b9080808000"),
    ("129 sub-identifiers", ber.OBJECT_IDENTIFIER, "2b" + "01" * 127),
    ("three octets", ber.IP_ADDRESS, "c00002"),
    ("above 32 bit", ber.COUNTER32, "0100000000"),
    ("six octets", ber.TIME_TICKS, "000000000001"),
    ("no octets", ber.GAUGE32, ""),
    ("above 64 bit", ber.COUNTER64, "010000000000000000"),
    ("ten octets", ber.COUNTER64, "00" * 10),
    ("inner length too long", ber.OPAQUE, "9f7805412800"),
    ("Opaque u64 without content", ber.OPAQUE, "9f7b00"),
    ("no type", 0x99, "00"),
    ("SEQUENCE as a value", ber.SEQUENCE, ""),
]


@pytest.mark.parametrize(("tag", "octets", "value"), GOOD)
def test_value_is_read_and_written(tag, octets, value):
    content = bytes.fromhex(octets)
    assert ber.read_value(tag, content) == value
    assert ber.write_value(tag, value) == ber.tlv(tag, content)


@pytest.mark.parametrize(("why", "tag", "octets", "value"), READ_ONLY)
def test_value_is_read_though_never_written_so(why, tag, octets, value):
    assert ber.read_value(tag, bytes.fromhex(octets)) == value


@pytest.mark.parametrize(("why", "tag", "octets"), BAD)
def test_bad_value_is_refused(why, tag, octets):
    with pytest.raises(DecodeError) as refused:
        ber.read_value(tag, bytes.fromhex(octets))
    assert refused.value.reason == "malformed"


def test_oid_may_have_128_sub_identifiers():
    assert ber.read_oid(b"\x2b" + b"\x01" * 126) == "1.3" + ".1" * 126


def test_opaque_double_keeps_nan_and_infinity():
    assert math.isnan(ber.read_value(ber.OPAQUE, b"\x9f\x79\x08" + struct.pack(">d", math.nan)))
    assert ber.read_value(ber.OPAQUE, ber.write_value(ber.OPAQUE, math.inf)[2:]) == math.inf


@pytest.mark.parametrize(
    ("octets", "length", "after"), [("05", 5, 1), ("8105", 5, 2), ("820010", 16, 3), ("83000200", 512, 4)]
)
def test_length_may_be_padded_to_three_octets(octets, length, after):
    assert ber.read_length(bytes.fromhex(octets), 0) == (length, after)


@pytest.mark.parametrize("octets", ["80", "8400000001", "ff"])
def test_indefinite_and_longer_lengths_are_refused(octets):
    with pytest.raises(DecodeError):
        ber.read_length(bytes.fromhex(octets), 0)


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (ber.INTEGER, 2**63),
        (ber.COUNTER32, -1),
        (ber.GAUGE32, 2**32),
        (ber.COUNTER64, 2**64),
        (ber.OBJECT_IDENTIFIER, "1"),
        (ber.OBJECT_IDENTIFIER, "1.40"),
        (ber.OBJECT_IDENTIFIER, "3.1"),
        (ber.OBJECT_IDENTIFIER, "1.3.x"),
        (ber.OBJECT_IDENTIFIER, "1.3.4294967296"),
        (ber.IP_ADDRESS, "192.0.2"),
        (ber.IP_ADDRESS, "192.0.2.256"),
        (ber.NULL, 0),
        (ber.NSAP_ADDRESS, b""),
        (ber.UINTEGER32, 1),
        (0x99, 0),
    ],
)
def test_value_that_does_not_fit_its_type_is_not_written(tag, value):
    with pytest.raises(EncodeError):
        ber.write_value(tag, value)


def test_only_an_integer_beyond_32_bit_is_out_of_range():
    assert ber.out_of_range(ber.INTEGER, 2**31)
    assert ber.out_of_range(ber.INTEGER, -(2**31) - 1)
    assert not ber.out_of_range(ber.INTEGER, 2**31 - 1)
    assert not ber.out_of_range(ber.COUNTER64, 2**40)
