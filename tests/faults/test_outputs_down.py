"""A database that is down at the start and again later: everything else goes on, and in the end nothing is missing."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from netmon.domain.duration import Duration
from netmon.outputs import samples
from netmon.outputs.influxdb import InfluxDBConfig
from netmon.outputs.output import EMBEDDED
from netmon.outputs.parquet import Parquet, ParquetConfig
from netmon.storage.sqlite.store import SqliteStore, open_store
from tests.outputs.runs import around, reached, running, tell
from tests.wire.daemon import Daemon, netmon
from tests.wire.peers import free_port, in_parquet, in_victoria_metrics, same_samples, until, victoria_metrics
from tests.wire.simulated import simulator

pytestmark = [pytest.mark.wire, pytest.mark.slow]

LAG = 'netmon_output_lag_seconds{output="influxdb"}'
OURS = '{element!=""}'


async def test_everything_else_goes_on_and_nothing_is_missing(tmp_path: Path) -> None:
    port = free_port()
    outputs = [{"type": "influxdb", "url": f"http://127.0.0.1:{port}", "flush": "200ms"}]
    async with simulator("r1", "r2") as network:
        elements = network.elements()
        async with netmon(tmp_path, elements=elements, outputs=outputs, web={"enabled": False}) as daemon:
            await late_by(daemon, 3)
            network.do("link_down", "r1", port="xe-0", to=daemon.traps)
            await daemon.told("raised", "r1/if:xe-0", "link-alarm")
            async with victoria_metrics(tmp_path, port=port) as database:
                await until(lambda: daemon.metric(LAG) < 3, what="the database to be up to date")
                await until(lambda: in_victoria_metrics(database, OURS), what="samples in the database")
            network.do("link_up", "r1", port="xe-0", to=daemon.traps)
            await daemon.told("cleared", "r1/if:xe-0", "link-alarm")
            await late_by(daemon, 3)
            assert daemon.metric('netmon_output_errors_total{output="influxdb",reason="unreachable"}') >= 2
            async with victoria_metrics(tmp_path, port=port) as database:
                await until(lambda: daemon.metric(LAG) < 3, what="the database to be up to date")
                await daemon.stop()
                stored = in_parquet(daemon.data_dir / "series")
                await until(
                    lambda: same_samples(stored, in_victoria_metrics(database, OURS)),
                    what="every sample in the database",
                )
                assert len({at for _, _, at in stored}) > 10


async def late_by(daemon: Daemon, seconds: float) -> None:
    """Wait until the output is so far behind, while scrapes and the embedded store are up to date."""
    await until(lambda: daemon.metric(LAG) > seconds, what="the lag to grow")
    assert daemon.metric('netmon_output_lag_seconds{output="parquet"}') < daemon.metric(LAG) + 6
    assert 'ifHCInOctets{element="r1",' in daemon.metrics()
    await until(lambda: list((daemon.data_dir / "series").glob("*/*.parquet")), what="the embedded store to go on")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    with contextlib.closing(open_store(tmp_path / "netmon.db")) as opened:
        yield opened


async def test_a_queue_that_overflowed_is_made_good_from_the_embedded_store(
    tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "_QUEUE", 10)
    monkeypatch.setattr(samples, "_TAKEN", 4)
    port = free_port()
    config = InfluxDBConfig(f"http://127.0.0.1:{port}", flush=Duration("100ms"), timeout=Duration("2s"))
    parquet = Parquet(ParquetConfig(flush=Duration("100ms")), around(store, tmp_path, EMBEDDED))
    output = config.build(around(store, tmp_path, "influxdb"))
    async with running(parquet, output):
        for first in range(1, 61, 5):
            # Some are in its hands, some in its queue, the most fell out of that.
            tell(range(first, first + 5), parquet, output)
            await reached(store, EMBEDDED, first + 4)
        async with victoria_metrics(tmp_path, port=port) as database:
            await reached(store, "influxdb", 60)
            stored = in_parquet(tmp_path / "series")
            assert len(stored) == 60 * 4
            await until(
                lambda: same_samples(stored, in_victoria_metrics(database, OURS)), what="every sample in the database"
            )


async def test_what_was_behind_at_a_stop_is_made_good_after_the_start(tmp_path: Path, store: SqliteStore) -> None:
    port = free_port()
    config = InfluxDBConfig(f"http://127.0.0.1:{port}", flush=Duration("100ms"), timeout=Duration("2s"))
    parquet = Parquet(ParquetConfig(flush=Duration("100ms")), around(store, tmp_path, EMBEDDED))
    before = config.build(around(store, tmp_path, "influxdb"))
    async with running(parquet, before):
        tell(range(1, 21), parquet, before)
        await reached(store, EMBEDDED, 20)
    after = config.build(around(store, tmp_path, "influxdb"))
    parquet = Parquet(ParquetConfig(flush=Duration("100ms")), around(store, tmp_path, EMBEDDED))
    async with victoria_metrics(tmp_path, port=port) as database, running(parquet, after):
        tell(range(21, 31), parquet, after)
        await reached(store, "influxdb", 30)
        await reached(store, EMBEDDED, 30)
        stored = in_parquet(tmp_path / "series")
        assert len(stored) == 30 * 4
        await until(
            lambda: same_samples(stored, in_victoria_metrics(database, OURS)), what="every sample in the database"
        )
