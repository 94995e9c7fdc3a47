"""``/api/v1/live``: every change of an alarm as it is committed (specs/dashboard.md section 3)."""

import re

import msgspec
from starlette.responses import Response

from netmon.web.context import Call
from netmon.web.error import Refusal
from netmon.web.live import Standing
from netmon.web.openapi import operation
from netmon.web.rows import Row
from netmon.web.stream import EventStream

_EVENT_ID = re.compile(r"[0-9]{1,18}")
"""Of 64 bits."""


class LiveQuery(msgspec.Struct, frozen=True):
    """Where the caller stands."""

    since: int | None = None
    """Number of the last change the caller has; what came after it is sent first."""


class SinceQuery(msgspec.Struct, frozen=True):
    """Where the caller stands."""

    since: int
    """Number of the last change the caller has."""


class LiveChanges(Standing, frozen=True, omit_defaults=True, kw_only=True):
    """Alarms that changed, or the word to load the list; and how the feed stands, as ``beat`` tells it in a stream."""

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
    live = call.web.live
    client = live.join(_last_event(call.request.headers.get("last-event-id", ""), call.query.since))

    async def may_listen() -> bool:
        return await call.web.callers.still(call.who)

    return EventStream(
        client, leave=lambda: live.leave(client), may_listen=may_listen, accounts=call.web.engine.accounts
    )


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
    live = call.web.live
    changes, standing = live.since(call.query.since), live.standing()
    if changes is not None:
        body = changes.encode(msgspec.json.encode(standing))
    else:
        told = msgspec.structs.asdict(standing)
        body = msgspec.json.encode(LiveChanges(seq=call.web.view.seq, resync=True, **told))
    return Response(body, headers={"Cache-Control": "no-store"}, media_type="application/json")


def _last_event(text: str, otherwise: int | None) -> int | None:
    """Return the number that a browser sends when it connects again, ``otherwise`` where it sends none."""
    if not text:
        return otherwise
    if _EVENT_ID.fullmatch(text) is None:
        raise Refusal(400, "badValue", message="Last-Event-ID is not the id of an event of this feed")
    return int(text)


OPERATIONS = (follow_alarms, list_changes)
