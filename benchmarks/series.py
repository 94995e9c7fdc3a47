"""The embedded series beside VictoriaMetrics and InfluxDB 1.x: the same samples in, the same questions out."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, row, say
from benchmarks.series_data import METRIC, Data, Server, quiet, seconds, size, walk
from netmon.storage.chart import SeriesQuery
from netmon.storage.series import SeriesStore
from netmon.storage.series_query import draw
from netmon.storage.series_top import TopQuery, top
from tests.wire.peers import free_port, get, program, running
from tests.wire.sample_peers import influxdb_settings

_HOUR_S, _DAY_S = 3_600, 86_400
_ELEMENT, _PORT = "r7", "xe-0/0/3"
_OBJECT = f"{_ELEMENT}/if:{_PORT}"
_BUDGET_OCTETS, _BUDGET_DAY_MS, _BUDGET_TOP_MS = 4.5, 50, 250


def series(folder: Path) -> list[Row]:
    """Return all figures."""
    now = time.time_ns() // 3_600_000_000_000 * 3_600_000
    wide = Data(1_000, 10, _HOUR_S, 30, 5, 5, now - 2 * _HOUR_S * 1000)
    day = Data(20, 10, _DAY_S, 30, 30, 60, now - 3 * _DAY_S * 1000)
    long = Data(20, 10, 30 * _DAY_S, 300, 300, _HOUR_S, now - 30 * _DAY_S * 1000 - 4 * _HOUR_S * 1000)
    rows: list[Row] = []
    for title, data, questions in (
        ("1 h of 10,000 series", wide, _top_questions),
        ("1 day of 200 series", day, _day_questions),
        ("30 days of 200 series", long, _month_questions),
    ):
        place = folder / title.replace(" ", "-").replace(",", "")
        place.mkdir()
        store = SeriesStore(place / "series")
        with _victoria_metrics(place) as vm, _influxdb(place) as influx:
            rows += _written(title, data, store, place / "series", (vm, influx))
            rows += questions(title, data, store, vm, influx)
    return rows


def _written(title: str, data: Data, store: SeriesStore, folder: Path, peers: tuple[Server, Server]) -> Iterator[Row]:
    """Write everything, flush by flush with all that is done beside it; the peers get ready-made lines."""
    flushes = list(walk(data))
    began, cpu = time.perf_counter(), time.process_time()
    for blocks in flushes:
        store.append(blocks)
        if blocks[0].time % 300_000 == 0:
            store.compact(blocks[0].time)
    store.compact(data.end + 600_000)
    raw = size(folder)
    while store.roll_up(data.end + 600_000):
        pass
    cpu, took = time.process_time() - cpu, time.perf_counter() - began
    say(f"{title}: {data.samples} samples in {took:.1f} s, {cpu:.1f} s CPU, {raw / data.samples:.2f} B each")
    name = f"series, {title}"
    yield row(
        f"{name}: disk", "B/sample", netmon=raw / data.samples, peer=_BUDGET_OCTETS, peer_name="budget", target="<= 1"
    )
    for peer in peers:
        theirs = peer.write(data)
        quiet(peer)
        say(f"{title}: {peer.name} {theirs:.1f} s CPU")
        yield row(
            f"{name}: ingest per second of CPU", "samples/s", netmon=data.samples / cpu, peer=data.samples / theirs,
            peer_name=peer.name, target=">= 0.5" if peer.name == "VictoriaMetrics" else "",
        )  # fmt: skip
        yield row(
            f"{name}: disk", "B/sample", netmon=raw / data.samples, peer=peer.octets() / data.samples,
            peer_name=peer.name,
        )  # fmt: skip


def _top_questions(title: str, data: Data, store: SeriesStore, vm: Server, influx: Server) -> Iterator[Row]:
    ours, found = seconds(lambda: top(store, TopQuery(METRIC, data.start, data.end)))
    query = f"topk(20, avg_over_time({METRIC}[1h]))"
    theirs, answer = seconds(lambda: vm.ask("/api/v1/query", query=query, time=data.end / 1000, nocache=1))
    same = {one["metric"]["object"] for one in answer["data"]["result"]}
    assert same == {one.object for one in found}, (same, found)
    within = f"time >= {data.start}ms AND time < {data.end}ms"
    inner = f'SELECT mean("{METRIC}") AS m FROM "ifTable" WHERE {within} GROUP BY "object"'
    others, _ = seconds(lambda: influx.ask("/query", db="netmon", q=f'SELECT top("m", "object", 20) FROM ({inner})'))
    return _took(f"series, top 20 of {title}", ours, theirs, others, budget_ms=_BUDGET_TOP_MS)


def _day_questions(title: str, data: Data, store: SeriesStore, vm: Server, influx: Server) -> Iterator[Row]:
    return _drawn(f"series, one of {title}", data, store, (vm, influx), step_s=60, budget_ms=_BUDGET_DAY_MS)


def _month_questions(title: str, data: Data, store: SeriesStore, vm: Server, influx: Server) -> Iterator[Row]:
    yield from _drawn(f"series, one of {title}, raw", data, store, (vm, influx), step_s=1800)
    yield from _drawn(f"series, one of {title}, hourly", data, store, (vm, influx), step_s=_HOUR_S)


def _drawn(
    name: str, data: Data, store: SeriesStore, peers: tuple[Server, Server], *, step_s: int, budget_ms: float = 0.0
) -> Iterator[Row]:
    vm, influx = peers
    asked = SeriesQuery((METRIC,), (_ELEMENT,), data.start, data.end, (_OBJECT,), step_ms=step_s * 1000)
    ours, chart = seconds(lambda: draw(store, asked))
    assert chart.step_ms == step_s * 1000
    assert all(value is not None for value in chart.lines[0].max)
    choice = f'{METRIC}{{object="{_OBJECT}"}}'
    span = {"start": data.start / 1000, "end": data.end / 1000, "step": step_s, "nocache": 1}
    theirs, answer = seconds(lambda: vm.ask("/api/v1/query_range", query=f"max_over_time({choice}[{step_s}s])", **span))
    assert len(answer["data"]["result"]) == 1
    within = f"\"object\" = '{_OBJECT}' AND time >= {data.start}ms AND time < {data.end}ms"
    fields = ", ".join(f'{fn}("{METRIC}")' for fn in ("mean", "min", "max"))
    asking = f'SELECT {fields} FROM "ifTable" WHERE {within} GROUP BY time({step_s}s)'
    others, _ = seconds(lambda: influx.ask("/query", db="netmon", q=asking))
    return _took(name, ours, theirs, others, budget_ms=budget_ms)


def _took(name: str, ours: float, vm: float, influx: float, *, budget_ms: float) -> Iterator[Row]:
    say(f"{name}: {ours * 1000:.0f} ms, VictoriaMetrics {vm * 1000:.0f} ms, InfluxDB {influx * 1000:.0f} ms")
    if budget_ms:
        yield row(name, "ms", netmon=ours * 1000, peer=budget_ms, peer_name="budget", target="<= 1")
    yield row(name, "ms", netmon=ours * 1000, peer=vm * 1000, peer_name="VictoriaMetrics")
    yield row(name, "ms", netmon=ours * 1000, peer=influx * 1000, peer_name="InfluxDB 1.x")


@contextlib.contextmanager
def _victoria_metrics(folder: Path) -> Iterator[Server]:
    port = free_port()
    command = (program("victoria-metrics"), f"-storageDataPath={folder / 'vm'}", f"-httpListenAddr=127.0.0.1:{port}",
               "-retentionPeriod=3", "-influxSkipMeasurement", "-search.latencyOffset=0s")  # fmt: skip
    with running(*command, log=folder / "vm.log") as process:
        server = Server("VictoriaMetrics", f"http://127.0.0.1:{port}", process.pid, folder / "vm" / "data")
        _wait(lambda: get(f"{server.url}/health"))
        yield server


@contextlib.contextmanager
def _influxdb(folder: Path) -> Iterator[Server]:
    port = free_port()
    (folder / "influxdb.conf").write_text(influxdb_settings(folder / "influxdb", port))
    with running(program("influxd"), "-config", str(folder / "influxdb.conf"), log=folder / "influxdb.log") as process:
        server = Server("InfluxDB 1.x", f"http://127.0.0.1:{port}", process.pid, folder / "influxdb")
        _wait(lambda: get(f"{server.url}/query?q=SHOW+DATABASES"))
        server.ask("/query", q="CREATE DATABASE netmon")
        yield server


def _wait(found: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not found():
        assert time.monotonic() < deadline, "a server does not start"
        time.sleep(0.1)
