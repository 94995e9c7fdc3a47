"""A made-up agent behind a real UDP socket on loopback."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable

from netmon.domain.inventory import Element
from netmon.domain.oid import Varbind
from netmon.rulebook.kinds import Column, Profile, Table
from netmon.snmp.agent import Agent
from netmon.snmp.interfaces import interface_rows, system_rows
from netmon.snmp.responder import Responder

IF = "1.3.6.1.2.1.2.2.1"
IFX = "1.3.6.1.2.1.31.1.1.1"
SYSTEM = Profile(
    "system",
    (
        Table(
            "system",
            (Column("sysUpTime", "1.3.6.1.2.1.1.3", "gauge"), Column("sysName", "1.3.6.1.2.1.1.5", "info")),
            scalars=True,
        ),
    ),
)
IF_MIB = Profile(
    "if-mib",
    (
        Table(
            "ifTable",
            (
                Column("ifName", f"{IFX}.1", "text"),
                Column("ifOperStatus", f"{IF}.8", "state"),
                Column("ifHCInOctets", f"{IFX}.6", "counter"),
            ),
            object="if:{ifName}",
        ),
    ),
    has=(f"{IF}.1",),
)


class Answering:
    """Answers until silenced; ``asked`` counts the requests that came."""

    def __init__(self, rows: Iterable[Varbind], max_size: int = 65_507) -> None:
        self.use(rows, max_size)
        self.asked = 0
        self.silent = False
        self.before_answer: Callable[[], None] = lambda: None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        port: int = self.socket.getsockname()[1]
        return port

    def element(self, id_: str = "r1", **more: object) -> Element:
        settings: dict[str, object] = {"credential": "ro", "port": self.port, "timeout_ms": 2_000} | more
        return Element(id_, ("127.0.0.1",), **settings)  # type: ignore[arg-type]  # whatever a test says

    def use(self, rows: Iterable[Varbind], max_size: int = 65_507) -> None:
        """Serve other rows from now on."""
        self.agent = Agent(rows, rate_bps=8_000_000)
        self._responder = Responder([self.agent], max_size=max_size)

    def read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                datagram, peer = self.socket.recvfrom(65_535)
                self.asked += 1
                self.before_answer()
                answer = self._responder.answer(datagram, time.monotonic_ns() // 1_000_000)
                if answer is not None and not self.silent:
                    self.socket.sendto(answer, peer)


@contextlib.asynccontextmanager
async def answering(rows: Iterable[Varbind], max_size: int = 65_507) -> AsyncIterator[Answering]:
    one = Answering(rows, max_size)
    loop = asyncio.get_running_loop()
    loop.add_reader(one.socket, one.read)
    try:
        yield one
    finally:
        loop.remove_reader(one.socket)
        one.socket.close()


def router(*ports: str, uptime_cs: int = 100_000) -> list[Varbind]:
    """Return the rows of an element with these ports."""
    system = system_rows("r1", description="a router", object_id="1.3.6.1.4.1.99999.1.7", uptime_cs=uptime_cs)
    return system + interface_rows(ports)
