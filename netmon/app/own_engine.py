"""netmon's own SNMP engine: who it is, and that it never lives the same time twice (specs/snmp.md 2.7)."""

import asyncio
import os
import time
from typing import Final

import structlog

from netmon.snmp.engines import LAST_BOOTS, OwnEngine
from netmon.sources.clock import Clock
from netmon.storage.store import Store

log = structlog.get_logger("netmon.engine")

_SOURCE: Final = "snmp-engine"
_ENTERPRISE: Final = (0x80000000 | 32473).to_bytes(4, "big")
"""RFC 3411 SnmpEngineID in the form of an enterprise: the number RFC 5612 keeps for examples, until there is one."""
_OCTETS_FORMAT: Final = b"\x05"


async def boot(store: Store, configured: str, clock: Clock) -> OwnEngine:
    """Return the engine with its boots raised by one and committed: no SNMP socket may open before.

    Args:
        store: keeps id and boots.
        configured: ``traps.engine_id`` in hex; empty: the id that was made once.
        clock: for the time of the row.

    Raises:
        StoreError: it cannot be committed.
    """
    kept = await asyncio.to_thread(store.source_state, _SOURCE)
    wanted = bytes.fromhex(configured.removeprefix("0x"))
    engine_id = wanted or kept.get("engine_id") or _ENTERPRISE + _OCTETS_FORMAT + os.urandom(8)
    same = kept.get("engine_id") == engine_id
    boots = min((int.from_bytes(kept.get("boots", b""), "big") if same else 0) + 1, LAST_BOOTS)
    now = clock.now_ms()
    await store.set_source_state(_SOURCE, "engine_id", engine_id, now)
    await store.set_source_state(_SOURCE, "boots", boots.to_bytes(4, "big"), now)
    if boots == LAST_BOOTS:
        log.error("the SNMP engine has booted too often: informs with authentication are refused; set traps.engine_id")
    log.info("SNMP engine", engine_id=engine_id.hex(), boots=boots)
    return OwnEngine(engine_id, boots, time.monotonic_ns())
