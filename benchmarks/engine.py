"""The engine alone, in this process: events per second, memory per alarm; and what a restart takes, as a process."""

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.engine_process import engine, free_ports, wait_for_count
from benchmarks.measure import Row, median, row, say
from benchmarks.network import write_network
from benchmarks.sec import running_sec
from benchmarks.traffic import packets, states
from benchmarks.traps import start_traffic
from netmon.app.memory import settle_memory
from netmon.app.ruleset import compile_change, inventory_change, rules_change
from netmon.config.load import load
from netmon.config.rules import judge
from netmon.domain.observation import Observation, RulesChange, Tick, Trap
from netmon.sources.traps.admit import Admission, Origin
from netmon.sources.traps.config import TrapsConfig
from netmon.step import Core

_ALARMS = 100_000
_WEIGHED = 20_000
"""Alarms whose memory is measured, which takes as long as ten times as many without."""
_INTERFACES = 1_000
"""Of the mix: others than those whose alarms are active."""
_RUNS = 5
_AT = 1_700_000_000_000
_BATCH = 200
"""Traps between two Ticks, as at 10,000/s."""

_BUDGET_PER_S = 50_000
_ALARM_BUDGET_B = 1_500
_RESTART_BUDGET_S = 5.0
_LOGGED = 12_000
"""60 s of log at 200 traps/s."""
_FILLING_PER_S = 4_000
_LOGGED_PER_S = 2_000


def engine_alone(folder: Path) -> list[Row]:
    """Return the speed of ``Core.step`` over the mix with 100,000 alarms active, and the memory of one alarm."""
    core, rules = ready_core(folder)
    memory_b = _alarm_memory_b(core, rules)
    say(f"{memory_b:.0f} octets per active alarm")
    _step_all(core, admitted("raises", _ALARMS - _WEIGHED, from_s=50, after=_WEIGHED))
    settle_memory()
    ours, loops, theirs = list[float](), list[float](), list[float]()
    with running_sec(folder) as sec:
        say(f"SEC: {sec.feed(states('raises', _ALARMS)):.0f} events/s while its alarms are raised")
        for run in range(_RUNS):
            observations = list(admitted("mix", _INTERFACES, from_s=100 * (run + 1), after=_ALARMS))
            ours.append(10 * _INTERFACES / _cpu_s(partial(_step_all, core, observations)))
            loops.append(fixed_rounds_per_s())
            theirs.append(sec.feed(states("mix", _INTERFACES, after=_ALARMS)))
            say(f"netmon {ours[-1]:.0f} events/s, SEC {theirs[-1]:.0f}, the fixed loop {loops[-1]:.0f}")
        assert sec.told == {"raised": _ALARMS + _RUNS * _INTERFACES, "cleared": _RUNS * _INTERFACES}, sec.told
    speed, name = median(ours), f"engine alone, mix, 500 rules, {_ALARMS} alarms"
    return [
        row(f"{name}; SEC", "events/s", netmon=speed, peer=median(theirs), peer_name="SEC, its best rule tree",
            target=">= 25"),
        row(name, "events/s", netmon=speed, peer=_BUDGET_PER_S, peer_name="budget", target=">= 1"),
        row(f"{name}; loop", "events/s", netmon=speed, peer=median(loops), peer_name="fixed Python loop",
            target=">= 1"),
        row("memory per active alarm", "octets", netmon=memory_b, peer=_ALARM_BUDGET_B, peer_name="budget",
            target="<= 1"),
    ]  # fmt: skip


def ready_core(folder: Path) -> tuple[Core, RulesChange]:
    """Return a core with the rules of the benchmark and an empty network, and the observation that loads the rules."""
    judged = judge(load(write_network(folder, traps=0, engine=1)))
    core = Core(lambda change, inventory: compile_change(change, inventory, judged.names), judged.names)
    loaded, rules = inventory_change(core.inventory, judged.loaded.inventory, _AT), rules_change(judged, _AT)
    for observation in (Tick(_AT), *([loaded] if loaded else ()), rules):
        core.step(observation)
    return core, rules


def admitted(kind: str, interfaces: int, *, from_s: int, after: int = 0) -> Iterator[Observation]:
    """Yield the traps of a kind as the listener admits them, with a Tick before each batch.

    They come from a thousand elements, each of which sends too seldom for a storm.
    """
    admission = Admission(TrapsConfig(), credentials={}, elements=())
    at = _AT + 1000 * from_s
    told = zip(packets(kind, interfaces, after=after), states(kind, interfaces, after=after), strict=True)
    for number, (packet, (interface, _)) in enumerate(told):
        if number % _BATCH == 0:
            at += 20
            yield Tick(at)
        admitted = admission.admit(packet, Origin(at, "default", "127.0.0.1:162", _sender(interface), 40_000))
        assert isinstance(admitted, Trap), admitted
        yield admitted


def _sender(interface: int) -> str:
    return f"10.0.{interface // 250 % 4}.{1 + interface % 250}"


def _alarm_memory_b(core: Core, rules: RulesChange) -> float:
    """Return what an active alarm costs, indexes included.

    What the core looks up once and remembers up to a bound is no part of this: it goes when rules are loaded, all but
    the names of the MIB, which are left out.
    """
    names = tracemalloc.Filter(inclusive=False, filename_pattern="*/netmon/mib/*")
    observations = list(admitted("raises", _WEIGHED, from_s=1))
    tracemalloc.start()
    core.step(rules)
    gc.collect()
    before = tracemalloc.take_snapshot().filter_traces([names])
    _step_all(core, observations)
    core.step(rules)
    gc.collect()
    after = tracemalloc.take_snapshot().filter_traces([names])
    tracemalloc.stop()
    active = sum(alarm.state == "active" for alarm in core.book.alarms())
    assert active == _WEIGHED, active
    return sum(found.size_diff for found in after.compare_to(before, "filename")) / active


def _step_all(core: Core, observations: Iterable[Observation]) -> None:
    for observation in observations:
        core.step(observation)


def fixed_rounds_per_s() -> float:
    """Return how fast plain Python is here: one round is about 20 us of a 3 GHz core, so 50,000/s is the budget.

    The same work in every release: a slow machine slows it as much as netmon, and the ratio stays.
    """
    rounds = 20_000
    return rounds / _cpu_s(partial(_fixed_loop, rounds))


def _fixed_loop(rounds: int) -> int:
    known: dict[tuple[int, str], int] = {}
    total = 0
    for number in range(rounds):
        for part in range(60):
            key = (part, "part")
            known[key] = known.get(key, 0) + number % 7
            total += len(key)
    return total


def _cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def restart(folder: Path) -> list[Row]:
    """Return how long an engine needs that was killed with 100,000 alarms and a minute of log since its snapshot."""
    ports = free_ports()
    config = write_network(folder, traps=ports.traps, engine=ports.http)
    with engine(folder, config, ports) as first:
        _send("raises", _ALARMS, ports.traps, rate=_FILLING_PER_S)
        wait_for_count(lambda: first.committed("Trap"), _ALARMS)
    # Ended cleanly, so there is a snapshot with all alarms; what follows is only in the log.
    with engine(folder, config, ports) as second:
        _send("mix", _LOGGED, ports.traps, rate=_LOGGED_PER_S)
        wait_for_count(lambda: second.committed("Trap"), _LOGGED)
        second.process.kill()
        second.process.wait()
    with engine(folder, config, ports) as third:
        ready_s, alarms = third.ready_s, third.metric("netmon_alarms", 'severity="major",visible="true"')
    name = f"restart after kill -9, {alarms:.0f} alarms, 60 s of log ({_LOGGED} traps)"
    return [row(name, "s", netmon=ready_s, peer=_RESTART_BUDGET_S, peer_name="budget", target="<= 1")]


def _send(kind: str, count: int, port: int, *, rate: int) -> None:
    start_traffic(kind, port, count=count, rate=rate, interfaces=_ALARMS).wait()
