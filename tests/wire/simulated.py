"""A simulated network as a process of its own, so that time may run faster for it: ``python -m tests.wire.simulated``.

It prints its addresses as one line of JSON, then obeys one line of JSON after the other: what happens to which element,
and where the trap of it goes; without an address the trap is lost on its way.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from netmon.cli.simulate.endpoint import now_ms
from netmon.cli.simulate.network import Model, Network

ROOT = Path(__file__).parents[2]
PORTS = ("xe-0", "xe-1")
RATE_BPS = 8_000_000


def main() -> None:
    """Serve the elements named on the command line until stdin ends."""
    asyncio.run(_serve(sys.argv[1:]))


async def _serve(names: list[str]) -> None:
    models = [Model(name, "lab", "edge", "a simulated router", PORTS, rate_bps=RATE_BPS) for name in names]
    async with Network(models) as network:
        _say({name: simulated.endpoint.address for name, simulated in network.agents.items()})
        while line := await asyncio.to_thread(sys.stdin.readline):
            _say(_obey(network, **json.loads(line)))


def _obey(network: Network, *, do: str, element: str, port: str = "", for_ms: int = 0, to: int = 0) -> str:
    simulated = network.agents[element]
    agent, now, loop = simulated.agent, now_ms(), asyncio.get_running_loop()
    match do:
        case "link_down" | "link_up":
            trap = agent.link_down(port, now=now) if do == "link_down" else agent.link_up(port, now=now)
            if to:
                simulated.endpoint.send(trap, ("127.0.0.1", to))
        case "reboot":
            trap = agent.reboot(now=now, down_ms=for_ms)
            loop.call_later(for_ms / 1000, simulated.endpoint.send, trap, ("127.0.0.1", to))
        case "silence":
            agent.silence(now=now, for_ms=for_ms)
    return do


def _say(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


class Simulator:
    """The other end of the pipe."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.addresses: dict[str, tuple[str, int]] = json.loads(self._answer())

    def do(self, what: str, element: str, **more: Any) -> None:
        """Let something happen; it has happened when this returns."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, "element": element, **more}) + "\n")
        self._process.stdin.flush()
        assert json.loads(self._answer()) == what

    def elements(self) -> list[dict[str, Any]]:
        """Return the elements as an inventory has them."""
        return [
            {"id": name, "addresses": [address], "port": port, "credential": "lab"}
            for name, (address, port) in self.addresses.items()
        ]

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the simulator ended"
        return line


@contextlib.asynccontextmanager
async def simulator(*names: str, env: dict[str, str] | None = None) -> AsyncIterator[Simulator]:
    """Run the elements as long as the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.wire.simulated", *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
    )
    try:
        yield await asyncio.to_thread(Simulator, process)
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    main()
