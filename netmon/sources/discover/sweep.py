"""The whole of a discovery: all addresses, many at a time, at one pace."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from netmon.sources.discover.asking import Agent, Asking
from netmon.sources.discover.credentials import Order
from netmon.sources.discover.journal import Journal
from netmon.sources.discover.pace import Pace

_AT_A_TIME: Final = 1_000
"""Addresses that are asked, or wait between two credentials."""


async def sweep(
    addresses: Sequence[str],
    *,
    asking: Asking,
    order: Order,
    journal: Journal,
    pace: Pace,
    ping: Callable[[str], Awaitable[bool]] | None = None,
    told: Callable[[str, Agent | None], None] = lambda _address, _agent: None,
) -> None:
    """Ask every address that the journal does not have, and note it there.

    Args:
        addresses: what to ask.
        asking: how.
        order: of the credentials.
        journal: what was done before, and is done now.
        pace: of the pings; ``asking`` has it, too.
        ping: tells whether a host is there; one that is not is not asked. None: every one is asked.
        told: of each address when it is done.
    """
    left = iter([address for address in addresses if address not in journal.done])

    async def work() -> None:
        for address in left:
            agent = None
            if ping is None or await _pinged(address, ping, pace):
                # The last one may have been cut off: it is tried once more, those before it failed.
                tried = journal.tried.get(address, [])[:-1]
                agent = await asking.ask(address, [one for one in order.at(address) if one.id not in tried])
            journal.finished(address, agent)
            told(address, agent)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_AT_A_TIME, len(addresses))):
            group.create_task(work())
    journal.end(time.time_ns() // 1_000_000)


async def _pinged(address: str, ping: Callable[[str], Awaitable[bool]], pace: Pace) -> bool:
    await pace.wait()
    return await ping(address)
