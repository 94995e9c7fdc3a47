"""Scrapes of /snmp: CPU per 1,000 varbinds from request to text, beside snmp_exporter with the same module."""

import json
from pathlib import Path
from typing import Any

from benchmarks.engine_process import engine, free_ports
from benchmarks.exporter import exporter, if_mib, scrape
from benchmarks.measure import Row, cpu_s, median, row, say
from benchmarks.network import write_network
from benchmarks.polls import Agents, serving

_SCRAPES = 4
_TIMES = 5


def scrapes(folder: Path) -> list[Row]:
    """Return CPU milliseconds per 1,000 varbinds served, medians of several rounds that take turns."""
    ports = free_ports()
    with serving() as agents:
        config = _config(folder / "netmon", agents, traps=ports.traps, http=ports.http)
        with engine(folder / "netmon", config, ports) as ours, exporter(folder / "exporter") as (theirs, url):
            own = f"http://127.0.0.1:{ports.http}/snmp?module=if_mib&target="
            sides = ((ours.pid, own), (theirs.pid, f"{url}module=if_mib&target="))
            for pid, base in sides:
                _round(pid, base, agents)
            rounds = [[_round(pid, base, agents) for pid, base in sides] for _ in range(_TIMES)]
    netmon, peer = (median(figures) for figures in zip(*rounds, strict=True))
    say(f"per 1,000 varbinds scraped: netmon {netmon:.2f}, snmp_exporter {peer:.2f} ms")
    return [
        row("scrape of /snmp, if_mib", "ms CPU/1,000 varbinds", netmon=netmon, peer=peer, peer_name="snmp_exporter")
    ]


def _round(pid: int, base: str, agents: Agents) -> float:
    cpu, varbinds = cpu_s(pid), agents.varbinds()
    for _ in range(_SCRAPES):
        for host, port in agents.addresses:
            scrape(f"{base}{host}:{port}")
    return (cpu_s(pid) - cpu) / (agents.varbinds() - varbinds) * 1e6


def _config(folder: Path, agents: Agents, *, traps: int, http: int) -> Path:
    """Write a configuration whose elements are not polled, only scraped."""
    elements = [
        {"id": f"bench-{number}", "addresses": [host], "port": port, "ping": False}
        for number, (host, port) in enumerate(agents.addresses, 1)
    ]
    config = write_network(folder, traps=traps, engine=http, elements=elements)
    (folder / "snmp.yml").write_text(json.dumps({"auths": {"public_v2": {}}, "modules": {"if_mib": if_mib()}}))
    settings: dict[str, Any] = json.loads(config.read_text())
    settings["polling"]["exporter_modules"] = ["snmp.yml"]
    config.write_text(json.dumps(settings))
    return config
