"""The poll path: CPU per 1,000 varbinds from request to series on disk, beside exporter and library."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.clients import COLUMNS, IN_FLIGHT, PORTS
from benchmarks.engine_process import engine, free_ports
from benchmarks.exporter import exporter, plain_module, scrape
from benchmarks.measure import Row, cpu_s, median, row, say
from benchmarks.network import write_network

_AGENTS = 10
_EVERY_S = 5
_WINDOW_S = 30
_SETTLE_S = 12
"""Until every element has been learned and polled twice."""

_SCRAPES = 6
_ROUNDS = {"netmon": 5, "gufo": 5, "pysnmp": 1}
"""How often 100 requests are sent at once; the slow one is not asked to do as much."""
_TIMES = 3
_TARGETS = {"snmp_exporter": "<= 1", "gufo": "", "pysnmp": ""}
_METERED = 4
"""Ports that are billed: they are polled apart, one PDU per port."""


class Agents(msgspec.Struct, frozen=True):
    """Agents that answer, and count what they serve."""

    process: "subprocess.Popen[str]"
    addresses: tuple[tuple[str, int], ...]

    def varbinds(self) -> int:
        """Return how many varbinds were served so far."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


def poll_path(folder: Path) -> list[Row]:
    """Return CPU milliseconds per 1,000 varbinds served."""
    with serving() as agents:
        ours = _netmon(folder / "netmon", agents)
        theirs = _exporter(folder / "exporter", agents)
        library = _pysnmp(agents)
    say(f"per 1,000 varbinds: netmon {ours:.2f}, snmp_exporter {theirs:.2f}, pysnmp {library:.2f} ms")
    name = f"poll, thresholds, usage, Parquet; {_AGENTS} agents, {_EVERY_S} s"
    unit = "ms CPU/1,000 varbinds"
    return [
        row(name, unit, netmon=ours, peer=theirs, peer_name="snmp_exporter, rendering only", target="<= 1"),
        row("the same beside a library", unit, netmon=ours, peer=library, peer_name="pysnmp, walking only"),
    ]


@contextlib.contextmanager
def serving() -> Iterator[Agents]:
    """Run agents in a process of their own."""
    command = (sys.executable, "-m", "benchmarks.agents", str(_AGENTS))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pairs = (address.split(":") for address in process.stdout.readline().split())
        yield Agents(process, tuple((host, int(port)) for host, port in pairs))
        assert process.stdin is not None
        process.stdin.close()


def _netmon(folder: Path, agents: Agents) -> float:
    idle_s, _ = _run(folder / "idle", agents, elements=(), services=(), settle_s=4, window_s=10)
    used_s, varbinds = _run(
        folder / "busy",
        agents,
        elements=as_elements(agents),
        services=_services(),
        settle_s=_SETTLE_S,
        window_s=_WINDOW_S,
    )
    say(f"netmon: {varbinds} varbinds, {used_s:.2f} s CPU, {100 * idle_s / 10:.1f} % of a core when idle")
    return (used_s - idle_s * _WINDOW_S / 10) / varbinds * 1e6


def _run(
    folder: Path,
    agents: Agents,
    *,
    elements: Sequence[dict[str, Any]],
    services: Sequence[dict[str, Any]],
    settle_s: float,
    window_s: float,
) -> tuple[float, int]:
    """Return the CPU seconds of an engine in a window, and the varbinds it was served meanwhile."""
    ports = free_ports()
    config = write_network(
        folder, traps=ports.traps, engine=ports.http, elements=elements, services=services, every=f"{_EVERY_S}s"
    )
    with engine(folder, config, ports) as started:
        time.sleep(settle_s)
        cpu, varbinds = cpu_s(started.pid), agents.varbinds()
        time.sleep(window_s)
        return cpu_s(started.pid) - cpu, agents.varbinds() - varbinds


def as_elements(agents: Agents) -> list[dict[str, Any]]:
    """Return the agents as an inventory has them."""
    return [
        {"id": f"bench-{number}", "addresses": [host], "port": port, "credential": "bench", "ping": False}
        for number, (host, port) in enumerate(agents.addresses, 1)
    ]


def _services() -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    since = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        {
            "id": f"svc-{port}",
            "party_ref": f"cust-{port}",
            "members": [{"object": f"bench-1/if:ge-0/0/{port}", "facing": "customer", "valid_from": since}],
        }
        for port in range(_METERED)
    ]


def _exporter(folder: Path, agents: Agents) -> float:
    with exporter(folder) as (process, url):
        url += "module=if_mib&target="
        scrape(f"{url}{_text(agents.addresses[0])}")
        cpu, varbinds = cpu_s(process.pid), agents.varbinds()
        for _ in range(_SCRAPES):
            for address in agents.addresses:
                scrape(f"{url}{_text(address)}")
        used_s, served = cpu_s(process.pid) - cpu, agents.varbinds() - varbinds
    say(f"snmp_exporter: {served} varbinds, {used_s:.2f} s CPU")
    return used_s / served * 1e6


def clients(folder: Path) -> list[Row]:
    """Return CPU milliseconds per 1,000 varbinds of asking alone, with 100 requests in flight."""
    rows = []
    with serving() as agents:
        for how in ("get", "walk"):
            figures = {who: _client(agents, who, how, rounds) for who, rounds in _ROUNDS.items()}
            figures["snmp_exporter"] = _scraped(folder / how, agents, how)
            say(f"{how}: " + ", ".join(f"{who} {figure:.2f} ms" for who, figure in figures.items()))
            ours = figures.pop("netmon")
            name = f"{how}, {IN_FLIGHT} in flight, no series"
            rows += [
                row(name, "ms CPU/1,000 varbinds", netmon=ours, peer=figure, peer_name=who, target=_TARGETS[who])
                for who, figure in figures.items()
            ]
    return rows


def _client(agents: Agents, who: str, how: str, rounds: int) -> float:
    """Return the median of runs of a client in a process of its own; of the slow one, one run."""
    command = (sys.executable, "-m", "benchmarks.clients", who, how, str(rounds), *map(_text, agents.addresses))
    figures = []
    for _ in range(1 if who == "pysnmp" else _TIMES):
        before = agents.varbinds()
        used_s = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        figures.append(used_s / (agents.varbinds() - before) * 1e6)
    return median(figures)


def _scraped(folder: Path, agents: Agents, how: str) -> float:
    figures = []
    with exporter(folder, bench=plain_module(how, COLUMNS, PORTS)) as (process, url):
        urls = [f"{url}module=bench&target={_text(address)}" for address in agents.addresses]
        with ThreadPoolExecutor(IN_FLIGHT) as threads:
            for _ in range(_TIMES):
                cpu, varbinds = cpu_s(process.pid), agents.varbinds()
                list(threads.map(scrape, urls * (_ROUNDS["netmon"] * IN_FLIGHT // len(urls))))
                figures.append((cpu_s(process.pid) - cpu) / (agents.varbinds() - varbinds) * 1e6)
    return median(figures)


def _pysnmp(agents: Agents) -> float:
    host, port = agents.addresses[0]
    before = agents.varbinds()
    command = (sys.executable, "-m", "benchmarks.pysnmp_walk", host, str(port))
    used_s = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return used_s / (agents.varbinds() - before) * 1e6


def _text(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"
