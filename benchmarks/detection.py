"""How long elements are dead before they are alarms, with the settings as they come; they are lost on their way.

Each second one lies behind one of the others, dies with it, and is hidden by it.
"""

import asyncio
import random
import time
from pathlib import Path
from zlib import crc32

from benchmarks.measure import Row, median, row, say
from netmon.domain.alarm import AlarmChange
from netmon.domain.observation import PollResult
from tests.wire.daemon import Daemon, netmon
from tests.wire.namespaces import Namespace, agent, cable, namespaces
from tests.wire.peers import until

_ELEMENTS = 20
_GOAL_S = 30
_HIDDEN_S = 20
"""``settle`` and one ping."""
_NOBODY = ("lladdr", "02:00:00:00:00:99", "nud", "permanent")
"""A station that is not there: this host never learns that nobody answers."""
_SPREAD_S = 20.0


def detection(folder: Path) -> list[Row]:
    """Return the median and the longest time from the death of an element to its alarm, and to what is behind it."""
    died = asyncio.run(_died(folder))
    took, hidden = [one for one, _ in died], [later for _, later in died]
    say(f"{len(took)} dead elements: alarmed after {min(took):.1f} to {max(took):.1f} s, median {median(took):.1f} s")
    say(f"those behind them: hidden {min(hidden):.1f} to {max(hidden):.1f} s later")
    name = f"{len(took)} elements die, default settings: alarmed after"
    return [
        row(f"{name}, median", "s", netmon=median(took), peer=_GOAL_S, peer_name="goal", target="<= 1"),
        row(f"{name}, longest", "s", netmon=max(took), peer=_GOAL_S, peer_name="goal", target="<= 1"),
        row(
            "elements behind them: hidden so long after the root alarm, longest", "s", netmon=max(0.0, *hidden),
            peer=_HIDDEN_S, peer_name="goal", target="<= 1",
        ),
    ]  # fmt: skip


async def _died(folder: Path) -> list[tuple[float, float]]:
    hosts = {_name(number): f"198.18.2.{number + 10}" for number in range(_ELEMENTS)}
    elements = [{"id": id_, "addresses": [address], "credential": "lab"} for id_, address in hosts.items()]
    pairs = list(zip(list(hosts)[::2], list(hosts)[1::2], strict=True))
    links = [
        {"id": f"up-{under}", "a": f"{over}/if:1", "b": f"{under}/if:1", "kind": "uplink"} for over, under in pairs
    ]
    with namespaces(2) as (core, far):
        cable(core, "to-far", far, addresses=("198.18.2.1/24", "198.18.2.2/24"))
        for address in hosts.values():
            far.ip("address", "add", f"{address}/24", "dev", "up0")
        with agent(far, folder / "agent", name="far"):
            async with netmon(
                folder, elements=elements, links=links, within=core.within, polling={}, web={"enabled": False}
            ) as daemon:
                both = {(id_, protocol) for id_ in hosts for protocol in ("snmp", "icmp")}
                await until(lambda: _answered(daemon) >= both, patience_s=180, what="answers of all")
                return await asyncio.gather(*(_detected(daemon, core, pair, hosts) for pair in pairs))


def _name(number: int) -> str:
    """Return an id whose first poll comes soon after the start."""
    numbered = (f"e{number}-{further}" for further in range(1_000_000))
    return next(id_ for id_ in numbered if crc32(id_.encode()) % 60_000 < 5_000)


async def _detected(
    daemon: Daemon, core: Namespace, pair: tuple[str, str], hosts: dict[str, str]
) -> tuple[float, float]:
    """Let an element and the one behind it die at some moment.

    Returns:
        After how many seconds the first one was in alarm, and how many later the other one was hidden by it.
    """
    await asyncio.sleep(random.uniform(0, _SPREAD_S))
    for element in pair:
        await asyncio.to_thread(core.ip, "neighbor", "replace", hosts[element], "dev", "to-far", *_NOBODY)
    died_ms = time.time_ns() // 1_000_000
    over, under = pair
    await until(lambda: _hidden_at(daemon, under) is not None, what=f"{under} to be hidden")
    [at] = [one.at for one in _changes(daemon, over) if one.kind == "raised"]
    hidden = _hidden_at(daemon, under)
    assert hidden is not None, "it was waited for"
    return (at - died_ms) / 1000, (hidden - at) / 1000


def _hidden_at(daemon: Daemon, element: str) -> int | None:
    """Return when the alarm of an element was first hidden."""
    return next((one.at for one in _changes(daemon, element) if one.after.hidden_by), None)


def _changes(daemon: Daemon, element: str) -> list[AlarmChange]:
    known = (one for one in daemon.changes() if one.after.type == "node-unreachable")
    return [one for one in known if one.after.object == element]


def _answered(daemon: Daemon) -> set[tuple[str, str]]:
    results = [one for _, one in daemon.observations() if isinstance(one, PollResult)]
    return {(one.element, one.protocol) for one in results if one.icmp is None or one.icmp[1]}
