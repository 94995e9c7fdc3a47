"""TMF642 tasks: acknowledge and unacknowledge the alarms that a pattern means (specs/alarms.md section 5)."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from netmon.alarms.operator import Reply
from netmon.alarms.tmf642 import href, instant, resource
from netmon.domain.alarm import Alarm
from netmon.domain.request import OperatorCall
from netmon.storage.account import KeepTask, Task
from netmon.storage.sqlite.store import SqliteStore
from netmon.web.attributes import Resource
from netmon.web.attributes import instant as read_instant
from netmon.web.context import Call, Web
from netmon.web.engine import NoAnswer
from netmon.web.error import Fault, Refusal
from netmon.web.openapi import operation
from netmon.web.rows import Entry
from netmon.web.tmf642 import ALSO, BASE, base_of
from netmon.web.tmf_pattern import Pattern, is_empty, read_patterns
from netmon.web.tmf_pick import may_fit

MOST = 10_000
_AT_ONCE = 500
"""Alarms in one request to the engine, whose batches must stay short."""


class AckTask(msgspec.Struct, frozen=True, rename="camel"):
    """A request to acknowledge alarms, or to take that back."""

    ack_system_id: Any = None
    ack_user_id: Any = None
    """Who acknowledged, as the caller knows them; the audit keeps the authenticated caller too."""
    alarm_pattern: Any = None
    """Partial alarms; an alarm is meant if all attributes of any one of them are equal."""
    ack_time: Any = None
    """Kept as told."""


class TaskQuery(msgspec.Struct, frozen=True, rename="camel"):
    """How sure the caller is."""

    confirm_all: bool = False
    """An empty pattern means every alarm, and that is what is wanted."""


class TasksQuery(msgspec.Struct, frozen=True):
    """Which part of the list."""

    offset: int = 0
    limit: int = 1_000


class _Kind(msgspec.Struct, frozen=True):
    name: str
    action: str
    result: str


_ACK = _Kind("ackAlarms", "acknowledge", "ackedAlarm")
_UNACK = _Kind("unAckAlarms", "unacknowledge", "unAckedAlarm")


@operation(
    "POST",
    f"{BASE}/ackAlarms",
    also=(f"{ALSO}/ackAlarms",),
    summary="Acknowledge alarms",
    role="operate",
    query=TaskQuery,
    body=AckTask,
    answer=Resource,
    errors=(400, 409),
    status=201,
    audit="batch",
)
async def ack_alarms(call: Call[TaskQuery, AckTask]) -> Response:
    """Acknowledge the alarms that a pattern means."""
    return await _run(call, _ACK)


@operation(
    "POST",
    f"{BASE}/unAckAlarms",
    also=(f"{ALSO}/unAckAlarms",),
    summary="Unacknowledge alarms",
    role="operate",
    query=TaskQuery,
    body=AckTask,
    answer=Resource,
    errors=(400, 409),
    status=201,
    audit="batch",
)
async def un_ack_alarms(call: Call[TaskQuery, AckTask]) -> Response:
    """Take the acknowledgment back of the alarms that a pattern means."""
    return await _run(call, _UNACK)


async def _run(call: Call[TaskQuery, AckTask], kind: _Kind) -> Response:
    patterns = _check(call.body, confirm_all=call.query.confirm_all)
    ids = await call.web.slow.run(matching, call.web, dict(call.web.view.entries), patterns)
    if len(ids) > MOST:
        raise Refusal(400, "tooMany", message=f"alarmPattern means {len(ids)} alarms; at most {MOST} at once")
    task_id = str(uuid.uuid4())
    replies = await _ask_all(call, kind, ids, request_id=task_id)
    refused = [reply for reply in replies if reply.result in ("refused", "gone")]
    if replies and len(refused) == len(replies):
        raise Refusal(409, refused[0].reason, message=f"all {len(replies)} alarms were refused: {refused[0].evidence}")
    now = call.web.now_ms()
    body = _task(call.body, kind, replies, at=now)
    await _keep(call.web, Task(task_id, kind.name, now, msgspec.json.encode(body)), changed=bool(body[kind.result]))
    shown = show(task_id, kind.name, body, base_of(call.request))
    return Response(msgspec.json.encode(shown), 201, headers={"Location": shown["href"]}, media_type="application/json")


async def _ask_all(call: Call[Any, AckTask], kind: _Kind, ids: Sequence[str], *, request_id: str) -> list[Reply]:
    """Have alarms acted on, part by part; once one is changed, what cannot be asked any more is refused one by one.

    Raises:
        Refusal: the engine did not take any of it.
    """
    replies: list[Reply] = []
    for part in _parts(ids):
        try:
            replies += await _ask(call, kind, part, request_id=request_id)
        except Refusal as refusal:
            if not any(reply.result == "done" for reply in replies):
                raise
            unsure = [Reply(id_, "refused", None, refusal.code, refusal.status, str(refusal)) for id_ in part]
            later = ids[len(replies) + len(part) :]
            return [*replies, *unsure, *(Reply(id_, "refused", None, "notAsked") for id_ in later)]
    return replies


async def _keep(web: Web, task: Task, *, changed: bool) -> None:
    """Keep a task.

    Raises:
        Refusal: it cannot be kept; 504 if alarms were changed, so that nobody thinks that nothing was.
    """
    try:
        await web.engine.account(KeepTask(task))
    except Refusal as refusal:
        if changed and not isinstance(refusal, NoAnswer):
            raise NoAnswer from refusal
        raise


def _check(body: AckTask, *, confirm_all: bool) -> list[Pattern]:
    """Return the patterns, or refuse with all that is wrong."""
    named = {"ackSystemId": body.ack_system_id, "ackUserId": body.ack_user_id, "alarmPattern": body.alarm_pattern}
    missing = [name for name, value in named.items() if value is None or value == ""]
    faults = [Fault(name, "is missing") for name in missing]
    patterns = read_patterns(body.alarm_pattern, faults) if body.alarm_pattern is not None else []
    faults += [
        Fault(name, "is not a text of at most 64 characters")
        for name in ("ackSystemId", "ackUserId")
        if name not in missing and not _is_name(named[name])
    ]
    faults += _time_faults(body.ack_time)
    if faults:
        unknown = any(fault.message.startswith("unknown attribute") for fault in faults)
        code = "missingAttribute" if missing else "unknownAttribute" if unknown else "badValue"
        raise Refusal(400, code, message="the task cannot be done", errors=faults)
    if is_empty(patterns) and not confirm_all:
        raise Refusal(
            400, "emptyPattern", message="alarmPattern means every alarm; say confirmAll=true if that is meant"
        )
    return patterns


def _time_faults(told: Any) -> list[Fault]:
    if told is None:
        return []
    try:
        read_instant(str(told))
    except ValueError as error:
        return [Fault("ackTime", str(error))]
    return []


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 64


def matching(web: Web, entries: Mapping[str, Entry], patterns: Sequence[Pattern]) -> list[str]:
    """Return the ids of the alarms that are meant, in order of their raise; blocks."""
    if is_empty(patterns):
        return [head[1] for head in web.store.alarm_heads()]
    _, alarms = web.store.picked_alarms(
        lambda heads: [head[0] for head in heads if any(may_fit(head, entries, pattern) for pattern in patterns)]
    )
    fits = _fitting(patterns, web.node_id)
    return [alarm.alarm_id for alarm in alarms if fits(alarm)]


def _fitting(patterns: Sequence[Pattern], node_id: str) -> Callable[[Alarm], bool]:
    def fits(alarm: Alarm) -> bool:
        shown = resource(alarm, "", node_id=node_id)
        return any(all(wanted.fits(shown) for wanted in pattern) for pattern in patterns)

    return fits


def _parts(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]


async def _ask(call: Call[Any, AckTask], kind: _Kind, ids: Sequence[str], *, request_id: str) -> list[Reply]:
    who, told = call.who, call.body.ack_user_id
    return await call.web.engine.operator(
        OperatorCall(
            action=kind.action,
            alarms=tuple(ids),
            user=who.name,
            request_id=f"{request_id}/{ids[0]}",
            on_behalf_of=told if told != who.name else "",
            system=call.body.ack_system_id,
            role=who.role,
            address=who.address,
        )
    )


def _task(body: AckTask, kind: _Kind, replies: Sequence[Reply], *, at: int) -> dict[str, Any]:
    """Return the task as it is kept, without what depends on how it is asked for."""
    skipped = [reply for reply in replies if reply.result != "done"]
    failed = any(reply.result in ("refused", "gone") for reply in skipped)
    return {
        "ackSystemId": body.ack_system_id,
        "ackUserId": body.ack_user_id,
        "ackTime": body.ack_time if body.ack_time is not None else instant(at),
        "alarmPattern": body.alarm_pattern,
        "state": "terminatedWithError" if failed else "done",
        kind.result: [reply.id for reply in replies if reply.result == "done"],
        "skippedAlarm": [{"id": reply.id, "reason": reply.reason or reply.result} for reply in skipped],
    }


def show(task_id: str, name: str, body: dict[str, Any], base: str) -> dict[str, Any]:
    """Return a task as its reader sees it."""
    result = _ACK.result if name == _ACK.name else _UNACK.result
    acted = [{"id": id_, "href": href(base, id_)} for id_ in body[result]]
    return {"id": task_id, "href": f"{base}/{name}/{task_id}", **body, result: acted}


async def _list(call: Call[TasksQuery, None], kind: _Kind) -> Response:
    if call.query.offset < 0 or not 1 <= call.query.limit <= MOST:
        raise Refusal(400, "badValue", message=f"offset is below 0, or limit not in 1..{MOST}")
    query = call.query
    body, count, total = await call.web.slow.run(_page, call.web.store, kind, query, base=base_of(call.request))
    headers = {"X-Total-Count": str(total), "X-Result-Count": str(count)}
    status = 206 if query.offset + count < total else 200
    return Response(body, status, headers=headers, media_type="application/json")


def _page(store: SqliteStore, kind: _Kind, query: TasksQuery, *, base: str) -> tuple[bytes, int, int]:
    """Return a page of tasks as it goes out, how many are on it, and how many there are; blocks."""
    total, tasks = store.tasks(kind.name, offset=query.offset, limit=query.limit)
    shown = [show(one.id, one.kind, msgspec.json.decode(one.body), base) for one in tasks]
    return msgspec.json.encode(shown), len(shown), total


async def _one(call: Call[None, None], kind: _Kind) -> Response:
    body = await call.web.slow.run(_task_body, call.web.store, kind, call.path["id"], base=base_of(call.request))
    return Response(body, media_type="application/json")


def _task_body(store: SqliteStore, kind: _Kind, task_id: str, *, base: str) -> bytes:
    """Return a task as it goes out; blocks."""
    task = store.task(task_id)
    if task is None or task.kind != kind.name:
        raise Refusal(404, "notFound", message=f"there is no {kind.name} task {task_id}")
    return msgspec.json.encode(show(task.id, task.kind, msgspec.json.decode(task.body), base))


@operation(
    "GET",
    f"{BASE}/ackAlarms",
    also=(f"{ALSO}/ackAlarms",),
    summary="List acknowledging tasks",
    role="read",
    query=TasksQuery,
    answer=list[Resource],
    errors=(400,),
)
async def list_ack_tasks(call: Call[TasksQuery, None]) -> Response:
    """List the tasks of the last 30 days."""
    return await _list(call, _ACK)


@operation(
    "GET",
    f"{BASE}/unAckAlarms",
    also=(f"{ALSO}/unAckAlarms",),
    summary="List unacknowledging tasks",
    role="read",
    query=TasksQuery,
    answer=list[Resource],
    errors=(400,),
)
async def list_un_ack_tasks(call: Call[TasksQuery, None]) -> Response:
    """List the tasks of the last 30 days."""
    return await _list(call, _UNACK)


@operation(
    "GET",
    f"{BASE}/ackAlarms/{{id}}",
    also=(f"{ALSO}/ackAlarms/{{id}}",),
    summary="Read an acknowledging task",
    role="read",
    answer=Resource,
    errors=(404,),
)
async def get_ack_task(call: Call[None, None]) -> Response:
    """Read a task."""
    return await _one(call, _ACK)


@operation(
    "GET",
    f"{BASE}/unAckAlarms/{{id}}",
    also=(f"{ALSO}/unAckAlarms/{{id}}",),
    summary="Read an unacknowledging task",
    role="read",
    answer=Resource,
    errors=(404,),
)
async def get_un_ack_task(call: Call[None, None]) -> Response:
    """Read a task."""
    return await _one(call, _UNACK)


OPERATIONS = (
    ack_alarms,
    un_ack_alarms,
    list_ack_tasks,
    list_un_ack_tasks,
    get_ack_task,
    get_un_ack_task,
)
