"""A made-up agent behind a real UDP socket on loopback."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable

from netmon.cli.simulate.endpoint import Endpoint
from netmon.domain.inventory import Element
from netmon.domain.oid import Varbind
from netmon.rulebook.profile_values import Column, Profile, Table
from netmon.snmp.agent import Agent
from netmon.snmp.faults import Delivery
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
    """Answers until silenced; ``asked`` counts the requests that came. Its agent may misbehave: ``agent.faults``."""

    def __init__(self, rows: Iterable[Varbind], max_size: int = 65_507) -> None:
        self.use(rows, max_size)
        self.asked = 0
        self.silent = False
        self.before_answer: Callable[[], None] = lambda: None
        self._endpoint = Endpoint(self, ("127.0.0.1", 0))

    @property
    def port(self) -> int:
        return self._endpoint.address[1]

    def element(self, id_: str = "r1", **more: object) -> Element:
        settings: dict[str, object] = {"credential": "ro", "port": self.port, "timeout_ms": 2_000} | more
        return Element(id_, ("127.0.0.1",), **settings)  # type: ignore[arg-type]  # whatever a test says

    def use(self, rows: Iterable[Varbind], max_size: int = 65_507) -> None:
        """Serve other rows from now on."""
        self.agent = Agent(rows, rate_bps=8_000_000)
        self._responder = Responder([self.agent], max_size=max_size)

    def serve(self, responder: Responder) -> None:
        """Answer by another responder from now on."""
        self._responder = responder

    def start(self) -> None:
        self._endpoint.start()

    def pause(self) -> None:
        """Let requests wait until started again."""
        self._endpoint.pause()

    def stop(self) -> None:
        self._endpoint.stop()

    def replies(self, datagram: bytes, now: int) -> list[Delivery]:
        self.asked += 1
        self.before_answer()
        replies = self._responder.replies(datagram, now)
        return [] if self.silent else replies


@contextlib.asynccontextmanager
async def answering(rows: Iterable[Varbind], max_size: int = 65_507) -> AsyncIterator[Answering]:
    one = Answering(rows, max_size)
    one.start()
    try:
        yield one
    finally:
        one.stop()


def router(*ports: str, uptime_cs: int = 100_000) -> list[Varbind]:
    """Return the rows of an element with these ports."""
    system = system_rows("r1", description="a router", object_id="1.3.6.1.4.1.99999.1.7", uptime_cs=uptime_cs)
    return system + interface_rows(ports)
