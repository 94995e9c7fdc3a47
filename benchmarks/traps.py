"""The trap path: CPU per trap from the wire to the committed alarm, beside receivers that only log."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks.engine_process import RunningEngine, fresh_engine, wait_for_count
from benchmarks.measure import Row, cpu_s, median, row, say
from benchmarks.trap_peers import Receiver, pysnmp_receiver, snmptrapd

_RATE = 10_000
_SLOW_RATE = 300
"""pysnmp survives this."""
_SECURED_RATE, _SLOW_SECURED_RATE = 2_000, 100
"""Of version 3."""
_SECONDS = 4
_RUNS = 3
_UNIT = "us CPU/trap"


class Cost(msgspec.Struct, frozen=True):
    """What a receiver spent on the traps it took."""

    us: float
    """CPU per trap taken."""
    lost: float
    """Share of what was sent."""


class Subject(msgspec.Struct):
    """A receiver that is measured."""

    name: str
    pid: int
    port: int
    done: Callable[[], int]
    """How many traps it has committed or logged."""


def trap_path(folder: Path) -> list[Row]:
    """Return CPU per trap: the usual mix, transitions alone, and beside pysnmp."""
    with (
        fresh_engine(folder / "netmon") as engine,
        snmptrapd(folder / "snmptrapd") as logger,
        pysnmp_receiver(folder / "pysnmp") as slow,
    ):
        netmon, peer = engine_subject(engine), receiver_subject("snmptrapd", logger)
        push(netmon, "mix", count=_RATE, rate=_RATE // 4)
        rows = [_side_by_side(netmon, peer, kind, target) for kind, target in (("mix", "<= 0.5"), ("transitions", ""))]
        third = receiver_subject("pysnmp", slow)
        theirs = push(third, "mix", count=_SLOW_RATE * _SECONDS, rate=_SLOW_RATE).us
        secured = _secured(netmon, peer, third)
    name = f"trap to committed alarm, mix; pysnmp at {_SLOW_RATE}/s"
    return [*rows, row(name, _UNIT, netmon=rows[0].netmon, peer=theirs, peer_name="pysnmp, logging only"), *secured]


def _secured(netmon: Subject, peer: Subject, slow: Subject) -> list[Row]:
    """Measure traps of version 3, authPriv, beside both."""
    ours, theirs, slowest = list[float](), list[float](), list[float]()
    for _ in range(_RUNS):
        for subject, found, rate in (
            (netmon, ours, _SECURED_RATE),
            (peer, theirs, _SECURED_RATE),
            (slow, slowest, _SLOW_SECURED_RATE),
        ):
            cost = push(subject, "mix", count=rate * _SECONDS, rate=rate, secured=True)
            found.append(cost.us)
            say(f"v3 authPriv: {subject.name} {cost.us:.1f} us at {rate}/s, {100 * cost.lost:.0f} % lost")
    name = f"v3 authPriv trap to committed alarm, mix, {_SECURED_RATE}/s"
    return [
        row(name, _UNIT, netmon=median(ours), peer=median(theirs), peer_name="snmptrapd, logging"),
        row(f"{name}; pysnmp at {_SLOW_SECURED_RATE}/s", _UNIT, netmon=median(ours), peer=median(slowest),
            peer_name="pysnmp, logging only"),
    ]  # fmt: skip


def engine_subject(engine: RunningEngine) -> Subject:
    """Return netmon as what is measured."""
    return Subject("netmon", engine.pid, engine.traps, lambda: engine.committed("Trap"))


def receiver_subject(name: str, receiver: Receiver) -> Subject:
    """Return a peer as what is measured."""
    return Subject(name, receiver.pid, receiver.traps, receiver.logged)


def _side_by_side(netmon: Subject, peer: Subject, kind: str, target: str) -> Row:
    """Measure both by turns, so that the machine's other load meets both."""
    ours, theirs, lost = list[float](), list[float](), list[float]()
    rate = _RATE
    for _ in range(_RUNS):
        cost, rate = _without_loss(netmon, kind, rate)
        ours.append(cost)
        other = push(peer, kind, count=rate * _SECONDS, rate=rate)
        theirs.append(other.us)
        lost.append(100 * other.lost)
        say(f"{kind}: netmon {cost:.1f} us, {peer.name} {other.us:.1f} us, which lost {lost[-1]:.0f} %; {rate}/s")
    name = f"trap to committed alarm, {kind}, 500 rules, {rate}/s"
    told = f"{peer.name}, logging, {median(lost):.0f} % lost"
    return row(name, _UNIT, netmon=median(ours), peer=median(theirs), peer_name=told, target=target)


def _without_loss(netmon: Subject, kind: str, rate: int) -> tuple[float, int]:
    """Return CPU per trap, and the rate: lower where the machine has no room for the one that was asked for."""
    while True:
        cost = push(netmon, kind, count=rate * _SECONDS, rate=rate)
        if not cost.lost:
            return cost.us, rate
        say(f"{netmon.name} lost {100 * cost.lost:.1f} % at {rate}/s")
        rate = rate * 4 // 5


def push(subject: Subject, kind: str, *, count: int, rate: int, secured: bool = False) -> Cost:
    """Send traps, wait until nothing more happens, and return what they cost the receiver."""
    before, cpu = subject.done(), cpu_s(subject.pid)
    start_traffic(kind, subject.port, count=count, rate=rate, secured=secured).wait()
    wait_for_count(subject.done, before + count)
    used_s = cpu_s(subject.pid) - cpu
    taken = subject.done() - before
    return Cost(used_s / max(taken, 1) * 1e6, 1 - taken / count)


def start_traffic(
    kind: str, port: int, *, count: int, rate: int, interfaces: int = 1_000, secured: bool = False
) -> "subprocess.Popen[bytes]":
    """Start the sender as a process of its own; it prints how long it took."""
    numbers = (str(port), str(count), str(rate), "--interfaces", str(interfaces), *(["--secured"] if secured else []))
    command = (sys.executable, "-m", "benchmarks.traffic", kind, *numbers)
    return subprocess.Popen(command, stdout=subprocess.PIPE)
