"""Brings the core the records of closed intervals that a change of the inventory gives to another service."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from netmon.domain.observation import Observation, UsageReassigned
from netmon.domain.usage import Reassignment
from netmon.storage.sqlite.store import SqliteStore
from netmon.usage.meter import Meter

log = structlog.get_logger("netmon.usage")

_EVERY_S = 1.0
_AT_ONCE = 50
"""Intervals in one observation: two records each."""


async def reassign(meter: Meter, store: SqliteStore, observe: Callable[[Observation], Awaitable[None]]) -> None:
    """Look every second whether the core waits for records, until cancelled."""
    while True:
        wanted = meter.moving(_AT_ONCE)
        if wanted:
            found = await asyncio.to_thread(_read, store, wanted)
            await observe(UsageReassigned(0, tuple(found)))
            log.info("usage given to another service", intervals=len(found), first=found[0].series)
        await asyncio.sleep(0 if wanted else _EVERY_S)


def _read(store: SqliteStore, wanted: list[tuple[str, str, int]]) -> list[Reassignment]:
    found = []
    for feed, series, start in wanted:
        record = store.usage.newest(feed, series, start)
        found.append(Reassignment(feed, series, start, record.line if record is not None else b""))
    return found
