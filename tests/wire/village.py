"""Two hundred agents at twenty sites, with links between them that are known: for what finds networks."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import msgspec

from netmon.cli.simulate.endpoint import Endpoint, now_ms
from netmon.domain.oid import Varbind
from netmon.snmp import ber
from netmon.snmp.agent import Agent
from netmon.snmp.interfaces import interface_rows, system_rows
from netmon.snmp.responder import Responder
from tests.wire.peers import free_port

COMMUNITY = b"village"
SITES, PER_SITE = 20, 10
PORTS = 8
TWO_ADDRESSES = 10
"""So many elements answer at a second address, too."""

End = tuple[str, int]
"""(element, port from 1)."""


class Home(msgspec.Struct):
    """One element and where it answers."""

    name: str
    site: str
    addresses: list[str]
    neighbors: dict[int, End] = {}
    endpoints: list[Endpoint] = []

    @property
    def asked(self) -> int:
        """How many datagrams came to it."""
        return sum(endpoint.asked for endpoint in self.endpoints)


def links() -> Iterator[tuple[End, End]]:
    """Yield the links: a tree at each site, a ring of sites with two chords, and some links twice."""
    used: dict[str, Iterator[int]] = {}

    def end(element: str) -> End:
        return element, next(used.setdefault(element, itertools.count(1)))

    for site in range(SITES):
        for number in range(1, PER_SITE):
            yield end(_name(site, (number - 1) // 3)), end(_name(site, number))
        yield end(_name(site, 0)), end(_name((site + 1) % SITES, 0))
    for one, other in ((0, 10), (5, 15)):
        yield end(_name(one, 0)), end(_name(other, 0))
        yield end(_name(one, 1)), end(_name(other, 1))


def _name(site: int, number: int) -> str:
    return f"s{site:02}-{number}"


def homes() -> dict[str, Home]:
    """Return the elements by name, with their neighbors."""
    found = {}
    for place in range(SITES * PER_SITE):
        site, number = divmod(place, PER_SITE)
        second = [f"127.77.1.{place + 1}"] if place < TWO_ADDRESSES else []
        found[_name(site, number)] = Home(_name(site, number), f"Site {site:02}", [f"127.77.0.{place + 1}", *second])
    for one, other in links():
        found[one[0]].neighbors[one[1]] = other
        found[other[0]].neighbors[other[1]] = one
    return found


def rows(home: Home) -> list[Varbind]:
    """Return what its agent serves."""
    made = system_rows(home.name, description="Village router", object_id="1.3.6.1.4.1.32473.77", uptime_cs=4242)
    made = [row for row in made if row[0] != "1.3.6.1.2.1.1.6.0"]
    made.append(("1.3.6.1.2.1.1.6.0", ber.OCTET_STRING, home.site.encode()))
    made.append(("1.3.6.1.6.3.10.2.1.1.0", ber.OCTET_STRING, b"\x80\x00\x7e\xd9\x04" + home.name.encode()))
    made += interface_rows([_port(number) for number in range(1, PORTS + 1)])
    made += [(f"1.3.6.1.2.1.4.20.1.2.{address}", ber.INTEGER, 1) for address in home.addresses]
    return [*made, *_lldp(home)]


def _port(number: int) -> str:
    return f"ge-0/0/{number}"


def _lldp(home: Home) -> Iterator[Varbind]:
    base = "1.0.8802.1.1.2.1"
    yield f"{base}.2.1.0", ber.TIME_TICKS, 100
    yield f"{base}.3.1.0", ber.INTEGER, 4
    yield f"{base}.3.2.0", ber.OCTET_STRING, _chassis(home.name)
    yield f"{base}.3.3.0", ber.OCTET_STRING, home.name.encode()
    for number in range(1, PORTS + 1):
        yield f"{base}.3.7.1.2.{number}", ber.INTEGER, 5
        yield f"{base}.3.7.1.3.{number}", ber.OCTET_STRING, _port(number).encode()
    for number, (far, port) in home.neighbors.items():
        place = f"0.{number}.1"
        yield f"{base}.4.1.1.4.{place}", ber.INTEGER, 4
        yield f"{base}.4.1.1.5.{place}", ber.OCTET_STRING, _chassis(far)
        yield f"{base}.4.1.1.6.{place}", ber.INTEGER, 5
        yield f"{base}.4.1.1.7.{place}", ber.OCTET_STRING, _port(port).encode()
        yield f"{base}.4.1.1.9.{place}", ber.OCTET_STRING, far.encode()


def _chassis(name: str) -> bytes:
    site, _, number = name[1:].partition("-")
    return bytes((2, 0, 0x5E, 0, int(site), int(number)))


@asynccontextmanager
async def village() -> AsyncIterator[tuple[dict[str, Home], int]]:
    """Serve all agents at one port; yield them and the port."""
    known, port = homes(), free_port(socket.SOCK_DGRAM)
    for home in known.values():
        agent = Agent(rows(home), community=COMMUNITY, started_ms=now_ms())
        home.endpoints = [Endpoint(Responder([agent]), (address, port)) for address in home.addresses]
    endpoints = [endpoint for home in known.values() for endpoint in home.endpoints]
    for endpoint in endpoints:
        endpoint.start()
    try:
        yield known, port
    finally:
        for endpoint in endpoints:
            endpoint.stop()
        await asyncio.sleep(0)
