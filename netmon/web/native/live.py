"""``/api/v1/live``: every change of an alarm as it is committed (specs/dashboard.md section 3)."""

import msgspec
from starlette.responses import Response

from netmon.web.context import Call
from netmon.web.openapi import operation
from netmon.web.rows import Row
from netmon.web.stream import EventStream


class LiveQuery(msgspec.Struct, frozen=True):
    """Where the caller stands."""

    since: int | None = None
    """Number of the last change the caller has; what came after it is sent first."""


class SinceQuery(msgspec.Struct, frozen=True):
    """Where the caller stands."""

    since: int
    """Number of the last change the caller has."""


class LiveChanges(msgspec.Struct, frozen=True, omit_defaults=True):
    """Alarms that changed, or the word to load the list."""

    prev: int = 0
    """The number that was asked from."""
    seq: int = 0
    """Number of the last change that is in."""
    at: int = 0
    """Engine time of it, UTC ms."""
    alarms: tuple[Row, ...] = ()
    """As they stand now."""
    resync: bool = False
    """Too much changed, or it is too long ago: load the list."""


@operation(
    "GET",
    "/api/v1/live",
    summary="Follow alarms live",
    role="wallboard",
    query=LiveQuery,
    media="text/event-stream",
    errors=(400,),
)
async def follow_alarms(call: Call[LiveQuery, None]) -> Response:
    """Send events hello, changes, counters, beat, resync and bye; ``Last-Event-ID`` stands for ``since``."""
    since = call.query.since
    last = call.request.headers.get("last-event-id", "")
    if last.isascii() and last.isdigit():
        since = int(last)
    live = call.web.live
    client = live.join(since)

    async def may_listen() -> bool:
        return await call.web.callers.still(call.who)

    return EventStream(client, leave=lambda: live.leave(client), may_listen=may_listen)


@operation(
    "GET",
    "/api/v1/live/changes",
    summary="Read alarms that changed",
    role="wallboard",
    query=SinceQuery,
    answer=LiveChanges,
    errors=(400,),
)
async def list_changes(call: Call[SinceQuery, None]) -> Response:
    """Tell what changed after ``since``; for a page that cannot hold a stream."""
    changes = call.web.live.since(call.query.since)
    seq = call.web.view.seq
    body = msgspec.json.encode({"seq": seq, "resync": True}) if changes is None else changes.encode()
    return Response(body, headers={"Cache-Control": "no-store"}, media_type="application/json")


OPERATIONS = (follow_alarms, list_changes)
