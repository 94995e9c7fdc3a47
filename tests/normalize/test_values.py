"""What cells say, by the kind of their column."""

from typing import Any

import pytest

from netmon.normalize.values import one_line, values
from netmon.rulebook.profile_values import Column

MAC = Column("ifPhysAddress", "1.3.6.1.2.1.2.2.1.6", "text", hint="1x:")
ALARMS = Column(
    "entStateAlarm", "1.3.6.1.2.1.131.1.1.1.5", "bits", enum=((0, "unknown"), (2, "critical"), (3, "major"))
)


def one(column: Column, cell: Any) -> Any:
    [value] = values(column, (cell,))
    return value


@pytest.mark.parametrize(
    ("scale", "offset", "raw", "value"),
    [
        (0.01, 0.0, 4242, 42.42),
        (0.1, 0.0, 3, 0.3),
        (0.1, -273.15, 2982, 25.05),
        (1.0, 0.5, 1, 1.5),
        (1000000.0, 0.0, 10, 10_000_000.0),
        (0.1, 0.0, b" 231 ", 23.1),
        (1.0, 0.0, b"43.0 C", 43.0),
        (1.0, 0.0, b"94%", 94),
        (1.0, 0.0, b"12:30", None),
        (1.0, 0.0, b"1,234", None),
        (1.0, 0.0, b"4.94 dBm 7", None),
        (0.001, 0.0, 12.5, 0.0125),
        (0.07, 0.0, 100, 7.0),
    ],
)
def test_gauges_are_scaled_as_decimals(scale: float, offset: float, raw: Any, value: float | None):
    assert one(Column("t", "1.3", "gauge", scale=scale, offset=offset), raw) == value


def test_counters_stay_integers_beyond_53_bits():
    assert one(Column("c", "1.3", "counter"), 2**64 - 1) == 2**64 - 1


def test_phys_address():
    assert one(MAC, b"\x00\x1b\x21\x0a\xbc\x00") == "00:1b:21:0a:bc:00"
    assert one_line(b"\x00\x1b\x21\x0a\xbc\x00", MAC.hint) == "00:1b:21:0a:bc:00"
    assert one(MAC, b"") == ""


def test_bits():
    assert one(ALARMS, b"\x30") == "critical,major"
    assert one(ALARMS, b"\x00") == ""
    assert one(ALARMS, b"\x04") == "5"
    assert one(ALARMS, 4) is None


def test_non_utf8_strings():
    text = Column("ifAlias", "1.3", "text")
    assert one(text, b"K\xf6ln to Z\xfcrich") == "K\ufffdln to Z\ufffdrich"
    assert one_line(b"a\x00b\x07\xff") == "a b \ufffd"


def test_opaque_floats():
    assert one(Column("laLoadFloat", "1.3", "gauge"), 0.25) == 0.25
    assert one(Column("laLoadFloat", "1.3", "gauge", scale=0.01), 25.0) == 0.25


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        (bytes([0x07, 0xEA, 11, 30, 3, 4, 5, 6]), 1796007845.6),
        (bytes([0x07, 0xEA, 11, 30, 3, 4, 5, 6]) + b"+\x01\x1e", 1796002445.6),
        (bytes([0x07, 0xEA, 11, 30, 3, 4, 5, 6]) + b"-\x01\x1e", 1796013245.6),
        (bytes([0x07, 0xEA, 13, 30, 3, 4, 5, 6]), None),
        (bytes(8), None),
        (b"2026", None),
        (4242, 42.42),
    ],
)
def test_moments(cell: Any, seconds: float | None):
    assert one(Column("t", "1.3", "time"), cell) == seconds


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"\xc0\x00\x02\x09", "192.0.2.9"), (bytes.fromhex("20010db8") + bytes(11) + b"\x01", "2001:db8::1")],
)
def test_addresses(octets: bytes, text: str):
    assert one(Column("a", "1.3", "text", hint="inet"), octets) == text
