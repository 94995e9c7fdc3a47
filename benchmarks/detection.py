"""How long elements are dead before they are alarms, also in a dashboard, with the settings as they come.

They are lost on their way. Each second one lies behind one of the others, dies with it, and is hidden by it.
"""

import asyncio
import contextlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec

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
_TYPE = "node-unreachable"


class Death(msgspec.Struct, frozen=True):
    """How long after an element and the one behind it died what was told; seconds."""

    alarmed: float
    shown: float
    """The alarm of the element in a dashboard."""
    hidden: float
    """After the alarm, that of the one behind it was hidden."""
    hidden_in_dashboard: float
    """The same there."""


class Watched:
    """What a dashboard was told of alarms of elements, by a watcher beside the web process."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def first(self, element: str, *, hidden: bool) -> int | None:
        """Return when an alarm of an element first came, hidden or not; UTC ms."""
        told = (one for one in self._told() if one.get("type") == _TYPE and one["object"] == element)
        return next((int(one["at"]) for one in told if one["hidden"] == hidden), None)

    @property
    def has_begun(self) -> bool:
        """Whether the feed greeted it."""
        return any("hello" in one for one in self._told())

    def _told(self) -> Iterator[dict[str, Any]]:
        # The last line may be under way.
        whole, _, _ = self._log.read_text().rpartition("\n")
        yield from map(json.loads, whole.splitlines())


def detection(folder: Path) -> list[Row]:
    """Return how long it takes from the death of an element to its alarm, and to what is behind it."""
    died = asyncio.run(_died(folder))
    took, hidden = [one.alarmed for one in died], [one.hidden for one in died]
    shown, folded = [one.shown for one in died], [one.hidden_in_dashboard for one in died]
    say(f"{len(took)} dead elements: alarmed after {min(took):.1f} to {max(took):.1f} s, median {median(took):.1f} s")
    say(f"in a dashboard after {min(shown):.1f} to {max(shown):.1f} s, median {median(shown):.1f} s")
    say(f"those behind them: hidden {min(hidden):.1f} to {max(hidden):.1f} s later, there {max(folded):.1f} s at most")
    name = f"{len(took)} elements die, default settings: alarmed after"
    return [
        row(f"{name}, median", "s", netmon=median(took), peer=_GOAL_S, peer_name="goal", target="<= 1"),
        row(f"{name}, longest", "s", netmon=max(took), peer=_GOAL_S, peer_name="goal", target="<= 1"),
        row(
            "elements behind them: hidden so long after the root alarm, longest", "s", netmon=max(0.0, *hidden),
            peer=_HIDDEN_S, peer_name="goal", target="<= 1",
        ),
        row(
            f"{len(took)} elements die: their root alarms are in a dashboard after, longest", "s", netmon=max(shown),
            peer=_GOAL_S, peer_name="goal", target="<= 1",
        ),
        row(
            "elements behind them: hidden in a dashboard so long after the root alarm, longest", "s",
            netmon=max(0.0, *folded), peer=_HIDDEN_S, peer_name="goal", target="<= 1",
        ),
    ]  # fmt: skip


async def _died(folder: Path) -> list[Death]:
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
            async with netmon(folder, elements=elements, links=links, within=core.within, polling={}) as daemon:
                both = {(id_, protocol) for id_ in hosts for protocol in ("snmp", "icmp")}
                with _watching(daemon, core) as watched:
                    await until(lambda: watched.has_begun, what="the live feed")
                    await until(lambda: _answered(daemon) >= both, patience_s=180, what="answers of all")
                    return await asyncio.gather(*(_detected(daemon, watched, core, pair, hosts) for pair in pairs))


@contextlib.contextmanager
def _watching(daemon: Daemon, core: Namespace) -> Iterator[Watched]:
    """Let a dashboard be open."""
    daemon.netmon("user", "add", "ann", "--role", "viewer")
    token, log = daemon.netmon("user", "token", "ann", "--scope", "read"), daemon.folder / "watched.jsonl"
    command = (*core.within, sys.executable, "-m", "benchmarks.watcher", f"http://{daemon.web}", token)
    with log.open("w") as out, subprocess.Popen(command, stdout=out) as process:
        try:
            yield Watched(log)
        finally:
            process.terminate()


def _name(number: int) -> str:
    """Return an id whose first poll comes soon after the start."""
    numbered = (f"e{number}-{further}" for further in range(1_000_000))
    return next(id_ for id_ in numbered if crc32(id_.encode()) % 60_000 < 5_000)


async def _detected(
    daemon: Daemon, watched: Watched, core: Namespace, pair: tuple[str, str], hosts: dict[str, str]
) -> Death:
    """Let an element and the one behind it die at some moment."""
    await asyncio.sleep(random.uniform(0, _SPREAD_S))
    for element in pair:
        await asyncio.to_thread(core.ip, "neighbor", "replace", hosts[element], "dev", "to-far", *_NOBODY)
    died_ms = time.time_ns() // 1_000_000
    over, under = pair
    await until(lambda: _hidden_at(daemon, under) is not None, what=f"{under} to be hidden")
    [at] = [one.at for one in _changes(daemon, over) if one.kind == "raised"]
    hidden = _hidden_at(daemon, under)
    assert hidden is not None, "it was waited for"
    await until(lambda: watched.first(under, hidden=True) is not None, what=f"{under} to be hidden in the dashboard")
    shown, folded = watched.first(over, hidden=False), watched.first(under, hidden=True)
    assert shown is not None, "it was told before what lies behind it"
    assert folded is not None, "it was waited for"
    return Death((at - died_ms) / 1000, (shown - died_ms) / 1000, (hidden - at) / 1000, (folded - shown) / 1000)


def _hidden_at(daemon: Daemon, element: str) -> int | None:
    """Return when the alarm of an element was first hidden."""
    return next((one.at for one in _changes(daemon, element) if one.after.hidden_by), None)


def _changes(daemon: Daemon, element: str) -> list[AlarmChange]:
    known = (one for one in daemon.changes() if one.after.type == _TYPE)
    return [one for one in known if one.after.object == element]


def _answered(daemon: Daemon) -> set[tuple[str, str]]:
    results = [one for _, one in daemon.observations() if isinstance(one, PollResult)]
    return {(one.element, one.protocol) for one in results if one.icmp is None or one.icmp[1]}
