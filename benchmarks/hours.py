"""24 recorded hours of a small network, and how long ``netmon rules diff`` takes for them."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, row, say
from netmon.app.ruleset import inventory_change, rules_change
from netmon.config.load import load
from netmon.config.rules import judge
from netmon.domain.inventory import Inventory
from netmon.domain.observation import Block, Observation, PollResult, Tick, Trap
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import Batch

_START = 1_767_225_600_000
_HOURS = 24
_ELEMENTS = 20
_PORTS = 24
_MINUTE_MS = 60_000
_SECOND_MS = 1_000
_FLAP_EVERY = 5
"""Minutes between two outages of an element's ports, each 20 s long."""
_BUDGET = 20
"""Real time is to be so many times as long."""
_LINK_DOWN, _LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
_RULE = """version: 1
rules:
  - id: port-flap
    raise: {{trap: IF-MIB::linkDown, when: vb.ifAdminStatus != down, for: {hold}}}
    clear: {{trap: IF-MIB::linkUp}}
    object: "port:{{vb.ifIndex}}"
    severity: minor
    probable_cause: lossOfSignal
    text: "{{object.name}} was down"
"""


def recorded_hours(folder: Path) -> list[Row]:
    """Return how long two rule sets take for 24 recorded hours, beside a twentieth of these."""
    config = _write(folder)
    count = asyncio.run(_record(config))
    old, new = folder / "old.yaml", folder / "new.yaml"
    old.write_text(_RULE.format(hold="3s"))
    new.write_text(_RULE.format(hold="30s"))
    began = time.perf_counter()
    words = ("rules", "diff", str(old), str(new), "--last", f"{_HOURS}h", "--config", str(config), "--json")
    done = subprocess.run((sys.executable, "-m", "netmon", *words), capture_output=True, text=True, check=False)
    took_s = time.perf_counter() - began
    lost = {alarm["verdict"] for alarm in json.loads(done.stdout)["alarms"]}
    assert (done.returncode, lost) == (1, {"lost"}), (done.returncode, lost, done.stderr)
    say(f"{count} observations of {_HOURS} h in {took_s:.0f} s")
    name = f"rules diff of {_HOURS} h: {_ELEMENTS} elements, {count} observations"
    return [row(name, "s", netmon=took_s, peer=_HOURS * 3_600 / _BUDGET, peer_name="1/20 of real time", target="<= 1")]


def _write(folder: Path) -> Path:
    elements = [{"id": f"r{n}", "addresses": [f"192.0.2.{n}"]} for n in range(1, _ELEMENTS + 1)]
    config = folder / "config.yaml"
    (folder / "data").mkdir()
    config.write_text(json.dumps({"version": 1, "data_dir": "data", "inventory": {"elements": elements}}))
    return config


async def _record(config: Path) -> int:
    """Write the log as an engine would have, a minute in a batch; return the number of observations."""
    judged = judge(load(config))
    loaded = inventory_change(Inventory(), judged.loaded.inventory, _START)
    assert loaded is not None, "it has elements"
    first, seq = (Tick(_START), loaded, rules_change(judged, _START)), 1
    with closing(open_store(config.parent / "data" / "netmon.db")) as store:
        for number, observations in enumerate((first, *map(_minute, range(1, _HOURS * 60 + 1))), 1):
            at = _START + (number - 1) * _MINUTE_MS
            await store.commit(Batch(number, seq, at, tuple(observations), (), ()))
            seq += len(observations)
    return seq - 1


def _minute(number: int) -> tuple[Observation, ...]:
    """Return what happens in a minute: a Tick each second, a poll of each element, now and then an outage."""
    begin = _START + (number - 1) * _MINUTE_MS
    made: list[Observation] = []
    for second in range(60):
        at = begin + second * _SECOND_MS
        made.append(Tick(at))
        made += (_poll(element, number, at) for element in range(1, _ELEMENTS + 1) if element % 60 == second)
        made += _outage(number, second, at)
    return tuple(made)


def _outage(number: int, second: int, at: int) -> Iterator[Trap]:
    element = 1 + number // _FLAP_EVERY % _ELEMENTS
    if number % _FLAP_EVERY == 0 and second in (30, 50):
        yield _trap(element, 1 + number % _PORTS, _LINK_DOWN if second == 30 else _LINK_UP, at)


def _trap(element: int, port: int, oid: str, at: int) -> Trap:
    status = (("1.3.6.1.2.1.2.2.1.1", port), ("1.3.6.1.2.1.2.2.1.7", 1))
    varbinds = tuple((f"{column}.{port}", 2, value) for column, value in status)
    name = f"r{element}"
    return Trap(at, "default", f"192.0.2.{element}", 1, "t", "v2c", "c", name, "source", oid, varbinds)


def _poll(element: int, number: int, at: int) -> PollResult:
    ports = range(1, _PORTS + 1)
    columns: dict[str, tuple[str, int, tuple[Any, ...]]] = {
        "ifName": ("1.3.6.1.2.1.31.1.1.1.1", 4, tuple(f"ge-0/0/{port}".encode() for port in ports)),
        "ifAdminStatus": ("1.3.6.1.2.1.2.2.1.7", 2, (1,) * _PORTS),
        "ifOperStatus": ("1.3.6.1.2.1.2.2.1.8", 2, (1,) * _PORTS),
        "ifHCInOctets": ("1.3.6.1.2.1.31.1.1.1.6", 0x46, tuple(number * 60_000 * port for port in ports)),
        "ifHCOutOctets": ("1.3.6.1.2.1.31.1.1.1.10", 0x46, tuple(number * 30_000 * port for port in ports)),
        "ifHighSpeed": ("1.3.6.1.2.1.31.1.1.1.15", 0x42, (1_000,) * _PORTS),
    }
    block = Block(
        t=at,
        mono_ms=at,
        rtt_us=4_000,
        uptime_cs=at // 10,
        boots=None,
        profile="if-mib",
        table="ifTable",
        columns=tuple(columns),
        oids=tuple(oid for oid, _, _ in columns.values()),
        tags=tuple(tag for _, tag, _ in columns.values()),
        index=tuple(map(str, ports)),
        cells=tuple(cells for _, _, cells in columns.values()),
    )
    name = f"r{element}"
    return PollResult(at, name, "", "60s", at, 0, True, True, "snmp", "run", (block,), interval_ms=60_000)
