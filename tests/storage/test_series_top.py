"""Which series are the greatest."""

from pathlib import Path

import pytest

from netmon.storage.chart import Measure, Ranked
from netmon.storage.series import SeriesStore
from netmon.storage.series_top import TopQuery, top
from tests.storage.test_series_query import HOUR, MINUTE, NOON, gauge

SAMPLES = {"r1": [1, 2, 3, 94], "r2": [25, 25, 25, 25], "s3": [40, 0, 0, 0], "r4": [10, 20, 30, 30]}


@pytest.fixture
def store(tmp_path: Path) -> SeriesStore:
    made = SeriesStore(tmp_path)
    blocks = [
        gauge(NOON + at * MINUTE, float(value), element=element, object_=f"{element}/if:a")
        for at in range(4)
        for element, values in SAMPLES.items()
        for value in values[at : at + 1]
    ]
    made.append(blocks)
    # As a kill leaves it: some come a second time.
    made.append(blocks[-6:])
    return made


def test_samples_that_came_twice_count_once_when_they_are_merged_too(store: SeriesStore) -> None:
    before = ranked(store, "avg")
    store.compact(NOON + 2 * HOUR)
    assert ranked(store, "avg") == before


def ranked(store: SeriesStore, by: Measure, **more: object) -> list[tuple[str, float]]:
    found = top(store, TopQuery("load", NOON, NOON + HOUR, by, **more))  # type: ignore[arg-type]
    return [(one.element, one.value) for one in found]


@pytest.mark.parametrize(
    ("by", "order"),
    [
        ("avg", [("r1", 25.0), ("r2", 25.0), ("r4", 22.5), ("s3", 10.0)]),
        ("max", [("r1", 94.0), ("s3", 40.0), ("r4", 30.0), ("r2", 25.0)]),
        ("min", [("r2", 25.0), ("r4", 10.0), ("r1", 1.0), ("s3", 0.0)]),
        ("last", [("r1", 94.0), ("r4", 30.0), ("r2", 25.0), ("s3", 0.0)]),
        ("p50", [("r2", 25.0), ("r4", 25.0), ("r1", 2.5), ("s3", 0.0)]),
        ("p95", [("r1", pytest.approx(80.35)), ("s3", pytest.approx(34.0)), ("r4", 30.0), ("r2", 25.0)]),
    ],
)
def test_each_measure_has_its_order(store: SeriesStore, by: Measure, order: list[tuple[str, float]]) -> None:
    assert ranked(store, by) == order
    assert ranked(store, by, most=2) == order[:2]


def test_the_least_come_first_if_asked(store: SeriesStore) -> None:
    assert ranked(store, "max", least=True, most=1) == [("r2", 25.0)]


def test_elements_and_objects_are_globs(store: SeriesStore) -> None:
    assert [name for name, _ in ranked(store, "max", elements=("r*",))] == ["r1", "r4", "r2"]
    assert ranked(store, "max", objects=("if:b",)) == []


def test_a_series_is_told_whole(store: SeriesStore) -> None:
    [one] = top(store, TopQuery("load", NOON, NOON + 2 * MINUTE, "max", most=1))
    assert one == Ranked("s3", "s3/if:a", {"ifName": "a"}, "%", 40.0, 2)


def test_nothing_there_is_nothing(tmp_path: Path) -> None:
    assert top(SeriesStore(tmp_path), TopQuery("load", NOON, NOON + HOUR)) == []
