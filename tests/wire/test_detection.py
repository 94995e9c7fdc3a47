"""A dead element is an alarm until it is back, whatever it died of (specs/snmp.md 4.8, 9).

After how long: by a clock that stands (tests/app/test_detection_time.py), and measured (benchmarks/detection.py).
"""

import asyncio
import json
from itertools import count
from pathlib import Path
from zlib import crc32

import pytest

from netmon.domain.observation import PollResult
from tests.patience import PATIENCE_S
from tests.wire.daemon import Daemon, netmon
from tests.wire.namespaces import Namespace, agent, cable, namespaces, needs_root
from tests.wire.peers import until

pytestmark = [pytest.mark.wire, pytest.mark.slow, needs_root]

HOLE = ("198.18.2.2", "dev", "to-other")
NOBODY = ("lladdr", "02:00:00:00:00:99", "nud", "permanent")
"""A station that is not there."""


def early(name: str) -> str:
    """Return an id whose first poll comes soon after the start: that is no part of what is measured."""
    return next(id_ for number in count() if crc32((id_ := f"{name}{number}").encode()) % 60_000 < 1_000)


async def test_a_dead_element_is_alarmed_and_cleared_once_it_is_back(tmp_path: Path) -> None:
    """One loses its link, so that this host knows; what goes to the other is lost on its way, and nobody knows."""
    unplugged, black_hole = early("unplugged"), early("hole")
    with namespaces(3) as (core, one, other):
        cable(core, "to-one", one, addresses=("198.18.1.1/24", "198.18.1.2/24"))
        cable(core, "to-other", other, addresses=("198.18.2.1/24", "198.18.2.2/24"))
        elements = [
            {"id": id_, "addresses": [address], "credential": "lab"}
            for id_, address in ((unplugged, "198.18.1.2"), (black_hole, "198.18.2.2"))
        ]
        with agent(one, tmp_path / "one", name=unplugged), agent(other, tmp_path / "other", name=black_hole):
            async with netmon(
                tmp_path, elements=elements, within=core.within, polling={}, web={"enabled": False}
            ) as daemon:
                both = {(id_, protocol) for id_ in (unplugged, black_hole) for protocol in ("snmp", "icmp")}
                # The first poll of an agent that is not up yet fails; the next one comes a minute later.
                await until(lambda: answered(daemon) == both, patience_s=3 * PATIENCE_S, what="answers of both")
                unplug = (one, ("link", "set", "up0", "down"), ("link", "set", "up0", "up"))
                lose = (core, ("neighbor", "replace", *HOLE, *NOBODY), ("neighbor", "delete", *HOLE))
                await asyncio.gather(detected(daemon, unplugged, *unplug), detected(daemon, black_hole, *lose))


async def test_of_a_dead_element_and_what_lies_behind_it_the_first_is_listed(tmp_path: Path) -> None:
    """A router and one behind it: the cable of the first one is pulled, and both are silent."""
    parent, child = early("parent"), early("child")
    with namespaces(3) as (core, near, far):
        cable(core, "to-near", near, addresses=("198.18.1.1/24", "198.18.1.2/24"))
        cable(near, "to-far", far, addresses=("198.18.2.1/24", "198.18.2.2/24"))
        near.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        core.ip("route", "add", "198.18.2.0/24", "via", "198.18.1.2")
        far.ip("route", "add", "default", "via", "198.18.2.1")
        elements = [
            {"id": id_, "addresses": [address], "credential": "lab"}
            for id_, address in ((parent, "198.18.1.2"), (child, "198.18.2.2"))
        ]
        links = [{"id": "up", "a": f"{parent}/if:to-far", "b": f"{child}/if:up0", "kind": "uplink"}]
        with agent(near, tmp_path / "near", name=parent), agent(far, tmp_path / "far", name=child):
            async with netmon(
                tmp_path, elements=elements, links=links, within=core.within, polling={}, web={"enabled": False}
            ) as daemon:
                both = {(id_, protocol) for id_ in (parent, child) for protocol in ("snmp", "icmp")}
                await until(lambda: answered(daemon) == both, patience_s=3 * PATIENCE_S, what="answers of both")
                near.ip("link", "set", "up0", "down")
                await daemon.told("raised", parent, "node-unreachable")
                await daemon.told("raised", child, "node-unreachable")
                await until(lambda: listed(daemon) == [parent], what="the root cause alone to be listed")
                near.ip("link", "set", "up0", "up")
                await daemon.told("cleared", parent, "node-unreachable")
                await daemon.told("cleared", child, "node-unreachable")


def listed(daemon: Daemon) -> list[str]:
    """Return the elements that do not answer, as an operator sees them."""
    lines = json.loads(daemon.netmon("alarms", "list", "--json"))
    return [line["object"] for line in lines if line["type"] == "node-unreachable"]


async def detected(
    daemon: Daemon, element: str, host: Namespace, dies: tuple[str, ...], lives: tuple[str, ...]
) -> None:
    """Let an element die, and live again once that is an alarm."""
    host.ip(*dies)
    await daemon.told("raised", element, "node-unreachable")
    host.ip(*lives)
    await daemon.told("cleared", element, "node-unreachable")


def answered(daemon: Daemon) -> set[tuple[str, str]]:
    """Return the elements that answered, with the protocol."""
    results = [one for _, one in daemon.observations() if isinstance(one, PollResult)]
    return {(one.element, one.protocol) for one in results if one.icmp is None or one.icmp[1]}
