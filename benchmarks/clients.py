"""SNMP clients with 100 requests in flight: ``python -m benchmarks.clients WHO HOW ROUNDS HOST:PORT ...``.

WHO is netmon, gufo or pysnmp, HOW is get or walk. Prints the CPU seconds of the asking, without imports and start.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

from gufo.snmp.aio import SnmpSession
from gufo.snmp.version import SnmpVersion
from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    bulk_walk_cmd,
    get_cmd,
)

from netmon.snmp.client import Client, Target
from tests.snmp.walking import by_pages

IN_FLIGHT = 100
PORTS = 48
COLUMNS = (
    "1.3.6.1.2.1.31.1.1.1.1",
    "1.3.6.1.2.1.2.2.1.8",
    "1.3.6.1.2.1.31.1.1.1.6",
    "1.3.6.1.2.1.31.1.1.1.10",
)
"""ifName, ifOperStatus, ifHCInOctets, ifHCOutOctets."""
_PER_GET = 24
_PAGE = 48

Address = tuple[str, int]
Ask = Callable[[Address], Awaitable[None]]


def instances() -> list[list[str]]:
    """Return the instances to ask for, by request."""
    oids = [f"{column}.{port}" for port in range(1, PORTS + 1) for column in COLUMNS]
    return [oids[at : at + _PER_GET] for at in range(0, len(oids), _PER_GET)]


async def netmon(how: str, addresses: Sequence[Address], rounds: int) -> float:
    """Ask with netmon's client."""
    requests = instances()

    async def ask(address: Address) -> None:
        target = Target(*address)
        if how == "walk":
            walk = await by_pages(client, target, COLUMNS, max_repetitions=_PAGE // len(COLUMNS))
            assert len(walk.rows) == PORTS, walk.stops
            return
        for oids in requests:
            await client.get(target, oids)

    async with Client(lambda: time.monotonic_ns() // 1_000_000) as client:
        return await _at_once(ask, addresses, rounds)


async def gufo(how: str, addresses: Sequence[Address], rounds: int) -> float:
    """Ask with gufo-snmp."""
    requests = instances()

    async def ask(address: Address) -> None:
        host, port = address
        async with SnmpSession(host, port=port, version=SnmpVersion.v2c, max_repetitions=_PAGE) as session:
            if how == "walk":
                for column in COLUMNS:
                    assert len([oid async for oid, _ in session.fetch(column)]) == PORTS
                return
            for oids in requests:
                assert len(await session.get_many(oids)) == len(oids)

    return await _at_once(ask, addresses, rounds)


async def pysnmp(how: str, addresses: Sequence[Address], rounds: int) -> float:
    """Ask with pysnmp, all requests by one engine."""
    engine, user, context = SnmpEngine(), CommunityData("public"), ContextData()
    requests = instances()
    targets = {address: await UdpTransportTarget.create(address, timeout=30) for address in addresses}

    async def ask(address: Address) -> None:
        target = targets[address]
        if how == "walk":
            for column in COLUMNS:
                start = ObjectType(ObjectIdentity(column))
                walk = bulk_walk_cmd(
                    engine, user, target, context, 0, _PAGE, start, lexicographicMode=False, lookupMib=False
                )
                async for error, status, _, _ in walk:
                    assert not error, error
                    assert not status, status
            return
        for oids in requests:
            wanted = [ObjectType(ObjectIdentity(oid)) for oid in oids]
            error, status, _, _ = await get_cmd(engine, user, target, context, *wanted, lookupMib=False)
            assert not error, error
            assert not status, status

    return await _at_once(ask, addresses, rounds)


async def _at_once(ask: Ask, addresses: Sequence[Address], rounds: int) -> float:
    """Ask as many agents at a time as requests shall be in flight; return the CPU seconds."""
    began = time.process_time()
    for _ in range(rounds):
        await asyncio.gather(*(ask(addresses[number % len(addresses)]) for number in range(IN_FLIGHT)))
    return time.process_time() - began


def main(who: str, how: str, rounds: str, *addresses: str) -> None:
    """Ask and tell the CPU seconds."""
    peers = {"netmon": netmon, "gufo": gufo, "pysnmp": pysnmp}
    pairs = (address.split(":") for address in addresses)
    print(asyncio.run(peers[who](how, [(host, int(port)) for host, port in pairs], int(rounds))))


if __name__ == "__main__":
    main(*sys.argv[1:])
