"""Billing periods in their zones, and what a contract's usage amounts to."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from netmon.domain.usage import Assignment, UsageRecord
from netmon.rulebook.metering import Contract
from netmon.usage import statement as stating
from netmon.usage.calendar import midnight, period
from netmon.usage.percentile import percentile
from netmon.usage.periods import utc_text
from netmon.usage.statement import Asked, Statement
from tests.usage.metered import QUARTER, SERIES, START, Daemon, assignment, sample

OTHER = "r1|ifName:xe-0/0/2"
SLOT = 300_000
DAY = 96 * QUARTER
HOUR = 12


@pytest.mark.parametrize(
    ("zone", "text", "start", "slots"),
    [
        ("Europe/Berlin", "2026-03", "2026-02-28T23:00:00.000Z", 743 * HOUR),
        ("Europe/Berlin", "2026-10", "2026-09-30T22:00:00.000Z", 745 * HOUR),
        ("Asia/Kathmandu", "2026-03", "2026-02-28T18:15:00.000Z", 744 * HOUR),
        ("America/St_Johns", "2026-03", "2026-03-01T03:30:00.000Z", 743 * HOUR),
        ("Australia/Lord_Howe", "2026-04", "2026-03-31T13:00:00.000Z", 720 * HOUR + 6),
        ("UTC", "2026-12", "2026-12-01T00:00:00.000Z", 744 * HOUR),
    ],
)
def test_a_month_is_as_long_as_its_zone_makes_it(zone: str, text: str, start: str, slots: int) -> None:
    first, last = period(text, "month", zone=ZoneInfo(zone))
    assert (utc_text(first), (last - first) // SLOT) == (start, slots)
    assert (last - first) % QUARTER == 0


@pytest.mark.parametrize("day", [1, 15, 28, 29, 30, 31])
def test_months_of_any_billing_day_follow_each_other_without_a_hole(day: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    texts = [f"{year}-{month:02}" for year in (2027, 2028) for month in range(1, 13)]
    bounds = [period(text, "month", zone=zone, billing_day=day) for text in texts]
    assert all(end == start for (_, end), (start, _) in pairwise(bounds))
    if day == 31:
        assert bounds[1][0] == midnight(date(2027, 2, 28), zone)
        assert bounds[13][0] == midnight(date(2028, 2, 29), zone)


def test_weeks_and_days() -> None:
    zone = ZoneInfo("Europe/Berlin")
    first, last = period("2026-W13", "week", zone=zone)
    assert (utc_text(first), (last - first) // SLOT) == ("2026-03-22T23:00:00.000Z", 167 * HOUR)
    first, last = period("2026-03-29", "day", zone=zone)
    assert (last - first) // SLOT == 23 * HOUR


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00:00.000Z"),
        ("America/Havana", date(2025, 11, 2), "2025-11-02T04:00:00.000Z"),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00:00.000Z"),
    ],
)
def test_a_midnight_that_is_missing_or_comes_twice(zone: str, day: date, begins: str) -> None:
    assert utc_text(midnight(day, ZoneInfo(zone))) == begins


@pytest.mark.parametrize(
    ("text", "kind"),
    [("2026-3", "month"), ("2026-13", "month"), ("2026-W60", "week"), ("2026-03-32", "day"), ("", "day")],
)
def test_what_is_no_period_is_told(text: str, kind: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        period(text, kind, zone=ZoneInfo("UTC"))


@pytest.mark.parametrize(("text", "kind"), [("0001-01", "month"), ("9999-12-31", "day"), ("0001-W01", "week")])
def test_a_period_at_an_end_of_the_calendar_is_told(text: str, kind: Any) -> None:
    with pytest.raises(ValueError, match=f"'{text}' is beyond"):
        period(text, kind, zone=ZoneInfo("Europe/Berlin"))


def asked(**terms: Any) -> Asked:
    contract = Contract("c-1", **({"method": "percentile", "period": "day"} | terms))
    return Asked(contract, "main", "2026-03-02", START, START + DAY, "2026a")


def statement(records: Iterable[UsageRecord], which: Asked, *, settled: int = START + DAY) -> Statement:
    return stating.statement(records, which, settled=settled)


def octets(t: int, busy: int) -> int:
    """Return what a port has carried: 1,000 octets a second, and ten times that in the first busy slots."""
    return (t - START) + 9 * min(t - START, busy * SLOT)


def metered(*, busy: int = 0, gap: range = range(0)) -> list[UsageRecord]:
    """Two ports of a contract over a day; of the second some minutes are not read."""
    daemon = Daemon(assignment(), assignment(OTHER), assignment("r1|ifName:xe-0/0/3", contract="c-2"))
    for minute in range(24 * 60 + 1):
        t = START + minute * 60_000
        daemon.tick(t)
        daemon.take(sample(t, octets(t, busy), octets(t, busy) // 2))
        if minute not in gap:
            daemon.take(sample(t, octets(t, busy), ifindex=6, ifname="xe-0/0/2"), OTHER)
    daemon.run(START + DAY, START + DAY + QUARTER)
    return [record for record in daemon.records if record.start < START + DAY]


@pytest.mark.parametrize(("busy", "rate"), [(14, 16_000), (15, 160_000)])
def test_the_percentile_is_that_of_the_sum_of_all_ports(busy: int, rate: int) -> None:
    told = statement(metered(busy=busy), asked())
    assert (told.series, told.n_expected, told.n_valid, told.rank) == ([SERIES, OTHER], 288, 288, 274)
    assert (told.value_bps, told.in_bps) == (rate, rate)
    assert (told.peak_in_bps, told.billable) == (160_000, "yes")
    total = 2 * octets(START + DAY, busy)
    assert (told.octets_in, told.octets_out) == (str(total), str(octets(START + DAY, busy) // 2))
    assert told.average_in_bps == 2 * (total // 2 * 8_000 // DAY)
    assert told.by_quality == {"measured": 192, "estimated": 0, "partial": 0, "unknown": 0}


@pytest.mark.parametrize(("direction", "value"), [("max", 16_000), ("sum", 20_000), ("max_slot", 16_000)])
def test_both_directions_become_one_number(direction: str, value: int) -> None:
    told = statement(metered(), asked(direction=direction))
    assert (told.value_bps, told.in_bps, told.out_bps) == (value, 16_000, 4_000)


def test_a_slot_that_one_port_lacks_is_missing_and_too_many_need_a_review() -> None:
    records = metered(gap=range(60, 180))
    told = statement(records, asked())
    assert (told.n_valid, told.billable) == (288 - 25, "review")
    assert told.value_bps == percentile([16_000] * told.n_valid)
    assert (told.octets_in, told.by_quality["estimated"]) == (str(2 * octets(START + DAY, 0)), 9)
    assert statement(records, asked(admit_estimated=True)).n_valid == 288
    none = statement(records, asked(missing="zero", pct=5))
    assert (none.value_bps, none.rank) == (0, 288 - 288 * 95 // 100)


def test_it_is_made_of_the_newest_record_of_each_interval_and_tells_which() -> None:
    records = metered(gap=range(60, 180))
    newest: dict[tuple[str, int], UsageRecord] = {}
    for record in records:
        if record.kind != "exception" and msgspec.json.decode(record.line)["contract_id"] == "c-1":
            newest[record.series, record.start] = record
    assert any(record.revision for record in newest.values())
    told = statement(records, asked())
    total = sum(msgspec.json.decode(record.line)["octets_in"] for record in newest.values())
    assert (told.octets_in, told.through_rec_seq) == (str(total), max(record.rec_seq for record in records))
    assert told.ids_sha256 == statement(reversed(records), asked()).ids_sha256
    assert told.ids_sha256 != statement(metered(), asked()).ids_sha256


def test_nothing_known_is_not_zero() -> None:
    told = statement([], asked())
    assert (told.series, told.value_bps, told.octets_in, told.peak_in_bps, told.rank) == ([], None, None, None, None)
    assert (told.average_in_bps, told.billable) == (None, "review")


NOON, EVENING = START + DAY // 2, START + DAY * 3 // 4
QUIET, BUSY = 1_000, 125_000
"""Octets a second of the port that is there all day, and of the other one."""


def changing(*others: Assignment, gap: range = range(0)) -> list[UsageRecord]:
    """A port of a contract over a day, and one that is assigned to it for a part of the day."""
    daemon = Daemon(assignment(), *others)
    for minute in range(24 * 60 + 1):
        t = START + minute * 60_000
        daemon.tick(t)
        daemon.take(sample(t, QUIET * (t - START) // 1_000))
        if minute not in gap:
            daemon.take(sample(t, BUSY * (t - START) // 1_000, ifindex=6, ifname="xe-0/0/2"), OTHER)
    daemon.run(START + DAY, START + DAY + QUARTER)
    return [record for record in daemon.records if record.start < START + DAY]


@pytest.mark.parametrize(
    ("others", "n_valid", "lower", "upper"),
    [
        ([assignment(OTHER, valid_from=NOON)], 288, QUIET, QUIET + BUSY),
        ([assignment(OTHER, valid_to=NOON)], 288, QUIET, QUIET + BUSY),
        (
            [assignment(OTHER, valid_to=NOON), assignment(OTHER, valid_from=NOON, contract="c-2")],
            *(288, QUIET, QUIET + BUSY),
        ),
        (
            [
                assignment(OTHER, valid_to=NOON),
                assignment(OTHER, valid_from=NOON, valid_to=EVENING, contract="c-2"),
                assignment(OTHER, valid_from=EVENING),
            ],
            *(288, QUIET + BUSY, QUIET + BUSY),
        ),
        (
            [assignment(OTHER, valid_to=NOON), assignment(OTHER, valid_from=EVENING)],
            *(288 - 72, QUIET + BUSY, QUIET + BUSY),
        ),
    ],
    ids=["joins", "leaves", "goes to another contract", "comes back from it", "has a hole without any record"],
)
def test_a_port_counts_only_while_it_is_part_of_the_contract(
    others: list[Assignment], n_valid: int, lower: int, upper: int
) -> None:
    records = changing(*others)
    rates = [statement(records, asked(pct=pct)).in_bps for pct in (30, 70)]
    assert (statement(records, asked()).n_valid, rates) == (n_valid, [8 * lower, 8 * upper])


def test_a_port_that_is_not_read_any_more_is_missing_though_another_joined_late() -> None:
    told = statement(changing(assignment(OTHER, valid_from=NOON), gap=range(1_200, 1_441)), asked())
    assert (told.n_valid, told.billable, told.by_quality["unknown"]) == (288 - 49, "review", 16)


def test_what_a_feed_has_not_stated_to_be_complete_is_missing() -> None:
    records = changing(assignment(OTHER, valid_to=NOON))
    evening = statement(records, asked(), settled=EVENING + SLOT)
    assert (evening.n_valid, evening.billable) == (288 - 72, "review")
    assert statement(records, asked(), settled=0).n_valid == 144


def test_records_are_read_once_and_those_of_other_contracts_are_not_kept() -> None:
    alive: set[int] = set()
    most = 0

    class Line(bytes):
        def __del__(self) -> None:
            alive.discard(id(self))

    def read() -> Iterator[UsageRecord]:
        nonlocal most
        for record in metered():
            line = Line(record.line)
            alive.add(id(line))
            most = max(most, len(alive))
            yield msgspec.structs.replace(record, line=line)
            del line

    assert statement(read(), asked()).n_valid == 288
    assert most <= 3
