"""What goes, what stays, and that it goes in small steps."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netmon.storage.sqlite.retention import Limits
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.storage.store import SnapshotRow, UsageFile
from tests.storage.batches import AT, alarm, batch, change, poll, settle, trap
from tests.usage.metered import QUARTER, START, Daemon

LATER = AT + 400 * 86_400_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(tmp_path / "netmon.db")
    yield opened
    opened.close()


async def fill(store: SqliteStore, *, snapshots: tuple[int, ...]) -> None:
    """Ten batches of three, a snapshot with some of them."""
    for n in range(1, 11):
        row = SnapshotRow(3 * n, 0, True, b"s", AT + n, n) if n in snapshots else None
        await store.commit(batch(n, 3 * n - 2, (trap(n), poll(n)), changes=(change(n, alarm(n)),)), row)


async def all_of(store: SqliteStore, now: int, limits: Limits) -> list[int]:
    steps = []
    while gone := await store.retire(now, limits):
        steps.append(gone)
    return steps


async def test_nothing_younger_than_the_older_of_two_snapshots_goes(store: SqliteStore) -> None:
    await fill(store, snapshots=(4, 8))
    await all_of(store, LATER, Limits())
    assert store.log.first_seq() == 13
    assert [seq for seq, _ in store.log.read(12)] == list(range(13, 31))
    assert store.snapshot() == (24, [b"s"])


async def test_one_snapshot_is_not_enough_to_let_go(store: SqliteStore) -> None:
    await fill(store, snapshots=(8,))
    await all_of(store, LATER, Limits())
    assert store.log.first_seq() == 1


async def test_small_steps(store: SqliteStore) -> None:
    await fill(store, snapshots=(9, 10))
    steps = await all_of(store, LATER, Limits(rows=2, changes_ms=1 << 50))
    # Two of each of the two tables of the log.
    assert (max(steps), sum(steps)) == (4, 9 + 7)
    assert store.log.first_seq() == 28


async def test_poll_cells_go_first_and_the_log_says_so(store: SqliteStore) -> None:
    await fill(store, snapshots=(5, 9))
    await all_of(store, AT + 86_400_000, Limits(changes_ms=1 << 50))
    assert store.log.first_seq() == 1
    assert store.log.complete_after() == 15
    kinds = [type(one).__name__ for _, one in store.log.read(0)]
    assert kinds == ["Tick", "Trap"] * 5 + ["Tick", "Trap", "PollResult"] * 5


async def test_by_size(store: SqliteStore) -> None:
    await fill(store, snapshots=(9, 10))
    assert await all_of(store, AT, Limits()) == []
    await all_of(store, AT, Limits(log_bytes=1, polls_bytes=1 << 40))
    assert store.log.first_seq() == 28


async def test_changes_go_by_age_and_the_alarms_stay(store: SqliteStore) -> None:
    await fill(store, snapshots=())
    await all_of(store, AT + 6, Limits(changes_ms=0))
    assert [one.seq for one in store.changes(0, 100)] == [6, 7, 8, 9, 10]
    assert len(store.alarms()) == 10
    await all_of(store, LATER, Limits())
    assert store.changes(0, 100) == []


async def test_answers_go_after_a_day(store: SqliteStore) -> None:
    await store.commit(batch(1, 1, answers=(("q", b"{}"),)))
    await all_of(store, AT + 86_400_000, Limits())
    assert store.answer("q") == b"{}"
    await all_of(store, AT + 86_400_002, Limits())
    assert store.answer("q") is None


async def test_purged_alarms_go_after_their_time_a_few_at_once(store: SqliteStore) -> None:
    day = 86_400_000
    for n in range(1, 6):
        cleared = alarm(n, state="cleared", severity="cleared", cleared=AT + n * day)
        await store.commit(batch(n, n, changes=(change(n, cleared, "purged"),)))
    limits = Limits(rows=2, changes_ms=1 << 50)
    assert await all_of(store, AT + 403 * day + 1, limits) == [2, 1]
    with store._readers.read() as connection:
        left = connection.execute("SELECT cleared FROM alarm_history ORDER BY cleared").fetchall()
    assert left == [(AT + 4 * day,), (AT + 5 * day,)]


async def test_nothing_of_usage_goes_however_old_it_is(store: SqliteStore) -> None:
    daemon = Daemon()
    daemon.run(START, START + 2 * QUARTER)
    await fill(store, snapshots=(9, 10))
    await store.commit(batch(11, 31, records=tuple(daemon.records)))
    await settle(store, START + QUARTER, daemon.records[-1].rec_seq)
    file = UsageFile("main", 1, "main-1.jsonl", START, START + QUARTER, 2, 1, daemon.records[-1].rec_seq, "0" * 64)
    await store.bind_usage_file(file)
    assert sum(await all_of(store, LATER + 400 * 86_400_000, Limits(1, 1, 1, 1, 1, 1, 1))) > 0
    assert store.records("main", 0, 100) == daemon.records
    assert store.usage_files("main") == [file]
    assert store.usage_settled("main", START + QUARTER) is not None
