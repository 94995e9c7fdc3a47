"""A maintenance window that opens and closes over 100,000 alarms: the longest step of the engine meanwhile."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.engine import admitted, ready_core
from benchmarks.measure import Row, row, say
from netmon.app.memory import settle_memory
from netmon.domain.observation import Observation, OperatorRequest, Tick, Trap
from netmon.domain.plan import BEGIN, END
from netmon.step import Core

_ALARMS = 100_000
_APART_MS = 20
_SLOWEST_MS = 60.0
"""The longest that a batch may take anywhere (specs/rules.md 14)."""


def maintenance(folder: Path) -> list[Row]:
    """Return the longest step while a window opens over 100,000 alarms of one element, and while it is ended."""
    core, _ = ready_core(folder)
    for observation in _slowly(core.now):
        core.step(observation)
    settle_memory()
    window = OperatorRequest(core.now, "1", "bench", BEGIN, (), until=core.now + 3_600_000, where="true")
    opened = _longest_ms(core, window)
    assert _hidden(core) == _ALARMS, _hidden(core)
    known = [one.id for one in core.engine.maintenance.states(core.now)]
    ended = _longest_ms(core, OperatorRequest(core.now, "2", "bench", END, (), windows=tuple(known)))
    assert _hidden(core) == 0, _hidden(core)
    name = f"over {_ALARMS} alarms of one element, longest step"
    return [
        row(f"{what} {name}", "ms", netmon=figure, peer=_SLOWEST_MS, peer_name="budget", target="<= 1")
        for what, figure in (
            ("maintenance window opens", opened),
            ("maintenance window is ended", ended),
        )
    ]


def _slowly(at: int) -> Iterator[Observation]:
    """Yield the traps that raise them, so far apart that they are no storm."""
    traps = (one for one in admitted("raises", _ALARMS, from_s=1) if isinstance(one, Trap))
    for number, trap in enumerate(traps, 1):
        at += _APART_MS
        if number % _APART_MS == 0:
            yield Tick(at)
        yield msgspec.structs.replace(trap, at=at)


def _longest_ms(core: Core, first: Observation) -> float:
    """Step an observation and Ticks until nothing is left over; return the CPU time of the longest step."""
    took = [_took_ms(core, observation) for observation in _until_done(core, first)]
    say(f"{len(took)} steps, {sum(took):.0f} ms in all, the longest {max(took):.0f} ms")
    return max(took)


def _until_done(core: Core, first: Observation) -> Iterator[Observation]:
    yield first
    yield Tick(core.now + 1_000)
    while core.left_over:
        yield Tick(core.now + 20)


def _took_ms(core: Core, observation: Observation) -> float:
    began = time.process_time()
    core.step(observation)
    return 1000 * (time.process_time() - began)


def _hidden(core: Core) -> int:
    return sum(bool(alarm.hidden_by) for alarm in core.book.alarms())
