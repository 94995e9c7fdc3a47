"""The embedded time series store, on real files."""

from pathlib import Path

import polars as pl
import pytest

from netmon.storage.series import SeriesStore
from tests.outputs.samples import block

HOUR = 3_600_000
NOON = 1_700_049_600_000
"""2023-11-15T12:00:00Z."""


def filled(path: Path, *, hours: int = 1, files: int = 3) -> SeriesStore:
    store, seq = SeriesStore(path), 0
    for hour in range(hours):
        for file in range(files):
            seq += 1
            at = NOON + hour * HOUR + file * 60_000
            store.append([block(seq, at, {"xe-0/0/1": (2**64 - 1 - seq, 1, "x"), "xe-0/0/2": (seq, 2, "y")})])
    return store


def test_counters_come_back_exactly(tmp_path):
    frame = filled(tmp_path).query("ifHCInOctets", "r1", object_="r1/if:xe-0/0/1")
    assert frame["count"].to_list() == [2**64 - 2, 2**64 - 3, 2**64 - 4]
    assert frame["time"].to_list() == [NOON, NOON + 60_000, NOON + 120_000]


def test_text_is_no_sample(tmp_path):
    assert filled(tmp_path).query("ifAlias", "r1").height == 0


def test_range_is_half_open(tmp_path):
    frame = filled(tmp_path).query("ifOperStatus", "r1", object_="r1/if:xe-0/0/1", start=NOON, end=NOON + 60_000)
    assert frame["time"].to_list() == [NOON]


def test_what_came_after_a_cursor_is_read_in_order(tmp_path):
    store = filled(tmp_path, hours=2)
    seqs = [seq for frame in store.after(2) for seq in frame["seq"].unique(maintain_order=True)]
    assert seqs == [3, 4, 5, 6]


def test_finished_hours_are_merged_and_say_the_same(tmp_path):
    store = filled(tmp_path, hours=2)
    before = store.query("ifHCInOctets", "r1")
    assert store.compact(NOON + HOUR + 200_000) == 0, "the hour has only just ended"
    assert store.compact(NOON + HOUR + 400_000) == 3
    assert len(list(tmp_path.glob("*/*.parquet"))) == 4
    assert store.query("ifHCInOctets", "r1").equals(before)
    assert [seq for frame in store.after(2) for seq in frame["seq"].unique(maintain_order=True)] == [3, 4, 5, 6]


def test_files_left_by_a_crash_of_merging_are_removed(tmp_path):
    store = filled(tmp_path)
    small = sorted(tmp_path.glob("*/*.parquet"))
    kept = {path: path.read_bytes() for path in small}
    store.compact(NOON + 2 * HOUR)
    for path, content in kept.items():
        path.write_bytes(content)
    (small[0].parent / "12-x.tmp").write_bytes(b"torn")
    store.clean()
    assert len(list(tmp_path.rglob("*.*"))) == 1
    assert store.query("ifHCInOctets", "r1").height == 6


def test_a_full_disk_is_told_as_what_it_is(tmp_path):
    folder = tmp_path / "2023-11-15"
    folder.mkdir()
    (folder / f"12-{1:016d}-{1:016d}.tmp").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device"):
        filled(tmp_path, files=1)


def test_whole_days_retire(tmp_path):
    store = filled(tmp_path, hours=14)
    days = sorted(path.name for path in tmp_path.iterdir())
    assert days == ["2023-11-15", "2023-11-16"]
    assert store.retire(NOON + 12 * HOUR) == 36
    assert store.query("ifOperStatus", "r1", object_="r1/if:xe-0/0/1").height == 6


def test_the_oldest_hour_goes_but_never_the_newest(tmp_path):
    store = filled(tmp_path, hours=14)
    assert [store.retire_oldest() for _ in range(12)] == [3] * 12
    assert [path.name for path in tmp_path.iterdir() if list(path.glob("*.parquet"))] == ["2023-11-16"]
    assert [store.retire_oldest() for _ in range(3)] == [3, 0, 0]
    assert len(list(tmp_path.glob("2023-11-16/*.parquet"))) == 3


def test_any_reader_of_parquet_can_open_a_file(tmp_path):
    filled(tmp_path)
    frame = pl.read_parquet(str(tmp_path / "*" / "*.parquet"))
    assert set(frame["metric"]) == {"ifHCInOctets", "ifOperStatus"}


def test_small_files_of_the_present_hour_are_merged_and_say_the_same(tmp_path):
    store = filled(tmp_path, files=30)
    before = store.query("ifHCInOctets", "r1")
    assert store.compact(NOON + 60_000) == 24
    assert len(list(tmp_path.glob("*/*.parquet"))) == 1 + 6
    assert store.query("ifHCInOctets", "r1").equals(before)
    store.append([block(31, NOON + 1_860_000, {"xe-0/0/1": (5, 1, "x")})])
    assert store.compact(NOON + 1_900_000) == 0, "a few may wait"
    assert [seq for frame in store.after(29) for seq in frame["seq"].unique(maintain_order=True)] == [30, 31]


def test_a_merged_file_never_covers_one_that_is_not_in_it(tmp_path, monkeypatch):
    monkeypatch.setattr("netmon.storage.series._SMALL_BYTES", 1_000_000)
    store = filled(tmp_path, files=30)
    big = sorted(tmp_path.glob("*/*.parquet"))[10]
    big.write_bytes(big.read_bytes() + b"\0" * 2_000_000)
    assert store.compact(NOON + 60_000) == 0, "neither run has enough files"
    store.clean()
    assert len(list(tmp_path.glob("*/*.parquet"))) == 30


def test_a_counter_is_stored_once_and_read_as_both(tmp_path):
    store = filled(tmp_path)
    for level in ("small", "merged"):
        files = pl.read_parquet(str(tmp_path / "*" / "*.parquet"))
        counters = files.filter(pl.col("metric") == "ifHCInOctets")
        assert counters["value"].null_count() == counters.height == 6, level
        assert files.filter(pl.col("metric") == "ifOperStatus")["value"].null_count() == 0, level
        assert store.query("ifHCInOctets", "r1", object_="r1/if:xe-0/0/2")["value"].to_list() == [1.0, 2.0, 3.0]
        store.compact(NOON + 2 * HOUR)
    assert [frame["value"].null_count() for frame in store.after(0)] == [0]


def test_files_of_an_earlier_release_with_both_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("netmon.storage.series.stored", lambda samples: samples)
    store = filled(tmp_path)
    monkeypatch.undo()
    assert pl.read_parquet(str(tmp_path / "*" / "*.parquet"))["value"].null_count() == 0
    assert store.query("ifHCInOctets", "r1", object_="r1/if:xe-0/0/2")["value"].to_list() == [1.0, 2.0, 3.0]
