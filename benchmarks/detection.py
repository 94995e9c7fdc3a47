"""How long elements are dead before they are alarms, with the settings as they come; they are lost on their way."""

import asyncio
import random
import time
from pathlib import Path
from zlib import crc32

from benchmarks.measure import Row, median, row, say
from netmon.domain.observation import PollResult
from tests.wire.daemon import Daemon, netmon
from tests.wire.namespaces import Namespace, agent, cable, namespaces
from tests.wire.peers import until

_ELEMENTS = 20
_GOAL_S = 30
_NOBODY = ("lladdr", "02:00:00:00:00:99", "nud", "permanent")
"""A station that is not there: this host never learns that nobody answers."""
_SPREAD_S = 20.0


def detection(folder: Path) -> list[Row]:
    """Return the median and the longest time from the death of an element to its alarm."""
    took = asyncio.run(_died(folder))
    say(f"{len(took)} dead elements: alarmed after {min(took):.1f} to {max(took):.1f} s, median {median(took):.1f} s")
    name = f"{len(took)} elements die, default settings: alarmed after"
    return [
        row(f"{name}, median", "s", netmon=median(took), peer=_GOAL_S, peer_name="goal", target="<= 1"),
        row(f"{name}, longest", "s", netmon=max(took), peer=_GOAL_S, peer_name="goal", target="<= 1"),
    ]


async def _died(folder: Path) -> list[float]:
    hosts = {_name(number): f"198.18.2.{number + 10}" for number in range(_ELEMENTS)}
    elements = [{"id": id_, "addresses": [address], "credential": "lab"} for id_, address in hosts.items()]
    with namespaces(2) as (core, far):
        cable(core, "to-far", far, addresses=("198.18.2.1/24", "198.18.2.2/24"))
        for address in hosts.values():
            far.ip("address", "add", f"{address}/24", "dev", "up0")
        with agent(far, folder / "agent", name="far"):
            async with netmon(
                folder, elements=elements, within=core.within, polling={}, web={"enabled": False}
            ) as daemon:
                both = {(id_, protocol) for id_ in hosts for protocol in ("snmp", "icmp")}
                await until(lambda: _answered(daemon) >= both, patience_s=180, what="answers of all")
                return await asyncio.gather(*(_detected(daemon, core, id_, hosts[id_]) for id_ in hosts))


def _name(number: int) -> str:
    """Return an id whose first poll comes soon after the start."""
    numbered = (f"e{number}-{further}" for further in range(1_000_000))
    return next(id_ for id_ in numbered if crc32(id_.encode()) % 60_000 < 5_000)


async def _detected(daemon: Daemon, core: Namespace, element: str, address: str) -> float:
    """Let an element die at some moment; return how many seconds later its alarm was raised."""
    await asyncio.sleep(random.uniform(0, _SPREAD_S))
    await asyncio.to_thread(core.ip, "neighbor", "replace", address, "dev", "to-far", *_NOBODY)
    died_ms = time.time_ns() // 1_000_000
    await daemon.told("raised", element, "node-unreachable")
    [at] = [
        one.at
        for one in daemon.changes()
        if (one.kind, one.after.type, one.after.object) == ("raised", "node-unreachable", element)
    ]
    return (at - died_ms) / 1000


def _answered(daemon: Daemon) -> set[tuple[str, str]]:
    results = [one for _, one in daemon.observations() if isinstance(one, PollResult)]
    return {(one.element, one.protocol) for one in results if one.icmp is None or one.icmp[1]}
