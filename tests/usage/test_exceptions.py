"""What of a feed is not simply measured: one row per record, with the reason and what to do."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from netmon.domain.usage import UsageRecord
from netmon.storage.sqlite import usage_queries
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.storage.sqlite.usage_queries import UsageSpan
from netmon.usage import exceptions
from netmon.usage.advice import ADVICE, NOT_READ
from netmon.usage.exceptions import Doubted, Place, UsageException, Wanted, page
from tests.storage.batches import batch
from tests.usage.metered import QUARTER, SERIES, START, Daemon, assignment, sample

OTHER = "r1|ifName:xe-0/0/2"
LAST = (1 << 62, 1 << 62)
LATE = START + 9 * QUARTER - 60_000
REBOOT = START + 5 * QUARTER + 120_000


def metered() -> Sequence[UsageRecord]:
    """Two ports over three hours: a gap, a reboot, readings that come late; and one is not read any more."""
    daemon, held = Daemon(assignment(), assignment(OTHER)), []
    for at in range(START, START + 12 * QUARTER + 1, 60_000):
        daemon.tick(at)
        if not START + 2 * QUARTER < at < START + 4 * QUARTER:
            uptime = {"uptime_cs": (at - REBOOT) // 10} if at >= REBOOT else {}
            held.append(sample(at, (at - START) // 10, **uptime))
        if not LATE < at < LATE + 6 * 60_000:
            for one in held:
                daemon.take(one)
            held.clear()
        if at <= START + 6 * QUARTER:
            daemon.take(sample(at, (at - START) // 5, ifindex=6, ifname="xe-0/0/2"), OTHER)
    daemon.run(START + 12 * QUARTER, START + 13 * QUARTER)
    return daemon.records


@pytest.fixture
async def store(tmp_path: Path):
    with closing(open_store(tmp_path / "netmon.db", gather_s=0)) as store:
        await store.commit(batch(1, 1, records=tuple(metered())))
        yield store


def listed(store: SqliteStore, *, limit: int = 1_000, **wanted: Any) -> list[UsageException]:
    """Return all rows, page by page."""
    series = wanted.pop("series", "")

    def read(before: Place, many: int) -> list[Doubted]:
        return store.usage.doubted(UsageSpan("main", 0, LAST[0]), before=before, limit=many, series=series)

    found, before = [], LAST
    while True:
        one = page(read, Wanted(**wanted), before=before, limit=limit)
        found += one.rows
        if one.before is None:
            return found
        before = one.before


def newest() -> dict[tuple[str, int], dict[str, Any]]:
    """Return the newest line of each interval."""
    lines: dict[tuple[str, int], dict[str, Any]] = {}
    for record in metered():
        if record.kind != "exception":
            lines[record.series, record.start] = msgspec.json.decode(record.line)
    return lines


async def test_every_interval_that_is_not_measured_and_every_exception_is_a_row_once(store):
    rows = listed(store)
    wanted = [record.id for record in metered() if record.kind == "exception"]
    wanted += [line["id"] for line in newest().values() if line["quality"] != "measured"]
    assert sorted(row.id for row in rows) == sorted(wanted)
    assert rows == sorted(rows, key=lambda row: (-row.start, -row.rec_seq))
    adjusted = {(record.series, record.start) for record in metered() if record.kind == "adjustment"}
    assert any(newest()[key]["quality"] == "measured" for key in adjusted)


async def test_a_row_tells_period_series_quality_reason_and_what_to_do(store):
    [reboot] = listed(store, reason="agent_restart", quality="partial", series=SERIES)[:1]
    assert (reboot.kind, reboot.series, reboot.start, reboot.end) == ("exception", SERIES, REBOOT - 60_000, REBOOT)
    assert (reboot.reasons, reboot.advice, reboot.coverage_ms) == (["agent_restart"], ADVICE["agent_restart"], 0)
    [interval] = listed(store, reason="agent_restart", series=SERIES)[1:]
    assert (interval.kind, interval.quality, interval.coverage_ms) == ("interval", "partial", QUARTER - 60_000)
    line = newest()[SERIES, START + 5 * QUARTER]
    assert (interval.octets_in, interval.octets_out) == (str(line["octets_in"]), str(line["octets_out"]))


async def test_what_nobody_read_is_unknown_and_has_no_octets(store):
    rows = listed(store, quality="unknown")
    assert {(row.series, row.start) for row in rows} == {(OTHER, START + n * QUARTER) for n in range(6, 12)}
    assert {(*row.reasons, row.octets_in) for row in rows} == {(NOT_READ, None)}


async def test_pages_lose_and_double_nothing(store, monkeypatch):
    whole = listed(store)
    monkeypatch.setattr(exceptions, "_CHUNK", 2)
    monkeypatch.setattr(exceptions, "MOST_LOOKED_AT", 3)
    assert listed(store, limit=2) == whole


async def test_an_exception_in_an_interval_that_is_not_closed_says_so(store):
    record = next(one for one in metered() if one.kind == "exception")
    at = START + 40 * QUARTER
    line = msgspec.json.decode(record.line) | {"rec_seq": 9_000}
    late = msgspec.structs.replace(
        record, rec_seq=9_000, id="open", start=at, end=at + 60_000, line=msgspec.json.encode(line)
    )
    await store.commit(batch(2, 2, records=(late,)))
    assert next((row.id, row.quality) for row in listed(store)) == ("open", None)


async def test_they_are_found_by_an_index_however_many_records_are_measured(store, tmp_path):

    with closing(sqlite3.connect(tmp_path / "netmon.db")) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {usage_queries._DOUBTED}", ("main", 0, 9, 9, 9, 9)).fetchall()
    assert [row[-1] for row in plan] == [
        "SEARCH usage_record USING INDEX usage_record_doubt (feed=? AND start>? AND start<?)"
    ]


def test_each_reason_for_which_readings_are_left_out_has_an_advice_and_stands_in_the_reference():
    page = (Path(__file__).parents[2] / "docs/reference/reasons.md").read_text()
    usage = page.partition("## Usage left out")[2].partition("\n## ")[0]
    told = {line.split("`")[1] for line in usage.splitlines() if line.startswith("| `")}
    assert told == set(ADVICE)
