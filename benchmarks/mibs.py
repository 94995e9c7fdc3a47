"""MIB modules: what a start costs that finds them in the cache, and how long the loop is held while they compile."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Row, median, row, say
from netmon.app.memory import settle_memory
from netmon.config.shipped import shipped
from netmon.mib.compile import Compiled, compile_all
from netmon.mib.names import MibView

_MODULES, _COLUMNS = 1_000, 20
_TIMES = 5
_BUDGET_S, _TURN_MS = 1.0, 20

_HEAD = """BENCH{n}-MIB DEFINITIONS ::= BEGIN
IMPORTS MODULE-IDENTITY, OBJECT-TYPE, Counter64, enterprises FROM SNMPv2-SMI DisplayString FROM SNMPv2-TC;
bench{n} MODULE-IDENTITY
    LAST-UPDATED "202601010000Z" ORGANIZATION "o" CONTACT-INFO "c" DESCRIPTION "d" ::= {{ enterprises 32473 {n} }}
bench{n}Table OBJECT-TYPE SYNTAX SEQUENCE OF Bench{n}Entry MAX-ACCESS not-accessible STATUS current
    DESCRIPTION "A table." ::= {{ bench{n} 1 }}
bench{n}Entry OBJECT-TYPE SYNTAX Bench{n}Entry MAX-ACCESS not-accessible STATUS current
    DESCRIPTION "A row." INDEX {{ bench{n}Name }} ::= {{ bench{n}Table 1 }}
Bench{n}Entry ::= SEQUENCE {{ bench{n}Name DisplayString{members} }}
bench{n}Name OBJECT-TYPE SYNTAX DisplayString (SIZE (0..32)) MAX-ACCESS not-accessible STATUS current
    DESCRIPTION "Its name." ::= {{ bench{n}Entry 1 }}
"""
_COLUMN = """bench{n}Count{m} OBJECT-TYPE SYNTAX Counter64 MAX-ACCESS read-only STATUS current
    DESCRIPTION "What was counted of kind {m}, from the start of the agent on." ::= {{ bench{n}Entry {m} }}
"""


def modules(folder: Path) -> list[Row]:
    """Return the seconds of a second start, and the longest turn of a loop beside each start."""
    vendors, cache = folder / "vendors", folder / "cache"
    _write(vendors)
    # As in the process of the engine, the garbage collector looks at what is new only.
    settle_memory()
    folders = [shipped("mibs"), vendors]
    began = time.perf_counter()
    cold_ms = asyncio.run(_beside(lambda: compile_all(folders, cache)))
    say(f"{_MODULES} modules compiled in {time.perf_counter() - began:.0f} s, longest turn {cold_ms:.1f} ms")
    taken, turns = [], []
    for _ in range(_TIMES):
        began = time.process_time()
        compiled = compile_all(folders, cache)
        taken.append(time.process_time() - began)
        turns.append(asyncio.run(_beside(lambda: MibView(compile_all(folders, cache).modules))))
    assert len(compiled.modules) > _MODULES
    say(f"from the cache {median(taken):.2f} s, longest turn {median(turns):.1f} ms")
    held = "longest turn of the loop"
    return [
        _row(f"second start with {_MODULES} MIB modules", "s CPU", median(taken), _BUDGET_S),
        _row(f"{_MODULES} MIB modules compile: {held}", "ms CPU", cold_ms, _TURN_MS),
        _row(f"{_MODULES} MIB modules from the cache: {held}", "ms CPU", median(turns), _TURN_MS),
    ]


def _row(name: str, unit: str, ours: float, budget: float) -> Row:
    return row(name, unit, netmon=ours, peer=budget, peer_name="budget", target="<= 1")


def _write(vendors: Path) -> None:
    vendors.mkdir()
    numbers = range(2, _COLUMNS + 2)
    for n in range(_MODULES):
        members = "".join(f", bench{n}Count{m} Counter64" for m in numbers)
        columns = "".join(_COLUMN.format(n=n, m=m) for m in numbers)
        (vendors / f"{n}.mib").write_text(f"{_HEAD.format(n=n, members=members)}{columns}END\n")


async def _beside(work: Callable[[], Compiled | MibView]) -> float:
    """Return the longest turn of a loop while a thread works as that of a reload does, in ms of CPU.

    Whoever keeps the interpreter from the loop uses CPU time of this process; what other programs use is not counted.
    """
    task, worst = asyncio.create_task(asyncio.to_thread(work)), 0.0
    while not task.done():
        before = time.process_time()
        await asyncio.sleep(0.001)
        worst = max(worst, time.process_time() - before)
    await task
    return worst * 1e3
