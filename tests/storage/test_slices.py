"""Many samples, a few at a time."""

import random
from pathlib import Path

import polars as pl

from netmon.storage.series import SeriesStore
from netmon.storage.slices import ORDER, following, merged, scanned
from tests.outputs.samples import block

NOON = 1_700_049_600_000
FILES = 5
MOST = 16


def files(folder: Path) -> list[Path]:
    """Write files in which the same elements come again and again, in no order."""
    store, shuffled = SeriesStore(folder), random.Random(4711)
    for seq in range(1, FILES + 1):
        elements = [f"r{number}" for number in range(10)]
        shuffled.shuffle(elements)
        ports = {f"xe-{port}": (seq, 1, "x") for port in range(shuffled.randint(1, 3))}
        store.append([block(seq, NOON + seq * 30_000, ports, element=element) for element in elements])
    return sorted(folder.glob("*/*.parquet"))


def test_files_are_merged_slice_by_slice_and_the_whole_is_ordered(tmp_path):
    paths = files(tmp_path)
    slices = list(merged(paths, most=MOST))
    assert len(slices) > 2
    assert all(one.height <= MOST for one in slices)
    assert pl.concat(slices).equals(scanned(paths).collect().sort(ORDER))


def test_an_element_with_more_samples_is_one_slice(tmp_path):
    paths = files(tmp_path)
    assert all(one["element"].n_unique() == one["metric"].n_unique() == 1 for one in merged(paths, most=1))


def test_what_follows_is_read_observation_by_observation(tmp_path):
    store = SeriesStore(tmp_path)
    store.append([block(seq, NOON + seq, {"xe-1": (seq, 1, "x"), "xe-2": (seq, 1, "x")}) for seq in range(1, 10)])
    [path] = tmp_path.glob("*/*.parquet")
    slices = [one["seq"].unique(maintain_order=True).to_list() for one in following([path], 4, 9, most=10)]
    assert slices == [[4, 5], [6, 7], [8, 9]]
