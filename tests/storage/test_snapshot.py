"""Snapshots: rows in, sections out; valid only with their end."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netmon.storage import snapshot
from netmon.storage.sqlite import snapshots
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.storage.store import SnapshotRow
from tests.storage.batches import AT, batch

SECTIONS: list[tuple[str, list[Any]]] = [
    ("core", [(9, AT, b"\x00" * 32)]),
    ("empty", []),
    ("alarms", [[n, f"r{n}", {"a": None, "b": 1.5}] for n in range(20_000)]),
    ("one large", [os.urandom(700_000)]),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(tmp_path / "netmon.db")
    yield opened
    opened.close()


def test_round_trip_in_rows_of_at_most_256_kib() -> None:
    rows = list(snapshot.encode(SECTIONS))
    assert max(map(len, rows)) <= 256 * 1024
    assert len(rows) > 4
    decoded = snapshot.decode(rows)
    assert list(decoded) == ["core", "empty", "alarms", "one large"]
    assert decoded["alarms"] == SECTIONS[2][1]
    assert decoded["core"] == [[9, AT, b"\x00" * 32]]
    assert decoded["one large"] == SECTIONS[3][1]


@pytest.mark.parametrize("left", range(32))
def test_checksum_that_does_not_fit_into_the_last_row(left: int) -> None:
    size = snapshot.ROW_BYTES - 4 - 4 - len(b"\x92\xa1s\x91\xc6....") - left
    rows = list(snapshot.encode([("s", [b"x" * size])]))
    assert max(map(len, rows)) <= snapshot.ROW_BYTES
    assert snapshot.decode(rows) == {"s": [b"x" * size]}


def test_damaged_or_other_form_is_refused() -> None:
    rows = list(snapshot.encode(SECTIONS))
    for damaged in (rows[:-1], rows[1:], [], [rows[0][:-1] + bytes([rows[0][-1] ^ 1]), *rows[1:]]):
        with pytest.raises(snapshot.SnapshotDamaged, match="checksum"):
            snapshot.decode(damaged)


def test_rows_mark_the_last() -> None:
    rows = list(snapshot.rows(SECTIONS, seq=9, at=AT, batch=3))
    assert [row.part for row in rows] == list(range(len(rows)))
    assert [row.last for row in rows] == [False] * (len(rows) - 1) + [True]
    assert [row.last for row in snapshot.rows([], seq=0, at=0, batch=0)] == [True]


async def write(store: SqliteStore, *rows: SnapshotRow) -> None:
    for row in rows:
        number, seq = store.position()
        await store.commit(batch(number + 1, seq + 1), row)


async def test_valid_only_with_its_last_row(store: SqliteStore, tmp_path: Path) -> None:
    await write(store, SnapshotRow(1, 0, False, b"a"))
    assert store.snapshot() is None
    await write(store, SnapshotRow(1, 1, True, b"b"), SnapshotRow(2, 0, False, b"c"))
    assert store.snapshot() == (1, [b"a", b"b"])
    store.close()

    again = open_store(tmp_path / "netmon.db")
    await write(again, SnapshotRow(4, 0, True, b"d"))
    assert again.snapshot() == (4, [b"d"])
    assert again.snapshot(before=4) == (1, [b"a", b"b"])
    again.close()


async def test_snapshot_ahead_of_the_log_does_not_count(store: SqliteStore, tmp_path: Path) -> None:
    await write(store, SnapshotRow(2, 0, True, b"of a batch that is still on its way"))
    assert store.snapshot() is None
    store.close()
    again = open_store(tmp_path / "netmon.db")
    await write(again, SnapshotRow(1, 0, True, b"x"))
    await write(again, SnapshotRow(1, 0, True, b"x"))
    assert again.snapshot() == (1, [b"x"])
    again.close()


def test_kept_are_the_last_two_one_per_hour_and_one_per_day() -> None:
    hour, now = 3_600_000, 1_000 * 86_400_000
    times = [(n + 1, now - (400 - n) * hour // 2) for n in range(400)]
    kept = snapshots.kept(times, now=now, log_first=1)
    assert {399, 400} <= kept
    by_age = [now - at for seq, at in times if seq in kept]
    assert sum(age < 24 * hour for age in by_age) == 24 + 1
    assert sum(age >= 24 * hour for age in by_age) == 9
    assert snapshots.kept(times, now=now, log_first=1 << 40) == {399, 400}
