"""An engine that starts again decides as one that never stopped, whatever became of its snapshots."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from netmon.app.recovery import recover
from netmon.domain.observation import Tick
from netmon.mib.names import MibView
from netmon.storage.sqlite.store import SqliteStore, open_store
from tests.app.engines import START, Recorded, beginning, linkdown
from tests.mibs import shipped_names
from tests.storage.batches import poll


@pytest.fixture(scope="module")
def view() -> MibView:
    return shipped_names()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(tmp_path / "netmon.db")
    yield opened
    opened.close()


async def recorded(store: SqliteStore, view: MibView) -> Recorded:
    """Two alarms, a snapshot after each, and a little more."""
    made = Recorded(store, view)
    await made.take([*beginning(view), linkdown(START + 1, 7), Tick(START + 5_000)], snapshot=True)
    await made.take([linkdown(START + 6_000, 8), Tick(START + 10_000)], snapshot=True)
    await made.take([linkdown(START + 11_000, 9), Tick(START + 15_000)])
    return made


def recovered(made: Recorded, samples_from: int = 1 << 61):
    return recover(made.new_core, made.store, samples_from=samples_from, deliver=lambda blocks, seq: None)


async def test_the_newest_snapshot_and_the_rest_of_the_log(store, view):
    made = await recorded(store, view)
    core, told = recovered(made)
    assert core.digest() == made.core.digest()
    assert (told.snapshot_seq, told.stepped, told.mismatches) == (7, 2, 0)


async def test_an_old_cursor_of_samples_does_not_move_decisions_back(store, view):
    made = await recorded(store, view)
    core, told = recovered(made, samples_from=0)
    assert (told.snapshot_seq, core.digest()) == (7, made.core.digest())


@pytest.mark.parametrize("damaged", [1, 2], ids=["newest", "all"])
async def test_damaged_snapshots_lead_to_the_one_before_and_to_the_log(store, view, tmp_path, damaged):
    made = await recorded(store, view)
    with sqlite3.connect(tmp_path / "netmon.db") as raw:
        rows = raw.execute("SELECT seq, data FROM snapshot ORDER BY seq DESC").fetchall()
        for seq, data in rows[:damaged]:
            broken = bytearray(data)
            broken[len(broken) // 2] ^= 0xFF
            raw.execute("UPDATE snapshot SET data = ? WHERE seq = ?", (bytes(broken), seq))
    core, told = recovered(made)
    assert core.digest() == made.core.digest()
    assert told.snapshot_seq == [5, 0][damaged - 1]


async def test_without_snapshot_and_with_a_trimmed_log_committed_alarms_are_kept(store, view, tmp_path):
    made = await recorded(store, view)
    with sqlite3.connect(tmp_path / "netmon.db") as raw:
        raw.execute("DELETE FROM snapshot")
        raw.execute("DELETE FROM observation_batch WHERE first_seq < 8")
    core, _ = recovered(made)
    committed = {alarm.alarm_id: alarm for alarm in store.alarms()}
    assert {alarm.alarm_id: alarm for alarm in core.book.alarms()} == committed
    assert core.book.next_seq == made.core.book.next_seq
    made.core, made.batches = core, 3
    await made.take([Tick(START + 20_000), linkdown(START + 21_000, 8), Tick(START + 40_000)])
    assert len(store.alarms()) == 3


async def test_what_went_on_after_the_start_is_numbered_on(store, view):
    made = await recorded(store, view)
    made.core, _ = recovered(made)
    await made.take([linkdown(START + 16_000, 10), Tick(START + 20_000)])
    assert [change.seq for change in store.changes(0, 100)] == [1, 2, 3, 4]


async def test_what_became_of_inputs_is_counted_on_after_a_start(store, view):
    made = await recorded(store, view)
    core, _ = recovered(made)
    assert core.book.outcomes == made.core.book.outcomes
    assert core.engine.outcomes == made.core.engine.outcomes
    assert sum(core.book.outcomes.values()) + sum(core.engine.outcomes.values()) >= 3


async def test_samples_are_made_again_only_where_there_were_polls(store, view):
    made = await recorded(store, view)
    cores = []

    def new_core():
        cores.append(made.new_core())
        return cores[-1]

    recover(new_core, store, samples_from=0, deliver=lambda blocks, seq: None)
    assert len(cores) == 1
    assert not store.log.has_polls(0, 7)
    await made.take([Tick(made.core.now + 20), poll(1)], snapshot=True)
    assert store.log.has_polls(0, 11)
    recover(new_core, store, samples_from=0, deliver=lambda blocks, seq: None)
    assert len(cores) == 3
