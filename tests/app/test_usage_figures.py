"""What was left out of billing is counted by reason, for every feed, and so are records by their quality."""

import json

from netmon.app.gauges import Gauges
from netmon.mib.names import MibView
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.telemetry.metrics import Metrics
from tests.usage.metered import QUARTER, START, Daemon, assignment, sample


def no_rules(*_: object) -> Ruleset:
    raise AssertionError("no rules come")


def figures(daemon: Daemon) -> dict[str, float]:
    metrics = Metrics()
    Gauges(Core(no_rules, MibView(())), metrics).committed((), daemon.records)
    lines = metrics.render().decode().splitlines()
    pairs = [line.rpartition(" ") for line in lines if line.startswith("netmon_usage") and "_created" not in line]
    return {name: float(value) for name, _, value in pairs}


def test_a_rate_that_cannot_be_is_counted_with_its_octets_and_flagged_on_the_record() -> None:
    daemon = Daemon()
    for minute, octets in enumerate([0, 10, 10**15, *(10**15 + 10 * n for n in range(1, 16))]):
        daemon.take(sample(START + minute * 60_000, octets))
    daemon.tick(START + QUARTER + 120_000)
    assert figures(daemon) == {
        'netmon_usage_records_total{feed="main",kind="exception",quality=""}': 1,
        'netmon_usage_records_total{feed="main",kind="usage",quality="partial"}': 1,
        'netmon_usage_dropped_pairs_total{feed="main",reason="implausible_rate"}': 1,
        'netmon_usage_quarantined_octets_total{feed="main"}': 10**15 - 10,
        'netmon_usage_octets_total{direction="in",feed="main"}': 140,
        'netmon_usage_octets_total{direction="out",feed="main"}': 0,
        'netmon_usage_coverage_ratio{feed="main"}': 840 / 900,
    }
    [record] = [json.loads(one.line) for one in daemon.records if one.kind == "usage"]
    assert "implausible_rate" in record["flags"]
    assert (record["quality"], record["coverage_ms"]) == ("partial", 840_000)


def test_adjustments_are_counted_by_reason_and_change_no_sum_of_octets() -> None:
    daemon = Daemon()
    for minute in (0, 5, 10, 15, 16):
        daemon.tick(START + minute * 60_000)
        daemon.take(sample(START + minute * 60_000, minute * 100))
    daemon.tick(START + QUARTER + 61_000)
    daemon.take(sample(START + 12 * 60_000, 0))
    daemon.tick(START + QUARTER + 62_000)
    told = figures(daemon)
    assert told['netmon_usage_adjustments_total{feed="main",reason="late_sample"}'] == 1
    assert told['netmon_usage_octets_total{direction="in",feed="main"}'] == 1_500


def test_intervals_whose_grace_is_over_are_missing_until_ticks_have_written_them() -> None:
    ports = [f"r1|ifName:xe-0/0/{number}" for number in range(150)]
    daemon = Daemon(*(assignment(port) for port in ports))
    assert daemon.meter.missing() == {"main": 0}
    daemon.run(START, START + QUARTER + 120_000)
    assert daemon.meter.missing() == {"main": 0}
    daemon.tick(START + QUARTER + 180_000)
    assert daemon.meter.missing() == {"main": 50}
    daemon.tick(START + QUARTER + 181_000)
    assert daemon.meter.missing() == {"main": 0}


def test_a_port_that_is_not_there_drops_no_pair() -> None:
    daemon = Daemon()
    daemon.meter.absent("r1|ifName:xe-0/0/1", "series_missing")
    daemon.tick(START + 1000)
    assert set(figures(daemon)) == {'netmon_usage_records_total{feed="main",kind="exception",quality=""}'}
