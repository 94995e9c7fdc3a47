"""A metered interface for tests: samples as its element would answer, and the daemon's path over them."""

import json
from typing import Any

import msgspec

from netmon.domain.usage import Assignment, CounterSample, UsageRecord, UsageSettings, UsageSettled
from netmon.normalize.counters import Counters
from netmon.usage.meter import Meter

START = 1_772_409_600_000
"""2026-03-02T00:00:00Z"""
QUARTER = 900_000
SERIES = "r1|ifName:xe-0/0/1"


def assignment(series=SERIES, **fields):
    name = series.partition(":")[2]
    values: dict[str, Any] = {
        "valid_from": START,
        "service": "svc-1",
        "party": "cust-1",
        "facing": "customer",
        "contract": "c-1",
    }
    return Assignment(series, "r1", f"r1/if:{name}", name, "ifName", "main", "rule-1", **(values | fields))


def sample(t, octets_in, octets_out=0, **fields):
    values: dict[str, Any] = {
        "run": "r", "mono_ms": t, "uptime_cs": t // 10 - 170_000_000_000, "boots": None, "disc_cs": 0, "ifindex": 5,
        "ifname": "xe-0/0/1", "width": 64, "speed_bps": 10_000_000_000,
    }  # fmt: skip
    return CounterSample(t=t, in_octets=octets_in, out_octets=octets_out, **(values | fields))


class Daemon:
    """Counters and meter, ticked every second that matters."""

    def __init__(self, *assignments, settings=None, started=START):
        self.assignments = assignments or (assignment(),)
        self.settings = settings or UsageSettings()
        self.records: list[UsageRecord] = []
        self.settled: list[UsageSettled] = []
        self.counters, self.meter = self._made()
        self.tick(started)

    def restart(self):
        """Start anew from the state of before, as from a snapshot."""
        counters, meter = self._made()
        packed = msgspec.msgpack.encode((self.counters.dump(), self.meter.dump()))
        counters_state, meter_state = msgspec.msgpack.decode(packed)
        counters.load_state(counters_state)
        meter.load_state(meter_state)
        self.counters, self.meter = counters, meter

    def _made(self):
        counters, meter = Counters(), Meter()
        counters.configure(self.assignments, self.settings)
        meter.configure(self.assignments, self.settings)
        return counters, meter

    def tick(self, now):
        told = self.meter.tick(now)
        found = [one for one in told if isinstance(one, UsageRecord)]
        self.records += found
        self.settled += [one for one in told if isinstance(one, UsageSettled)]
        return [json.loads(record.line) for record in found]

    def run(self, since, until, step=60_000):
        return [item for now in range(since, until + 1, step) for item in self.tick(now)]

    def take(self, taken, series=SERIES):
        judged = self.counters.add(series, taken)
        self.meter.pairs(judged.pairs)
        return judged

    def lines(self, *kinds):
        items = [json.loads(record.line) for record in self.records]
        return [item for item in items if not kinds or item["kind"] in kinds]
