"""``/metrics`` with 100,000 series: what an answer costs, and how long the loop of the engine is held."""

import subprocess
import sys
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from benchmarks.exposition_server import block
from benchmarks.measure import Row, cpu_s, median, row, say
from tests.wire.peers import get

_ELEMENTS, _PORTS, _COLUMNS = 1_000, 5, 20
_SERIES = _ELEMENTS * _PORTS * _COLUMNS
_TIMES = 10
"""CPU time is told by the kernel in steps of 10 ms: the mean of so many answers."""
_BUDGET_S, _TURN_MS = 0.15, 20


def exposition(_folder: Path) -> list[Row]:
    """Return the CPU seconds of one answer and the longest turn of the loop meanwhile."""
    command = (sys.executable, "-m", "benchmarks.exposition_server", *map(str, (_ELEMENTS, _PORTS, _COLUMNS)))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        url = f"http://{process.stdout.readline().strip()}/metrics"
        assert str(get(url)).count("\nifCounter") == _SERIES
        before = cpu_s(process.pid)
        for _ in range(_TIMES):
            get(url)
        ours = (cpu_s(process.pid) - before) / _TIMES
        turns = []
        for _ in range(_TIMES + 1):
            process.stdin.write("\n")
            process.stdin.flush()
            turns.append(float(process.stdout.readline()))
            get(url)
        process.stdin.close()
    # Of the first line there was nobody yet who watched, of the second one the first answer was watched.
    turn, theirs = median(turns[1:]), _prometheus_client()
    say(
        f"{_SERIES} series: netmon {ours:.3f} s, longest turn {turn:.1f} ms (worst {max(turns):.1f}), peer {theirs:.2f}"
    )
    name = f"/metrics with {_SERIES} series"
    return [
        row(name, "s CPU", netmon=ours, peer=_BUDGET_S, peer_name="budget", target="<= 1"),
        row(
            f"{name}: longest turn of the loop", "ms CPU", netmon=turn, peer=_TURN_MS, peer_name="budget", target="<= 1"
        ),
        row(name, "s CPU", netmon=ours, peer=theirs, peer_name="prometheus-client, text only"),
    ]


def _prometheus_client() -> float:
    registry = CollectorRegistry()
    registry.register(_Series())
    began = time.process_time()
    assert generate_latest(registry).count(b"\nifCounter") == _SERIES
    return time.process_time() - began


class _Series(Collector):
    """The same series as Prometheus' own library renders them."""

    def collect(self) -> list[CounterMetricFamily]:
        """Return all families."""
        blocks = [block(number, _PORTS, _COLUMNS) for number in range(_ELEMENTS)]
        names = ["element", *(name for name, _ in blocks[0].labels[0])]
        families = [CounterMetricFamily(name, "", labels=names) for name in blocks[0].names]
        for one in blocks:
            for row_, labels in enumerate(one.labels):
                values = [one.element, *(value for _, value in labels)]
                for column, family in enumerate(families):
                    family.add_metric(values, one.columns[column][row_])
        return families
