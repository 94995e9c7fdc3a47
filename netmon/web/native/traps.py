"""``/api/v1/traps/rejected``: what the receiver of traps turned away, and why (specs/snmp.md 3.9)."""

from typing import Annotated

import msgspec

from netmon.domain.request import RejectedCount, RejectedMessage, RejectionsWanted, TrapBooks
from netmon.web.context import Call
from netmon.web.openapi import operation


class RejectedQuery(msgspec.Struct, frozen=True):
    """Which rejections."""

    source: str = ""
    """Of this address only."""
    reason: str = ""
    """For this reason only: bad_community, wrong_digest, storm_trap, ..."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100
    """Rows of each list, at most."""


class RejectedTraps(msgspec.Struct, frozen=True):
    """What was turned away; times are UTC ms."""

    now: int
    books: TrapBooks
    """Since the engine started."""
    counts: list[RejectedCount]
    """Of the last 24 hours by source and reason, the most frequent first."""
    last: list[RejectedMessage]
    """The newest first."""


@operation(
    "GET",
    "/api/v1/traps/rejected",
    summary="List rejected traps",
    role="read",
    query=RejectedQuery,
    answer=RejectedTraps,
)
async def list_rejected(call: Call[RejectedQuery, None]) -> RejectedTraps:
    """List which messages the receiver of traps turned away: how many by source and reason, and the last of them."""
    asked = call.query
    found = await call.web.engine.rejections(RejectionsWanted(asked.source, asked.reason, asked.limit))
    return RejectedTraps(call.web.now_ms(), found.books, found.counts, found.last)


OPERATIONS = (list_rejected,)
