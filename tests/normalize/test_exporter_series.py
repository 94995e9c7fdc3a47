"""Every metric type, index type and lookup of an snmp_exporter module, cell by cell."""

import math
from typing import Any

import pytest

from netmon.config.yaml import parse
from netmon.normalize.exporter.series import Rendering
from netmon.rulebook.exporter import ExporterModule
from netmon.rulebook.exporter_modules import read_modules
from netmon.snmp.ber import COUNTER32, COUNTER64, GAUGE32, INTEGER, IP_ADDRESS, OBJECT_IDENTIFIER, OCTET_STRING, OPAQUE

ACME = "1.3.6.1.4.1.32473.5"
ROW = """indexes: [{labelname: port, type: gauge}]"""

Found = dict[tuple[str, ...], float]


def module(metrics: str) -> ExporterModule:
    text = "modules:\n  acme:\n    metrics:\n" + "\n".join(f"      {line}" for line in metrics.strip("\n").split("\n"))
    read = parse(text.encode(), "snmp.yml")
    assert read.problems == ()
    found = read_modules(read.document)
    assert found.problems == (), [str(one) for one in found.problems]
    return found.modules["acme"]


def rendered(metrics: str, cells: dict[str, tuple[int, Any]], *, wrap: bool = True) -> tuple[Found, dict[str, int]]:
    """Return series as (name, label=value ...) to value, and the cells that gave none."""
    rendering = Rendering(module(metrics), wrap=wrap)
    given = {f"{ACME}.{index}": cell for index, cell in cells.items()}
    slices = rendering.slices(given)
    series = list(slices.of(given))
    found = {(one.name, *(f"{name}={text}" for name, text in one.labels)): one.value for one in series}
    assert len(found) == len(series), "a series came twice"
    return found, {str(reason): count for reason, count in slices.dropped.items()}


def scalar(type_: str, cell: tuple[int, Any], more: str = "") -> tuple[Found, dict[str, int]]:
    return rendered(f"- {{name: m, oid: {ACME}.1, type: {type_}{more}}}", {"1.0": cell})


def text(type_: str, cell: tuple[int, Any], more: str = "") -> str:
    """Return the text that a string gives as the label named like its metric."""
    found, dropped = scalar(type_, cell, more)
    assert dropped == {}
    ((series, value),) = found.items()
    assert series[0] == "m"
    assert value == 1
    return series[1].removeprefix("m=")


@pytest.mark.parametrize(
    ("type_", "cell", "more", "value"),
    [
        ("gauge", (INTEGER, -5), "", -5),
        ("gauge", (GAUGE32, 4_000_000_000), "", 4_000_000_000),
        ("gauge", (INTEGER, 215), ", scale: 0.1", 21.5),
        ("gauge", (INTEGER, 2), ", scale: -1, offset: 2", 0),
        ("gauge", (INTEGER, 7), ", offset: -1", 6),
        ("counter", (COUNTER32, 17), "", 17),
        ("Float", (OPAQUE, 2.5), "", 2.5),
        ("Double", (OPAQUE, -1e-9), ", scale: 2", -2e-9),
        ("DateAndTime", (OCTET_STRING, bytes([0x07, 0xE8, 2, 29, 12, 30, 15, 5])), "", 1_709_209_815),
        ("DateAndTime", (OCTET_STRING, bytes([0x07, 0xE8, 2, 29, 12, 30, 15, 5]) + b"+\x02\x1e"), "", 1_709_200_815),
        ("DateAndTime", (OCTET_STRING, bytes([0x07, 0xE8, 2, 29, 12, 30, 15, 5]) + b"-\x01\x00"), "", 1_709_213_415),
        ("DateAndTime", (OCTET_STRING, bytes([0x07, 0xE8, 12, 31, 23, 59, 60, 0])), "", 1_735_689_600),
        ("NTPTimeStamp", (OCTET_STRING, (2_208_988_800 + 1_000).to_bytes(4, "big") + b"\x80\0\0\0"), "", 1_000),
        ("ParseDateAndTime", (OCTET_STRING, b"Feb 29 2024"), ", datetime_pattern: '%b %d %Y'", 1_709_164_800),
        (
            "ParseDateAndTime",
            (OCTET_STRING, b"2024-02-29T12:00:00+0100"),
            ", datetime_pattern: '%Y-%m-%dT%H:%M:%S%z'",
            1_709_204_400,
        ),
    ],
)
def test_numbers(type_: str, cell: tuple[int, Any], more: str, value: float) -> None:
    assert scalar(type_, cell, more) == ({("m",): value}, {})


@pytest.mark.parametrize(
    ("type_", "cell", "more", "reason"),
    [
        ("gauge", (OCTET_STRING, b"5"), "", "wrong_type"),
        ("gauge", (IP_ADDRESS, "192.0.2.1"), "", "wrong_type"),
        ("Float", (OPAQUE, math.nan), "", "not_finite"),
        ("DateAndTime", (OCTET_STRING, bytes(7)), "", "no_date"),
        ("DateAndTime", (OCTET_STRING, bytes(8)), "", "no_date"),
        ("DateAndTime", (OCTET_STRING, bytes([0x07, 0xE8, 2, 30, 0, 0, 0, 0])), "", "no_date"),
        ("DateAndTime", (OCTET_STRING, bytes([0x07, 0xE8, 2, 28, 24, 0, 0, 0])), "", "no_date"),
        ("DateAndTime", (OCTET_STRING, bytes([0x07, 0xE8, 2, 28, 0, 0, 0, 0]) + b"x\0\0"), "", "no_date"),
        ("DateAndTime", (INTEGER, 7), "", "wrong_type"),
        ("NTPTimeStamp", (OCTET_STRING, bytes(7)), "", "no_date"),
        ("NTPTimeStamp", (INTEGER, 7), "", "wrong_type"),
        ("ParseDateAndTime", (OCTET_STRING, b"never"), ", datetime_pattern: '%Y'", "no_date"),
        ("ParseDateAndTime", (OCTET_STRING, b"2" * 65), ", datetime_pattern: '%Y'", "too_long"),
        ("ParseDateAndTime", (INTEGER, 7), ", datetime_pattern: '%Y'", "wrong_type"),
        ("EnumAsInfo", (OCTET_STRING, b"1"), ", enum_values: {1: up}", "wrong_type"),
        ("EnumAsStateSet", (OCTET_STRING, b"1"), ", enum_values: {1: up}", "wrong_type"),
        ("Bits", (INTEGER, 1), ", enum_values: {0: up}", "wrong_type"),
    ],
)
def test_cells_without_a_sample_are_counted(type_: str, cell: tuple[int, Any], more: str, reason: str) -> None:
    assert scalar(type_, cell, more) == ({}, {reason: 1})


def test_large_counters_are_wrapped_where_doubles_end_and_nowhere_else() -> None:
    metric, cells = f"- {{name: m, oid: {ACME}.1, type: counter}}", {"1.0": (COUNTER64, (1 << 64) - 1)}
    assert rendered(metric, cells)[0] == {("m",): (1 << 53) - 1}
    assert rendered(metric, cells, wrap=False)[0] == {("m",): (1 << 64) - 1}


@pytest.mark.parametrize(
    ("type_", "cell", "shown"),
    [
        ("DisplayString", (OCTET_STRING, b"uplink \xc3\xa9"), "uplink é"),
        ("DisplayString", (OCTET_STRING, b"a\xff\xfe\xe2\x82b"), "a�b"),
        ("DisplayString", (INTEGER, -3), "-3"),
        ("DisplayString", (OBJECT_IDENTIFIER, "1.3.6.1"), "1.3.6.1"),
        ("DisplayString", (5, None), ""),
        ("OctetString", (OCTET_STRING, b"\x00\xab"), "0x00AB"),
        ("OctetString", (OCTET_STRING, b""), ""),
        ("OctetString", (OBJECT_IDENTIFIER, "1.3.6.1"), "1.3.6.1"),
        ("OctetString", (OPAQUE, 2.5), "2.5"),
        ("OctetString", (OPAQUE, 2.0), "2"),
        ("PhysAddress48", (OCTET_STRING, bytes.fromhex("00005e005301")), "00:00:5E:00:53:01"),
        ("PhysAddress48", (OCTET_STRING, b"\x01"), "01:00:00:00:00:00"),
        ("InetAddressIPv4", (OCTET_STRING, bytes([192, 0, 2, 1])), "192.0.2.1"),
        ("InetAddressIPv4", (IP_ADDRESS, "192.0.2.1"), "192.0.2.1"),
        (
            "InetAddressIPv6",
            (OCTET_STRING, bytes.fromhex("20010db8000000000000000000abcdef")),
            "2001:0DB8:0000:0000:0000:0000:00AB:CDEF",
        ),
        ("InetAddress", (OCTET_STRING, bytes([192, 0, 2, 1])), "0xC0000201"),
    ],
)
def test_strings(type_: str, cell: tuple[int, Any], shown: str) -> None:
    assert text(type_, cell) == shown


@pytest.mark.parametrize(
    ("hint", "octets", "shown"),
    [
        ("1x:", b"\x0a\xbc", "0A:BC"),
        ("1d.1d.1d.1d", bytes([192, 0, 2, 1]), "192.0.2.1"),
        ("255a", b"up\xff", "up�"),
        ("255t", "é".encode(), "é"),
        ("2d-1d-1d", bytes([0x07, 0xE8, 2, 29]), "2024-2-29"),
        ("*1x:/", b"\x02\x01\x02\x01\x03", "01:02/03"),
        ("no hint", b"\x01", "0x01"),
        ("1x:", b"", ""),
    ],
)
def test_display_hints(hint: str, octets: bytes, shown: str) -> None:
    assert text("OctetString", (OCTET_STRING, octets), f", display_hint: '{hint}'") == shown


def test_a_hint_is_for_octet_strings_only() -> None:
    assert text("DisplayString", (OCTET_STRING, b"ab"), ", display_hint: '1x:'") == "ab"


def test_a_string_that_is_an_index_too_is_no_label_again() -> None:
    metric = f"- {{name: m, oid: {ACME}.1, type: DisplayString, indexes: [{{labelname: m, type: gauge}}]}}"
    assert rendered(metric, {"1.7": (OCTET_STRING, b"seven")})[0] == {("m", "m=7"): 1}


def test_enum_as_info() -> None:
    enum = ", enum_values: {1: up, 2: down}"
    assert scalar("EnumAsInfo", (INTEGER, 2), enum) == ({("m_info", "m=down"): 1}, {})
    assert scalar("EnumAsInfo", (INTEGER, 9), enum) == ({("m_info", "m=9"): 1}, {})
    index = f"- {{name: m, oid: {ACME}.1, type: EnumAsInfo, indexes: [{{labelname: m, type: gauge}}]}}"
    assert rendered(index, {"1.7": (INTEGER, 1)}) == ({}, {})


def test_enum_as_state_set() -> None:
    enum = ", enum_values: {1: up, 2: down}"
    assert scalar("EnumAsStateSet", (INTEGER, 2), enum)[0] == {("m", "m=up"): 0, ("m", "m=down"): 1}
    unknown = {("m", "m=up"): 0, ("m", "m=down"): 0, ("m", "m=9"): 1}
    assert scalar("EnumAsStateSet", (INTEGER, 9), enum)[0] == unknown
    index = f"- {{name: m, oid: {ACME}.1, type: EnumAsStateSet, indexes: [{{labelname: m, type: gauge}}]}}"
    assert rendered(index, {"1.7": (INTEGER, 1)}) == ({}, {"duplicate_label": 1})


def test_bits_begin_at_the_most_significant() -> None:
    enum = ", enum_values: {0: first, 7: eighth, 8: ninth, 30: far}"
    assert scalar("Bits", (OCTET_STRING, b"\x81"), enum)[0] == {
        ("m", "m=first"): 1,
        ("m", "m=eighth"): 1,
        ("m", "m=ninth"): 0,
        ("m", "m=far"): 0,
    }


def test_the_column_before_tells_the_type() -> None:
    metric = f"- {{name: m, oid: {ACME}.2, type: InetAddress, {ROW}}}"
    cells = {
        "1.1": (INTEGER, 1),
        "1.2": (INTEGER, 2),
        "1.3": (INTEGER, 16),
        "2.1": (OCTET_STRING, bytes([192, 0, 2, 1])),
        "2.2": (OCTET_STRING, bytes(15) + b"\x01"),
        "2.3": (OCTET_STRING, b"host"),
    }
    assert set(rendered(metric, cells)[0]) == {
        ("m", "m=192.0.2.1", "port=1"),
        ("m", "m=0000:0000:0000:0000:0000:0000:0000:0001", "port=2"),
        ("m", "m=0x686F7374", "port=3"),
    }
    port_id = f"- {{name: m, oid: {ACME}.2, type: LldpPortId, {ROW}}}"
    cells = {f"1.{kind}": (INTEGER, kind) for kind in range(1, 8)}
    cells |= {f"2.{kind}": (OCTET_STRING, b"abcdef") for kind in range(1, 8)}
    shown = {series[2]: series[1] for series in rendered(port_id, cells)[0]}
    named = {f"port={kind}": "m=abcdef" for kind in (1, 2, 5, 7)}
    others = {f"port={kind}": "m=0x616263646566" for kind in (4, 6)}
    assert shown == named | others | {"port=3": "m=61:62:63:64:65:66"}


@pytest.mark.parametrize(
    ("indexes", "index", "labels"),
    [
        ("{labelname: a, type: gauge}, {labelname: b, type: Integer32}", "4.5", ["a=4", "b=5"]),
        ("{labelname: a, type: gauge}, {labelname: b, type: gauge}", "4", ["a=4", "b=0"]),
        ("{labelname: a, type: EnumAsInfo, enum_values: {1: in, 2: out}}", "2", ["a=out"]),
        ("{labelname: a, type: EnumAsInfo, enum_values: {1: in, 2: out}}", "3", ["a=3"]),
        ("{labelname: a, type: DisplayString}, {labelname: b, type: gauge}", "2.104.105.9", ["a=hi", "b=9"]),
        (
            "{labelname: a, type: DisplayString, fixed_size: 2}, {labelname: b, type: gauge}",
            "104.105.9",
            ["a=hi", "b=9"],
        ),
        (
            "{labelname: a, type: gauge}, {labelname: b, type: DisplayString, implied: true}",
            "4.104.105",
            ["a=4", "b=hi"],
        ),
        ("{labelname: a, type: OctetString}", "3.0.1.255", ["a=0x0001FF"]),
        ("{labelname: a, type: OctetString, fixed_size: 3}", "1.2", ["a=0x010200"]),
        ("{labelname: a, type: OctetString}", "0", ["a="]),
        ("{labelname: a, type: PhysAddress48, fixed_size: 6}", "0.0.94.0.83.1", ["a=00:00:5E:00:53:01"]),
        ("{labelname: a, type: InetAddressIPv4}", "192.0.2", ["a=192.0.2.0"]),
        ("{labelname: a, type: InetAddressIPv6}", ".".join(["0"] * 15 + ["1"]), [f"a={'0000:' * 7}0001"]),
        ("{labelname: a, type: InetAddress}, {labelname: b, type: gauge}", "1.4.192.0.2.1.9", ["a=192.0.2.1", "b=9"]),
        ("{labelname: a, type: InetAddress}, {labelname: b, type: gauge}", "16.2.104.105.9", ["a=0x10026869", "b=9"]),
        ("{labelname: a, type: InetAddressMissingSize}", "1.192.0.2.1", ["a=192.0.2.1"]),
        ("{labelname: a, type: InetAddressMissingSize}", "16.104.105", ["a=0x106869"]),
        ("{labelname: a, type: LldpPortId}, {labelname: b, type: gauge}", "5.2.104.105.9", ["a=hi", "b=9"]),
        ("{labelname: a, type: LldpPortId}", "3.6.0.0.94.0.83.1", ["a=00:00:5E:00:53:01"]),
        ("{labelname: a, type: DisplayString}", "2.255.254", ["a=�"]),
    ],
)
def test_indexes(indexes: str, index: str, labels: list[str]) -> None:
    metric = f"- {{name: m, oid: {ACME}.1, type: gauge, indexes: [{indexes}]}}"
    assert rendered(metric, {f"1.{index}": (INTEGER, 1)})[0] == {("m", *labels): 1}


def test_an_absurd_length_in_an_index_costs_nothing() -> None:
    metric = f"- {{name: m, oid: {ACME}.1, type: gauge, indexes: [{{labelname: a, type: OctetString}}]}}"
    ((series, _),) = rendered(metric, {"1.4294967295.1": (INTEGER, 1)})[0].items()
    assert len(series[1]) < 300


def test_lookups_read_other_columns() -> None:
    metric = f"""
- name: m
  oid: {ACME}.1
  type: gauge
  indexes: [{{labelname: port, type: gauge}}]
  lookups:
  - {{labels: [port], labelname: name, oid: {ACME}.2, type: DisplayString}}
  - {{labels: [port], labelname: slot, oid: {ACME}.3, type: gauge}}
  - {{labels: [slot], labelname: card, oid: {ACME}.4, type: DisplayString}}
  - {{labels: [slot], labelname: state, oid: {ACME}.5, type: EnumAsInfo, enum_values: {{1: ok}}}}
  - {{labels: [slot, port], labelname: both, oid: {ACME}.6, type: OctetString, display_hint: '1x-'}}
  - {{labels: [], labelname: port}}
"""
    cells = {
        "1.7": (INTEGER, 1),
        "1.8": (INTEGER, 2),
        "2.7": (OCTET_STRING, b"ge7"),
        "3.7": (INTEGER, 3),
        "4.3": (OCTET_STRING, b"line card"),
        "5.3": (INTEGER, 1),
        "6.3.7": (OCTET_STRING, b"\x0a\x0b"),
    }
    assert rendered(metric, cells)[0] == {
        ("m", "both=0A-0B", "card=line card", "name=ge7", "slot=3", "state=ok"): 1,
        ("m", "both=", "card=", "name=", "slot=", "state="): 2,
    }


def test_a_chain_of_twelve_lookups() -> None:
    chain = "\n".join(
        f"  - {{labels: [l{at}], labelname: l{at + 1}, oid: {ACME}.{at + 2}, type: gauge}}" for at in range(12)
    )
    metric = (
        f"- name: m\n  oid: {ACME}.1\n  type: gauge\n  indexes: [{{labelname: l0, type: gauge}}]\n  lookups:\n{chain}"
    )
    cells = {"1.0": (INTEGER, 5)} | {f"{at + 2}.{at}": (INTEGER, at + 1) for at in range(12)}
    ((series, _),) = rendered(metric, cells)[0].items()
    assert set(series[1:]) == {f"l{at}={at}" for at in range(13)}


def test_a_lookup_whose_type_stands_before_it() -> None:
    lookup = f"lookups: [{{labels: [port], labelname: peer, oid: {ACME}.3, type: InetAddress}}]"
    metric = f"- {{name: m, oid: {ACME}.1, type: gauge, {ROW}, {lookup}}}"
    cells = {"1.7": (INTEGER, 1), "2.7": (INTEGER, 1), "3.7": (OCTET_STRING, bytes([192, 0, 2, 1]))}
    assert rendered(metric, cells)[0] == {("m", "peer=192.0.2.1", "port=7"): 1}
    del cells["2.7"]
    assert rendered(metric, cells)[0] == {("m", "peer=0xC0000201", "port=7"): 1}


@pytest.mark.parametrize(
    ("extracts", "value", "found", "dropped"),
    [
        (r"{'': [{regex: '(.*) V', value: '$1'}]}", b"230 V", {("m",): 230.0}, {}),
        (r"{'': [{regex: '(.*) V'}]}", b"230 V", {("m",): 230.0}, {}),
        (r"{Volts: [{regex: '^(?:(.*)(.))$', value: '$1.$2'}]}", b"2305", {("mVolts",): 230.5}, {}),
        (r"{'': [{regex: 'on', value: '1'}, {regex: 'off', value: '0'}]}", b"off", {("m",): 0.0}, {}),
        (r"{'': [{regex: '(.*)', value: '${1}00'}]}", b"5", {("m",): 500.0}, {}),
        (r"{'': [{regex: '(\d+)', value: '$1'}]}", b"5 V", {}, {"no_match": 1}),
        (r"{'': [{regex: '(.*)', value: '$1'}]}", b"five", {}, {"no_match": 1}),
        (r"{'': [{regex: '(.*)', value: '$$1'}]}", b"5", {}, {"no_match": 1}),
        (r"{'': [{regex: '(.*)', value: '$1'}]}", b"1_0", {}, {"no_match": 1}),
        (r"{'': [{regex: '(.*)', value: '$1'}]}", b"1e999", {}, {"no_match": 1}),
        (r"{'': [{regex: '(a)?(\d)', value: '$1$2'}]}", b"7", {("m",): 7.0}, {}),
        (r"{'': [{regex: '(.*)', value: '$1'}]}", b"1" * 257, {}, {"too_long": 1}),
        (r"{A: [{regex: '(\d+),.*'}], B: [{regex: '.*,(\d+)'}]}", b"1,2", {("mA",): 1.0, ("mB",): 2.0}, {}),
        (r"{'': [{regex: '(?:(\d+)|x)$', value: '$1'}]}", b"5\n", {}, {"no_match": 1}),
    ],
)
def test_regex_extracts(extracts: str, value: bytes, found: Found, dropped: dict[str, int]) -> None:
    assert scalar("DisplayString", (OCTET_STRING, value), f", regex_extracts: {extracts}") == (found, dropped)


def test_scale_and_offset_of_an_extract() -> None:
    more = r", regex_extracts: {'': [{regex: '(\d+) mV'}]}, scale: 0.5, offset: 1"
    assert scalar("DisplayString", (OCTET_STRING, b"9 mV"), more)[0] == {("m",): 5.5}


def test_the_shorter_oid_takes_the_cell() -> None:
    metrics = f"""
- {{name: long, oid: {ACME}.1.2, type: gauge, {ROW}}}
- {{name: short, oid: {ACME}.1, type: gauge, indexes: [{{labelname: a, type: gauge}}, {{labelname: b, type: gauge}}]}}
- {{name: other, oid: {ACME}.10, type: gauge, {ROW}}}
"""
    cells = {"1.2.3": (INTEGER, 1), "10.4": (INTEGER, 2), "11.5": (INTEGER, 3)}
    assert rendered(metrics, cells)[0] == {("short", "a=2", "b=3"): 1, ("other", "port=4"): 2}


def test_a_metric_may_name_the_instance_itself() -> None:
    metric = f"- {{name: m, oid: {ACME}.1.0, type: gauge}}"
    assert rendered(metric, {"1.0": (INTEGER, 4)})[0] == {("m",): 4}
