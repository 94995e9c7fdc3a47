"""``/api/v1/maintenance``: planned work, that of rule files and that which operators make (specs/rules.md 6.13)."""

import uuid
from datetime import datetime
from typing import Annotated

import msgspec

from netmon.alarms.tmf642 import instant
from netmon.domain.plan import BEGIN, END, Mode, WindowState, WorkReply
from netmon.domain.request import OperatorCall
from netmon.web.callers import Who
from netmon.web.context import Call
from netmon.web.engine import NoAnswer
from netmon.web.error import Fault, Refusal
from netmon.web.idempotency import request_id
from netmon.web.openapi import operation
from netmon.web.rights import may

LONGEST_MS = 7 * 86_400_000
"""Of a window that role operator may make, and end (specs/alarms.md 2.1)."""
_LONGEST_TEXT, _LONGEST_COMMENT = 1_000, 2_000

Time = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339, UTC, with milliseconds."""
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class WhichQuery(msgspec.Struct, frozen=True):
    """Which windows."""

    element: str = ""
    """Of this element only: those that may cover it or a part of it."""


class WindowBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What work is planned on, and when."""

    where: Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST_TEXT)]
    """A condition over ``element``, ``object`` and ``tag``, as in rules; ``true``: everything."""
    to: Moment
    """When it ends, RFC 3339."""
    from_: Moment | None = msgspec.field(default=None, name="from")
    """When it begins; absent: now."""
    mode: Mode = "hide"
    """``mark``: alarms are marked ``planned`` only, and sent as ever."""
    comment: Annotated[str, msgspec.Meta(max_length=_LONGEST_COMMENT)] = ""


class Window(msgspec.Struct, frozen=True, omit_defaults=True, rename={"from_": "from"}):
    """A window that is open, or opens; times are RFC 3339, UTC, with milliseconds."""

    id: str
    where: str
    """Empty: everything."""
    mode: Mode
    open: bool
    from_: Time
    """When it opened, or opens next."""
    to: Time
    recurs: str = ""
    """Of one that opens again and again: when."""
    from_rules: bool = False
    """It stands in a rule file, where alone it can be changed."""
    comment: str = ""
    by: str = ""
    """Who made it."""
    at: Time = ""
    """When it was asked for."""


class WindowList(msgspec.Struct, frozen=True):
    """Windows: the open ones in the order in which they end, then those that open."""

    now: int
    """UTC ms."""
    windows: list[Window]


class Made(msgspec.Struct, frozen=True):
    """A window that was made; alarms follow within a second, of very many in a few."""

    id: str


@operation(
    "GET",
    "/api/v1/maintenance",
    summary="List maintenance windows",
    role="read",
    query=WhichQuery,
    answer=WindowList,
)
async def list_maintenance(call: Call[WhichQuery, None]) -> WindowList:
    """List the windows that are open or will open, of rule files and of operators."""
    asked = call.query.element
    found = await call.web.engine.maintenance(asked)
    return WindowList(call.web.now_ms(), [_window(one) for one in found if one.concerns is not False])


@operation(
    "POST",
    "/api/v1/maintenance",
    summary="Plan maintenance",
    role="operate",
    body=WindowBody,
    answer=Made,
    status=201,
    errors=(400, 409),
    audit="batch",
)
async def plan_maintenance(call: Call[None, WindowBody]) -> Made:
    """Make a window; of more than 7 days role admin only. The same ``Idempotency-Key`` again makes no second one."""
    asked, who, now = call.body, call.who, call.web.now_ms()
    begins, ends = _ms(asked.from_) if asked.from_ is not None else 0, _ms(asked.to)
    if ends - max(begins, now) > LONGEST_MS:
        _only_admin(who, "plan")
    reply = await _asked(
        call,
        OperatorCall(
            action=BEGIN,
            alarms=(),
            user=who.name,
            request_id=request_id(who, call.request),
            comment=asked.comment,
            until=ends,
            role=who.role,
            address=who.address,
            where=asked.where,
            since=begins,
            mode=asked.mode,
        ),
    )
    return Made(reply.id)


@operation(
    "DELETE",
    "/api/v1/maintenance/{window}",
    summary="End maintenance",
    role="operate",
    status=204,
    errors=(404, 409),
    audit="batch",
)
async def end_maintenance(call: Call[None, None]) -> None:
    """End a window that operators made, now or before it opens; one of more than 7 days role admin only."""
    id_, who = call.path["window"], call.who
    known = {one.id: one for one in await call.web.engine.maintenance()}
    if id_ in known and not known[id_].from_rules and known[id_].end - known[id_].start > LONGEST_MS:
        _only_admin(who, "end")
    await _asked(
        call,
        OperatorCall(
            action=END,
            alarms=(),
            user=who.name,
            request_id=str(uuid.uuid4()),
            role=who.role,
            address=who.address,
            windows=(id_,),
        ),
    )


async def _asked(call: Call[None, WindowBody] | Call[None, None], request: OperatorCall) -> WorkReply:
    """Return what became of a request that was taken.

    Raises:
        Refusal: it was not.
    """
    replies = await call.web.engine.maintain(request)
    if not replies:
        raise NoAnswer
    first = replies[0]
    if first.result == "done":
        return first
    faults = [Fault(one.path, one.evidence.removeprefix(f"{one.path}: ")) for one in replies if one.path]
    text = "; ".join(one.evidence for one in replies)
    raise Refusal(first.status or 409, first.reason, message=text, errors=faults)


def _only_admin(who: Who, what: str) -> None:
    if not may(who, "admin"):
        whose = f"role {who.role}" if who.role != "admin" else f"a token with scope {who.scope}"
        raise Refusal(403, "forbidden", message=f"{whose} may not {what} maintenance of more than 7 days")


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _window(state: WindowState) -> Window:
    return Window(
        state.id,
        state.where,
        state.mode,
        state.open,
        instant(state.start),
        instant(state.end),
        state.recurs,
        state.from_rules,
        state.comment,
        state.user,
        instant(state.at) if state.at else "",
    )


OPERATIONS = (list_maintenance, plan_maintenance, end_maintenance)
