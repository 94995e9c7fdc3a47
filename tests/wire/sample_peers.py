"""Real servers that take samples: how netmon writes to them, how they run, and what lies in them."""

import contextlib
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec

from netmon.domain.duration import Duration
from netmon.outputs import OutputConfig
from netmon.outputs.influxdb import InfluxDBConfig
from netmon.outputs.influxdb1 import InfluxDB1Config
from netmon.outputs.remote_write import RemoteWriteConfig
from tests.outputs.runs import Row
from tests.wire.peers import get, program, running, until

_OFTEN = Duration("100ms")
_SOON = Duration("5s")


class SamplePeer(msgspec.Struct, frozen=True):
    """One kind of server over one protocol."""

    name: str
    config: Callable[[int], OutputConfig]
    run: Callable[[Path, int], AbstractAsyncContextManager[str]]
    """Over what it stored before, at a port; gives its base URL."""
    rows: Callable[[str], list[Row]]
    """All samples of elements as they lie there: what was stored twice comes twice."""


@contextlib.asynccontextmanager
async def _victoria_metrics(folder: Path, port: int) -> AsyncIterator[str]:
    url = f"http://127.0.0.1:{port}"
    # It stores what comes twice twice, unless it is told that samples of one millisecond are one.
    command = (program("victoria-metrics"), f"-storageDataPath={folder / 'vm'}", f"-httpListenAddr=127.0.0.1:{port}",
               "-search.latencyOffset=0s", "-retentionPeriod=1", "-dedup.minScrapeInterval=1ms",
               "-influxSkipMeasurement")  # fmt: skip
    with running(*command, log=folder / "vm.log"):
        await until(lambda: get(f"{url}/health"), what="VictoriaMetrics")
        yield url


def _in_victoria_metrics(url: str) -> list[Row]:
    urllib.request.urlopen(f"{url}/internal/force_flush", timeout=30).close()
    query = urllib.parse.urlencode({"match[]": '{element!=""}'})
    with urllib.request.urlopen(f"{url}/api/v1/export?{query}", timeout=30) as answer:
        found = [json.loads(line) for line in answer.read().splitlines()]
    return sorted(
        (one["metric"]["__name__"], one["metric"]["element"], one["metric"]["ifName"], at, float(value))
        for one in found
        for at, value in zip(one["timestamps"], one["values"], strict=True)
    )


@contextlib.asynccontextmanager
async def _prometheus(folder: Path, port: int) -> AsyncIterator[str]:
    url = f"http://127.0.0.1:{port}"
    (folder / "prometheus.yml").write_text("global: {}\n")
    command = (program("prometheus"), f"--config.file={folder / 'prometheus.yml'}",
               f"--storage.tsdb.path={folder / 'prom'}", f"--web.listen-address=127.0.0.1:{port}",
               "--web.enable-remote-write-receiver")  # fmt: skip
    with running(*command, log=folder / "prometheus.log"):
        await until(lambda: get(f"{url}/-/ready"), what="Prometheus")
        yield url


def _in_prometheus(url: str) -> list[Row]:
    query = urllib.parse.urlencode({"query": '{element!=""}[1d]'})
    return sorted(
        (one["metric"]["__name__"], one["metric"]["element"], one["metric"]["ifName"], round(at * 1000), float(value))
        for one in get(f"{url}/api/v1/query?{query}")["data"]["result"]
        for at, value in one["values"]
    )


def influxdb_settings(folder: Path, port: int) -> str:
    """Return settings of InfluxDB 1.x that stores below a folder and tells nobody."""
    return (
        f'reporting-disabled = true\nbind-address = ""\n[meta]\ndir = "{folder}/meta"\n'
        f'[data]\ndir = "{folder}/data"\nwal-dir = "{folder}/wal"\nseries-id-set-cache-size = 100\n'
        f'[http]\nbind-address = "127.0.0.1:{port}"\nlog-enabled = false\n[monitor]\nstore-enabled = false\n'
        "[subscriber]\nenabled = false\n[continuous_queries]\nenabled = false\n"
    )


@contextlib.asynccontextmanager
async def _influxdb(folder: Path, port: int) -> AsyncIterator[str]:
    url = f"http://127.0.0.1:{port}"
    (folder / "influxdb.conf").write_text(influxdb_settings(folder / "influxdb", port))
    with running(program("influxd"), "-config", str(folder / "influxdb.conf"), log=folder / "influxdb.log"):
        await until(lambda: _answers(url), what="InfluxDB")
        influxql(url, 'CREATE DATABASE "netmon"')
        yield url


def _answers(url: str) -> bool:
    try:
        influxql(url, "SHOW DATABASES")
    except OSError:
        return False
    return True


def influxql(url: str, query: str) -> list[dict[str, object]]:
    """Return the series that InfluxDB 1.x answers a query with."""
    asked = urllib.parse.urlencode({"db": "netmon", "epoch": "ms", "q": query}).encode()
    with urllib.request.urlopen(f"{url}/query", asked, timeout=30) as answer:
        [result] = json.loads(answer.read())["results"]
    assert "error" not in result, result
    return list(result.get("series", []))


def _in_influxdb(url: str) -> list[Row]:
    rows: list[Row] = []
    for series in influxql(url, 'SELECT * FROM "ifTable"'):
        for values in series["values"]:  # type: ignore[attr-defined]
            row = dict(zip(series["columns"], values, strict=True))  # type: ignore[call-overload]
            rows += [
                (metric, row["element"], row["ifName"], row["time"], float(row[metric]))
                for metric in ("ifHCInOctets", "ifOperStatus")
                if row.get(metric) is not None
            ]
    return sorted(rows)


def _remote_write(port: int, *, in_order: bool) -> RemoteWriteConfig:
    url = f"http://127.0.0.1:{port}/api/v1/write"
    return RemoteWriteConfig(url, labels={"job": "netmon"}, in_order=in_order, flush=_OFTEN, timeout=_SOON)


SAMPLE_PEERS = (
    SamplePeer(
        "VictoriaMetrics, InfluxDB v2",
        lambda port: InfluxDBConfig(f"http://127.0.0.1:{port}", flush=_OFTEN, timeout=_SOON),
        _victoria_metrics,
        _in_victoria_metrics,
    ),
    SamplePeer(
        "VictoriaMetrics, remote write",
        lambda port: _remote_write(port, in_order=False),
        _victoria_metrics,
        _in_victoria_metrics,
    ),
    SamplePeer("Prometheus", lambda port: _remote_write(port, in_order=True), _prometheus, _in_prometheus),
    SamplePeer(
        "InfluxDB 1.x",
        lambda port: InfluxDB1Config(f"http://127.0.0.1:{port}", flush=_OFTEN, timeout=_SOON),
        _influxdb,
        _in_influxdb,
    ),
)
