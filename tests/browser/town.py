"""A small simulated network under a running netmon, for a browser to look at."""

import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from netmon.cli.simulate.endpoint import now_ms
from netmon.cli.simulate.network import Model, Network
from tests.wire.daemon import Daemon, netmon

SITES = [{"id": "lon", "name": "London"}, {"id": "par", "name": "Paris"}]
HOSTILE = '<img src=x onerror="document.title=1">\u202egnp'
PORTS = tuple(f"xe-0/0/{number}" for number in range(8))
LINK = "lon-par"
ENDS = (("lon-edge-1", "xe-0/0/5"), ("par-core-1", "xe-0/0/6"))
_LINKS = [{"id": LINK, "a": "lon-edge-1/if:xe-0/0/5", "b": "par-core-1/if:xe-0/0/6", "kind": "peer"}]
_STEADY = "version: 1\nrules:\n  - {id: link-down, flap: false}\n"
"""Tests let the same ports fall and rise again and again; damped, their alarms would outlive them."""
_ROLES = {"lon-edge-1": "lon", "lon-edge-2": "lon", "par-core-1": "par"}


class Town:
    """The elements and the daemon that watches them."""

    def __init__(self, network: Network, daemon: Daemon) -> None:
        self.network = network
        self.daemon = daemon

    def down(self, element: str, port: str) -> None:
        """Let a port fall; its trap is on the way when this returns."""
        simulated = self.network.agents[element]
        simulated.endpoint.send(simulated.agent.link_down(port, now=now_ms()), ("127.0.0.1", self.daemon.traps))

    def up(self, element: str, port: str) -> None:
        """Let a port rise."""
        simulated = self.network.agents[element]
        simulated.endpoint.send(simulated.agent.link_up(port, now=now_ms()), ("127.0.0.1", self.daemon.traps))

    def silence(self, element: str, *, for_ms: int) -> None:
        """Let an element answer nothing for a while."""
        self.network.agents[element].agent.silence(now=now_ms(), for_ms=for_ms)


@contextlib.asynccontextmanager
async def town(folder: Path, **config: Any) -> AsyncIterator[Town]:
    """Run network and daemon as long as the block lasts."""
    models = [
        Model(name, site, "edge", "a simulated router", PORTS, aliases=(HOSTILE,) * len(PORTS), rate_bps=8_000_000)
        for name, site in _ROLES.items()
    ]
    async with Network(models) as network:
        elements = [
            {
                "id": name,
                "addresses": [simulated.endpoint.address[0]],
                "port": simulated.endpoint.address[1],
                "credential": "lab",
                "site": _ROLES[name],
            }
            for name, simulated in network.agents.items()
        ]
        (folder / "steady.yaml").write_text(_STEADY)
        rules = ["steady.yaml", *config.pop("rules", ())]
        async with netmon(folder, elements=elements, sites=SITES, links=_LINKS, rules=rules, **config) as daemon:
            yield Town(network, daemon)


def now() -> int:
    """Return the time in UTC ms."""
    return time.time_ns() // 1_000_000
