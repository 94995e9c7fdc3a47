"""The faults of ``netmon demo``, again and again, from the moment on at which netmon knows what fails by its name."""

import asyncio

from netmon.cli.demo_screen import Screen
from netmon.cli.simulate.network import Network
from netmon.cli.simulate.script import Fault, play
from netmon.cli.simulate.town import PERIOD_S, SCRIPT

_SOON_S = 5.0
_PATIENCE_S = 30.0


async def tell_story(network: Network, screen: Screen, traps_to: tuple[str, int]) -> None:
    """Play the script again and again; the last faults of a round end in the next one."""
    await _known([fault for fault in SCRIPT if fault.at_s < _SOON_S and fault.do in ("card", "part")], screen)
    async with asyncio.TaskGroup() as rounds:
        while True:
            rounds.create_task(play(SCRIPT, network, traps_to=traps_to, tell=lambda fault: screen.happened(str(fault))))
            await asyncio.sleep(PERIOD_S)


async def _known(faults: list[Fault], screen: Screen) -> None:
    """Wait until netmon has read the parts that fail first: a trap tells their numbers only."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE_S
    waiting = faults
    while waiting and loop.time() < deadline:
        waiting = [one for one in waiting if not await asyncio.to_thread(screen.knows, one.element, one.what)]
        await asyncio.sleep(0.1)
