"""The trap path: CPU per trap from the wire to the committed alarm, beside receivers that only log."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.engine_process import RunningEngine, fresh_engine, wait_for
from benchmarks.measure import Row, cpu_s, median, row, say
from benchmarks.trap_peers import Receiver, pysnmp_receiver, snmptrapd

_RATE = 10_000
_SLOW_RATE = 500
"""pysnmp survives this."""
_SECONDS = 4
_RUNS = 3
_WARM = 10_000
_UNIT = "us CPU/trap"


def trap_path(folder: Path) -> list[Row]:
    """Return CPU per trap: the usual mix, transitions alone, and beside pysnmp."""
    with fresh_engine(folder / "netmon") as engine, snmptrapd(folder / "snmptrapd") as peer:
        _push(engine.traps, engine_count(engine), pid=engine.pid, kind="mix", count=_WARM, rate=5_000)
        rows = [_beside_snmptrapd(engine, peer, kind) for kind in ("mix", "transitions")]
        with pysnmp_receiver(folder / "pysnmp") as slow:
            count = _SLOW_RATE * _SECONDS
            theirs = _push(slow.traps, slow.logged, pid=slow.pid, kind="mix", count=count, rate=_SLOW_RATE)
        ours = rows[0].netmon
        say(f"pysnmp: {theirs:.0f} us per trap")
    return [*rows, row(f"trap to committed alarm, mix; pysnmp at {_SLOW_RATE}/s", _UNIT, netmon=ours, peer=theirs,
                       peer_name="pysnmp, logging only")]  # fmt: skip


def _beside_snmptrapd(engine: RunningEngine, peer: Receiver, kind: str) -> Row:
    """Measure both by turns, so that the machine's other load meets both."""
    rate = _RATE
    while True:
        try:
            ours, theirs = _by_turns(engine, peer, kind=kind, rate=rate)
        except TimeoutError:
            rate = rate * 4 // 5
            say(f"traps were lost; trying {rate}/s")
            continue
        target = "<= 0.5" if kind == "mix" else ""
        name = f"trap to committed alarm, {kind}, 500 rules, {rate}/s"
        return row(name, _UNIT, netmon=ours, peer=theirs, peer_name="snmptrapd, logging only", target=target)


def _by_turns(engine: RunningEngine, peer: Receiver, *, kind: str, rate: int) -> tuple[float, float]:
    ours, theirs = list[float](), list[float]()
    for _ in range(_RUNS):
        count = rate * _SECONDS
        ours.append(_push(engine.traps, engine_count(engine), pid=engine.pid, kind=kind, count=count, rate=rate))
        theirs.append(_push(peer.traps, peer.logged, pid=peer.pid, kind=kind, count=count, rate=rate))
        say(f"{kind} at {rate}/s: netmon {ours[-1]:.1f}, snmptrapd {theirs[-1]:.1f} us per trap")
    return median(ours), median(theirs)


def engine_count(engine: RunningEngine) -> Callable[[], int]:
    """Return what tells how many traps an engine has committed."""
    return lambda: engine.committed("Trap")


def _push(port: int, done: Callable[[], int], *, pid: int, kind: str, count: int, rate: int) -> float:
    """Send traps, wait until all are done with, and return the receiver's CPU time per trap in microseconds."""
    before, goal = cpu_s(pid), done() + count
    start_traffic(kind, port, count=count, rate=rate).wait()
    wait_for(lambda: done() >= goal, what=f"{count} traps", patience_s=10)
    return (cpu_s(pid) - before) / count * 1e6


def start_traffic(kind: str, port: int, *, count: int, rate: int) -> "subprocess.Popen[bytes]":
    """Start the sender as a process of its own."""
    command = (sys.executable, "-m", "benchmarks.traffic", kind, str(port), str(count), str(rate))
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)
