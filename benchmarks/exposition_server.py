"""The engine's ``/metrics`` with many series: ``python -m benchmarks.exposition_server ELEMENTS PORTS COLUMNS``.

Prints its address. For each line on stdin it prints the longest turn of its loop since the line before, in CPU ms.
"""

import asyncio
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from netmon.control.serve import serve
from netmon.control.server import build
from netmon.domain.sample import SampleBlock, SampleKind
from netmon.outputs.output import Surroundings
from netmon.outputs.prometheus import Prometheus, PrometheusConfig
from netmon.storage.series import SeriesStore
from netmon.storage.sqlite.store import open_store
from netmon.telemetry.metrics import Metrics

_NOW = 1_800_000_000_000


def block(number: int, ports: int, columns: int) -> SampleBlock:
    """Return the counters of the interfaces of an element."""
    element, of = f"router-{number}", range(ports)
    kind: SampleKind = "counter"
    return SampleBlock(
        seq=1,
        time=_NOW,
        sent=_NOW,
        element=element,
        table="if",
        names=tuple(f"ifCounter{column}" for column in range(columns)),
        kinds=(kind,) * columns,
        units=("",) * columns,
        oids=("1.3.6.1.2.1.31.1.1.1.6",) * columns,
        objects=tuple(f"{element}/if:xe-0/0/{port}" for port in of),
        labels=tuple(
            (("ifIndex", str(port)), ("ifName", f"xe-0/0/{port}"), ("ifAlias", f"port {port}")) for port in of
        ),
        index=tuple(map(str, of)),
        columns=tuple(tuple(123_456_789_012 * column + port for port in of) for column in range(columns)),
        interval_ms=60_000,
    )


class _Watch:
    """Turns with the loop, and sees how long the others take."""

    def __init__(self) -> None:
        self._worst_s = 0.0

    async def run(self) -> None:
        before = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            self._worst_s, before = max(self._worst_s, now - before), now

    def worst_ms(self) -> float:
        worst_s, self._worst_s = self._worst_s, 0.0
        return worst_s * 1e3


async def _main(elements: int, ports: int, columns: int) -> None:
    metrics = Metrics()
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listening:
        store = open_store(Path(folder) / "netmon.db")
        series = SeriesStore(Path(folder))
        around = Surroundings("prometheus", store, series, metrics, Path(folder), "bench", lambda _: "")
        output = Prometheus(PrometheusConfig(), around)
        for number in range(elements):
            output.samples([block(number, ports, columns)], 1)

        async def exposition() -> AsyncIterator[bytes]:
            yield metrics.render()
            async for piece in output.render():
                yield piece.encode()

        async def nobody_asks(_: object) -> tuple[int, str]:
            return 404, ""

        serving = asyncio.create_task(serve(build(exposition, str, nobody_asks), [listening]))
        print(f"127.0.0.1:{listening.getsockname()[1]}", flush=True)
        await _answer_lines()
        serving.cancel()
        await asyncio.wait([serving])
        store.close()


async def _answer_lines() -> None:
    watch = _Watch()
    watching: asyncio.Task[None] | None = None
    while await asyncio.to_thread(sys.stdin.readline):
        print(watch.worst_ms(), flush=True)
        # What it costs to watch is no cost of an answer: nobody watches before the first line.
        watching = watching or asyncio.create_task(watch.run())
    if watching is not None:
        watching.cancel()


if __name__ == "__main__":
    asyncio.run(_main(*map(int, sys.argv[1:])))
