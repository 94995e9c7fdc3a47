"""Samples in real servers: all of them, each once, with the values and times they have here."""

import contextlib
import struct
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from netmon.domain.duration import Duration
from netmon.outputs.influxdb1 import InfluxDB1, InfluxDB1Config
from netmon.outputs.output import EMBEDDED, Output, Surroundings
from netmon.outputs.parquet import Parquet, ParquetConfig
from netmon.outputs.peer import Refused, Taken
from netmon.outputs.remote_write import RemoteWrite, RemoteWriteConfig
from netmon.storage.sqlite.store import SqliteStore, open_store
from tests.outputs.runs import AT, around, reached, running, tell, told
from tests.outputs.samples import block
from tests.wire.peers import free_port, until
from tests.wire.sample_peers import SAMPLE_PEERS, SamplePeer, influxql

pytestmark = [pytest.mark.wire, pytest.mark.slow]

each = pytest.mark.parametrize("peer", SAMPLE_PEERS, ids=lambda peer: peer.name)
influxdb1, prometheus = SAMPLE_PEERS[3], SAMPLE_PEERS[2]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    with contextlib.closing(open_store(tmp_path / "netmon.db")) as opened:
        yield opened


def embedded(store: SqliteStore, folder: Path) -> Output:
    return Parquet(ParquetConfig(flush=Duration("100ms")), around(store, folder, EMBEDDED))


def counted(surroundings: Surroundings, kind: str, reason: str) -> float:
    """Return how often an output failed, or what it gave up, for a reason."""
    labels = {"output": "peer", "reason": reason}
    return surroundings.metrics.registry.get_sample_value(f"netmon_output_{kind}_total", labels) or 0.0


@each
async def test_each_sample_is_there_once_after_restarts_of_both_sides(
    peer: SamplePeer, tmp_path: Path, store: SqliteStore
) -> None:
    port = free_port()
    parquet, here = embedded(store, tmp_path), around(store, tmp_path, "peer")
    output = peer.config(port).build(here)
    async with running(parquet, output):
        async with peer.run(tmp_path, port):
            tell(range(1, 21), parquet, output)
            await reached(store, "peer", 20)
        tell(range(21, 41), parquet, output)
        await until(lambda: counted(here, "errors", "unreachable"), what="the peer to be missed")
        await reached(store, EMBEDDED, 40)
        async with peer.run(tmp_path, port) as url:
            await reached(store, "peer", 40)
            assert peer.rows(url) == told(range(1, 41))
    # As a kill leaves it between a write and its cursor: half of what the peer has comes a second time.
    await store.set_cursor("peer", 25)
    parquet, here = embedded(store, tmp_path), around(store, tmp_path, "peer")
    output = peer.config(port).build(here)
    async with peer.run(tmp_path, port) as url, running(parquet, output):
        tell(range(41, 51), parquet, output)
        await reached(store, "peer", 50)
        await until(lambda: peer.rows(url) == told(range(1, 51)), what="every sample once")


@each
async def test_a_long_outage_is_caught_up_and_live_samples_do_not_wait_for_it(
    peer: SamplePeer, tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netmon.outputs.samples._QUEUE", 20)
    port = free_port()
    parquet, here = embedded(store, tmp_path), around(store, tmp_path, "peer")
    output = peer.config(port).build(here)
    async with running(parquet, output):
        # Ten minutes of one observation a second, of which the queue holds twenty.
        for first in range(1, 601, 60):
            tell(range(first, first + 60), parquet, output)
            await reached(store, EMBEDDED, first + 59)
        async with peer.run(tmp_path, port) as url:
            await reached(store, "peer", 600)
            await until(lambda: peer.rows(url) == told(range(1, 601)), what="every sample once")
    assert counted(here, "dropped", "refused") == 0


async def test_a_line_that_influxdb_refuses_is_told_and_the_others_are_there(tmp_path: Path) -> None:
    port = free_port()
    async with influxdb1.run(tmp_path, port) as url:
        with contextlib.closing(InfluxDB1(InfluxDB1Config(url), "")) as speaks:
            assert speaks.write([b"ifTable,element=r1 speed=1i 1000"]) == Taken()
            wrong, right = b"ifTable,element=r1 speed=1.5 2000", b"ifTable,element=r1 speed=3i 3000"
            answer = speaks.write([wrong, right])
        assert isinstance(answer, Refused)
        assert (answer.reason, answer.lost) == ("refused", 1)
        assert "field type conflict" in answer.told
        [series] = influxql(url, 'SELECT speed FROM "ifTable"')
        assert series["values"] == [[1000, 1], [3000, 3]]


async def test_refused_lines_are_found_among_many(tmp_path: Path, store: SqliteStore) -> None:
    port = free_port()
    here = around(store, tmp_path, "peer")
    async with influxdb1.run(tmp_path, port) as url:
        # Another program has stored this status as a text.
        with contextlib.closing(InfluxDB1(InfluxDB1Config(url), "")) as speaks:
            assert speaks.write([b'other,element=x ifOperStatus="up" %d' % AT]) == Taken()
        output = influxdb1.config(port).build(here)
        async with running(output):
            tell(range(1, 11), output)
            [clash] = [msgspec.structs.replace(block(11, AT, {"xe-0": (1, 1, "")}), table="other")]
            output.samples([clash], 11)
            await reached(store, "peer", 11)
        assert counted(here, "dropped", "refused") == 1
        assert counted(here, "errors", "refused") == 1
        assert influxdb1.rows(url) == told(range(1, 11))


async def test_prometheus_takes_what_is_late_in_one_of_many_observations(tmp_path: Path, store: SqliteStore) -> None:
    port = free_port()
    here = around(store, tmp_path, "peer")
    output = prometheus.config(port).build(here)
    async with prometheus.run(tmp_path, port) as url, running(output):
        output.samples([block(seq, AT + seq * 1000, {"xe-0": (seq, 1, "")}) for seq in (1, 2, 3)], 3)
        await reached(store, "peer", 3)
        # The clock went back by a second for one observation, in which one port is new.
        late = block(4, AT + 2000, {"xe-0": (4, 1, ""), "xe-1": (4, 1, "")})
        output.samples([late, block(5, AT + 5000, {"xe-0": (5, 1, "")})], 5)
        await reached(store, "peer", 5)
        rows = prometheus.rows(url)
    octets = {"xe-0": [(1000, 1.0), (2000, 2.0), (3000, 3.0), (5000, 5.0)], "xe-1": [(2000, 4.0)]}
    for name, samples in octets.items():
        found = [(at - AT, value) for metric, _, of, at, value in rows if (metric, of) == ("ifHCInOctets", name)]
        assert found == samples
    assert counted(here, "dropped", "out_of_order") == 2


async def test_names_and_labels_that_no_peer_may_choke_on(tmp_path: Path, store: SqliteStore) -> None:
    odd = 'a"b\\c\nd,e=f g\u00e9'
    for peer in SAMPLE_PEERS:
        port, name = free_port(), f"peer{SAMPLE_PEERS.index(peer)}"
        folder = tmp_path / name
        folder.mkdir()
        here = around(store, tmp_path, name)
        output = peer.config(port).build(here)
        async with peer.run(folder, port) as url, running(output):
            output.samples([block(1, AT, {odd: (2**53, float("nan"), "")})], 1)
            await reached(store, name, 1)
            await until(partial(peer.rows, url), what=f"a sample in {peer.name}")
            [(metric, _, port_, at, value)] = peer.rows(url)
            assert (metric, at, value) == ("ifHCInOctets", AT, float(2**53)), peer.name
            assert port_.replace("\\", "").replace("\n", " ") == odd.replace("\\", "").replace("\n", " "), peer.name


async def test_what_is_no_write_request_is_given_up_at_once(tmp_path: Path) -> None:
    port = free_port()
    async with prometheus.run(tmp_path, port) as url:
        with contextlib.closing(RemoteWrite(RemoteWriteConfig(f"{url}/api/v1/write"), {})) as speaks:
            answer = speaks.write([b"\x0a\xff" + struct.pack("<d", 1.0)])
        assert isinstance(answer, Refused)
        assert answer.reason == "refused"
