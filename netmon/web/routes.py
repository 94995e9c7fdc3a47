"""Routes made of operations: who may, what was asked, the answer; nothing else declares a path of an API."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from netmon.web.auth import who_asks
from netmon.web.context import Call, Web, Who
from netmon.web.error import Refusal
from netmon.web.openapi import Operation
from netmon.web.read import read_body, read_query
from netmon.web.rights import may

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
    who = await who_asks(web, request)
    if operation.role and not may(who, operation.role):
        raise _forbidden(who, operation)
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
    whose = f"role {who.role}" if who.via == "session" else f"a token with scope {who.scope}"
    return Refusal(403, "forbidden", message=f"{whose} may not {what}")
