import json

import pytest

from netmon.outputs.usage.recompute import BadSamples, recompute
from netmon.outputs.usage.samples import read_lines
from netmon.usage.recompute import RecomputeConfig

GOOD = {
    "t": "2026-03-02T00:00:00.000Z", "uptime_cs": 100, "disc_cs": 0, "ifindex": 5, "width": 64,
    "speed_bps": 1_000_000_000, "in": "18446744073709551615", "out": 0,
}  # fmt: skip


def read(*items):
    lines = [item if isinstance(item, bytes) else json.dumps(item).encode() for item in items]
    return read_lines(lines, file="s.jsonl", series="d|ifName:p")


def test_integers_may_be_decimal_text_and_the_series_is_made_of_its_parts():
    found = read(GOOD, b"", GOOD | {"element": "r|1", "ifname": "xe-0"}, GOOD | {"series": "own"})
    assert found.problems == []
    assert found.readings[0].values.in_octets == (1 << 64) - 1
    assert [item.series for item in found.readings] == ["d|ifName:p", "r%7C1|ifName:xe-0", "own"]
    assert [item.i for item in found.readings] == [0, 1, 2]


@pytest.mark.parametrize("value", [None, "many", True])
def test_a_counter_that_is_no_number_is_no_sample_and_never_zero(value):
    [found] = recompute(RecomputeConfig(), [json.dumps(GOOD | {"in": value}).encode()])
    assert found.notes == ({"type": "note", "note": "no_sample", "i": 0, "reason": "missing_varbind"},)


def test_every_bad_line_is_reported():
    found = read(
        b"{",
        {"t": GOOD["t"]},
        GOOD | {"width": 48},
        GOOD | {"in": 1 << 64},
        GOOD | {"out": 1.5},
        GOOD | {"t": "2026-03-02 00:00"},
        GOOD | {"colour": "red"},
        GOOD | {"status": "late"},
        {"type": "anchor", "run": "r1", "t": GOOD["t"]},
        GOOD | {"uptime_cs": 1 << 32},
    )
    assert [problem.partition(" (")[0] for problem in found.problems] == [
        "s.jsonl:1: line: not JSON",
        "s.jsonl:2: uptime_cs: missing",
        "s.jsonl:3: width: expected 32 or 64, not 48",
        "s.jsonl:4: in: 18446744073709551616 does not fit into 64 bits",
        "s.jsonl:5: out: expected an integer, not 1.5",
        "s.jsonl:6: t: '2026-03-02 00:00' is not a UTC time",
        "s.jsonl:7: colour: unknown field",
        "s.jsonl:8: status: unknown status 'late'",
        "s.jsonl:9: mono_ms: missing",
        "s.jsonl:10: uptime_cs: 4294967296 is out of range",
    ]
    with pytest.raises(BadSamples, match="-:1: line: not JSON"):
        list(recompute(RecomputeConfig(), [b"{"]))


def test_an_anchor_line_sets_the_clock_of_its_run():
    anchor = {"type": "anchor", "run": "r1", "t": "2026-03-02T00:00:00.000Z", "mono_ms": 0}
    later = GOOD | {"run": "r1", "mono_ms": 300_000, "t": "2026-03-02T01:05:00.000Z", "uptime_cs": 30_100}
    lines = [json.dumps(item).encode() for item in (GOOD | {"run": "r1", "mono_ms": 0, "in": 0}, later, anchor)]
    [found] = recompute(RecomputeConfig(), lines)
    assert [pair["to"] for pair in found.pairs] == ["2026-03-02T00:05:00.000Z"]
