"""``POST /api/v1/alarms/actions``: what operators do to alarms (specs/dashboard.md 6.2)."""

from typing import Annotated, Literal

import msgspec

from netmon.alarms.operator import Reply
from netmon.alarms.states import LONGEST_COMMENT, Result
from netmon.domain.request import OperatorCall
from netmon.web.context import Call
from netmon.web.error import Fault, Refusal
from netmon.web.idempotency import request_id
from netmon.web.openapi import operation

Action = Literal[
    "acknowledge", "unacknowledge", "assign", "close", "comment", "clear", "shelve", "unshelve", "group", "ungroup"
]

_COMMENTED = ("comment", "clear", "shelve")
"""Actions that want to be explained."""

_WORDS = {
    "notFound": "there is no such alarm any more",
    "changed": "the alarm changed since you saw it",
    "alreadyCleared": "a cleared alarm has no children, and is nobody's child",
    "cycle": "no alarm can be its own parent",
    "conditionObserved": "the condition may still be there",
}


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An alarm."""

    id: str
    v: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] = 0
    """Version that the operator saw; assign and clear are refused when there is a newer one. 0: not told."""


class ActionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do to which alarms."""

    action: Action
    alarms: Annotated[tuple[Target, ...], msgspec.Meta(min_length=1, max_length=1_000)]
    comment: Annotated[str, msgspec.Meta(max_length=LONGEST_COMMENT)] = ""
    """One for all; needed by comment, clear and shelve."""
    until: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] = 0
    """UTC ms; needed by shelve, at most 7 days from now."""
    owner: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """With assign; empty: nobody."""
    parent: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """With group: id of the alarm whose children they become. With ungroup: only those that it was given to."""


class Done(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of it for one alarm."""

    id: str
    result: Result
    v: int | None = None
    """Version of the alarm now."""
    reason: str = ""
    """Why not, in words."""
    code: str = ""
    """Why not, as a stable word."""
    children: int = 0
    """With acknowledge: alarms below it that were acknowledged with it, apart from those that were named."""


class ActionAnswer(msgspec.Struct, frozen=True):
    """What became of it."""

    results: list[Done]
    seq: int
    """Number of the last alarm change that it made or saw; a page that has come so far shows it."""


@operation(
    "POST",
    "/api/v1/alarms/actions",
    summary="Act on alarms",
    role="operate",
    body=ActionBody,
    answer=ActionAnswer,
    errors=(400,),
    audit="batch",
)
async def act(call: Call[None, ActionBody]) -> ActionAnswer:
    """Acknowledge, assign, close, clear, comment, shelve or group; the same ``Idempotency-Key`` again has no effect."""
    asked = call.body
    _check(asked)
    replies = await call.web.engine.operator(
        OperatorCall(
            action=asked.action,
            alarms=tuple(target.id for target in asked.alarms),
            seen=tuple(target.v for target in asked.alarms),
            user=call.who.name,
            request_id=request_id(call.who, call.request),
            comment=asked.comment,
            until=asked.until,
            owner=asked.owner,
            parent=asked.parent,
            role=call.who.role,
            address=call.who.address,
        )
    )
    newest = max((reply.version or 0 for reply in replies), default=0)
    return ActionAnswer([_done(reply) for reply in replies], newest)


def _check(asked: ActionBody) -> None:
    faults = []
    if asked.action in _COMMENTED and not asked.comment.strip():
        faults.append(Fault("comment", f"{asked.action} needs a comment"))
    if asked.action == "shelve" and not asked.until:
        faults.append(Fault("until", "shelve needs an end, at most 7 days from now"))
    if asked.action == "group" and not asked.parent:
        faults.append(Fault("parent", "group needs the alarm whose children these become"))
    if faults:
        text = "; ".join(f"{fault.path}: {fault.message}" for fault in faults)
        raise Refusal(400, "missingAttribute", message=text, errors=faults)


def _done(reply: Reply) -> Done:
    words = _WORDS.get(reply.reason, "")
    told = f"{words}: {reply.evidence}" if words and reply.evidence and reply.reason != "changed" else words
    return Done(
        reply.id, reply.result, reply.version, told or reply.evidence or reply.reason, reply.reason, reply.children
    )


OPERATIONS = (act,)
