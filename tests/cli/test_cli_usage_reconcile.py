"""``netmon usage reconcile``: records against rules and counters, each fault found by the check that is for it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from netmon.outputs.usage.publish import Feed, Publisher
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import Batch
from tests import command_line
from tests.usage.metered import QUARTER, SERIES, START, Daemon, sample

STEP = 60_000
DAY = 96 * QUARTER
FROM, TO = "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z"


@pytest.fixture(scope="module")
def day() -> Daemon:
    """A day of one port that is polled every minute, half a second late, with a missed poll; one file per hour."""
    daemon = Daemon()
    octets = 0
    for number, t in enumerate(range(START - STEP, START + DAY + 3 * STEP, STEP)):
        octets += 7_000_003 + 1_009 * (number % 97)
        daemon.tick(t + 500 + number % 400)
        if not 600 < number < 610:
            daemon.take(sample(t + 500 + number % 400, octets, octets // 3))
    return daemon


@pytest.fixture
async def kept(day, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A store with that day."""
    daemon = day
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text("data_dir: .\n")
    store = open_store(tmp_path / "netmon.db")
    await store.commit(Batch(1, 1, daemon.meter.now, (), records=tuple(daemon.records), settled=tuple(daemon.settled)))
    publisher = Publisher(Feed("main", "n1", open_ms=24 * 4 * QUARTER), store=store, folder=tmp_path / "usage")
    await publisher.prepare()
    await publisher.publish_due(daemon.meter.now)
    await store.acknowledge_usage_files("main", 99, daemon.meter.now)
    store.close()
    return tmp_path / "netmon.db"


def call(*words: str) -> Result:
    return command_line.call("usage", "reconcile", "--feed", "main", "--from", FROM, "--to", TO, *words)


def checks(*words: str) -> dict[str, Any]:
    report = json.loads(call("--json", *words).stdout)
    assert (report["feed"], report["from"]) == ("main", "2026-03-02T00:00:00.000Z")
    return {one["id"]: one for one in report["checks"]}


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement, values)
        connection.commit()


def test_a_day_is_right_to_the_octet(kept: Path) -> None:
    result = call()
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (
        0,
        "main, 2026-03-02T00:00:00.000Z to 2026-03-03T00:00:00.000Z: all pass",
    )
    found = checks()
    assert set(found) == {"R5", "R6", "R8", "R9", "R11", "R12", "R14"}
    assert {one["status"] for one in found.values()} == {"pass"}
    assert (found["R5"]["measured"], found["R6"]["expected"]) == ("96", found["R6"]["measured"])
    assert int(found["R6"]["expected"].split()[0]) > 10_000_000_000


def test_one_octet_too_many_is_found(kept: Path) -> None:
    with closing(open_store(kept, read_only=True)) as store:
        record = next(one for one in store.records("main", 50, 20) if one.kind == "usage")
    line = json.loads(record.line)
    line["octets_in"] += 1
    change(kept, "UPDATE usage_record SET line = ? WHERE id = ?", json.dumps(line).encode(), record.id)
    found = checks()["R6"]
    assert (found["status"], len(found["findings"])) == ("fail", 1)
    [where] = found["findings"]
    billed, counted = (int(word) for word in where["text"].replace(",", "").split() if word.isdigit())
    assert (where["series"], where["start"], billed - counted) == (SERIES, "2026-03-02T00:15:00.000Z", 1)
    assert call().exit_code == 1


def test_a_record_that_is_missing_or_doubled_is_found(kept: Path) -> None:
    change(kept, "DELETE FROM usage_record WHERE start = ?", START + 10 * QUARTER)
    more = 'INSERT INTO usage_record SELECT feed, 9000 + rec_seq, id, kind, series, start, "end", revision, line, hash'
    change(kept, f"{more} FROM usage_record WHERE start = ? AND kind = 'usage'", START + 20 * QUARTER)
    found = checks()["R5"]
    assert [(one["start"], one["text"]) for one in found["findings"]] == [
        ("2026-03-02T02:30:00.000Z", "no record"),
        ("2026-03-02T05:00:00.000Z", "2 records of revision 0"),
    ]


def test_every_series_is_looked_at_by_itself(kept: Path) -> None:
    alone = checks()
    more = 'SELECT feed, 9000 + rec_seq, id, kind, ?, start, "end", revision, line, hash FROM usage_record'
    change(kept, f"INSERT INTO usage_record {more}", "r2|ifName:xe-0/0/1")
    change(kept, "DELETE FROM usage_record WHERE start = ?", START + 10 * QUARTER)
    found = checks()
    assert [one["series"] for one in found["R5"]["findings"]] == [SERIES, "r2|ifName:xe-0/0/1"]
    assert found["R5"]["measured"] == str(2 * int(alone["R5"]["measured"]) - 2)
    assert found["R8"]["measured"] == alone["R8"]["measured"]
    assert {id_: one["status"] for id_, one in found.items() if one["status"] != "pass"} == {"R5": "fail"}


def test_what_nobody_acknowledges_fails(kept: Path) -> None:
    change(kept, "UPDATE usage_file SET acknowledged = NULL")
    found = checks()["R12"]
    assert (found["status"], found["expected"], found["measured"]) == ("fail", "1", "0")
    assert found["findings"][0]["text"].startswith("1 published files are not acknowledged, the first, number 1, for ")


def test_what_cannot_be_looked_at_is_one_line_and_2(kept: Path) -> None:
    result = command_line.call("usage", "reconcile", "--feed", "mian")
    assert (result.exit_code, result.stderr) == (2, "netmon: there is no feed mian with a record (one of main)\n")
    result = command_line.call("usage", "reconcile", "--feed", "main", "--from", "2027-01-01T00:00:00Z")
    assert result.exit_code == 2
    assert result.stderr.startswith("netmon: nothing is complete between 2027-01-01T00:00:00.000Z and ")


def test_a_span_before_the_feed_is_not_told_as_right(kept: Path) -> None:
    span = ("--from", "2026-02-01T00:00:00Z", "--to", "2026-02-02T00:00:00Z")
    result = command_line.call("usage", "reconcile", "--feed", "main", *span)
    assert (result.exit_code, result.stdout.splitlines()[-1].rpartition(": ")[2]) == (0, "nothing was to be metered")
