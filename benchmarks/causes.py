"""Root causes in large networks: the longest turn of the loop for a search, and for links that were found."""

import time
from pathlib import Path

from benchmarks.measure import Row, row, say
from netmon.app.memory import settle_memory
from netmon.correlate.engine import Engine
from netmon.correlate.topology import Topology
from netmon.domain.event import State
from netmon.domain.found import FoundLink
from netmon.domain.inventory import Element, Inventory, Link
from netmon.normalize.relinked import MOST

_SIZES = (5_000, 12_000)
_BUDGET_MS = 20.0
_T0 = 1_700_000_000_000
_BRANCHES = 10


def causes(_: Path) -> list[Row]:
    """Return the longest Tick of a search of graphs of some sizes, and the longest with new links at 5,000 elements."""
    rows = [
        row(f"root causes among {size:,} elements, one branch in ten is silent: longest Tick", "ms",
            netmon=_longest(size), peer=_BUDGET_MS, peer_name="budget", target="<= 1")
        for size in _SIZES
    ]  # fmt: skip
    took = _relinked(_SIZES[0])
    return [
        *rows,
        row(f"{MOST} found links count among {_SIZES[0]:,} elements", "ms", netmon=took, peer=_BUDGET_MS,
            peer_name="budget", target="<= 1"),
    ]  # fmt: skip


def _inventory(size: int) -> Inventory:
    links = {f"l{n}": Link(f"l{n}", f"n{(n - 1) // _BRANCHES}/if:{n}", f"n{n}/if:up", "uplink") for n in range(1, size)}
    return Inventory(elements={f"n{n}": Element(f"n{n}", ("192.0.2.1",)) for n in range(size)}, links=links)


def _longest(size: int) -> float:
    """Let one branch fall silent; return the longest Tick until that is told."""
    topology, inventory = Topology(), _inventory(size)
    settle_memory()
    topology.load(inventory.elements, 0, inventory.links.values())
    silent = {1}
    for number in range(size):
        if (number - 1) // _BRANCHES in silent:
            silent.add(number)
        value = "down" if number in silent else "up"
        topology.take(State(number, _T0, f"n{number}", "reachability", value, ""))
    ticks: list[float] = []
    while not ticks or topology.left_over:
        began = time.perf_counter()
        settled = topology.tick(_T0 + 20 * len(ticks), size + len(ticks))
        ticks.append((time.perf_counter() - began) * 1000)
    assert settled is not None
    assert len(settled.behind["n1"]) == len(silent) - 1
    say(f"{size} elements: {len(ticks)} Ticks, the longest {max(ticks):.1f} ms, together {sum(ticks):.1f} ms")
    return max(ticks)


def _relinked(size: int) -> float:
    """Let links be found all over a network; return how long the slowest lot takes to count, in ms."""
    engine, inventory = Engine(), _inventory(size)
    engine.link(inventory, ())
    links = [FoundLink(f"f{n}", f"n{n - 1}/if:f{n}", f"n{n}/if:f", "confirmed", _T0) for n in range(1, size)]
    took = []
    for first in range(0, len(links), MOST):
        began = time.perf_counter()
        engine.relink(links[first : first + MOST])
        took.append((time.perf_counter() - began) * 1000)
    say(f"{MOST} links: {max(took):.1f} ms at most")
    return max(took)
