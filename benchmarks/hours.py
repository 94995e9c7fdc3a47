"""24 recorded hours that the simulator made at high speed, and how long ``netmon rules diff`` takes for them."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from benchmarks.measure import Row, row, say
from netmon.app.ruleset import inventory_change, rules_change
from netmon.cli.simulate.network import Model, Network
from netmon.config.load import load
from netmon.config.rules import judge
from netmon.domain.inventory import Inventory
from netmon.domain.observation import Block, Observation, PollResult, Tick, Trap
from netmon.snmp.agent import Agent
from netmon.snmp.message import decode
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import Batch

_START = 1_767_225_600_000
_HOURS = 24
_PORTS = tuple(f"ge-0/0/{number}" for number in range(24))
_MODELS = [Model(f"r{n}", "lab", "edge", "a simulated router", _PORTS, rate_bps=8_000_000) for n in range(1, 21)]
_MINUTE_MS = 60_000
_SECOND_MS = 1_000
_EVERY = 5
"""Minutes between two outages; none lasts as long."""
_LASTS_S = (20, 45, 150)
_BUDGET = 20
"""Real time is to be so many times as long."""
_COLUMNS = {
    "ifName": "1.3.6.1.2.1.31.1.1.1.1",
    "ifAdminStatus": "1.3.6.1.2.1.2.2.1.7",
    "ifOperStatus": "1.3.6.1.2.1.2.2.1.8",
    "ifHCInOctets": "1.3.6.1.2.1.31.1.1.1.6",
    "ifHCOutOctets": "1.3.6.1.2.1.31.1.1.1.10",
    "ifHighSpeed": "1.3.6.1.2.1.31.1.1.1.15",
}
_RULES = """version: 1
rules:
  - id: port-flap
    raise: {{trap: IF-MIB::linkDown, for: {hold}}}
    clear: {{trap: IF-MIB::linkUp}}
    object: "port:{{vb.ifIndex}}"
    severity: {severity}
    probable_cause: lossOfSignal
    text: "{{object.name}} was down"
  - id: port-seen-down
    raise: {{metric: ifOperStatus, when: value == down, for: {seen}}}
    severity: minor
    probable_cause: lossOfSignal
    text: "{{object.name}} is seen down"
"""
_OLD = {"hold": "3s", "severity": "minor", "seen": "10m"}
_NEW = {"hold": "30s", "severity": "{major: vb.ifIndex == 1, else: minor}", "seen": "1m"}

Differing = tuple[str, str, str]
"""(verdict, managed object, rule)."""


class Outage(msgspec.Struct, frozen=True):
    """A port that is down for a while."""

    element: str
    port: str
    at: int
    lasts_s: int

    @property
    def ends(self) -> int:
        """When it comes up again, UTC ms."""
        return self.at + self.lasts_s * _SECOND_MS

    def differing(self, index: int) -> Iterator[Differing]:
        """Yield in what the two rule sets must differ, by plain reasoning."""
        port = f"{self.element}/port:{index}"
        if self.lasts_s < 30:
            yield "lost", port, "port-flap"
        elif index == 1:
            yield "changed", port, "port-flap"
        if self.lasts_s > 120:
            # Polls a minute apart have seen it twice at least, never for ten minutes.
            yield "gained", f"{self.element}/if:{self.port}", "port-seen-down"


def recorded_hours(folder: Path) -> list[Row]:
    """Return how long two rule sets take for 24 recorded hours, beside a twentieth of these.

    That the list of what differs is exactly what the script of outages makes is part of it.
    """
    config, outages = _write(folder), _outages()
    network = Network(_MODELS, since=_START)
    began = time.perf_counter()
    count = asyncio.run(_record(config, network, outages))
    say(f"{count} observations of {_HOURS} h were made in {time.perf_counter() - began:.0f} s")
    old, new = folder / "old.yaml", folder / "new.yaml"
    old.write_text(_RULES.format(**_OLD))
    new.write_text(_RULES.format(**_NEW))
    began = time.perf_counter()
    words = ("rules", "diff", str(old), str(new), "--last", f"{_HOURS}h", "--config", str(config), "--json")
    done = subprocess.run((sys.executable, "-m", "netmon", *words), capture_output=True, text=True, check=False)
    took_s = time.perf_counter() - began
    assert done.returncode == 1, (done.returncode, done.stderr)
    _check(json.loads(done.stdout)["alarms"], network, outages)
    say(f"compared in {took_s:.0f} s")
    name = f"rules diff of {_HOURS} h: {len(_MODELS)} simulated elements, {count} observations, {len(outages)} outages"
    return [row(name, "s", netmon=took_s, peer=_HOURS * 3_600 / _BUDGET, peer_name="1/20 of real time", target="<= 1")]


def _check(alarms: list[dict[str, Any]], network: Network, outages: list[Outage]) -> None:
    found = sorted(_told(alarm) for alarm in alarms)
    expected = sorted(
        one
        for outage in outages
        for one in outage.differing(int(network.agents[outage.element].agent.port(outage.port).index))
    )
    assert found == expected, (len(found), len(expected), set(found) ^ set(expected))
    say(f"gained, lost and changed as they must: {len(expected)} alarms")


def _told(alarm: dict[str, Any]) -> Differing:
    told = alarm["new"] or alarm["old"]
    return alarm["verdict"], str(alarm["key"]).partition("|")[0], told["rule"]


def _write(folder: Path) -> Path:
    elements = [{"id": one.id, "addresses": [f"192.0.2.{n}"]} for n, one in enumerate(_MODELS, 1)]
    config = folder / "config.yaml"
    (folder / "data").mkdir()
    config.write_text(json.dumps({"version": 1, "data_dir": "data", "inventory": {"elements": elements}}))
    return config


def _outages() -> list[Outage]:
    """Return the script: one outage after the other, each of another port."""
    random = Random(7)
    return [
        Outage(
            random.choice(_MODELS).id,
            random.choice(_PORTS),
            _START + minute * _MINUTE_MS + random.randrange(30, 40) * _SECOND_MS,
            random.choice(_LASTS_S),
        )
        for minute in range(_EVERY, _HOURS * 60 - _EVERY, _EVERY)
    ]


async def _record(config: Path, network: Network, outages: list[Outage]) -> int:
    """Write the log as an engine would have, a minute in a batch; return the number of observations."""
    judged = judge(load(config))
    loaded = inventory_change(Inventory(), judged.loaded.inventory, _START)
    assert loaded is not None, "it has elements"
    first, seq = (Tick(_START), loaded, rules_change(judged, _START)), 1
    moments = {outage.at: outage for outage in outages} | {outage.ends: outage for outage in outages}
    minutes = (tuple(_minute(number, network, moments)) for number in range(1, _HOURS * 60 + 1))
    with closing(open_store(config.parent / "data" / "netmon.db")) as store:
        await store.commit(Batch(1, seq, _START, first, (), ()))
        seq += len(first)
        for number, observations in enumerate(minutes, 2):
            await store.commit(Batch(number, seq, _START + (number - 1) * _MINUTE_MS, observations, (), ()))
            seq += len(observations)
    return seq - 1


def _minute(number: int, network: Network, moments: dict[int, Outage]) -> Iterator[Observation]:
    """Yield what happens in a minute: a Tick each second, a poll of each element, now and then a port that fails."""
    begin = _START + (number - 1) * _MINUTE_MS
    for second in range(60):
        at = begin + second * _SECOND_MS
        yield Tick(at)
        outage = moments.get(at)
        if outage is not None:
            yield _trap(network, outage, at)
        for place, model in enumerate(_MODELS):
            if place == second:
                yield _poll(network.agents[model.id].agent, model.id, at, at - network.zero_ms)


def _trap(network: Network, outage: Outage, at: int) -> Trap:
    """Let a port fail or work again; return the trap that its agent sends."""
    agent, now = network.agents[outage.element].agent, at - network.zero_ms
    link = agent.link_down if at == outage.at else agent.link_up
    (_, _, uptime_cs), (_, _, oid), *varbinds = decode(link(outage.port, now=now)).varbinds
    source = f"192.0.2.{outage.element[1:]}"
    return Trap(at, "default", source, 1, "t", "v2c", "c", outage.element, "source", oid, tuple(varbinds), uptime_cs)


def _poll(agent: Agent, element: str, at: int, now: int) -> PollResult:
    index = [agent.port(name).index for name in _PORTS]
    read = {name: [agent.instance(f"{oid}.{row}", now) for row in index] for name, oid in _COLUMNS.items()}
    block = Block(
        t=at,
        mono_ms=at,
        rtt_us=4_000,
        uptime_cs=agent.uptime_cs(now),
        boots=None,
        profile="if-mib",
        table="ifTable",
        columns=tuple(_COLUMNS),
        oids=tuple(_COLUMNS.values()),
        tags=tuple(cells[0][1] for cells in read.values()),
        index=tuple(index),
        cells=tuple(tuple(value for _, _, value in cells) for cells in read.values()),
    )
    return PollResult(at, element, "", "60s", at, 0, True, True, "snmp", "run", (block,), interval_ms=60_000)
