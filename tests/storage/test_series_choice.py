"""Samples that are taken elsewhere: each once, though the engine merges files meanwhile."""

from pathlib import Path

from netmon.storage.series import SeriesStore
from netmon.storage.series_choice import Choice, chosen_samples, chosen_series
from tests.outputs.samples import block

NOON = 1_700_049_600_000
HOUR = 3_600_000
ALL = Choice(NOON, NOON + 3 * HOUR)


def filled(path: Path) -> SeriesStore:
    store, seq = SeriesStore(path), 0
    for hour in range(3):
        for minute in range(4):
            at = NOON + hour * HOUR + minute * 60_000
            for element in ("r1", "r2", "r3"):
                seq += 1
                store.append([block(seq, at, {"a": (seq, 1, "")}, element=element)])
    return store


def test_files_that_are_merged_while_they_are_read_give_each_sample_once(tmp_path: Path):
    store = filled(tmp_path)
    read, hours = list[tuple[str, str, int]](), list[int]()
    for number, frame in enumerate(chosen_samples(store, ALL, passed=lambda done, _: hours.append(done))):
        read += frame.select("metric", "object", "time").rows()
        if number == 1:
            assert store.compact(NOON + 4 * HOUR) > 0, "the file that comes next is gone now"
    assert len(read) == len(set(read)) == 3 * 4 * 3 * 2
    assert hours == [1, 2, 3]


def test_a_sample_that_was_written_twice_is_taken_once(tmp_path: Path):
    store = filled(tmp_path)
    store.append([block(1, NOON, {"a": (1, 1, "")}, element="r1")])
    rows = sum(frame.height for frame in chosen_samples(store, ALL, passed=lambda *_: None))
    assert rows == 3 * 4 * 3 * 2


def test_a_series_of_many_hours_is_one(tmp_path: Path):
    found = chosen_series(
        filled(tmp_path), Choice(NOON, NOON + 3 * HOUR, ("ifHC*",), ("r[12]", "r2")), passed=lambda *_: None
    )
    assert [(one.object, one.first, one.last) for one in found] == [("r2/if:a", NOON, NOON + 2 * HOUR + 180_000)]
