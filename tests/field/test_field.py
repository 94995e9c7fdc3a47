"""The field runner over made-up folders."""

import gzip
import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from netmon.snmp import ber
from netmon.snmp.encode import encode_trap
from tests.field.__main__ import main
from tests.field.capture import udp_payloads
from tests.field.definitions import pairs, plain
from tests.field.sheet import INFORMATION, SCORES, WALKS

LINK_DOWN, LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
COLD_START = "1.3.6.1.6.3.1.1.5.1"
RECORDING = """\
1.3.6.1.2.1.1.1.0|4e|Made-up router\\nsecond line
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.32473.1.1
1.3.6.1.2.1.1.3.0|67|4242
1.3.6.1.2.1.1.5.0|4|made-up
1.3.6.1.2.1.2.2.1.8.7|2|2
1.3.6.1.2.1.2.2.1.2.7|4| Port 7
1.3.6.1.2.1.2.2.1.10.7|65|705032704
1.3.6.1.2.1.31.1.1.1.1.7|4|ge7
1.3.6.1.2.1.31.1.1.1.6.7|70|5000000000
1.3.6.1.2.1.31.1.1.1.15.7|66|1000
"""


def port(field: str, column: str, expected: Any, **more: Any) -> dict[str, Any]:
    oid = f"1.3.6.1.2.1.{column}.7"
    return {"kind": "port", "index": "7", "field": field, "oid": oid, "expected": expected, **more}


ORACLE = [
    port("ifInOctets", "31.1.1.1.6", 5_000_000_000, hc=True),
    port("ifSpeed", "31.1.1.1.15", 1_000_000_000, multiplier=1_000_000),
    port("ifOperStatus", "2.2.1.8", "down", raw=2),
    port("ifDescr", "2.2.1.2", "Port 7"),
    port("ifName", "31.1.1.1.1", "ge8"),
    {"kind": "system", "index": "0", "field": "sysName", "oid": "1.3.6.1.2.1.1.5.0", "expected": "made-up"},
    {
        "kind": "system",
        "index": "0",
        "field": "sysDescr",
        "oid": "1.3.6.1.2.1.1.1.0",
        "expected": "Made-up router\nsecond line",
    },
    {"kind": "sensor", "index": "x", "field": "temperature", "oid": "1.3.6.1.4.1.32473.2.1", "expected": 20},
]
IF_INDEX = ("1.3.6.1.2.1.2.2.1.1.7", ber.INTEGER, 7)
IF_ADMIN_STATUS = ("1.3.6.1.2.1.2.2.1.7.7", ber.INTEGER, 1)
IF_ALIAS = ("1.3.6.1.2.1.31.1.1.1.18.7", ber.OCTET_STRING, b"to r2")
TOLD = [
    {"oid": "1.3.6.1.2.1.2.2.1.1.7", "type": "Integer", "value": "7"},
    {"oid": "1.3.6.1.2.1.2.2.1.7.7", "type": "Integer", "value": "1"},
    {"oid": "1.3.6.1.2.1.31.1.1.1.18.7", "type": "OctetString", "value": None, "hex": b"to r2".hex()},
]


def trap(name: str, oid: str, kind: str | None, *, uptime: str = "4242") -> dict[str, Any]:
    packet = encode_trap(b"public", oid, [IF_INDEX, IF_ADMIN_STATUS, IF_ALIAS], uptime_cs=4242, request_id=1)
    head = [
        {"oid": "1.3.6.1.2.1.1.3.0", "type": "TimeTicks", "value": uptime},
        {"oid": "1.3.6.1.6.3.1.1.4.1.0", "type": "ObjectIdentifier", "value": oid},
    ]
    return {
        "id": "made-up",
        "trap_name": name,
        "trap_oid": oid,
        "varbinds": head + TOLD,
        "packet_hex": packet.hex(),
        "expected_kind": kind,
        "expected_severity": ["Error"] if kind == "raise" else [],
    }


def definition(uei: str, oid: str, type_: str, *, clears: str = "", **more: Any) -> dict[str, Any]:
    row = {"uei": uei, "trap_oid_candidates": [oid], "alarm_type": type_, "reduction_key": "%uei%:%parm[#1]%"}
    return row | ({"clear_key": f"{clears}:%parm[#1]%"} if clears else {}) | more


def lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def capture(*payloads: bytes) -> bytes:
    """Return a pcap file of UDP packets in Ethernet frames."""
    octets = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)
    for payload in payloads:
        udp = struct.pack(">HHHH", 5000, 162, 8 + len(payload), 0) + payload
        ip = struct.pack(">BBHHHBBH8s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(8)) + udp
        frame = bytes(12) + b"\x08\x00" + ip
        octets += struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame
    return octets


VECTORS = {
    "percentile": [
        {"id": "p1", "rates_bps": {"run_length": [[19, 10], [1, 99]]}, "args": {}, "expected_bps": 10},
        {"id": "p2", "rates_bps": [1, 2, 3], "args": {"pct": 100}, "expected_bps": 2},
        {"id": "p3", "rates_bps": [1]},
    ],
    "outage": [
        {
            "id": "o1",
            "period": ["2026-04-01T00:00:00Z", "2026-04-01T00:00:10Z"],
            "alarms": [["2026-04-01T00:00:08Z", None]],
            "planned": [],
            "blind": [],
            "expected": {"down": 2000, "planned": 0, "unknown": 0, "up": 8000, "availability_ppm": 800_000},
        }
    ],
}


def fill(folder: Path) -> None:
    for part in ("recordings", "traps", "trap-definitions", "snmp_exporter", "mibs/made-up", "pcap"):
        (folder / part).mkdir(parents=True)
    (folder / "recordings/made-up.snmprec").write_text(RECORDING)
    (folder / "recordings/made-up.oracle.jsonl.gz").write_bytes(gzip.compress(lines(ORACLE).encode()))
    traps = [
        trap("IF-MIB::linkDown", LINK_DOWN, "raise"),
        trap("IF-MIB::linkUp", LINK_UP, "raise"),
        trap("IF-MIB::linkUp", LINK_UP, None, uptime="1"),
        trap("SNMPv2-SMI::enterprises.32473.0.1", "1.3.6.1.4.1.32473.0.1", None),
        {"trap_name": "IF-MIB::linkUp", "trap_oid": LINK_UP, "packet_hex": "no hex", "expected_kind": "clear"},
    ]
    (folder / "traps/traps.jsonl").write_text(lines(traps))
    definitions = [definition("down", LINK_DOWN, "1"), definition("up", LINK_UP, "2", clears="down")]
    packed = gzip.compress(lines([*definitions, definition("cold", COLD_START, "2")]).encode())
    (folder / "trap-definitions/alarm_events.jsonl.gz").write_bytes(packed)
    (folder / "snmp_exporter/snmp.yml").write_text("modules: {one: {metrics: [{name: a}, {name: b}]}, two: {}}\n")
    (folder / "mibs/index.txt").write_text("made-up/GOOD-MIB\nmade-up/LOST-MIB\nmade-up/NONE\n")
    (folder / "mibs/made-up/GOOD-MIB").write_text(
        "GOOD-MIB DEFINITIONS ::= BEGIN\nIMPORTS enterprises FROM SNMPv2-SMI;\n"
        "good OBJECT IDENTIFIER ::= { enterprises 32473 }\nEND\n"
    )
    (folder / "mibs/made-up/LOST-MIB").write_text("LOST-MIB DEFINITIONS ::= BEGIN\nIMPORTS a FROM NOWHERE-MIB;\nEND\n")
    good = encode_trap(b"public", LINK_UP, [], uptime_cs=1, request_id=2)
    (folder / "pcap/made-up.pcap").write_bytes(capture(good, good[:20], b""))
    (folder / "usage-vectors.json").write_text(json.dumps(VECTORS))


EXPECTED = {
    "recordings.port": "4/5",
    "recordings.system": "2/2",
    "recordings.sensor": "0/1",
    "traps.decoded": "3/5",
    "traps.named": "5/5",
    "traps.raise_clear": "1/3",
    "traps.severity": "1/2",
    "definitions.raise_clear": "2/3",
    "definitions.pairs": "1/1",
    "profiles.snmp_exporter": "0/2",
    "mibs.loaded": "1/3",
    "mibs.explained": "1/2",
    "pcap.safe": "3/3",
    "usage.percentile": "1/3",
    "usage.outage": "1/1",
    "walks.responder": "10/10",
    "walks.snmpsim": "10/10",
}
NAMES = (*SCORES, *INFORMATION, *WALKS)


@pytest.mark.wire
@pytest.mark.slow
def test_a_folder_gives_a_line_per_score_and_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    folder, report = tmp_path / "data", tmp_path / "report.jsonl"
    fill(folder)
    monkeypatch.setenv("FIELD_REPORT", str(report))
    with capture_logs():
        assert main([str(folder)], tmp_path / "build") == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [f"{name}: {EXPECTED.get(name, '0/0')}" for name in NAMES]
    scores = json.loads((tmp_path / "build/field.json").read_text())["scores"]
    assert [f"{score['name']}: {score['passed']}/{score['total']}" for score in scores] == told
    failed = [json.loads(line) for line in report.read_text().splitlines()]
    assert len(failed) == sum(score["total"] - score["passed"] for score in scores)
    [name] = [row for row in failed if row["score"] == "recordings.port"]
    assert (name["recording"], name["row"]["expected"], name["had"][0][:2]) == ("made-up", "ge8", ["ifName", "ge7"])


def test_an_empty_folder_has_nothing_to_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "data").mkdir()
    assert main([str(tmp_path / "data")], tmp_path / "build") == 0
    assert capsys.readouterr().out.splitlines() == [f"{name}: 0/0" for name in NAMES]


def test_what_is_no_folder_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "file").touch()
    for arguments in ([str(tmp_path / "missing")], [str(tmp_path / "file")], []):
        assert main(arguments, tmp_path / "build") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "missing: No such file or directory" in told.err


def test_rows_that_are_masked_or_contradicted_do_not_count():
    rows = [
        definition("a", "1.3.1", "1"),
        definition("b", "1.3.2", "1"),
        definition("c", "1.3.2", "2"),
        definition("d", "1.3.3", "2", varbind_mask=[{"vbnumber": "1", "values": ["2"]}]),
        definition("e", "1.3.3", "2", clears="a"),
        definition("f", "1.3.4", "3"),
    ]
    assert [row["uei"] for row in plain(rows)] == ["a"]
    assert [(clear["uei"], [raise_["uei"] for raise_ in raises]) for clear, raises in pairs(rows)] == [("e", ["a"])]


def test_udp_payloads_of_a_capture():
    assert list(udp_payloads(capture(b"one", b"", b"two"))) == [b"one", b"", b"two"]
    assert list(udp_payloads(capture(b"one", b"two")[:-1])) == [b"one", b"tw"]
