"""A disk that is nearly full: samples are given up and counted, and go on when there is room."""

import contextlib
from pathlib import Path

from netmon.domain.duration import Duration
from netmon.outputs.output import EMBEDDED
from netmon.outputs.parquet import Parquet, ParquetConfig
from netmon.outputs.room import step, used_pct, used_share
from netmon.storage.sqlite.store import open_store
from tests.outputs.runs import AT, around, reached, running, tell
from tests.outputs.samples import block

DROPPED = ("netmon_output_dropped_total", {"output": EMBEDDED, "reason": "disk_full"})


async def test_samples_are_not_stored_while_it_is_nearly_full(tmp_path: Path) -> None:
    used = [95]
    with contextlib.closing(open_store(tmp_path / "netmon.db")) as store:
        surroundings = around(store, tmp_path, EMBEDDED)
        parquet = Parquet(ParquetConfig(flush=Duration("10ms")), surroundings, used=lambda folder: used[0])
        async with running(parquet):
            tell(range(1, 6), parquet)
            await reached(store, EMBEDDED, 5)
            assert list((tmp_path / "series").glob("*/*")) == []
            assert surroundings.metrics.registry.get_sample_value(*DROPPED) == 10
            used[0] = 94
            tell(range(6, 11), parquet)
            await reached(store, EMBEDDED, 10)
        assert list((tmp_path / "series").glob("*/*.parquet"))
        assert surroundings.metrics.registry.get_sample_value(*DROPPED) == 10


async def test_what_is_stored_does_not_go_with_what_is_not(tmp_path: Path) -> None:
    with contextlib.closing(open_store(tmp_path / "netmon.db")) as store:
        surroundings = around(store, tmp_path, EMBEDDED)
        for day in range(3):
            surroundings.series.append([block(day + 1, AT - (3 - day) * 86_400_000, {"xe-0": (1, 1, "")})])
        parquet = Parquet(ParquetConfig(flush=Duration("10ms")), surroundings, used=lambda folder: 95)
        async with running(parquet):
            for seq in range(10, 14):
                tell(range(seq, seq + 1), parquet)
                await reached(store, EMBEDDED, seq)
    assert len(list((tmp_path / "series").glob("*/*.parquet"))) == 3


def test_how_full_a_disk_is_counts_what_netmon_may_use(tmp_path: Path) -> None:
    assert 0 < used_pct(tmp_path) <= 100
    assert 0 < used_share(tmp_path) <= 100
    assert [step(pct, before) for pct, before in ((69, 0), (70, 0), (68, 1), (67, 1), (94, 3), (92, 3), (99, 0))] == [
        0, 1, 1, 0, 3, 2, 3,
    ]  # fmt: skip
