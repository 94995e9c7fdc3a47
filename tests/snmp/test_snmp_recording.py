import bz2
import gzip

import pytest

from netmon.snmp import ber
from netmon.snmp.recording import load, parse_snmprec, parse_snmpwalk

SNMPREC = rb"""1.3.6.1.2.1.1.1.0|4|a made-up router
1.3.6.1.2.1.2.2.1.10.16384|65|1
1.3.6.1.2.1.2.2.1.10.16383|65|2
1.3.6.1.2.1.1.2.0|6|.1.3.6.1.4.1.32473.1
1.3.6.1.2.1.1.3.0|67|4711
# a note
1.3.6.1.2.1.4.20.1.1.192.0.2.1|64|192.0.2.1
1.3.6.1.2.1.4.20.1.1.192.0.2.2|64x|C0000202
1.3.6.1.2.1.2.2.1.6.1|4x|02000000000a
1.3.6.1.2.1.1.6.0|4e|a\x7c\101\n\\
1.3.6.1.2.1.1.7.0|2|-6
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.2.1.2.2.1.5.1|66|4294967295
1.3.6.1.2.1.1.9.0|5|
1.3.6.1.2.1.1.8.0|68x|9f780441280000
1.3.6.1.2.1.1.1.0|4|the last line wins
"""

BAD = rb"""no row
1.3.6.1|99|x
1.3.6.1.2.1.1.1.0|4x|zz
1.x.6|4|oid
1.3.6.1.2.1.1.3.0|67|-1
1.3.6.1.2.1.1.3.0|67:numeric|rate=100
1.3.6.1.2.1.1.3.0|64|192.0.2
1.3.6.1.2.1.1.3.0|70|
"""


def test_snmprec_is_read_sorted_by_oid_and_the_last_duplicate_wins():
    recording = parse_snmprec(SNMPREC)
    assert recording.rows == (
        ("1.3.6.1.2.1.1.1.0", ber.OCTET_STRING, b"the last line wins"),
        ("1.3.6.1.2.1.1.2.0", ber.OBJECT_IDENTIFIER, "1.3.6.1.4.1.32473.1"),
        ("1.3.6.1.2.1.1.3.0", ber.TIME_TICKS, 4711),
        ("1.3.6.1.2.1.1.6.0", ber.OCTET_STRING, b"a|A\n\\"),
        ("1.3.6.1.2.1.1.7.0", ber.INTEGER, -6),
        ("1.3.6.1.2.1.1.8.0", ber.OPAQUE, bytes.fromhex("9f780441280000")),
        ("1.3.6.1.2.1.1.9.0", ber.NULL, None),
        ("1.3.6.1.2.1.2.2.1.5.1", ber.GAUGE32, 4294967295),
        ("1.3.6.1.2.1.2.2.1.6.1", ber.OCTET_STRING, b"\x02\x00\x00\x00\x00\x0a"),
        ("1.3.6.1.2.1.2.2.1.10.16383", ber.COUNTER32, 2),
        ("1.3.6.1.2.1.2.2.1.10.16384", ber.COUNTER32, 1),
        ("1.3.6.1.2.1.4.20.1.1.192.0.2.1", ber.IP_ADDRESS, "192.0.2.1"),
        ("1.3.6.1.2.1.4.20.1.1.192.0.2.2", ber.IP_ADDRESS, "192.0.2.2"),
        ("1.3.6.1.2.1.31.1.1.1.6.1", ber.COUNTER64, 18446744073709551615),
    )
    assert (recording.bad_lines, recording.duplicates) == ((), 1)


def test_bad_lines_are_skipped_with_their_numbers():
    recording = parse_snmprec(BAD + b"1.3.6.1.2.1.1.5.0|4|r1\r\n")
    assert [bad.line for bad in recording.bad_lines] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert all(bad.reason for bad in recording.bad_lines)
    assert recording.rows == (("1.3.6.1.2.1.1.5.0", ber.OCTET_STRING, b"r1"),)


SNMPWALK = rb""".1.3.6.1.2.1.1.1.0 = STRING: "two
lines, one \"quoted\""
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.32473.1
.1.3.6.1.2.1.1.3.0 = Timeticks: (4711) 0:00:47.11
.1.3.6.1.2.1.1.4.0 = ""
iso.3.6.1.2.1.1.5.0 = STRING: r1
.1.3.6.1.2.1.2.2.1.8.1 = INTEGER: up(1)
.1.3.6.1.2.1.2.2.1.8.2 = INTEGER: 2
.1.3.6.1.2.1.2.2.1.6.1 = Hex-STRING: 02 00 00 00
00 0A
.1.3.6.1.2.1.2.2.1.10.1 = Counter32: 17
.1.3.6.1.2.1.2.2.1.5.1 = Gauge32: 1000
.1.3.6.1.2.1.31.1.1.1.6.1 = Counter64: 18446744073709551615
.1.3.6.1.2.1.4.20.1.1.192.0.2.1 = IpAddress: 192.0.2.1
.1.3.6.1.2.1.4.21.1.7.0 = Network Address: C0:00:02:02
.1.3.6.1.2.1.88.1.4.2.1.3.1 = BITS: 80 10 0 11
.1.3.6.1.4.1.2021.10.1.6.1 = Opaque: Float: 0.500000
.1.3.6.1.2.1.9.1.0 = Wrong Type (should be INTEGER): Gauge32: 5
.1.3.6.1.2.1.9.2.0 = NULL
.1.3.6.1.2.1.9.9 = No more variables left in this MIB View (It is past the end of the MIB tree)
"""


def test_snmpwalk_is_read_with_values_over_several_lines():
    recording = parse_snmpwalk(SNMPWALK)
    values = {oid: (tag, value) for oid, tag, value in recording.rows}
    assert values == {
        "1.3.6.1.2.1.1.1.0": (ber.OCTET_STRING, b'two\nlines, one "quoted"'),
        "1.3.6.1.2.1.1.2.0": (ber.OBJECT_IDENTIFIER, "1.3.6.1.4.1.32473.1"),
        "1.3.6.1.2.1.1.3.0": (ber.TIME_TICKS, 4711),
        "1.3.6.1.2.1.1.4.0": (ber.OCTET_STRING, b""),
        "1.3.6.1.2.1.1.5.0": (ber.OCTET_STRING, b"r1"),
        "1.3.6.1.2.1.2.2.1.8.1": (ber.INTEGER, 1),
        "1.3.6.1.2.1.2.2.1.8.2": (ber.INTEGER, 2),
        "1.3.6.1.2.1.2.2.1.6.1": (ber.OCTET_STRING, b"\x02\x00\x00\x00\x00\x0a"),
        "1.3.6.1.2.1.2.2.1.10.1": (ber.COUNTER32, 17),
        "1.3.6.1.2.1.2.2.1.5.1": (ber.GAUGE32, 1000),
        "1.3.6.1.2.1.31.1.1.1.6.1": (ber.COUNTER64, 18446744073709551615),
        "1.3.6.1.2.1.4.20.1.1.192.0.2.1": (ber.IP_ADDRESS, "192.0.2.1"),
        "1.3.6.1.2.1.4.21.1.7.0": (ber.IP_ADDRESS, "192.0.2.2"),
        "1.3.6.1.2.1.88.1.4.2.1.3.1": (ber.OCTET_STRING, b"\x80\x10"),
        "1.3.6.1.4.1.2021.10.1.6.1": (ber.OPAQUE, 0.5),
        "1.3.6.1.2.1.9.1.0": (ber.GAUGE32, 5),
        "1.3.6.1.2.1.9.2.0": (ber.NULL, None),
    }
    assert recording.bad_lines == ()


def test_packed_files_are_read_like_plain_ones(tmp_path):
    files = {
        tmp_path / "r1.snmprec": SNMPREC,
        tmp_path / "r2.snmprec.gz": gzip.compress(SNMPREC),
        tmp_path / "r3.snmprec.bz2": bz2.compress(SNMPREC),
    }
    for path, octets in files.items():
        path.write_bytes(octets)
        assert load(path) == parse_snmprec(SNMPREC)
    walk = tmp_path / "r4.snmpwalk.gz"
    walk.write_bytes(gzip.compress(SNMPWALK))
    assert load(walk) == parse_snmpwalk(SNMPWALK)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match="neither"):
        load(tmp_path / "r1.txt")


def test_bad_lines_of_a_walk_are_skipped_with_their_numbers():
    recording = parse_snmpwalk(
        b".1.3.6.1.2.1.9.1.0 = INTEGER: up\n.1.3.6.1.2.1.9.2.0 = INTEGER: 2\n.1.3.6.1.2.1.9.3.0 = Odd: 3\n"
    )
    assert [bad.line for bad in recording.bad_lines] == [1, 3]
    assert recording.rows == (("1.3.6.1.2.1.9.2.0", ber.INTEGER, 2),)
