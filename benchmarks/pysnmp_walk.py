"""ifTable and ifXTable of an agent by pysnmp's GETBULK walk: ``python -m benchmarks.pysnmp_walk HOST PORT``."""

import asyncio
import sys
import time

from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    bulk_walk_cmd,
)

TABLES = ("1.3.6.1.2.1.2.2", "1.3.6.1.2.1.31.1.1")


async def walk(host: str, port: int) -> None:
    """Print the CPU seconds of a walk, without imports and start."""
    engine, user = SnmpEngine(), CommunityData("public")
    target = await UdpTransportTarget.create((host, port))
    began = time.process_time()
    for table in TABLES:
        start = ObjectType(ObjectIdentity(table))
        async for error, status, _, _ in bulk_walk_cmd(
            engine, user, target, ContextData(), 0, 25, start, lexicographicMode=False, lookupMib=False
        ):
            assert not error, error
            assert not status, status
    print(time.process_time() - began)


if __name__ == "__main__":
    asyncio.run(walk(sys.argv[1], int(sys.argv[2])))
