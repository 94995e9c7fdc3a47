"""Faults by time: links that fall, elements that reboot or fall silent (specs/snmp.md 8.1)."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from netmon.cli.simulate.network import Network, Simulated, now_ms


class Fault(msgspec.Struct, frozen=True):
    """What happens to one element ``at_s`` seconds after the script began."""

    at_s: float
    element: str
    do: Literal["link_down", "link_up", "reboot", "silence"]
    port: str = ""
    for_s: float = 0.0

    def __str__(self) -> str:
        match self.do:
            case "link_down" | "link_up":
                return f"{self.element}: port {self.port} goes {'down' if self.do == 'link_down' else 'up'}"
            case "reboot":
                return f"{self.element}: reboots, back in {self.for_s:.0f} s"
            case "silence":
                return f"{self.element}: loses power for {self.for_s:.0f} s"


async def play(
    script: Sequence[Fault], network: Network, *, traps_to: tuple[str, int], tell: Callable[[Fault], None]
) -> None:
    """Let the faults happen, each at its time."""
    began = asyncio.get_running_loop().time()
    for fault in sorted(script, key=lambda fault: fault.at_s):
        await asyncio.sleep(began + fault.at_s - asyncio.get_running_loop().time())
        tell(fault)
        _happen(fault, network.agents[fault.element], traps_to)


def _happen(fault: Fault, simulated: Simulated, traps_to: tuple[str, int]) -> None:
    agent, now = simulated.agent, now_ms()
    match fault.do:
        case "link_down":
            simulated.send(agent.link_down(fault.port, now=now), traps_to)
        case "link_up":
            simulated.send(agent.link_up(fault.port, now=now), traps_to)
        case "reboot":
            trap = agent.reboot(now=now, down_ms=int(fault.for_s * 1000))
            asyncio.get_running_loop().call_later(fault.for_s, simulated.send, trap, traps_to)
        case "silence":
            agent.silence(now=now, for_ms=int(fault.for_s * 1000))
