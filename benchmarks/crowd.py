"""A thousand elements: polls on time, memory and traps beside them; what dead elements do to the living ones."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.engine_process import RunningEngine, engine, free_ports, wait_for_count
from benchmarks.measure import Row, memory_mib, row, say
from benchmarks.network import write_network
from benchmarks.traps import start_traffic
from netmon.domain.observation import PollFailed, PollResult
from netmon.sources.poller.schedule import next_slot, offset_ms
from netmon.storage.sqlite.store import open_store

_ELEMENTS = 1_000
_DEAD, _SLOW = 50, 50
_PORTS = 8
"""Makes 200 varbinds per element."""
_EVERY_S = 30
_SETTLE_S = 45
"""Until every element has been learned and polled."""
_WINDOW_S = 60
_TRAPS_PER_S = 2_000
_MEMORY_MB = 300
_MIB = 1 << 20

_MANY_DEAD = 100
_OFTEN_S = 20
_OFTEN_SETTLE_S = 60
"""Until dead elements are in the slow lane."""
_OFTEN_WINDOW_S = 60


def crowd(folder: Path) -> list[Row]:
    """Return the polls on time, the memory of the engine and the traps that were lost beside them."""
    with _agents(_ELEMENTS, dead=_DEAD, slow=_SLOW, ports=_PORTS) as addresses:
        on_time, memory, lost = _crowded(folder, addresses)
    name = f"{_ELEMENTS} elements x 200 varbinds every {_EVERY_S} s, {_DEAD} dead, {_SLOW} slow"
    beside = f"the same, beside {_TRAPS_PER_S} traps/s"
    return [
        row(f"{name}: on time", "% of polls", netmon=on_time, peer=99.5, peer_name="goal", target=">= 1"),
        row(f"{beside}: memory", "MB", netmon=memory, peer=_MEMORY_MB, peer_name="budget", target="<= 1"),
        row(f"{beside}: traps lost + 1", "traps", netmon=lost + 1, peer=1, peer_name="none", target="<= 1"),
    ]


def dead_among_living(folder: Path) -> list[Row]:
    """Return how late polls of the living begin with dead ones among them, beside the same without."""
    without, among = folder / "none-dead", folder / "dead-among-them"
    with _agents(_ELEMENTS, dead=_MANY_DEAD, slow=0, ports=1) as addresses:
        living = addresses[_MANY_DEAD:]
        # Side by side: whatever else this host does, it does to both.
        with _engine(without, living, every_s=_OFTEN_S), _engine(among, addresses, every_s=_OFTEN_S):
            time.sleep(_OFTEN_SETTLE_S)
            since_ms = int(time.time() * 1000)
            time.sleep(_OFTEN_WINDOW_S)
        theirs, ours = _lateness(without, living, since_ms), _lateness(among, addresses, since_ms)
    name = f"late by, 99 of 100 polls of {_ELEMENTS - _MANY_DEAD} living elements, {_MANY_DEAD} dead among them"
    return [row(name, "ms", netmon=ours, peer=theirs, peer_name="none dead", target="<= 1.1")]


@contextlib.contextmanager
def _agents(count: int, *, dead: int, slow: int, ports: int) -> Iterator[list[tuple[str, int]]]:
    command = (sys.executable, "-m", "benchmarks.crowd_agents", *map(str, (count, dead, slow, ports)))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        pairs = (address.split(":") for address in process.stdout.readline().split())
        yield [(host, int(port)) for host, port in pairs]
        process.stdin.close()


@contextlib.contextmanager
def _engine(folder: Path, addresses: Sequence[tuple[str, int]], *, every_s: int) -> Iterator[RunningEngine]:
    ports = free_ports()
    elements: list[dict[str, Any]] = [
        {"id": f"crowd-{host}", "addresses": [host], "port": port, "credential": "bench", "ping": False}
        for host, port in addresses
    ]
    config = write_network(folder, traps=ports.traps, engine=ports.http, elements=elements, every=f"{every_s}s")
    with engine(folder, config, ports) as started:
        yield started


def _crowded(folder: Path, addresses: Sequence[tuple[str, int]]) -> tuple[float, float, int]:
    with _engine(folder, addresses, every_s=_EVERY_S) as started:
        time.sleep(_SETTLE_S)
        since_ms = int(time.time() * 1000)
        sent = _TRAPS_PER_S * _WINDOW_S
        before = started.committed("Trap")
        start_traffic("mix", started.traps, count=sent, rate=_TRAPS_PER_S).communicate()
        until_ms = int(time.time() * 1000)
        wait_for_count(lambda: started.committed("Trap"), before + sent)
        lost = before + sent - started.committed("Trap")
        memory = memory_mib(started.pid) * _MIB / 1_000_000
        # What was begun in the window may end after it.
        time.sleep(_EVERY_S / 2)
    polls = [poll for poll in _polls(folder, _EVERY_S) if since_ms <= poll[1] < until_ms]
    living = {f"crowd-{host}" for host, _ in addresses[_DEAD:]}
    good = sum(element in living and took_ms < 1000 * _EVERY_S and late_ms < 100 * _EVERY_S
               for element, _, late_ms, took_ms in polls)  # fmt: skip
    due = sum(_slots(element, since_ms, until_ms) for element in living)
    say(f"{good} of {due} polls on time, {memory:.0f} MB, {lost} of {sent} traps lost")
    return 100 * good / due, memory, lost


def _slots(element: str, since_ms: int, until_ms: int) -> int:
    """Return how many polls of an element are due in a span."""
    interval_ms = 1000 * _EVERY_S
    offset = offset_ms(element, interval_ms=interval_ms, billed=False)
    first = next_slot(since_ms - 1, interval_ms=interval_ms, offset=offset)
    return len(range(first, until_ms, interval_ms))


def _lateness(folder: Path, addresses: Sequence[tuple[str, int]], since_ms: int) -> float:
    living = {f"crowd-{host}" for host, _ in addresses[-(_ELEMENTS - _MANY_DEAD) :]}
    late = sorted(
        late_ms for element, slot, late_ms, _ in _polls(folder, _OFTEN_S) if element in living and slot >= since_ms
    )
    p99 = late[len(late) * 99 // 100]
    say(f"{folder.name}: {len(late)} polls of the living: median {late[len(late) // 2]} ms late, p99 {p99} ms")
    return float(max(p99, 1))


def _polls(folder: Path, every_s: int) -> Iterator[tuple[str, int, int, int]]:
    """Yield (element, slot, how late it began, how long it took in ms) of each logged run of the usual group."""
    with contextlib.closing(open_store(folder / "data" / "netmon.db", read_only=True)) as store:
        for _, one in store.log.read(0):
            match one:
                case PollResult(last=True, protocol="snmp") if one.interval_ms == 1000 * every_s:
                    yield one.element, one.slot, one.at - one.elapsed_ms - one.slot, one.elapsed_ms
                case PollFailed(protocol="snmp") if one.group == f"{every_s}s":
                    yield one.element, one.slot, 1_000_000, one.elapsed_ms
