"""Agents on UDP sockets, each on a loopback address of its own, so that a trap's source tells the element."""

from collections.abc import Sequence

import msgspec

from netmon.cli.simulate.endpoint import Endpoint, now_ms
from netmon.cli.simulate.equipment import Equipment
from netmon.cli.simulate.neighbors import Neighbors, neighbor_rows
from netmon.cli.simulate.wave import Wave, seed_of, wall_ms
from netmon.snmp.agent import Agent
from netmon.snmp.interfaces import interface_rows, system_rows
from netmon.snmp.port import Flow
from netmon.snmp.responder import Responder

_A_DAY_CS = 8_640_000
_ENTERPRISE = "1.3.6.1.4.1.32473"
"""The number that RFC 5612 keeps for examples."""


class Model(msgspec.Struct, frozen=True):
    """What a simulated element is like."""

    id: str
    site: str
    role: str
    description: str
    ports: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    speed_mbps: int = 10_000
    rate_bps: int = 0
    """Steady traffic of every port; of ports in ``traffic`` that one counts."""
    traffic: tuple[tuple[str, int], ...] = ()
    """Mean traffic of ports in bits per second: a wave over the day."""
    hardware: str = ""
    """Model of its chassis; without it the agent shows no parts."""
    redundant: bool = False
    """Two power supplies and fans."""


def waves(model: Model) -> dict[str, tuple[Wave, Wave]]:
    """Return traffic in and out of ports over the day, in bits per second."""
    return {
        port: (
            Wave(mean, seed_of(model.id, port, "in")),
            Wave(mean * (35 + seed_of(model.id, port) % 50) / 100, seed_of(model.id, port, "out")),
        )
        for port, mean in model.traffic
    }


class Simulated:
    """One element: its agent, where it answers, and its parts where it shows any."""

    def __init__(self, agent: Agent, address: str, *, equipment: Equipment | None = None) -> None:
        self.agent = agent
        self.endpoint = Endpoint(Responder([agent]), (address, 0))
        self.equipment = equipment


class Network:
    """All agents of a scenario; use it as a context.

    Args:
        models: the elements.
        links: pairs of ports, ``element/port``: when one end goes down, so does the other; elements with parts tell of
            them by LLDP.
        uplinks: for each element those it cannot be reached without; it falls silent with the last of them.
        community: what a request must know.
        since: when the agents began to count, UTC ms; default: now.
        first: last number of the first address.
    """

    def __init__(
        self,
        models: Sequence[Model],
        *,
        links: Sequence[tuple[str, str]] = (),
        uplinks: dict[str, tuple[str, ...]] | None = None,
        community: bytes = b"public",
        since: int | None = None,
        first: int = 1,
    ) -> None:
        self.models = {model.id: model for model in models}
        self._peers = {one: other for pair in links for one, other in (pair, pair[::-1])}
        self._uplinks = uplinks or {}
        self.zero_ms = wall_ms() - now_ms()
        """UTC at simulator time 0."""
        started_ms = now_ms() if since is None else since - self.zero_ms
        self.agents = {
            model.id: _simulated(
                model,
                community,
                f"127.0.10.{number}",
                neighbors=self._neighbors(model),
                zero_ms=self.zero_ms,
                started_ms=started_ms,
            )
            for number, model in enumerate(models, first)
        }

    async def __aenter__(self) -> "Network":
        for simulated in self.agents.values():
            simulated.endpoint.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for simulated in self.agents.values():
            simulated.endpoint.stop()

    def ends(self, element: str, port: str) -> list[tuple[str, str]]:
        """Return both ends of the link at a port; the port alone where no link is known."""
        peer = self._peers.get(f"{element}/{port}")
        return [(element, port)] if peer is None else [(element, port), _end(peer)]

    def far_ends(self, element: str) -> list[tuple[str, str]]:
        """Return the ports that look at an element."""
        return [_end(far) for near, far in self._peers.items() if _end(near)[0] == element]

    def _neighbors(self, model: Model) -> Neighbors:
        far = {port: self._peers.get(f"{model.id}/{port}") for port in model.ports}
        return {port: _end(peer) for port, peer in far.items() if peer is not None}

    def behind(self, element: str) -> list[str]:
        """Return what cannot be reached without an element, itself not among it."""
        gone = {element}
        while more := {id_ for id_, over in self._uplinks.items() if over and gone.issuperset(over)} - gone:
            gone |= more
        return sorted(gone - {element})


def _end(text: str) -> tuple[str, str]:
    element, _, port = text.partition("/")
    return element, port


def _simulated(
    model: Model, community: bytes, address: str, *, neighbors: Neighbors, zero_ms: int, started_ms: int
) -> Simulated:
    # Elements of one kind have one object id: what they can be asked is learned once per kind.
    object_id = f"{_ENTERPRISE}.1.{1 + seed_of(model.description, model.hardware) % 60_000}"
    rows = system_rows(model.id, description=model.description, object_id=object_id, uptime_cs=_uptime_cs(model))
    rows += interface_rows(model.ports, speed_mbps=model.speed_mbps, aliases=model.aliases)
    equipment = None
    if model.hardware:
        equipment = Equipment(model.id, model.ports, model=model.hardware, zero_ms=zero_ms, redundant=model.redundant)
        rows += [*equipment.rows(), *neighbor_rows(model.id, model.ports, neighbors)]
    agent = Agent(
        rows,
        community=community,
        rate_bps=model.rate_bps,
        flows={port: (_flow(into, zero_ms), _flow(out, zero_ms)) for port, (into, out) in waves(model).items()},
        moving=equipment.moving() if equipment is not None else None,
        started_ms=started_ms,
    )
    return Simulated(agent, address, equipment=equipment)


def _uptime_cs(model: Model) -> int:
    return _A_DAY_CS * (1 + seed_of(model.id) % 300) if model.hardware else _A_DAY_CS


def _flow(wave: Wave, zero_ms: int) -> Flow:
    return lambda since, until: wave.octets(zero_ms + since, zero_ms + until)
