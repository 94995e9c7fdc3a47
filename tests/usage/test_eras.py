"""Octets of intervals against counters, in runs: gaps over ends, counters that begin anew, restarts."""

import json

import msgspec
import pytest

from netmon.usage.eras import Billed, runs
from netmon.usage.record_line import decode_line
from tests.usage.metered import QUARTER, START, Daemon, sample

STEP = 60_000


def billed(daemon):
    newest = {}
    for record in daemon.records:
        if record.kind != "exception":
            newest[record.start] = Billed(record.start, record.end, decode_line(record.line))
    return [one for _, one in sorted(newest.items())]


def polled(*, width=64, speed=10_000_000_000, missed=(), restart=None, offset=700):
    daemon, modulus, octets = Daemon(), 1 << width, (1 << width) - 50_000_000
    for number, t in enumerate(range(START, START + 8 * QUARTER + 2 * STEP, STEP)):
        octets = (octets + (number * 7_919) % 900_000) % modulus
        at = t + offset
        daemon.tick(at)
        more = {"uptime_cs": 100} if restart == number else {}
        if number not in missed:
            daemon.take(sample(at, octets, octets // 2, width=width, speed_bps=speed, **more))
    return daemon


@pytest.mark.parametrize(
    "case",
    [
        {},
        {"offset": 0},
        {"missed": range(20, 40)},
        {"width": 32, "speed": 100_000_000},
        {"restart": 50},
    ],
)
def test_what_is_billed_is_what_was_counted(case):
    found = list(runs(billed(polled(**case))))
    assert found
    assert [one for one in found if not one.is_right] == []
    assert any(one.exact for one in found)
    assert sum(one.billed for one in found) > 20_000_000


def test_an_octet_more_or_less_anywhere_is_seen():
    intervals = billed(polled())
    for place, by in ((1, 1), (3, -1), (6, 1)):
        changed = list(intervals)
        line = json.loads(msgspec.json.encode(intervals[place].line))
        line["octets_in"] += by
        changed[place] = Billed(intervals[place].start, intervals[place].end, decode_line(json.dumps(line).encode()))
        [wrong] = [one for one in runs(changed) if not one.is_right]
        assert (wrong.side, wrong.exact, wrong.billed - wrong.counted) == ("in", True, by)
