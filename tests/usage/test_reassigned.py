"""A port that was another service's: closed intervals are taken from one and given to the other (usage.md 4)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from netmon.domain.usage import Reassignment
from netmon.outputs.usage.adjustments import Adjustments
from netmon.rulebook.metering import Contract
from netmon.usage.statement import Asked, statement
from tests.usage.metered import QUARTER, SERIES, START, Daemon, assignment, sample

STEP = 300_000
MIDNIGHT = START + 4 * QUARTER


def poll(daemon, since, until):
    for t in range(since, until + 1, STEP):
        daemon.tick(t)
        daemon.take(sample(t, (t - START) // 7, (t - START) // 3))


def carried(daemon):
    """Bring the records that the meter waits for, as the daemon does."""
    newest = {record.start: record for record in daemon.records if record.kind != "exception"}
    while wanted := daemon.meter.moving(3):
        intervals = [Reassignment(feed, series, at, newest[at].line) for feed, series, at in wanted]
        daemon.records += daemon.meter.reassign(intervals)


def moved(at=MIDNIGHT, old="svc-1", new="svc-2"):
    return (
        assignment(service=old, valid_to=at),
        assignment(service=new, party="cust-2", contract="c-2", facing="network", valid_from=at),
    )


@pytest.fixture
def daemon():
    """Two hours of a port of svc-1, and half an interval more."""
    daemon = Daemon()
    poll(daemon, START, START + 8 * QUARTER + STEP)
    daemon.meter.configure(moved(), daemon.settings)
    daemon.tick(START + 8 * QUARTER + STEP + 1)
    return daemon


def test_what_was_told_is_taken_from_one_service_and_given_to_the_other(daemon):
    before = {line["start"]: line for line in daemon.lines("usage")}
    carried(daemon)
    told = daemon.lines("adjustment")
    assert [(line["revision"], line["service_id"], line["reason"]) for line in told] == [
        (1, "svc-1", "reassigned"),
        (2, "svc-2", "reassigned"),
    ] * 4
    for taken, given in zip(told[::2], told[1::2], strict=True):
        first = before[taken["start"]]
        assert (taken["adjusts"], given["adjusts"]) == (first["id"],) * 2
        assert (taken["delta_octets_in"], taken["octets_in"]) == (-first["octets_in"], 0)
        assert (given["delta_octets_out"], given["octets_out"]) == (first["octets_out"],) * 2
        assert (given["party_ref"], given["contract_id"], given["facing"]) == ("cust-2", "c-2", "network")
        assert (given["octets_from_customer"], given["slots_in"]) == (first["octets_out"], first["slots_in"])
        assert "reassigned" in taken["flags"]
        assert "reassigned" in given["flags"]
    assert [line["start"] for line in told[::2]] == sorted(before)[4:8]


def test_the_open_interval_and_all_that_follow_are_the_new_service_at_once(daemon):
    carried(daemon)
    poll(daemon, START + 8 * QUARTER + 2 * STEP, START + 10 * QUARTER + STEP)
    assert [line["service_id"] for line in daemon.lines("usage")] == ["svc-1"] * 8 + ["svc-2"] * 2


def test_revisions_go_on_and_add_up_after_a_late_reading(daemon):
    carried(daemon)
    poll(daemon, START + 8 * QUARTER + 2 * STEP, START + 8 * QUARTER + 3 * STEP)
    daemon.take(sample(START + 8 * QUARTER - 100_000, 0))
    daemon.tick(START + 9 * QUARTER + STEP)
    last = [line for line in daemon.lines("adjustment") if line["reason"] == "late_sample"]
    assert [(line["revision"], line["service_id"]) for line in last] == [(3, "svc-2")]
    assert problems(daemon) == []


def problems(daemon):
    found = Adjustments()
    for number, line in enumerate(daemon.lines()):
        found.add(line, "f", number)
    return list(found.problems())


def test_octets_of_both_services_together_stay_the_same(daemon):
    total = sum(line["octets_in"] for line in daemon.lines("usage"))
    carried(daemon)
    by_service = {"svc-1": 0, "svc-2": 0}
    for line in daemon.lines("usage", "adjustment"):
        is_first = line["kind"] == "usage"
        by_service[line["service_id"]] += line["octets_in"] if is_first else line["delta_octets_in"]
    assert sum(by_service.values()) == total
    assert by_service["svc-2"] == sum(line["octets_in"] for line in daemon.lines("usage")[4:8])
    assert problems(daemon) == []


def test_a_restart_between_goes_on_where_it_was(daemon):
    wanted = daemon.meter.moving(100)
    assert [start for _, _, start in wanted] == [MIDNIGHT + number * QUARTER for number in range(4)]
    daemon.records += daemon.meter.reassign([one(daemon, *wanted[0])])
    daemon.assignments = moved()
    daemon.restart()
    daemon.tick(START + 8 * QUARTER + STEP + 2)
    assert daemon.meter.moving(100) == wanted[1:]
    carried(daemon)
    assert [line["revision"] for line in daemon.lines("adjustment")] == [1, 2] * 4


def one(daemon, feed, series, start):
    record = next(record for record in daemon.records if record.start == start and record.kind == "usage")
    return Reassignment(feed, series, start, record.line)


def test_an_old_record_or_one_out_of_turn_changes_nothing(daemon):
    wanted = daemon.meter.moving(100)
    assert daemon.meter.reassign([one(daemon, *wanted[1])]) == []
    daemon.records += daemon.meter.reassign([one(daemon, *asked) for asked in wanted[:3]])
    stale = one(daemon, *wanted[3])
    daemon.take(sample(START + 8 * QUARTER - 100_000, 0))
    daemon.tick(START + 8 * QUARTER + STEP + 3)
    newest = daemon.records[-1]
    assert (newest.start, newest.revision) == (stale.start, 1)
    assert daemon.meter.reassign([stale]) == []
    assert daemon.meter.moving(9) == wanted[3:]
    carried(daemon)
    assert daemon.records[-1].revision == 3
    assert problems(daemon) == []


def test_the_same_again_is_no_change_and_another_name_acts_at_the_next_boundary(daemon):
    carried(daemon)
    daemon.meter.configure(moved(), daemon.settings)
    daemon.tick(START + 8 * QUARTER + STEP + 4)
    assert daemon.meter.moving(9) == []
    daemon.meter.configure(moved(new="svc-3"), daemon.settings)
    daemon.tick(START + 8 * QUARTER + STEP + 5)
    assert daemon.meter.moving(9) == []
    poll(daemon, START + 8 * QUARTER + 2 * STEP, START + 10 * QUARTER + STEP)
    assert [line["service_id"] for line in daemon.lines("usage")[-2:]] == ["svc-2", "svc-3"]


def test_what_is_older_than_the_late_horizon_stays(daemon):
    late = Daemon(settings=type(daemon.settings)(horizons_ms={"main": 2 * QUARTER}))
    poll(late, START, START + 8 * QUARTER + STEP)
    late.meter.configure(moved(), late.settings)
    late.tick(START + 8 * QUARTER + STEP + 1)
    assert [start for _, _, start in late.meter.moving(9)] == [START + 7 * QUARTER]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-05-01", 24)])
def test_a_port_that_moved_at_a_midnight_of_berlin_is_billed_by_whole_days(day, hours):
    """The days around it are 23 or 25 hours long where clocks change; each statement has its own slots alone."""
    berlin = ZoneInfo("Europe/Berlin")
    year, month, number = map(int, day.split("-"))
    begin = int(datetime(year, month, number, tzinfo=berlin).timestamp()) * 1000
    end = int(datetime(year, month, number + 1, tzinfo=berlin).timestamp()) * 1000
    assert end - begin == hours * 4 * QUARTER
    daemon = Daemon(assignment(valid_from=begin - 4 * QUARTER), started=begin - 4 * QUARTER)
    poll(daemon, begin - 4 * QUARTER, end + STEP)
    at = moved(begin)
    daemon.meter.configure((replace(at[0], valid_from=begin - 4 * QUARTER), at[1]), daemon.settings)
    daemon.tick(end + STEP + 1)
    carried(daemon)
    for contract, since, until in (("c-2", begin, end), ("c-1", begin - 4 * QUARTER, begin)):
        asked = Asked(Contract(contract, zone="Europe/Berlin", period="day"), "main", day, since, until, "2026a")
        found = statement(records(daemon, since, until), asked, settled=end)
        assert (found.n_expected, found.n_valid, found.series) == (
            (until - since) // STEP,
            (until - since) // STEP,
            [SERIES],
        )
    for contract in ("c-1",):
        asked = Asked(Contract(contract, zone="Europe/Berlin", period="day"), "main", day, begin, end, "2026a")
        assert statement(records(daemon, begin, end), asked, settled=end).series == []


def records(daemon, since, until):
    found = [one for one in daemon.records if since <= one.start < until]
    return sorted(found, key=lambda one: (one.start, one.rec_seq))
