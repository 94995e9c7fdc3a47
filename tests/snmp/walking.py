"""A walk by a client, page by page as the poller carries it."""

import time
from collections.abc import Sequence

from netmon.domain.oid import Oid
from netmon.snmp.client import Client, Target
from netmon.snmp.walk import Walk
from netmon.sources.poller.limits import Limits
from netmon.sources.poller.pages import Pages
from netmon.sources.poller.room import Room
from netmon.sources.poller.session import Session

_LARGEST = 65_507
_BUDGET_MS = 600_000


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


async def by_pages(
    client: Client, target: Target, columns: Sequence[Oid], *, max_repetitions: int = 10, max_rows: int = 100_000
) -> Walk:
    """Return what a walk brings; nothing is known of the agent before.

    Raises:
        SnmpFailure: it does not answer at all.
    """
    limits = Limits(timeout_ms=target.timeout_ms, max_response=_LARGEST)
    deadline_ms = _now_ms() + _BUDGET_MS
    session = Session(client, target, now_ms=_now_ms, deadline_ms=deadline_ms, limits=limits, room=Room(1))
    pages = Pages(session, columns, apart={}, max_rows=max_rows, allow_nonincreasing=False, most=max_repetitions)
    await pages.read()
    return pages.walk.result()
