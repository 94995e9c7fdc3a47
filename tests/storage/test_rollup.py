"""Hourly rollups: charts of them say what charts of the samples say, long after those are gone."""

import random
from pathlib import Path

import msgspec
import polars as pl
import pytest

from netmon.domain.sample import SampleBlock
from netmon.storage.chart import Chart, Line, SeriesQuery
from netmon.storage.series import SeriesStore
from netmon.storage.series_query import draw
from tests.storage.test_series_query import DAY, HOUR, MINUTE, NOON, asked, gauge

pytestmark = pytest.mark.slow

START = NOON - 12 * HOUR
"""Midnight."""


def days(path: Path, *, count: int = 2, seed: int = 4711) -> SeriesStore:
    """Write two gauges, minute by minute, with holes of any length, a file per twenty minutes."""
    store, some = SeriesStore(path), random.Random(seed)
    holes = [(at, at + some.randrange(3, 130)) for at in some.sample(range(count * 1440), 12)]
    blocks: list[SampleBlock] = []
    for minute in range(count * 1440):
        if not any(begin <= minute < end for begin, end in holes):
            at = START + minute * MINUTE + some.randrange(5_000)
            blocks += [
                gauge(at, some.uniform(-5, 100), seq=minute + 1),
                gauge(at, minute % 97, seq=minute + 1, element="r2", object_="r2/if:b"),
            ]
        if minute % 20 == 19 and blocks:
            store.append(blocks)
            blocks = []
    return store


def roll(store: SeriesStore, now: int) -> None:
    store.compact(now)
    while store.roll_up(now):
        pass


def same(one: Chart, other: Chart) -> None:
    """Hold two charts against each other; means may differ in the last digits."""
    assert (one.t0, one.step_ms, one.n) == (other.t0, other.step_ms, other.n)
    for a, b in zip(one.lines, other.lines, strict=True):
        assert b.avg == [None if value is None else pytest.approx(value) for value in a.avg]
        assert without_means(a) == without_means(b)


def without_means(line: Line) -> Line:
    return msgspec.structs.replace(line, avg=[])


QUERIES = (
    asked(START, START + 2 * DAY, step_ms=HOUR),
    asked(START, START + 2 * DAY, elements=("r1", "r2"), step_ms=6 * HOUR, objects=("if:*",)),
    asked(START + 90 * MINUTE, START + 30 * HOUR + 7 * MINUTE, step_ms=HOUR),
    asked(START + DAY, START + 2 * DAY, elements=("r2",), step_ms=2 * HOUR),
    asked(START - 3 * DAY, START + 3 * DAY, step_ms=DAY),
)


@pytest.mark.parametrize("query", QUERIES)
def test_charts_of_rollups_are_those_of_the_samples(tmp_path: Path, query: SeriesQuery) -> None:
    store = days(tmp_path)
    before = draw(store, query)
    assert before.lines
    assert any(line.gaps for line in before.lines)
    roll(store, START + 2 * DAY + 10 * MINUTE)
    hourly = [path.parent.name for path in tmp_path.glob("hourly/*/*.parquet")]
    assert hourly.count("2023-11-15") == 1, "a day that is over is one file"
    assert hourly.count("2023-11-16") > 15
    same(before, draw(store, query))
    roll(store, START + 5 * DAY)
    assert len(list(tmp_path.glob("hourly/*/*.parquet"))) == 2, "one of each day"
    if query.end % HOUR == 0:
        same(before, draw(store, query))


def test_what_is_left_of_samples_that_are_gone(tmp_path: Path) -> None:
    store = days(tmp_path)
    roll(store, START + 4 * DAY)
    query = asked(START, START + 2 * DAY, step_ms=HOUR)
    before = draw(store, query)
    while store.retire(START + 30 * HOUR):
        pass
    assert draw(store, asked(START, START + 20 * HOUR, step_ms=HOUR)).lines
    same(before, draw(store, query))


def test_a_range_that_begins_before_the_samples_has_steps_of_an_hour(tmp_path: Path) -> None:
    store = days(tmp_path)
    roll(store, START + 2 * DAY + 10 * MINUTE)
    fine = asked(START, START + 26 * HOUR, step_ms=5 * MINUTE)
    assert draw(store, fine).step_ms == 5 * MINUTE
    while store.retire(START + 24 * HOUR):
        pass
    assert draw(store, fine).step_ms == HOUR
    assert draw(store, asked(START + 24 * HOUR, START + 26 * HOUR)).step_ms < HOUR
    assert draw(store, asked(START - 9 * DAY, START - 8 * DAY)).step_ms < HOUR, "no rollup is there either"


def test_a_young_store_keeps_short_steps_over_a_long_range(tmp_path: Path) -> None:
    store = days(tmp_path)
    roll(store, START + 5 * DAY)
    assert draw(store, asked(START - 10 * DAY, START + 2 * DAY, max_points=5_000)).step_ms == 5 * MINUTE


def test_late_samples_make_the_rollup_of_their_hour_anew(tmp_path: Path) -> None:
    store = days(tmp_path, count=1)
    roll(store, START + DAY + 10 * MINUTE)
    store.append([gauge(START + 5 * HOUR + 1, 1_000.0, seq=9_999)])
    roll(store, START + DAY + 20 * MINUTE)
    chart = draw(store, asked(START + 5 * HOUR, START + 6 * HOUR, step_ms=HOUR))
    assert chart.lines[0].max == [1_000.0]
    assert len(list((tmp_path / "hourly").glob("*/05-*.parquet"))) == 1


def test_samples_that_came_twice_count_once(tmp_path: Path) -> None:
    store = SeriesStore(tmp_path)
    for _ in range(2):
        store.append([gauge(START + minute * MINUTE, minute, seq=minute + 1) for minute in range(10)])
        store.append([gauge(START + 10 * MINUTE, 10.0, seq=11)])
    roll(store, START + 2 * HOUR)
    [path] = tmp_path.glob("hourly/*/*.parquet")
    row = pl.read_parquet(path).row(0, named=True)
    assert (row["count"], row["min"], row["max"], row["mean"], row["last"]) == (11, 0.0, 10.0, 5.0, 10.0)


def test_the_present_hour_is_drawn_from_its_samples(tmp_path: Path) -> None:
    store = SeriesStore(tmp_path)
    store.append([gauge(START + minute * MINUTE, minute, seq=minute + 1) for minute in range(90)])
    roll(store, START + 90 * MINUTE)
    [line] = draw(store, asked(START, START + 90 * MINUTE, step_ms=HOUR)).lines
    assert line.max == [59.0, 89.0]
    assert line.gaps == []


def test_size_is_kept_in_small_steps_and_the_newest_hour_stays(tmp_path: Path) -> None:
    store = days(tmp_path)
    assert store.retire(START, most_bytes=1 << 40) == 0
    files = len(list(tmp_path.glob("*/*.parquet")))
    assert store.retire(START, most_bytes=10_000, most=5) == 5
    assert len(list(tmp_path.glob("*/*.parquet"))) == files - 5
    while store.retire(START, most_bytes=1, most=5):
        pass
    assert {path.name[:2] for path in tmp_path.glob("*/*.parquet")} == {"23"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2023-11-16"]


def test_rollups_are_retired_by_days(tmp_path: Path) -> None:
    store = days(tmp_path)
    roll(store, START + 2 * DAY + 10 * MINUTE)
    assert store.retire_hourly(START + DAY - 1) == 0
    assert store.retire_hourly(START + DAY, most=3) == 1
    assert [path.name for path in (tmp_path / "hourly").iterdir()] == ["2023-11-16"]
    assert store.retire_hourly(START + 2 * DAY, most=3) == 3
    while store.retire_hourly(START + 2 * DAY, most=3):
        pass
    assert list((tmp_path / "hourly").iterdir()) == []


def test_what_a_kill_left_unfinished_is_removed(tmp_path: Path) -> None:
    store = days(tmp_path, count=1)
    roll(store, START + DAY + 10 * MINUTE)
    before = draw(store, asked(START, START + DAY, step_ms=HOUR))
    [folder] = (tmp_path / "hourly").iterdir()
    (folder / "07-x.tmp").write_bytes(b"torn")
    # Killed between the whole day and the end of its hours.
    kept = {path: path.read_bytes() for path in folder.glob("*.parquet")}
    roll(store, START + 4 * DAY)
    for path, content in kept.items():
        path.write_bytes(content)
    store.clean()
    assert not list(folder.glob("*.tmp"))
    same(before, draw(store, asked(START, START + DAY, step_ms=HOUR)))
    roll(store, START + 4 * DAY)
    assert len(list(folder.iterdir())) == 1


def test_an_hour_that_a_kill_left_twice_counts_once(tmp_path: Path) -> None:
    """Once cleaned at the start, once without: a day is joined of the rollup that covers more."""
    for name in ("cleaned", "joined"):
        folder = tmp_path / name
        store = SeriesStore(folder)
        store.append([gauge(START + minute * MINUTE, minute, seq=minute + 1) for minute in range(30)])
        roll(store, START + 2 * HOUR)
        [old] = folder.glob("hourly/*/*")
        made = old.read_bytes()
        store.append([gauge(START + minute * MINUTE, minute, seq=minute + 1) for minute in range(30, 50)])
        roll(store, START + 2 * HOUR)
        [new] = folder.glob("hourly/*/*")
        # Killed between the new one and the end of the old one.
        old.write_bytes(made)
        if name == "cleaned":
            store.clean()
            assert list(folder.glob("hourly/*/*")) == [new]
        roll(store, START + 3 * DAY)
        [whole] = folder.glob("hourly/*/*")
        assert pl.read_parquet(whole)["count"].to_list() == [50]
