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
_SECONDS = 4
_RUNS = 3
_UNIT = "us CPU/trap"


class Lost(Exception):
    """Not every trap that was sent was taken."""


class Subject(msgspec.Struct):
    """A receiver that is measured, and the rate it has survived so far."""

    name: str
    pid: int
    port: int
    done: Callable[[], int]
    """How many traps it has committed or logged."""
    rate: int = _RATE


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
        theirs = push(receiver_subject("pysnmp", slow), "mix", count=_SLOW_RATE * _SECONDS, rate=_SLOW_RATE)
    name = f"trap to committed alarm, mix; pysnmp at {_SLOW_RATE}/s"
    return [*rows, row(name, _UNIT, netmon=rows[0].netmon, peer=theirs, peer_name="pysnmp, logging only")]


def engine_subject(engine: RunningEngine) -> Subject:
    """Return netmon as what is measured."""
    return Subject("netmon", engine.pid, engine.traps, lambda: engine.committed("Trap"))


def receiver_subject(name: str, receiver: Receiver) -> Subject:
    """Return a peer as what is measured."""
    return Subject(name, receiver.pid, receiver.traps, receiver.logged)


def _side_by_side(netmon: Subject, peer: Subject, kind: str, target: str) -> Row:
    """Measure both by turns, so that the machine's other load meets both."""
    ours, theirs = list[float](), list[float]()
    for _ in range(_RUNS):
        ours.append(_survived(netmon, kind))
        theirs.append(_survived(peer, kind))
        say(f"{kind}: netmon {ours[-1]:.1f} at {netmon.rate}/s, {peer.name} {theirs[-1]:.1f} at {peer.rate}/s")
    rates = f"{netmon.rate}/s" if netmon.rate == peer.rate else f"{netmon.rate}/s ({peer.name} {peer.rate}/s)"
    name = f"trap to committed alarm, {kind}, 500 rules, {rates}"
    return row(name, _UNIT, netmon=median(ours), peer=median(theirs), peer_name="snmptrapd, logging", target=target)


def _survived(subject: Subject, kind: str) -> float:
    """Return CPU per trap at the highest rate that is survived; a rate that was too high is not tried again."""
    while True:
        try:
            return push(subject, kind, count=subject.rate * _SECONDS, rate=subject.rate)
        except Lost:
            say(f"{subject.name} lost traps at {subject.rate}/s")
            subject.rate = subject.rate * 4 // 5


def push(subject: Subject, kind: str, *, count: int, rate: int) -> float:
    """Send traps, wait until all are done with, and return the receiver's CPU time per trap in microseconds.

    Raises:
        Lost: some never were.
    """
    before, goal = cpu_s(subject.pid), subject.done() + count
    start_traffic(kind, subject.port, count=count, rate=rate).wait()
    if not wait_for_count(subject.done, goal):
        raise Lost(subject.name)
    return (cpu_s(subject.pid) - before) / count * 1e6


def start_traffic(kind: str, port: int, *, count: int, rate: int, interfaces: int = 1_000) -> "subprocess.Popen[bytes]":
    """Start the sender as a process of its own; it prints how long it took."""
    numbers = (str(port), str(count), str(rate), "--interfaces", str(interfaces))
    command = (sys.executable, "-m", "benchmarks.traffic", kind, *numbers)
    return subprocess.Popen(command, stdout=subprocess.PIPE)
