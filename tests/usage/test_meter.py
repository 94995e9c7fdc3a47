import hashlib
import json

import msgspec
import pytest

from netmon.domain.usage import UsageSettings
from netmon.usage.meter import MOST_PER_TICK, Meter
from netmon.usage.periods import utc_text
from netmon.usage.record_line import canonical
from tests.usage.metered import QUARTER, SERIES, START, Daemon, assignment, sample


def poll(daemon, since, until, *, rate=1000, step=60_000):
    """Poll every minute a line that carries ``rate`` octets a second."""
    for t in range(since, until + 1, step):
        daemon.tick(t)
        daemon.take(sample(t, (t - START) // 1000 * rate))


def test_an_interval_closes_with_the_first_sample_after_its_end():
    daemon = Daemon()
    poll(daemon, START, START + QUARTER)
    assert daemon.records == []
    [record] = daemon.tick(START + QUARTER + 20)
    assert record["octets_in"] == 900_000
    assert record["quality"] == "measured"
    assert record["slots_in"] == [300_000] * 3
    assert record["slots_quality"] == "mmm"
    assert record["peak_bps_in"] == 8_000
    assert record["octets_from_customer"] == 900_000
    assert record["evidence"]["samples"] == 16
    assert record["evidence"]["first"]["in"] == "0"
    assert record["created"] == "2026-03-02T00:15:00.020Z"


def test_every_field_stands_in_every_record_and_the_line_is_canonical():
    daemon = Daemon()
    poll(daemon, START, START + QUARTER)
    daemon.take(sample(START + QUARTER + 60_000, 0))
    daemon.tick(START + QUARTER + 60_000)
    exception, usage = daemon.records
    assert {exception.kind, usage.kind} == {"exception", "usage"}
    names = [sorted(json.loads(record.line)) for record in daemon.records]
    assert names[0] == names[1]
    assert len(names[0]) == 41
    for record in daemon.records:
        assert canonical(json.loads(record.line)) == record.line
        assert hashlib.sha256(record.line).hexdigest() == record.hash
    assert json.loads(usage.line)["prev"] == exception.hash
    assert json.loads(exception.line)["prev"] == "0" * 64
    assert [record.rec_seq for record in daemon.records] == [1, 2]


def test_without_samples_an_interval_closes_unknown_after_its_grace():
    daemon = Daemon()
    assert daemon.run(START, START + QUARTER + 179_000, 1_000) == []
    [record] = daemon.tick(START + QUARTER + 180_000)
    assert record["octets_in"] is None
    assert record["quality"] == "unknown"
    assert record["slots_quality"] == "uuu"
    assert record["source"]["width"] is None


def test_bridged_octets_come_as_adjustments_of_closed_intervals():
    daemon = Daemon()
    poll(daemon, START, START + QUARTER + 60_000)
    daemon.run(START + QUARTER + 120_000, START + 4 * QUARTER + 240_000)
    assert [item["octets_in"] for item in daemon.lines("usage")] == [900_000, 60_000, None, None]
    daemon.take(sample(START + 4 * QUARTER + 300_000, 3_900_000))
    daemon.run(START + 4 * QUARTER + 300_000, START + 4 * QUARTER + 301_000, 1_000)
    changes = daemon.lines("adjustment")
    assert [item["reason"] for item in changes] == ["gap_bridged"] * 3
    assert [item["delta_octets_in"] for item in changes] == [840_000, 900_000, 900_000]
    assert [item["octets_in"] for item in changes] == [900_000] * 3
    assert [item["quality"] for item in changes] == ["estimated"] * 3
    assert [item["adjusts"] for item in changes] == [item["id"] for item in daemon.lines("usage")[1:]]
    assert len({item["id"] for item in daemon.lines()}) == len(daemon.records)


def test_a_late_sample_replaces_the_pair_it_falls_into():
    daemon = Daemon()
    poll(daemon, START, START + QUARTER - 60_000)
    daemon.take(sample(START + QUARTER + 60_000, 960_000))
    daemon.tick(START + QUARTER + 60_000)
    [usage] = daemon.lines("usage")
    assert usage["flags"] == ["boundary_prorated"]
    assert daemon.take(sample(START + QUARTER, 890_000)).note == "out_of_order_sample"
    [change] = daemon.tick(START + QUARTER + 61_000)
    assert change["reason"] == "late_sample"
    assert (change["octets_in"], change["delta_octets_in"]) == (890_000, -10_000)
    assert change["flags"] == []


def test_a_conflict_takes_back_what_was_counted():
    daemon = Daemon()
    poll(daemon, START, START + QUARTER)
    assert daemon.take(sample(START + QUARTER - 60_000, 123)).note == "conflicting_sample"
    daemon.tick(START + QUARTER + 1)
    [usage] = daemon.lines("usage")
    assert usage["octets_in"] == 780_000
    assert usage["coverage_ms"] == 780_000
    assert [item["reason"] for item in daemon.lines("exception")] == ["conflicting_sample"] * 2


def test_a_sample_too_late_leaves_an_exception():
    daemon = Daemon()
    poll(daemon, START, START + QUARTER)
    assert daemon.take(sample(START + 30_000, 5)).note == "late_sample"
    daemon.tick(START + QUARTER + 1)
    assert [item["reason"] for item in daemon.lines("exception")] == ["late_sample"]


def test_absence_is_told_once_per_interval_and_reason():
    daemon = Daemon()
    for _ in range(3):
        daemon.meter.absent(SERIES, "series_missing")
        daemon.meter.absent(SERIES, "series_ambiguous")
    found = daemon.tick(START + 60_000)
    assert [item["reason"] for item in found] == ["series_missing", "series_ambiguous"]
    assert len({item["id"] for item in found}) == 2
    assert daemon.tick(START + 61_000) == []


def test_a_tick_closes_a_bounded_number_in_order_of_series_and_start():
    names = [f"r1|ifName:p{number:03d}" for number in range(150)]
    daemon = Daemon(*(assignment(name) for name in reversed(names)))
    daemon.run(START, START + QUARTER + 179_000, 1_000)
    first = daemon.tick(START + QUARTER + 180_000)
    second = daemon.tick(START + QUARTER + 180_020)
    assert len(first) == MOST_PER_TICK
    assert [item["series"] for item in first + second] == names


def test_the_time_netmon_was_down_has_records_too():
    daemon = Daemon()
    poll(daemon, START, START + 2 * QUARTER)
    daemon.tick(START + 2 * QUARTER + 1)
    daemon.restart()
    back = START + 8 * QUARTER + 30_000
    assert daemon.tick(back) == []
    daemon.take(sample(back + 10_000, 7_240_000, run="r2", mono_ms=5))
    found = daemon.tick(back + 11_000)
    assert [item["octets_in"] for item in found] == [900_000] * 6
    assert {item["quality"] for item in found} == {"estimated"}


def test_a_gap_longer_than_a_day_is_never_split():
    daemon = Daemon()
    poll(daemon, START, START + QUARTER)
    daemon.take(sample(START + 101 * QUARTER, 5_000_000))
    daemon.tick(START + 101 * QUARTER)
    daemon.tick(START + 101 * QUARTER + 20)
    assert [item["reason"] for item in daemon.lines("exception")] == ["gap_too_long"]
    assert daemon.lines("exception")[0]["evidence"]["dropped"][0]["octets_in"] == 4_100_000
    usage = daemon.lines("usage")
    assert len(usage) == 101
    assert {item["quality"] for item in usage[1:]} == {"unknown"}
    assert usage[50]["flags"] == ["gap_too_long"]


def test_an_assignment_changes_at_the_next_boundary_only():
    daemon = Daemon()
    poll(daemon, START, START + 600_000)
    daemon.meter.configure([assignment(service="svc-2")], daemon.settings)
    poll(daemon, START + 660_000, START + 2 * QUARTER)
    daemon.tick(START + 2 * QUARTER + 1)
    assert [item["service_id"] for item in daemon.lines("usage")] == ["svc-1", "svc-2"]
    daemon.meter.configure([], daemon.settings)
    daemon.run(START + 2 * QUARTER + 60_000, START + 6 * QUARTER)
    assert [item["service_id"] for item in daemon.lines("usage")] == ["svc-1", "svc-2", "svc-2"]


def test_a_reload_without_a_change_changes_nothing():
    daemon = Daemon()
    poll(daemon, START, START + QUARTER + 60_000)
    before = daemon.meter.dump()
    daemon.meter.configure(daemon.assignments, daemon.settings)
    assert daemon.meter.dump() == before


def test_an_object_without_validity_begins_at_the_next_boundary():
    daemon = Daemon(assignment(valid_from=None, service="", facing=""), started=START + 1)
    daemon.run(START + 60_000, START + 2 * QUARTER + 180_000)
    [record] = daemon.lines("usage")
    assert record["start"] == "2026-03-02T00:15:00.000Z"
    assert record["service_id"] is record["octets_from_customer"] is None


def test_octets_beyond_exact_json_numbers_are_an_exception():
    daemon = Daemon(settings=UsageSettings())
    daemon.take(sample(START, 0, speed_bps=0))
    daemon.take(sample(START + QUARTER, 1 << 60, speed_bps=0))
    daemon.tick(START + QUARTER)
    daemon.tick(START + QUARTER + 1)
    [usage], [exception] = daemon.lines("usage"), daemon.lines("exception")
    assert usage["octets_in"] is None
    assert "overflow" in usage["flags"]
    assert exception["reason"] == "overflow"


@pytest.mark.parametrize("cut", range(0, 40, 3))
def test_a_restart_at_any_sample_gives_the_same_lines(cut):
    whole, halves = Daemon(), Daemon()
    for number in range(40):
        t = START + number * 60_000 + (7_200_000 if number > 25 else 0)
        for daemon in (whole, halves):
            daemon.tick(t)
            if number % 7:
                daemon.take(sample(t, number * number * 1_000))
        if number == cut:
            halves.restart()
    for daemon in (whole, halves):
        daemon.run(t, t + 3 * QUARTER)
    assert [record.line for record in halves.records] == [record.line for record in whole.records]
    assert halves.meter.dump() == whole.meter.dump()


def test_a_new_meter_has_nothing():
    assert Meter().tick(START) == []


def statements(daemon):
    return [(one.feed, one.through, one.rec_seq) for one in daemon.settled]


def test_a_feed_is_settled_each_minute_with_the_number_of_its_last_record():
    daemon = Daemon()
    for t in range(START, START + QUARTER + 1, 60_000):
        daemon.tick(t)
        daemon.take(sample(t, t - START))
    minutes = [("main", START + minute * 60_000, 0) for minute in range(15)]
    assert statements(daemon) == minutes
    daemon.tick(START + QUARTER + 700)
    assert statements(daemon) == [*minutes, ("main", START + QUARTER, 1)]
    daemon.tick(START + QUARTER + 1_700)
    assert len(daemon.settled) == 16


def test_a_feed_is_not_settled_before_its_last_interval_is_closed_and_nothing_is_left_over():
    silent = [assignment(f"r1|ifName:xe-{number}") for number in range(150)]
    other = msgspec.structs.replace(assignment(valid_from=START + QUARTER), feed="other")
    daemon = Daemon(*silent, other, settings=UsageSettings(feeds={"main": "n1", "other": "n1"}))
    end = START + QUARTER
    daemon.run(START, end + 120_000)
    assert {one.feed: one.through for one in daemon.settled} == {"main": end - 60_000, "other": end + 120_000}
    before = len(daemon.settled)
    daemon.tick(end + 180_000)
    assert (len(daemon.records), len(daemon.settled)) == (MOST_PER_TICK, before)
    daemon.tick(end + 180_020)
    assert statements(daemon)[before:] == [("main", end + 180_000, 150), ("other", end + 180_000, 0)]


def test_what_is_stated_is_stated_once_whatever_restarts():
    daemon = Daemon()
    daemon.run(START, START + 120_000)
    daemon.restart()
    daemon.run(START + 120_000, START + 180_000)
    assert [through for _, through, _ in statements(daemon)] == [START + minute * 60_000 for minute in range(4)]


def test_what_comes_after_the_late_horizon_is_an_exception_and_adjusts_nothing():
    daemon = Daemon(settings=UsageSettings(horizons_ms={"main": 4 * QUARTER}))
    poll(daemon, START, START + QUARTER)
    end = START + 20 * QUARTER
    daemon.run(START + QUARTER, end)
    daemon.take(sample(end, 1_000 * (end - START)))
    daemon.run(end, end + QUARTER)
    adjusted = [line["start"] for line in daemon.lines("adjustment")]
    assert adjusted == [utc_text(START + n * QUARTER) for n in range(16, 19)]
    [left_out] = [line for line in daemon.lines("exception") if line["reason"] == "gap_bridged"]
    assert (left_out["start"], left_out["end"]) == (utc_text(START + QUARTER), utc_text(START + 16 * QUARTER))
    octets = {"octets_in": (1_000 * 20 * QUARTER - QUARTER) * 15 // 19, "octets_out": 0}
    bridged = {"from": left_out["start"], "reason": "gap_bridged", "to": left_out["end"]}
    assert left_out["evidence"]["dropped"] == [octets | bridged]
    told = [line["octets_in"] for line in daemon.lines("usage") if line["octets_in"] is not None]
    adjusted_octets = sum(line["delta_octets_in"] for line in daemon.lines("adjustment"))
    assert sum(told) + adjusted_octets + octets["octets_in"] == 1_000 * (end - START)
