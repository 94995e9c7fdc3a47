"""``netmon simulate``: SNMP agents from recordings or models, with scripted faults."""

import asyncio
import contextlib
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from netmon.cli.check import tell
from netmon.cli.frame import ConfigOption, count, examples, fail, print_problems, read_settings
from netmon.cli.simulate.inventory_text import inventory_text
from netmon.cli.simulate.reading import Scenario, read_scenario
from netmon.cli.simulate.screen import SimulationScreen
from netmon.cli.simulate.simulation import Simulation
from netmon.config.data_dir import mib_cache
from netmon.mib.compile import compile_all
from netmon.mib.names import MibView

EPILOG = examples(
    ("netmon simulate scenario.yaml", "until Ctrl-C"),
    ("netmon simulate scenario.yaml --check", "tells every mistake, starts nothing"),
    ("netmon simulate scenario.yaml --inventory > inventory.yaml", "lets netmon watch what is simulated"),
    ("netmon simulate scenario.yaml --once --seed 7", "ends with the script; the same seed, the same run"),
)

_EPOCH_S: Final = 1_577_836_800
"""2020-01-01: engineBoots are the seconds since then, so that they grow from start to start without a file."""
_ENDINGS: Final = (signal.SIGINT, signal.SIGTERM)


def simulate(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO", help="Agents and script: a YAML file.")],
    check: Annotated[bool, typer.Option("--check", help="Tell every mistake in the file, and leave.")] = False,
    inventory: Annotated[
        bool, typer.Option("--inventory", help="Print an inventory.yaml of the agents, and leave.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="End when the script is over.")] = False,
    seconds: Annotated[
        float, typer.Option(min=0, metavar="N", help="End after so many seconds; 0: run until Ctrl-C.")
    ] = 0,
    json: Annotated[bool, typer.Option("--json", help="With --check: problems as JSON.")] = False,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Instead of the one in the file.", show_default=False)
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Simulate SNMP agents: recordings or models, and a script of what happens.

    Each agent answers versions 1, 2c and 3 at a loopback address of its own, and
    sends traps and informs. Without a network you see what netmon makes of
    links that fail, agents that reboot, counters that wrap, answers that are
    late, lost or wrong, and storms of traps:

        agents:
          - id: r1
            listen: "127.0.1.1:1161"
            model: {interfaces: 48, rate_bps: 3e8}
            trap_to: "127.0.0.1:10162"
        script:
          - {at: 10s, agent: r1, do: link_down, if: xe-0/0/1, for: 30s}

    Instead of a model, or below it, recording: r1.snmprec (or .snmpwalk, also
    .gz and .bz2). Actions: link_down link_up reboot renumber wrap discontinuity
    delay loss duplicate reorder too_big gen_err non_increasing endless_walk
    truncate wrong_type foreign_reply silent_agent engine_reset clock_skew storm
    inform trap. OIDs may be names of the MIB modules of the configuration.

    Exit code 1: --check found errors; 2: it could not start.
    """
    found = read_scenario(scenario, lambda: _names(config), seed=seed, boots=int(time.time()) - _EPOCH_S)
    if check:
        tell(found.problems, last_line=_last_line(found), strict=False, json=json)
        return
    print_problems(found.problems)
    if found.errors:
        fail(f"{count(len(found.errors), 'error')} in the scenario")
    if inventory:
        typer.echo(inventory_text(found), nl=False)
        return
    _allow_files()
    asyncio.run(_run(found, once=once, seconds=seconds))


def _names(config: Path | None) -> MibView:
    loaded = read_settings(config)
    try:
        return MibView(compile_all(loaded.mibs, mib_cache(loaded.data_dir)).modules)
    except OSError as error:
        fail(f"{error.filename or 'MIBs'}: {(error.strerror or str(error)).lower()}")


def _last_line(found: Scenario) -> str:
    warnings = len(found.problems) - len(found.errors)
    said = f"{count(len(found.errors), 'error')}, {count(warnings, 'warning')}"
    return f"{said}; {count(len(found.agents), 'agent')}, {count(len(found.script), 'action')}"


def _allow_files() -> None:
    """Take as many open files as the system allows: each address is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _run(found: Scenario, *, once: bool, seconds: float) -> None:
    simulation = Simulation(found, lambda text: screen.happened(text))
    screen = SimulationScreen(simulation.now, simulation.counts)
    problems = simulation.open()
    try:
        if problems:
            print_problems(problems)
            fail(f"cannot start: {count(len(problems), 'problem')}")
        screen.welcome(simulation.addresses(), len(found.script))
        with screen.live(), _ending() as stop:
            await _played(simulation, stop, once=once, seconds=seconds)
        screen.summary()
    finally:
        simulation.close()


async def _played(simulation: Simulation, stop: asyncio.Event, *, once: bool, seconds: float) -> None:
    """Play until the script is over (``once``), the time is, or somebody stops it."""
    script = asyncio.create_task(simulation.play())
    stopped = asyncio.create_task(stop.wait())
    deadline = asyncio.get_running_loop().time() + seconds if seconds else None
    try:
        await _first({script, stopped}, deadline)
        if script.done() and script.exception() is None and not once:
            await _first({stopped}, deadline)
    finally:
        for task in (script, stopped):
            task.cancel()
        await asyncio.wait({script, stopped})
    if not script.cancelled():
        script.result()


async def _first(tasks: set[asyncio.Task[Any]], deadline: float | None) -> None:
    left = None if deadline is None else max(deadline - asyncio.get_running_loop().time(), 0)
    await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)


@contextlib.contextmanager
def _ending() -> Iterator[asyncio.Event]:
    """Let Ctrl-C and SIGTERM set an event instead of breaking in."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _ENDINGS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in _ENDINGS:
            loop.remove_signal_handler(number)
