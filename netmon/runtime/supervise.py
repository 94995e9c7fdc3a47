"""Keep a long-running part alive: a bug is logged and counted, then the part is started again."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from netmon.runtime.retry import backoff

log = structlog.get_logger("netmon")

_STEADY_S = 60.0


def guarded(name: str, call: Callable[[], None], failed: Callable[[], None]) -> None:
    """Call a part that must not take its caller down: a bug is logged and counted."""
    try:
        call()
    except Exception:
        failed()
        log.exception("part failed", part=name)


async def renewed(run: Callable[[], Awaitable[None]], over: Callable[[], asyncio.Event]) -> None:
    """Run ``run`` until it returns or raises; whenever the newest event of ``over`` is set, run it anew."""
    while True:
        running = asyncio.ensure_future(run())
        waiting = asyncio.ensure_future(over().wait())
        try:
            await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        finally:
            running.cancel()
            waiting.cancel()
            await asyncio.wait((running, waiting))
        if not running.cancelled():
            return running.result()


async def supervise(name: str, run: Callable[[], Awaitable[None]], failed: Callable[[], None]) -> None:
    """Run ``run`` until it returns; after an exception call ``failed`` and start it anew, later each time."""
    waits = backoff()
    while True:
        began = time.monotonic()
        try:
            await run()
        except Exception:
            failed()
            if time.monotonic() - began > _STEADY_S:
                waits = backoff()
            wait_s = next(waits)
            log.exception("part failed", part=name, restart_in_s=round(wait_s, 1))
            await asyncio.sleep(wait_s)
        else:
            return
