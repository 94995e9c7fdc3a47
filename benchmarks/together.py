"""Three hundred elements of version 3 start anew at one moment: what that costs, and that nothing fails of it."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.engine_process import RunningEngine, engine, free_ports, wait_for
from benchmarks.measure import Row, cpu_s, row, say
from benchmarks.network import write_network
from netmon.domain.observation import Observation, PollFailed, PollResult
from netmon.storage.sqlite.store import open_store
from tests.wire.secured_agents import secured_agents

_ELEMENTS = 300
_EVERY_S = 15
_ROUND_S = 2 * _EVERY_S
"""Long enough for each element to be polled at least once."""
_PATIENCE_S = 120.0
_RESYNCS = "netmon_snmp_usm_resyncs_total"


def together(folder: Path) -> list[Row]:
    """Return how soon all are polled again, what failed, and the requests and the CPU that it took."""
    with secured_agents(_ELEMENTS) as agents, _engine(folder, agents.addresses) as started:
        wait_for(lambda: len(_polled(folder, boots=1)) == _ELEMENTS, what="every element", patience_s=_PATIENCE_S)
        usual_s = _round(started)
        before, began, used_s = started.metric(_RESYNCS), time.time(), cpu_s(started.pid)
        agents.restart()
        wait_for(lambda: len(_polled(folder, boots=2)) == _ELEMENTS, what="all of them again", patience_s=_PATIENCE_S)
        again_s = max(_polled(folder, boots=2).values()) / 1000 - began
        time.sleep(max(began + _ROUND_S - time.time(), 0))
        restarted_s = cpu_s(started.pid) - used_s
        resyncs = started.metric(_RESYNCS) - before
    failed = sum(isinstance(one, PollFailed) and one.reason != "overrun" for one in _log(folder))
    alarmed = _alarmed(folder)
    say(f"all polled again after {again_s:.1f} s, {resyncs:.0f} resyncs, {failed} polls failed, {alarmed} alarms")
    name = f"{_ELEMENTS} v3 elements restarted at once"
    return [
        row(f"{name}: all polled again", "s", netmon=again_s, peer=_EVERY_S, peer_name="interval", target="<= 1.2"),
        row(f"{name}: polls failed + 1", "polls", netmon=failed + 1, peer=1, peer_name="none", target="<= 1"),
        row(f"{name}: alarmed as unreachable + 1", "elements", netmon=alarmed + 1, peer=1, peer_name="none",
            target="<= 1"),
        row(f"{name}: resyncs", "requests", netmon=resyncs, peer=_ELEMENTS, peer_name="one each", target="<= 1"),
        row(f"{name}: CPU of {_ROUND_S} s", "s", netmon=restarted_s, peer=usual_s, peer_name="before", target="<= 2"),
    ]  # fmt: skip


@contextlib.contextmanager
def _engine(folder: Path, addresses: list[tuple[str, int]]) -> Iterator[RunningEngine]:
    ports = free_ports()
    elements = [
        {"id": f"e{number}", "addresses": [host], "port": port, "credential": "v3"}
        for number, (host, port) in enumerate(addresses)
    ]
    config = write_network(folder, traps=ports.traps, engine=ports.http, elements=elements, every=f"{_EVERY_S}s")
    with engine(folder, config, ports) as started:
        yield started


def _round(started: RunningEngine) -> float:
    """Return the CPU that a round takes when nothing happens, in seconds."""
    used_s = cpu_s(started.pid)
    time.sleep(_ROUND_S)
    return cpu_s(started.pid) - used_s


def _log(folder: Path) -> list[Observation]:
    with contextlib.closing(open_store(folder / "data" / "netmon.db", read_only=True)) as store:
        return [one for _, one in store.log.read(0)]


def _polled(folder: Path, *, boots: int) -> dict[str, int]:
    """Return element to the time of its first poll with so many boots, in ms."""
    found: dict[str, int] = {}
    for one in _log(folder):
        if isinstance(one, PollResult) and one.last and one.blocks and one.blocks[-1].boots == boots:
            found.setdefault(one.element, one.at)
    return found


def _alarmed(folder: Path) -> int:
    with contextlib.closing(open_store(folder / "data" / "netmon.db", read_only=True)) as store:
        return sum(one.after.type.endswith("-unreachable") for one in store.changes(0, 1_000_000))
