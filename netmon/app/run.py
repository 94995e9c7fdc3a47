"""``netmon run``: one engine from its first to its last moment."""

import asyncio
import gc

from netmon.app.engine import Engine
from netmon.config.load import Loaded
from netmon.config.rules import Judged, judge
from netmon.domain.place import Problem


class CannotStart(Exception):
    """The configuration has errors; ``problems`` has them all."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def run(loaded: Loaded) -> None:
    """Run the engine until it is told to stop.

    Raises:
        CannotStart: rules or MIBs have errors.
        StoreError, CannotListen, ListenError, OSError: store or address cannot be had; the text says which and why.
    """
    judged = judge(loaded)
    if judged.errors:
        raise CannotStart(judged.errors)
    asyncio.run(_run(judged))


async def _run(judged: Judged) -> None:
    # Until the engine runs nothing becomes garbage, and all that is restored would be looked over again and again.
    gc.disable()
    engine = Engine(judged)
    try:
        await engine.boot()
        engine.open()
        await engine.run()
    finally:
        engine.close()
