"""Agents on UDP sockets, each on a loopback address of its own, so that a trap's source tells the element."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence

import msgspec

from netmon.snmp.agent import Agent
from netmon.snmp.interfaces import interface_rows, system_rows
from netmon.snmp.responder import Responder

_LARGEST = 65_535
_MOST_READ = 100
_A_DAY_CS = 8_640_000


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


def now_ms() -> int:
    """Return the simulator's own time in milliseconds; it never goes back."""
    return time.monotonic_ns() // 1_000_000


class Simulated:
    """One agent and its socket."""

    def __init__(self, agent: Agent, address: str, *, clock: Callable[[], int] = now_ms) -> None:
        self._clock = clock
        self.agent = agent
        self._responder = Responder([agent])
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((address, 0))

    @property
    def address(self) -> tuple[str, int]:
        """Address and port it answers at."""
        host, port = self._socket.getsockname()
        return host, port

    def start(self) -> None:
        """Answer from now on."""
        asyncio.get_running_loop().add_reader(self._socket, self._answer)

    def stop(self) -> None:
        """Answer no more."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def send(self, trap: bytes, to: tuple[str, int]) -> None:
        """Send a trap from the agent's own address."""
        self._socket.sendto(trap, to)

    def _answer(self) -> None:
        for _ in range(_MOST_READ):
            try:
                datagram, peer = self._socket.recvfrom(_LARGEST)
            except OSError:
                # Nothing left to read, or a manager that is gone already.
                return
            answer = self._responder.answer(datagram, self._clock())
            if answer is not None:
                self._socket.sendto(answer, peer)


class Network:
    """All agents of a scenario; use it as a context."""

    def __init__(self, models: Sequence[Model], *, community: bytes = b"public", first: int = 1) -> None:
        self.models = {model.id: model for model in models}
        self.agents = {
            model.id: Simulated(_agent(model, community), f"127.0.10.{number}")
            for number, model in enumerate(models, first)
        }

    async def __aenter__(self) -> "Network":
        for simulated in self.agents.values():
            simulated.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for simulated in self.agents.values():
            simulated.stop()


def _agent(model: Model, community: bytes) -> Agent:
    rows = system_rows(model.id, description=model.description, object_id="1.3.6.1.4.1.32473.1.1", uptime_cs=_A_DAY_CS)
    rows += interface_rows(model.ports, speed_mbps=model.speed_mbps, aliases=model.aliases)
    return Agent(rows, community=community, rate_bps=model.rate_bps, started_ms=now_ms())
