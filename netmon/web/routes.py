"""Routes made of operations: who may, what was asked, the answer, the audit; no path of an API comes otherwise."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from netmon.storage.account import AuditRow, Note
from netmon.web.auth import check_write, who_asks
from netmon.web.callers import Who
from netmon.web.context import Call, Web
from netmon.web.engine import EngineDown, NoAnswer
from netmon.web.error import Refusal
from netmon.web.openapi import Operation
from netmon.web.read import read_body, read_query
from netmon.web.rights import may, rights_of

log = structlog.get_logger("netmon.web")

Answer = Callable[[Request], Awaitable[Response]]


def routes(web: Web, operations: Sequence[Operation]) -> list[BaseRoute]:
    """Return one route for each path."""
    by_path: dict[str, dict[str, Operation]] = defaultdict(dict)
    for operation in operations:
        for path in operation.paths:
            assert operation.method not in by_path[path], f"{operation.method} {path} is declared twice"
            by_path[path][operation.method] = operation
    return [Route(path, _endpoint(web, known), methods=list(known)) for path, known in by_path.items()]


def _endpoint(web: Web, known: Mapping[str, Operation]) -> Answer:
    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in known:
            raise HTTPException(405)
        return await answer(web, known[method], request)

    return endpoint


async def answer(web: Web, operation: Operation, request: Request) -> Response:
    """Check a request, have it answered, and encode what came of it."""
    who = await who_asks(web.callers, request)
    if operation.method == "GET":
        return await _checked(web, operation, request, who=who)
    try:
        response = await _checked(web, operation, request, who=who)
    except (EngineDown, NoAnswer) as refusal:
        # The engine keeps the audit: to ask it again would only take the same time again.
        log.warning("not audited", user=who.name, action=_action(operation), reason=str(refusal))
        raise
    except Refusal as refusal:
        await _note(web, operation, request, who=who, result=f"refused {refusal.status} {refusal.code}: {refusal}")
        raise
    if operation.audit == "request":
        await _note(web, operation, request, who=who, result="done")
    return response


async def _checked(web: Web, operation: Operation, request: Request, *, who: Who) -> Response:
    if operation.role and not may(who, operation.role):
        raise _forbidden(who, operation)
    if operation.method != "GET":
        check_write(who, request)
    query = read_query(operation, request.query_params.multi_items())
    body = await read_body(operation, request)
    done = await operation.handler(Call(query, body, request.path_params, who, web, request))
    if isinstance(done, Response):
        return done
    if done is None:
        return Response(status_code=operation.status)
    return Response(msgspec.json.encode(done), operation.status, media_type=operation.media)


def _forbidden(who: Who, operation: Operation) -> Refusal:
    what = operation.summary[:1].lower() + operation.summary[1:]
    whose = f"role {who.role}" if operation.role not in rights_of(who.role) else f"a token with scope {who.scope}"
    return Refusal(403, "forbidden", message=f"{whose} may not {what}")


def _action(operation: Operation) -> str:
    return operation.name.replace("_", "-")


async def _note(web: Web, operation: Operation, request: Request, *, who: Who, result: str) -> None:
    row = AuditRow(
        at=web.now_ms(),
        user=who.name,
        action=_action(operation),
        result=result,
        role=who.role,
        address=who.address,
        targets=tuple(map(str, request.path_params.values())),
        request_id=request.headers.get("idempotency-key", ""),
    )
    try:
        await web.engine.account(Note(row))
    except Refusal as refusal:
        # What was asked of the engine failed for the same reason, most likely: nothing was changed.
        log.warning("not audited", user=who.name, action=row.action, result=result, reason=str(refusal))
