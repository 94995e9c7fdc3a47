"""``netmon run``: one engine from its first to its last moment."""

import asyncio
import gc
import sys

from netmon.app.engine import Engine
from netmon.app.hang_up import HangUp
from netmon.app.memory import spare_memory
from netmon.app.web import WebProcesses
from netmon.config.load import Loaded
from netmon.config.rules import judge
from netmon.domain.place import Problem

_SWITCH_S = 0.0005
"""A commit takes the interpreter back a dozen times from a loop that has much to do; by default each may take 5 ms."""


class CannotStart(Exception):
    """The configuration has errors; ``problems`` has them all."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def run(loaded: Loaded, hang_up: HangUp) -> None:
    """Run the engine until it is told to stop.

    A ``hang_up`` that came since the configuration was read makes it reload.

    Raises:
        CannotStart: rules or MIBs have errors.
        StoreError, CannotListen, ListenError, OSError: store or address cannot be had; the text says which and why.
    """
    sys.setswitchinterval(_SWITCH_S)
    asyncio.run(_run(loaded, hang_up))


async def _run(loaded: Loaded, hang_up: HangUp) -> None:
    # Until the engine runs nothing becomes garbage, and all that is restored would be looked over again and again.
    gc.disable()
    web = WebProcesses()
    spare_memory()
    try:
        if loaded.config.web.enabled:
            await web.warm_up(loaded.config.web.workers)
        judged = judge(loaded)
        if judged.errors:
            raise CannotStart(judged.errors)
        await _run_engine(Engine(judged, web), hang_up)
    finally:
        await web.close()


async def _run_engine(engine: Engine, hang_up: HangUp) -> None:
    try:
        await engine.boot()
        engine.open()
        await engine.run(hang_up)
    finally:
        engine.close()
