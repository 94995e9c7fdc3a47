"""Starter rules over the wire: traps of net-snmp and polls of simulated agents, raised and cleared by ``netmon run``.

Time runs twenty times faster for the daemon and the agents (libfaketime): a minute is three seconds.
"""

import json
import socket
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.wire.daemon import Daemon, environment, netmon
from tests.wire.peers import fast_time, free_port, netmon_command, notify, running

pytestmark = [pytest.mark.wire, pytest.mark.slow]

SPEED = 20
MAPPING = {
    "version": 1,
    "events": [
        {"event": "pon-port-los", "trap": "1.3.6.1.4.1.99999.0.1", "object": "pon:{vb.ifIndex}"},
        {"event": "pon-port-up", "trap": "1.3.6.1.4.1.99999.0.2", "object": "pon:{vb.ifIndex}"},
        {"event": "onu-dying-gasp", "trap": "1.3.6.1.4.1.99999.0.3", "object": "pon:1/onu:{vb.ifIndex}"},
        {"event": "heartbeat", "trap": "1.3.6.1.4.1.99999.0.4"},
    ],
}


class Told(NamedTuple):
    """What raises an alarm, what ends it (nothing: time does), and how often the first must come."""

    object: str
    type: str
    raises: tuple[str, ...]
    clears: tuple[str, ...] = ()
    times: int = 1


def link(trap: str, port: int) -> tuple[str, ...]:
    return (f"1.3.6.1.6.3.1.1.5.{trap}", f"1.3.6.1.2.1.2.2.1.1.{port}", "i", str(port))


def ospf(state: int) -> tuple[str, ...]:
    row = "192.0.2.2.0"
    ip, now = f"1.3.6.1.2.1.14.10.1.1.{row}", f"1.3.6.1.2.1.14.10.1.6.{row}"
    return ("1.3.6.1.2.1.14.16.2.2", ip, "a", "192.0.2.2", now, "i", str(state))


def isis(state: int) -> tuple[str, ...]:
    entry = "1.3.6.1.2.1.138.1.10.1"
    return ("1.3.6.1.2.1.138.0.17", f"{entry}.1.0", "i", "1", f"{entry}.3.0", "x", "0381202342360000",
            f"{entry}.12.0", "i", str(state))  # fmt: skip


def made_up(number: int, port: int) -> tuple[str, ...]:
    return (f"1.3.6.1.4.1.99999.0.{number}", f"1.3.6.1.2.1.2.2.1.1.{port}", "i", str(port))


def ups(number: int) -> tuple[str, ...]:
    alarm, on_battery = "1.3.6.1.2.1.33.1.6.2.1.2.4", "1.3.6.1.2.1.33.1.6.3.2"
    return (f"1.3.6.1.2.1.33.2.{number}", alarm, "o", on_battery)


def juniper_fan(group: int) -> tuple[str, ...]:
    return (f"1.3.6.1.4.1.2636.4.{group}.2", "1.3.6.1.4.1.2636.3.1.8.1.6.4.1.0.0", "s", "Fan 1")


def juniper_bgp(number: int, address: str) -> tuple[str, ...]:
    peer = "1.3.6.1.4.1.2636.5.1.1"
    return (f"{peer}.1.0.{number}", f"{peer}.2.1.1.1.11.0", "x", address)


TRAPS = [
    Told("r1/if:#7", "link-alarm", link("3", 7), link("4", 7)),
    Told("r1/if:#8", "if-flapping", link("3", 8), times=5),
    Told("r1/bgp:192.0.2.7", "bgp-peer", ("1.3.6.1.2.1.15.7.2", "1.3.6.1.2.1.15.3.1.2.192.0.2.7", "i", "1"),
         ("1.3.6.1.2.1.15.7.1", "1.3.6.1.2.1.15.3.1.2.192.0.2.7", "i", "6")),
    # Of one peer, whoever tells.
    Told("r1/bgp:192.0.2.8", "bgp-peer", juniper_bgp(2, "c0000208"),
         ("1.3.6.1.2.1.15.7.1", "1.3.6.1.2.1.15.3.1.2.192.0.2.8", "i", "6")),
    Told("r1/bgp:2001:db8::8", "bgp-peer", juniper_bgp(2, "20010db8000000000000000000000008"),
         juniper_bgp(1, "20010db8000000000000000000000008")),
    Told("r1/ospf:192.0.2.2", "ospf-neighbor-down", ospf(1), ospf(8)),
    Told("r1/isis:0x0381202342360000", "isis-adjacency-down", isis(1), isis(3)),
    Told("r1/ups", "ups-on-battery", ups(3), ups(4)),
    Told("r1", "snmp-auth", ("1.3.6.1.6.3.1.1.5.5",), times=3),
    Told("r1/pon:1", "pon-port-los", made_up(1, 1), made_up(2, 1)),
    Told("r1/fan:Fan 1", "jnx-fan-failed", juniper_fan(1), juniper_fan(2)),
]  # fmt: skip


async def test_traps_raise_and_clear(tmp_path: Path) -> None:
    (tmp_path / "olt.yaml").write_text(json.dumps(MAPPING))
    elements = [{"id": "r1", "addresses": ["127.0.0.1"], "tags": {"heartbeat": "yes"}}]
    config: dict[str, Any] = {"rules": ["olt.yaml"], "web": {"enabled": False}, "env": fast_time(SPEED)}
    async with netmon(tmp_path, elements=elements, **config) as daemon:
        for one in TRAPS:
            for _ in range(one.times):
                send(daemon, one.raises)
            await daemon.told("raised", one.object, one.type)
            if one.clears:
                send(daemon, one.clears)
                await daemon.told("cleared", one.object, one.type)
        for unit in range(1, 6):
            send(daemon, made_up(3, unit))
        await daemon.told("raised", "r1/pon:1", "onu-power-area")
        await daemon.told("raised", "r1", "heartbeat-missing")
        send(daemon, made_up(4, 1))
        await daemon.told("cleared", "r1", "heartbeat-missing")
        for one in TRAPS:
            # What no trap ends is over after a while.
            await daemon.told("cleared", one.object, one.type)
        await daemon.told("cleared", "r1/pon:1", "onu-power-area")


def send(daemon: Daemon, words: tuple[str, ...]) -> None:
    assert notify(daemon.traps, "", *words) == 0


ENTITY, STATE, SENSOR = "1.3.6.1.2.1.47.1.1.1.1", "1.3.6.1.2.1.131.1.1.1", "1.3.6.1.2.1.99.1.1.1"
PROCESSOR = "1.3.6.1.2.1.25.3.3.1"
CISCO = "1.3.6.1.4.1.9.9.91.1"
DOM = "1.3.6.1.4.1.2636.3.60.1.1.1.1"
AGENTS: dict[str, dict[str, list[int | str]]] = {
    "bgp": {
        "1.3.6.1.2.1.15.3.1.2.192.0.2.9": [6, 3],
        "1.3.6.1.2.1.15.3.1.3.192.0.2.9": [2],
        "1.3.6.1.2.1.15.3.1.9.192.0.2.9": [64500],
    },
    "ospf": {"1.3.6.1.2.1.14.10.1.6.192.0.2.3.0": [8, 1]},
    "host": {
        f"{PROCESSOR}.2.1": [20, 99],
    },
    "chassis": {
        f"{ENTITY}.5.2": [6],
        f"{ENTITY}.7.2": ["PSU 1"],
        f"{ENTITY}.5.10": [8],
        f"{ENTITY}.7.10": ["Inlet"],
        f"{STATE}.2.2": [4],
        f"{STATE}.3.2": [3, 2],
        f"{SENSOR}.1.10": [8],
        f"{SENSOR}.2.10": [9],
        f"{SENSOR}.3.10": [0],
        f"{SENSOR}.4.10": [40, 90],
        f"{SENSOR}.5.10": [1],
    },
    # A sensor that is hot by a limit of its own, not by that of the rule.
    "cisco": {
        f"{ENTITY}.5.11": [8],
        f"{ENTITY}.7.11": ["Module"],
        f"{CISCO}.1.1.1.1.11": [8],
        f"{CISCO}.1.1.1.2.11": [9],
        f"{CISCO}.1.1.1.3.11": [1],
        f"{CISCO}.1.1.1.4.11": [346, 650],
        f"{CISCO}.1.1.1.5.11": [1],
        f"{CISCO}.2.1.1.2.11.1": [10],
        f"{CISCO}.2.1.1.3.11.1": [4],
        f"{CISCO}.2.1.1.4.11.1": [600],
    },
    "ups": {"1.3.6.1.2.1.33.1.4.1.0": [3, 5], "1.3.6.1.2.1.33.1.2.3.0": [60, 5]},
    "optics": {
        f"{DOM}.5.1": [-500, -3000],
        f"{DOM}.7.1": [-200, -2000],
        f"{DOM}.10.1": [-2000],
        f"{DOM}.12.1": [-1800],
        f"{DOM}.18.1": [-900],
        f"{DOM}.20.1": [-800],
    },
}
"""Values of simulated agents; where there are two, each lasts ten minutes."""
POLLED = [
    ("bgp/bgp:192.0.2.9", "bgp-peer"),
    ("ospf/ospf:192.0.2.3", "ospf-neighbor-down"),
    ("host/cpu:1", "cpu-high"),
    ("chassis/psu:PSU 1", "entity-oper"),
    ("chassis", "psu-redundancy"),
    ("chassis/sensor:Inlet", "sensor-threshold"),
    ("cisco/sensor:Module", "sensor-threshold"),
    ("ups/ups", "ups-on-battery"),
    ("ups/ups", "ups-battery-low"),
    ("optics/optic:1", "optic-rx-low"),
    ("optics/optic:1", "optic-tx-low"),
]


async def test_polls_raise_and_clear(tmp_path: Path) -> None:
    port, addresses = free_port(socket.SOCK_DGRAM), {name: f"127.0.3.{at}" for at, name in enumerate(AGENTS, 1)}
    agents = [
        # What elements of one kind can be asked is found out once: each agent is of a kind of its own.
        {"id": name, "listen": f"{addresses[name]}:{port}", "model": {"description": name, "states": states(values)}}
        for name, values in AGENTS.items()
    ]
    (tmp_path / "scenario.yaml").write_text(json.dumps({"agents": agents}))
    elements = [
        {"id": name, "addresses": [address], "port": port, "credential": "lab"} for name, address in addresses.items()
    ]
    env = fast_time(SPEED)
    config: dict[str, Any] = {
        "polling": {"default_every": "20s", "timeout": "5s", "retries": 2, "ping": "off"},
        "web": {"enabled": False},
        "env": env,
    }
    command = netmon_command("simulate", str(tmp_path / "scenario.yaml"))
    with running(*command, log=tmp_path / "simulate.log", env=environment(env)):
        async with netmon(tmp_path, elements=elements, **config) as daemon:
            for object_, type_ in POLLED:
                await daemon.told("raised", object_, type_)
            for object_, type_ in POLLED:
                await daemon.told("cleared", object_, type_)


def states(values: dict[str, list[int | str]]) -> list[dict[str, Any]]:
    return [{"oid": oid, "values": known, "every": "10m"} for oid, known in values.items()]
