"""What all TMF642 tasks have in common: checked, asked of the engine part by part, kept, read again."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from netmon.alarms.operator import Reply
from netmon.alarms.tmf642 import href, resource
from netmon.domain.alarm import Alarm
from netmon.domain.request import OperatorCall
from netmon.storage.account import KeepTask, Task
from netmon.storage.sqlite.store import SqliteStore
from netmon.web.affected import Affected
from netmon.web.attributes import Resource
from netmon.web.context import Call, Web
from netmon.web.engine import NoAnswer
from netmon.web.error import Refusal
from netmon.web.openapi import Handler, Operation, operation
from netmon.web.rows import Entry
from netmon.web.tmf642 import ALSO, BASE, base_of
from netmon.web.tmf_pattern import Pattern, is_empty
from netmon.web.tmf_pick import may_fit

MOST = 10_000
_AT_ONCE = 500
"""Alarms in one request to the engine, whose batches must stay short."""


class TaskQuery(msgspec.Struct, frozen=True, rename="camel"):
    """How sure the caller is."""

    confirm_all: bool = False
    """An empty pattern means every alarm, and that is what is wanted."""


class TasksQuery(msgspec.Struct, frozen=True):
    """Which part of the list."""

    offset: int = 0
    limit: int = 1_000


class Kind(msgspec.Struct, frozen=True):
    """One task of TMF642."""

    name: str
    """As in its path."""
    action: str
    """Of the engine."""
    result: str
    """The member of the task that lists what was done."""
    noun: str
    """In the names of its operations."""
    verb: str
    """What it does to alarms: ``Acknowledge``."""


def operations(kind: Kind, body: type[msgspec.Struct], do: Handler, *, by_pattern: bool) -> tuple[Operation, ...]:
    """Return the operations of a task: do it, list those done, read one."""

    async def list_tasks(call: Call[TasksQuery, None]) -> Response:
        """List the tasks of the last 30 days."""
        return await _list(call, kind)

    async def get_task(call: Call[None, None]) -> Response:
        """Read a task."""
        return await _one(call, kind)

    list_tasks.__name__, get_task.__name__ = f"list_{kind.noun}_tasks", f"get_{kind.noun}_task"
    path, also = f"{BASE}/{kind.name}", f"{ALSO}/{kind.name}"
    what = f"{kind.verb[:1].lower()}{kind.verb[1:]}"
    do_it = operation(
        "POST",
        path,
        also=(also,),
        summary=f"{kind.verb} alarms",
        role="operate",
        query=TaskQuery if by_pattern else None,
        body=body,
        answer=Resource,
        errors=(400, 409),
        status=201,
        audit="batch",
    )
    list_them = operation(
        "GET",
        path,
        also=(also,),
        summary=f"List tasks that {what} alarms",
        role="read",
        query=TasksQuery,
        answer=list[Resource],
        errors=(400,),
    )
    read_it = operation(
        "GET",
        f"{path}/{{id}}",
        also=(f"{also}/{{id}}",),
        summary=f"Read a task to {what} alarms",
        role="read",
        answer=Resource,
        errors=(404,),
    )
    return do_it(do), list_them(list_tasks), read_it(get_task)


async def meant(call: Call[TaskQuery, Any], patterns: Sequence[Pattern]) -> list[str]:
    """Return the ids of the alarms that are meant.

    Raises:
        Refusal: 400, they are all alarms and nobody said so, or too many.
    """
    if is_empty(patterns) and not call.query.confirm_all:
        text = "alarmPattern means every alarm; say confirmAll=true if that is meant"
        raise Refusal(400, "emptyPattern", message=text)
    ids = await call.web.slow.run(matching, call.web, dict(call.web.view.entries), patterns)
    if len(ids) > MOST:
        raise Refusal(400, "tooMany", message=f"alarmPattern means {len(ids)} alarms; at most {MOST} at once")
    return ids


def asked_by(call: Call[Any, Any], kind: Kind, *, told_user: str = "", system: str = "") -> OperatorCall:
    """Return the request of a task to the engine, without its alarms; who is signed in asks, whoever is told."""
    who = call.who
    return OperatorCall(
        action=kind.action,
        alarms=(),
        user=who.name,
        on_behalf_of=told_user if told_user != who.name else "",
        system=system,
        role=who.role,
        address=who.address,
    )


async def run(
    call: Call[Any, Any], kind: Kind, asked: OperatorCall, *, ids: Sequence[str], told: Mapping[str, Any]
) -> Response:
    """Have it done, keep the task, and answer it.

    Args:
        call: of the task.
        kind: of the task.
        asked: what is asked of the engine, without alarms.
        ids: of the alarms.
        told: members of the request that stand in the task.
    """
    task_id = str(uuid.uuid4())
    replies = await _ask_all(call.web, asked, ids, request_id=task_id)
    refused = [reply for reply in replies if reply.result in ("refused", "gone")]
    if replies and len(refused) == len(replies):
        raise Refusal(409, refused[0].reason, message=f"all {len(replies)} alarms were refused: {refused[0].evidence}")
    body = {**told, **_outcome(kind, replies)}
    task = Task(task_id, kind.name, call.web.now_ms(), msgspec.json.encode(body))
    await _keep(call.web, task, changed=bool(body[kind.result]))
    shown = _show(task_id, kind, body, base_of(call.request))
    return Response(msgspec.json.encode(shown), 201, headers={"Location": shown["href"]}, media_type="application/json")


async def _ask_all(web: Web, asked: OperatorCall, ids: Sequence[str], *, request_id: str) -> list[Reply]:
    """Have alarms acted on, part by part; once one is changed, what cannot be asked any more is refused one by one.

    Raises:
        Refusal: the engine did not take any of it.
    """
    replies: list[Reply] = []
    for part in (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)):
        now = msgspec.structs.replace(asked, alarms=tuple(part), request_id=f"{request_id}/{part[0]}")
        try:
            replies += await web.engine.operator(now)
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


def _outcome(kind: Kind, replies: Sequence[Reply]) -> dict[str, Any]:
    """Return what became of it, without what depends on how it is asked for."""
    skipped = [reply for reply in replies if reply.result != "done"]
    failed = any(reply.result in ("refused", "gone") for reply in skipped)
    return {
        "state": "terminatedWithError" if failed else "done",
        kind.result: [reply.id for reply in replies if reply.result == "done"],
        "skippedAlarm": [{"id": reply.id, "reason": reply.reason or reply.result} for reply in skipped],
    }


def _show(task_id: str, kind: Kind, body: dict[str, Any], base: str) -> dict[str, Any]:
    """Return a task as its reader sees it."""
    acted = [{"id": id_, "href": href(base, id_)} for id_ in body[kind.result]]
    return {"id": task_id, "href": f"{base}/{kind.name}/{task_id}", **body, kind.result: acted}


def matching(web: Web, entries: Mapping[str, Entry], patterns: Sequence[Pattern]) -> list[str]:
    """Return the ids of the alarms that are meant, in order of their raise; blocks."""
    if is_empty(patterns):
        return [head[1] for head in web.store.alarm_heads()]
    _, alarms = web.store.picked_alarms(
        lambda heads: [head[0] for head in heads if any(may_fit(head, entries, pattern) for pattern in patterns)]
    )
    fits = _fitting(patterns, web.node_id, Affected(entries.values(), web.view.where))
    return [alarm.alarm_id for alarm in alarms if fits(alarm)]


def _fitting(patterns: Sequence[Pattern], node_id: str, affected: Affected) -> Callable[[Alarm], bool]:
    def fits(alarm: Alarm) -> bool:
        shown = resource(alarm, "", node_id=node_id, services=affected.services(alarm))
        return any(all(wanted.fits(shown) for wanted in pattern) for pattern in patterns)

    return fits


async def _list(call: Call[TasksQuery, None], kind: Kind) -> Response:
    if call.query.offset < 0 or not 1 <= call.query.limit <= MOST:
        raise Refusal(400, "badValue", message=f"offset is below 0, or limit not in 1..{MOST}")
    query = call.query
    body, count, total = await call.web.slow.run(_page, call.web.store, kind, query, base=base_of(call.request))
    headers = {"X-Total-Count": str(total), "X-Result-Count": str(count)}
    status = 206 if query.offset + count < total else 200
    return Response(body, status, headers=headers, media_type="application/json")


def _page(store: SqliteStore, kind: Kind, query: TasksQuery, *, base: str) -> tuple[bytes, int, int]:
    """Return a page of tasks as it goes out, how many are on it, and how many there are; blocks."""
    total, tasks = store.tasks(kind.name, offset=query.offset, limit=query.limit)
    shown = [_show(one.id, kind, msgspec.json.decode(one.body), base) for one in tasks]
    return msgspec.json.encode(shown), len(shown), total


async def _one(call: Call[None, None], kind: Kind) -> Response:
    body = await call.web.slow.run(_task_body, call.web.store, kind, call.path["id"], base=base_of(call.request))
    return Response(body, media_type="application/json")


def _task_body(store: SqliteStore, kind: Kind, task_id: str, *, base: str) -> bytes:
    """Return a task as it goes out; blocks."""
    task = store.task(task_id)
    if task is None or task.kind != kind.name:
        raise Refusal(404, "notFound", message=f"there is no {kind.name} task {task_id}")
    return msgspec.json.encode(_show(task.id, kind, msgspec.json.decode(task.body), base))
