"""The vectors of specs/usage.md section 13: recomputed, and through the daemon's own path."""

import hashlib
import json
from itertools import chain, repeat
from pathlib import Path

import msgspec
import pytest

from netmon.domain.usage import USAGE_NAMESPACE, Assignment, UsageRecord, UsageSettings
from netmon.normalize.counters import Counters
from netmon.normalize.ordering import Anchor, arrange
from netmon.outputs.usage.recompute import recompute
from netmon.outputs.usage.samples import read_lines
from netmon.usage.availability import availability
from netmon.usage.meter import Meter
from netmon.usage.percentile import percentile
from netmon.usage.periods import parse_utc
from netmon.usage.recompute import RecomputeConfig
from netmon.usage.record_line import canonical, record_id

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())
SERIES = "dev1|ifName:xe-0/0/1"


def ids(cases):
    return [case["id"] for case in cases]


def configured(case):
    return msgspec.convert({**case["config"], "period": case["period"]}, RecomputeConfig)


def lines(case):
    return [json.dumps(sample).encode() for sample in case["samples"]]


def plain(items):
    return json.loads(canonical(items))


def only(wanted, item):
    return {name: item[name] for name in wanted}


@pytest.mark.parametrize("case", VECTORS["usage"], ids=ids(VECTORS["usage"]))
def test_recomputed(case):
    [found] = recompute(configured(case), lines(case))
    records = [only(case["expected_records"][0], record) for record in plain(found.records)]
    assert records == case["expected_records"]
    assert [{k: v for k, v in note.items() if k != "type"} for note in found.notes] == case["expected_notes"]
    pairs = [{k: v for k, v in pair.items() if k not in ("type", "from", "to")} for pair in plain(found.pairs)]
    assert pairs == case["expected_pairs"]


@pytest.mark.parametrize("case", VECTORS["usage"], ids=ids(VECTORS["usage"]))
def test_by_the_meter(case):
    """Revision 0 and all later changes of the daemon are what is computed from the file."""
    config = configured(case)
    start, end = map(parse_utc, case["period"])
    assignment = Assignment(
        SERIES, "dev1", "dev1/if:xe-0/0/1", "xe-0/0/1", "ifName", "netmon", "rule",
        poll_ms=config.poll_interval_ms, valid_from=start, valid_to=end,
    )  # fmt: skip
    settings = UsageSettings({"netmon": "n1"}, config.interval_ms, pairs=config.settings(), grace_ms=660_000)
    counters, meter = Counters(), Meter()
    counters.configure([assignment], settings)
    meter.configure([assignment], settings)
    written = meter.tick(start)
    for sample in arrived(case):
        written += meter.tick(max(start, sample.t))
        meter.pairs(counters.add(SERIES, sample).pairs)
    for minute in range(1, 1 + (max(end, start) - start) // 60_000 + 1600):
        written += meter.tick(start + minute * 60_000)
    last = {}
    for record in (one for one in written if isinstance(one, UsageRecord)):
        item = json.loads(record.line)
        if item["kind"] != "exception":
            last[item["start"]] = item
    assert [only(case["expected_records"][0], item) for item in last.values()] == case["expected_records"]


def arrived(case):
    """Return the samples in order of arrival, each timed alone as the poller does it."""
    found = read_lines(lines(case), file="-", series=SERIES)
    runs = [
        Anchor(reading.run, reading.wall, reading.mono_ms) for reading in found.readings if reading.mono_ms is not None
    ]
    return [sample for reading in found.readings for sample in arrange([reading], runs)[SERIES].samples]


@pytest.mark.parametrize("case", VECTORS["percentile"], ids=ids(VECTORS["percentile"]))
def test_percentile(case):
    rates = case["rates_bps"]
    if isinstance(rates, dict):
        rates = list(chain.from_iterable(repeat(value, count) for count, value in rates["run_length"]))
    assert percentile(rates, **case["args"]) == case["expected_bps"]


@pytest.mark.parametrize("case", VECTORS["outage"], ids=ids(VECTORS["outage"]))
def test_availability(case):
    def stretches(name):
        return [(parse_utc(since), until and parse_utc(until)) for since, until in case[name]]

    start, end = map(parse_utc, case["period"])
    found = availability(start, end, alarms=stretches("alarms"), planned=stretches("planned"), blind=stretches("blind"))
    assert msgspec.to_builtins(found) == case["expected"]


@pytest.mark.parametrize("case", VECTORS["record_ids"], ids=lambda case: str(case["revision"]))
def test_record_id(case):
    assert str(USAGE_NAMESPACE) == case["namespace"]
    start, end = parse_utc(case["start"]), parse_utc(case["end"])
    assert record_id(case["feed"], case["series_key"], start, end, case["revision"]) == case["uuid5"]


def test_hash_chain():
    prev = "0" * 64
    for case in VECTORS["hash_chain"]["lines"]:
        item = json.loads(case["line"])
        assert item["prev"] == prev
        assert canonical(item) == case["line"].encode()
        prev = hashlib.sha256(case["line"].encode()).hexdigest()
        assert prev == case["sha256"]
