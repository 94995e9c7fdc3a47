"""Brings the core the records of closed intervals that a change of the inventory gives to another service."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from netmon.domain.observation import Observation, UsageReassigned
from netmon.domain.usage import Reassignment
from netmon.storage.sqlite.store import SqliteStore
from netmon.usage.meter import Meter

log = structlog.get_logger("netmon.usage")

_EVERY_S = 1.0
_AT_ONCE = 50
"""Intervals in one observation: two records each."""

Observe = Callable[[Observation], Awaitable[None]]


async def reassign(meter: Meter, store: SqliteStore, observe: Observe) -> None:
    """Look every second whether the core waits for records, until cancelled."""
    while True:
        await asyncio.sleep(0 if await look(meter, store, observe) else _EVERY_S)


async def look(meter: Meter, store: SqliteStore, observe: Observe) -> bool:
    """Bring the next records that the core waits for; return whether it did something with them."""
    wanted = meter.moving(_AT_ONCE)
    if not wanted:
        return False
    written = {feed: meter.written(feed) for feed, _, _ in wanted}
    found = await asyncio.to_thread(_read, store, wanted, written)
    if not found:
        return False
    await observe(UsageReassigned(0, tuple(found)))
    if meter.moving(_AT_ONCE) == wanted:
        return False
    log.info("usage given to another service", intervals=len(found), first=found[0].series)
    return True


def _read(store: SqliteStore, wanted: list[tuple[str, str, int]], written: Mapping[str, int]) -> list[Reassignment]:
    """Return what the store has; an interval without a record waits while records of its feed are on their way."""
    kept = {feed: (store.usage_head(feed) or (0, ""))[0] for feed in written}
    found = []
    for feed, series, start in wanted:
        record = store.usage.newest(feed, series, start)
        if record is not None:
            found.append(Reassignment(feed, series, start, record.line))
        elif kept[feed] >= written[feed]:
            found.append(Reassignment(feed, series, start, b""))
    return found
