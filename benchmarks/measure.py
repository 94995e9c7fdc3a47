"""CPU time of a process from outside, medians, and the rows of build/bench.json."""

import json
import os
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Row(msgspec.Struct, frozen=True):
    """One figure of netmon beside the same figure of a peer; ``ratio`` is netmon / peer."""

    name: str
    unit: str
    netmon: float
    peer: float
    peer_name: str
    ratio: float
    target: str
    """``<= 0.5``, ``>= 2`` or empty where there is none."""
    met: bool | None


def row(name: str, unit: str, *, netmon: float, peer: float, peer_name: str, target: str = "") -> Row:
    """Return a row with its ratio and whether the target is met."""
    ratio = netmon / peer if peer else float("inf")
    return Row(name, unit, round(netmon, 3), round(peer, 3), peer_name, round(ratio, 3), target, _met(ratio, target))


def _met(ratio: float, target: str) -> bool | None:
    if not target:
        return None
    sign, _, limit = target.partition(" ")
    return ratio <= float(limit) if sign == "<=" else ratio >= float(limit)


def cpu_s(pid: int) -> float:
    """Return the CPU time a process and all its threads have used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def memory_mib(pid: int) -> float:
    """Return the resident memory of a process in MiB."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def median(figures: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(figures)


def write(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as a list of objects."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([msgspec.to_builtins(made) for made in rows], indent=1) + "\n")


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text for people."""
    lines = [f"{'what':<58} {'netmon':>10} {'peer':>10} {'ratio':>8}  {'target':<8} unit, peer"]
    for made in rows:
        mark = {True: "met", False: "MISSED", None: ""}[made.met]
        lines.append(
            f"{made.name:<58} {made.netmon:>10.2f} {made.peer:>10.2f} {made.ratio:>8.3f}  {made.target:<8} "
            f"{made.unit}, {made.peer_name} {mark}"
        )
    return "\n".join(lines)


def say(text: str) -> None:
    """Tell how far the measuring is, on stderr."""
    print(f"  {text}", file=sys.stderr, flush=True)
