"""What the embedded store does beside writing."""

import time
from pathlib import Path

from netmon.outputs.tidy import Keep, Tidy
from netmon.storage.series import SeriesStore
from tests.outputs.samples import block

HOUR, DAY = 3_600_000, 86_400_000


def filled(path: Path, *, ages_h: tuple[int, ...]) -> SeriesStore:
    """Write two files for each hour that was so long ago."""
    store, now = SeriesStore(path), time.time_ns() // 1_000_000
    for seq, age in enumerate(sorted(ages_h, reverse=True), 1):
        for part in (0, 1):
            store.append([block(2 * seq + part, now - age * HOUR, {"a": (seq + part, 1, "")})])
    return store


def all_steps(tidy: Tidy) -> None:
    for step in (tidy.merge, tidy.roll_up, tidy.retire, tidy.retire_hourly):
        while step():
            pass


def test_hours_are_merged_and_rolled_up_and_go_by_age(tmp_path: Path) -> None:
    store = filled(tmp_path / "series", ages_h=(0, 30, 60, 24 * 20))
    keep = Keep(samples_ms=2 * DAY, octets=1 << 40, hourly_ms=10 * DAY)
    all_steps(Tidy(store, keep, tmp_path, failed=print))
    assert len(list(tmp_path.glob("series/2*/*.parquet"))) == 1 + 2, "30 hours ago is one file, the present hour two"
    assert len(list(tmp_path.glob("series/hourly/*/*.parquet"))) == 2, "30 and 60 hours ago"


def test_rollups_outlive_no_sample_that_is_kept(tmp_path: Path) -> None:
    store = filled(tmp_path / "series", ages_h=(0, 24 * 20))
    all_steps(Tidy(store, Keep(30 * DAY, 1 << 40, DAY), tmp_path, failed=print))
    assert len(list(tmp_path.glob("series/hourly/*/*.parquet"))) == 1


def test_size_goes_before_age(tmp_path: Path) -> None:
    store = filled(tmp_path / "series", ages_h=(0, 30, 60))
    all_steps(Tidy(store, Keep(30 * DAY, 1, 400 * DAY), tmp_path, failed=print))
    assert {path.parent.name for path in tmp_path.glob("series/2*/*.parquet")} == {
        time.strftime("%Y-%m-%d", time.gmtime())
    }


def test_a_nearly_full_disk_costs_an_hour_each_look_and_nothing_while_that_is_of_no_use(tmp_path: Path) -> None:
    store = filled(tmp_path / "series", ages_h=(0, 30, 31, 60))
    used = [94.0]
    tidy = Tidy(store, Keep(30 * DAY, 1 << 40, 400 * DAY), tmp_path, failed=print, used=lambda folder: used[0])
    left = []
    # Room; full; less full; no less full, because others write; room again; full again; only the newest hour is left.
    for used[0] in (94.0, 96.0, 95.9, 95.9, 97.0, 94.0, 95.0, 94.9):
        assert not tidy.make_room(), "one hour each look"
        left.append(len(list(tmp_path.glob("series/2*/*.parquet"))))
    assert left == [8, 6, 4, 4, 4, 4, 2, 2]
    assert len(list(tmp_path.glob("series/2*"))) == 1, "no empty folder stays"
