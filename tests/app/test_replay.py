"""Recorded hours are stepped again from the kept snapshot before them, and come out the same."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from netmon.app.history import At, LogIncomplete
from netmon.app.replay import Replayed, replay
from netmon.storage.sqlite.retention import Limits
from tests.app.hours import LINK_DOWN, LINK_UP, START, Hours, link, rules, tick
from tests.command_line import call
from tests.mibs import shipped_names
from tests.storage.batches import poll

pytestmark = pytest.mark.slow

LINKS = """
version: 1
rules:
  - id: link-down
    raise: {trap: IF-MIB::linkDown}
    clear: {trap: IF-MIB::linkUp}
    object: "if:{vb.ifIndex}"
    severity: major
    text: down
"""
HOUR = 3_600_000
DAY = 24 * HOUR


def again(hours: Hours, **how: Any) -> Replayed:
    """Step what is recorded again."""
    return replay(hours.database, shipped_names(), **how)


async def a_day_and_more(hours: Hours) -> None:
    """Record 30 hours: an alarm and its end in each, and a snapshot at the half and at the full hour."""
    await hours.begin(LINKS)
    for hour in range(30):
        at = hour * HOUR
        await hours.take(tick(at + 1_000), link(at + 1_100, LINK_DOWN, 7), tick(at + 5_000))
        await hours.take(tick(at + HOUR // 2), snapshot=True)
        await hours.take(tick(at + HOUR // 2 + 1_000), link(at + HOUR // 2 + 1_100, LINK_UP, 7))
        await hours.take(tick(at + HOUR - 60_000), snapshot=True)


async def retire(hours: Hours, now: int, **limits: int) -> None:
    while await hours.store.retire(START + now, Limits(**limits)):
        pass


async def test_snapshots_of_each_hour_of_a_day_and_of_each_day_are_kept(hours: Hours) -> None:
    await a_day_and_more(hours)
    await retire(hours, 30 * HOUR)
    kept = [at - START for _, at in hours.store.snapshots()]
    by_hour = [hour * HOUR + HOUR // 2 for hour in range(6, 30)]
    assert kept == [HOUR // 2, *by_hour, 30 * HOUR - 60_000]


async def test_a_replay_begins_at_the_hourly_and_at_the_daily_snapshot(hours: Hours) -> None:
    await a_day_and_more(hours)
    await retire(hours, 30 * HOUR)
    whole = again(hours)
    assert (whole.first_seq, whole.last_seq, whole.digest) == (1, hours.seq, hours.digest)
    assert whole.changes["raised"] == 30
    for begin, raised in ((20 * HOUR, 10), (2 * HOUR, 28)):
        part = again(hours, begin=At(START + begin))
        assert (part.changes["raised"], part.digest) == (raised, hours.digest)
        assert part.outcomes == {"cleared": raised, "raised": raised}


async def test_a_replay_ends_where_it_is_told_to(hours: Hours) -> None:
    await a_day_and_more(hours)
    part = again(hours, begin=At(START + 20 * HOUR), end=At(START + 22 * HOUR))
    assert part.changes == {"cleared": 2, "raised": 2}
    same = again(hours, begin=part.first_seq, end=part.last_seq)
    assert same == part
    assert part.digest != hours.digest


async def test_other_rules_take_the_place_of_the_recorded_ones(hours: Hours) -> None:
    await a_day_and_more(hours)
    longer = rules(LINKS.replace("linkDown}", "linkDown, for: 1h}"))
    assert again(hours, begin=At(START + 20 * HOUR), rules=longer).outcomes == {"held_off": 10, "pending": 10}


async def test_rules_that_were_loaded_between_the_snapshot_and_the_begin_take_no_place_either(hours: Hours) -> None:
    await hours.begin(LINKS)
    await hours.take(tick(1_000), snapshot=True)
    await hours.take(tick(2_000), rules(LINKS.replace("severity: major", "severity: minor"), 2_000))
    await hours.take(tick(10_000), link(10_100, LINK_DOWN, 7), tick(20_000))
    longer = rules(LINKS.replace("linkDown}", "linkDown, for: 1h}"))
    assert again(hours, begin=At(START + 10_000), rules=longer).outcomes == {"pending": 1}
    assert again(hours, begin=At(START + 10_000)).outcomes == {"raised": 1}


async def with_polls_past_retention(hours: Hours) -> None:
    await a_day_and_more(hours)
    at = 30 * HOUR
    await hours.take(tick(at), poll(1), snapshot=True)
    await hours.take(tick(at + HOUR), poll(2), snapshot=True)
    await hours.take(tick(at + 2 * HOUR + 500), link(at + 2 * HOUR + 500, LINK_DOWN, 7), snapshot=True)
    await hours.take(tick(at + 3 * HOUR), snapshot=True)
    await retire(hours, at + 3 * HOUR, polls_ms=HOUR, log_ms=30 * DAY)


async def test_where_samples_are_kept_no_longer_a_replay_says_since_when_they_are(hours: Hours) -> None:
    await with_polls_past_retention(hours)
    told = r"^samples are kept since 2026-01-02T16:01Z; start there or add --without-samples$"
    with pytest.raises(LogIncomplete, match=told):
        again(hours, begin=At(START + 20 * HOUR))
    there = again(hours, begin=At(START + 31 * HOUR + 60_000))
    assert (there.digest, there.without_samples) == (hours.digest, False)
    without = again(hours, begin=At(START + 20 * HOUR), samples=False)
    assert without.without_samples
    assert without.changes["raised"] == 11


async def test_the_command_refuses_with_that_line_and_2_and_marks_what_is_without_samples(hours: Hours) -> None:
    await with_polls_past_retention(hours)
    words = ("replay", "--config", str(hours.config), "--from", "2026-01-02T05:00Z")
    refused = call(*words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        "netmon: samples are kept since 2026-01-02T16:01Z; start there or add --without-samples\n"
    )
    answered = call(*words, "--without-samples")
    assert answered.exit_code == 0
    title, outcomes, *_, digest = answered.stdout.splitlines()
    assert title.endswith(", without samples")
    assert outcomes == "outcomes       10 cleared, 11 raised"
    assert digest.startswith("digest         sha256:")


async def test_a_log_that_begins_later_says_since_when(hours: Hours) -> None:
    await a_day_and_more(hours)
    await retire(hours, 30 * HOUR, log_ms=4 * HOUR)
    with pytest.raises(LogIncomplete, match=r"^the log is kept since 2026-01-02T11:00Z; start there$"):
        again(hours, begin=At(START + 20 * HOUR))
    assert again(hours).changes["raised"] == 4
    with pytest.raises(LogIncomplete, match=rf"^the log ends at observation {hours.seq}$"):
        again(hours, begin=hours.seq + 1)


async def test_a_damaged_snapshot_leads_to_the_one_before(hours: Hours, tmp_path: Path) -> None:
    await a_day_and_more(hours)
    newest = hours.store.snapshots()[-1][0]
    await hours.take(tick(31 * HOUR))
    with sqlite3.connect(tmp_path / "data" / "netmon.db") as raw:
        raw.execute("UPDATE snapshot SET data = x'00' WHERE seq = ?", (newest,))
    assert again(hours, begin=newest + 1).digest == hours.digest


def test_a_place_that_is_none_is_wrong_use(hours: Hours) -> None:
    for text, why in (
        ("soon", "is neither a number nor a UTC time"),
        ("2026-13-01T00:00Z", "is not a time of any day"),
    ):
        answer = call("replay", "--config", str(hours.config), "--from", text)
        assert answer.exit_code == 2
        assert f"--from: '{text}' {why}" in answer.stderr
