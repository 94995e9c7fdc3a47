"""TMF642 alarm management v4: the list of alarms and one alarm, read from the committed store."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Protocol
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from netmon.domain.alarm import Alarm
from netmon.web.attributes import Resource
from netmon.web.error import Refusal
from netmon.web.tmf_query import Query, read_fields, read_query

BASES = ("/tmf-api/alarmManagement/v4", "/tmf-api/alarm/v4")
"""The conformance kit uses the first, the swagger says the second."""

Show = Callable[[Alarm, str], Resource]
"""Turns an alarm into TMF642; the text is the absolute URL of the base that was asked."""


class Alarms(Protocol):
    """What is read of the store; both block."""

    def alarms_at(self) -> tuple[int, list[Alarm]]:
        """Return the number of the last change and all alarms not yet purged."""
        ...

    def alarm(self, alarm_id: str) -> Alarm | None:
        """Return one alarm."""
        ...


class _Page(msgspec.Struct, frozen=True):
    body: bytes
    seq: int
    count: int
    total: int


def routes(store: Alarms, show: Show) -> list[BaseRoute]:
    """Return the routes under both bases; a href uses the base of its request."""

    async def list_alarms(request: Request) -> Response:
        query = read_query(request.query_params.multi_items())
        page = await asyncio.to_thread(_page, store, query, lambda alarm: show(alarm, _base(request)))
        headers = _list_headers(request, query, page)
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        status = 206 if query.offset + page.count < page.total else 200
        return Response(page.body, status, headers=headers, media_type="application/json")

    async def get_alarm(request: Request) -> Response:
        query = read_fields(request.query_params.multi_items())
        alarm_id = request.path_params["id"]
        alarm = await asyncio.to_thread(store.alarm, alarm_id)
        if alarm is None:
            raise Refusal(404, "notFound", message=f"there is no alarm {alarm_id}")
        body = msgspec.json.encode(query.show(show(alarm, _base(request))))
        headers = {"ETag": f'"{alarm.version}"', "Cache-Control": "private, no-cache"}
        return Response(body, headers=headers, media_type="application/json")

    return [
        route
        for base in BASES
        for route in (Route(f"{base}/alarm", list_alarms), Route(f"{base}/alarm/{{id}}", get_alarm))
    ]


def _page(store: Alarms, query: Query, show: Callable[[Alarm], Resource]) -> _Page:
    """Read, map, filter and encode; runs in a thread."""
    seq, alarms = store.alarms_at()
    if query.filters or query.sort:
        found = query.select(map(show, alarms))
        total, resources = len(found), found[query.offset : query.offset + query.limit]
    else:
        total = len(alarms)
        resources = [show(alarm) for alarm in alarms[query.offset : query.offset + query.limit]]
    body = msgspec.json.encode([query.show(one) for one in resources])
    return _Page(body, seq, len(resources), total)


def _base(request: Request) -> str:
    path = request.url.path
    base = next(base for base in BASES if path.startswith(f"{base}/"))
    return f"{request.url.scheme}://{request.url.netloc}{base}"


def _list_headers(request: Request, query: Query, page: _Page) -> dict[str, str]:
    links = ", ".join(f'<{url}>; rel="{relation}"' for relation, url in _links(request, query, page.total))
    return {
        "X-Total-Count": str(page.total),
        "X-Result-Count": str(page.count),
        "Link": links,
        "ETag": f'"{page.seq}"',
        "Cache-Control": "private, no-cache",
    }


def _links(request: Request, query: Query, total: int) -> Iterator[tuple[str, str]]:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in ("offset", "limit")]
    url = f"{_base(request)}/alarm"

    def at(offset: int) -> str:
        return f"{url}?{urlencode([*kept, ('offset', offset), ('limit', query.limit)])}"

    if query.offset + query.limit < total:
        yield "next", at(query.offset + query.limit)
    if query.offset > 0:
        yield "prev", at(max(0, query.offset - query.limit))
    yield "first", at(0)
    yield "last", at(max(0, (total - 1) // query.limit * query.limit))
