"""Half an hour of traps from ten thousand sources beside polls: memory stays flat, and no task is left over."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import msgspec

from benchmarks.engine_process import RunningEngine, engine, free_ports, wait_for_count
from benchmarks.measure import Row, median, memory_mib, row, say
from benchmarks.network import write_network
from benchmarks.polls import as_elements, serving
from benchmarks.traffic import packet

SOAK_MINUTES = 30.0

_SOURCES = 10_000
_TRAPS_PER_S = 500
_SLICE_S = 0.05
_LOOK_S = 5.0
_SETTLED_S = 360.0
"""Files of series are merged for the first time after 300 s; the code for that stays in memory, some 15 MiB."""
_IP_PKTINFO = 8
"""Linux, include/uapi/linux/in.h; the socket module has no name for it."""
_FIRST_NETWORK = 0x7F400000
"""127.64.0.0: sources of their own, not the agents'."""


class _Look(msgspec.Struct, frozen=True):
    """The engine at one moment."""

    at_s: float
    memory: float
    """MiB."""
    tasks: float


def soak(folder: Path, *, minutes: float = SOAK_MINUTES) -> list[Row]:
    """Return memory and tasks at the end beside those once everything had its place, and the traps that were lost.

    Less than ten minutes say nothing.

    Each source raises one alarm and repeats it: what is cleared is kept for a day, and would grow by design.
    """
    ports = free_ports()
    with serving() as agents:
        config = write_network(
            folder, traps=ports.traps, engine=ports.http, elements=as_elements(agents), every="5s", storm_limits=True
        )
        with engine(folder, config, ports) as started:
            looks, lost = _soaked(started, minutes)
    half_s = minutes * 30
    early = [look for look in looks if max(half_s, _SETTLED_S) <= look.at_s < max(half_s * 4 / 3, _SETTLED_S + 60)]
    late = [look for look in looks if look.at_s >= half_s * 5 / 3]
    before, after = (median([look.memory for look in some]) for some in (early, late))
    # A task that is left over never goes; how many come and go says nothing.
    few, many = (min(look.tasks for look in some) for some in (early, late))
    name = f"{minutes:g} min of {_TRAPS_PER_S} traps/s of {_SOURCES} sources, polls beside them"
    halfway = "the same halfway"
    return [
        row(f"{name}: memory", "MiB", netmon=after, peer=before, peer_name=halfway, target="<= 1.02"),
        row(f"{name}: tasks", "tasks", netmon=many, peer=few, peer_name=halfway, target="<= 1"),
        row(f"{name}: traps lost + 1", "traps", netmon=lost + 1, peer=1, peer_name="none", target="<= 1"),
    ]


def _soaked(started: RunningEngine, minutes: float) -> tuple[list[_Look], int]:
    """Send, and look now and then; return what was seen and how many traps were lost."""
    looks: list[_Look] = []
    sent, due = 0, 0.0
    before = started.committed("Trap")
    began = time.perf_counter()
    with contextlib.closing(_Network(started.traps)) as network:
        while (passed_s := time.perf_counter() - began) < minutes * 60:
            sent = network.send(until=int(passed_s * _TRAPS_PER_S))
            if passed_s >= due:
                due += _LOOK_S
                looks.append(_Look(passed_s, memory_mib(started.pid), started.metric("netmon_tasks")))
                say(f"{passed_s:.0f} s: {looks[-1].memory:.1f} MiB, {looks[-1].tasks:.0f} tasks, {sent} traps sent")
            time.sleep(_SLICE_S)
    wait_for_count(lambda: started.committed("Trap"), before + sent)
    return looks, before + sent - started.committed("Trap")


class _Network:
    """Ten thousand senders behind one socket: each datagram says where it comes from (ip(7), IP_PKTINFO)."""

    def __init__(self, port: int) -> None:
        self._out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._out.connect(("127.0.0.1", port))
        self._traps = self._endless()
        self._sent = 0

    def send(self, *, until: int) -> int:
        """Send what is due and return how many were sent so far."""
        while self._sent < until:
            source, trap = next(self._traps)
            self._out.sendmsg([trap], [(socket.IPPROTO_IP, _IP_PKTINFO, struct.pack("=iII", 0, source, 0))])
            self._sent += 1
        return self._sent

    def close(self) -> None:
        self._out.close()

    def _endless(self) -> Iterator[tuple[int, bytes]]:
        sources = cycle(range(1, _SOURCES + 1))
        for number, one in enumerate(sources):
            # The kernel wants addresses in the order of the network.
            address = socket.htonl(_FIRST_NETWORK + one)
            yield address, packet(one % 1_000 + 1, "down", number=number % 0x1000000)
