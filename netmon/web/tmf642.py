"""TMF642 alarm management v4: the list of alarms and one alarm, read from the committed store."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from netmon.alarms.tmf642 import resource
from netmon.domain.alarm import Alarm
from netmon.storage.sqlite.alarm_queries import Head
from netmon.storage.sqlite.store import SqliteStore
from netmon.web.affected import Affected
from netmon.web.attributes import Resource
from netmon.web.context import Call
from netmon.web.error import Refusal
from netmon.web.openapi import FreeQuery, operation
from netmon.web.rows import Entry
from netmon.web.tmf_pick import may_fit
from netmon.web.tmf_query import Query, read_fields, read_query

BASE, ALSO = "/tmf-api/alarmManagement/v4", "/tmf-api/alarm/v4"
"""The conformance kit uses the first, the swagger says the second; a href uses the base of its request."""


class _Page(msgspec.Struct, frozen=True):
    body: bytes
    seq: int
    count: int
    total: int


@operation(
    "GET",
    f"{BASE}/alarm",
    also=(f"{ALSO}/alarm",),
    summary="List alarms",
    role="read",
    query=FreeQuery,
    answer=list[Resource],
    more=(206, 304),
)
async def list_tmf_alarms(call: Call[FreeQuery, None]) -> Response:
    """List alarms with filters, fields, order and pages."""
    query = read_query(call.query.pairs)
    base = base_of(call.request)
    entries = dict(call.web.view.entries)
    affected = Affected(entries.values(), call.web.view.where)
    show = partial(_shown, base=base, node_id=call.web.node_id, affected=affected)
    page = await call.web.slow.run(_page, call.web.store, query, show, entries=entries)
    headers = _list_headers(call.request, query, page)
    if call.request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    status = 206 if query.offset + page.count < page.total else 200
    return Response(page.body, status, headers=headers, media_type="application/json")


@operation(
    "GET",
    f"{BASE}/alarm/{{id}}",
    also=(f"{ALSO}/alarm/{{id}}",),
    summary="Read an alarm",
    role="read",
    query=FreeQuery,
    answer=Resource,
    errors=(400, 404),
)
async def get_tmf_alarm(call: Call[FreeQuery, None]) -> Response:
    """Read one alarm."""
    query = read_fields(call.query.pairs)
    alarm_id = call.path["id"]
    alarm = await call.web.slow.run(call.web.store.alarm, alarm_id)
    if alarm is None:
        raise Refusal(404, "notFound", message=f"there is no alarm {alarm_id}")
    affected = Affected(list(call.web.view.entries.values()), call.web.view.where)
    show = partial(_shown, base=base_of(call.request), node_id=call.web.node_id, affected=affected)
    shown = await asyncio.to_thread(show, alarm)
    body = msgspec.json.encode(query.show(shown))
    headers = {"ETag": f'"{alarm.version}"', "Cache-Control": "private, no-cache"}
    return Response(body, headers=headers, media_type="application/json")


def _shown(alarm: Alarm, *, base: str, node_id: str, affected: Affected) -> Resource:
    return resource(alarm, base, node_id=node_id, services=affected.services(alarm))


def _page(
    store: SqliteStore, query: Query, show: Callable[[Alarm], Resource], *, entries: Mapping[str, Entry]
) -> _Page:
    """Read, map, filter and encode; runs in a thread. Decodes what may be on the page, not what certainly is not."""
    total = 0
    everything = not (query.filters or query.sort)

    def pick(heads: list[Head]) -> list[int]:
        nonlocal total
        total = len(heads)
        if everything:
            return [head[0] for head in heads[query.offset : query.offset + query.limit]]
        return [head[0] for head in heads if may_fit(head, entries, query.filters)]

    seq, alarms = store.picked_alarms(pick)
    resources = [show(alarm) for alarm in alarms]
    if not everything:
        found = query.select(resources)
        total, resources = len(found), found[query.offset : query.offset + query.limit]
    body = msgspec.json.encode([query.show(one) for one in resources])
    return _Page(body, seq, len(resources), total)


def base_of(request: Request) -> str:
    """Return the URL of the API as the caller called it."""
    path = request.url.path
    base = next(base for base in (BASE, ALSO) if path.startswith(f"{base}/"))
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
    url = f"{base_of(request)}/alarm"

    def at(offset: int) -> str:
        return f"{url}?{urlencode([*kept, ('offset', offset), ('limit', query.limit)])}"

    if query.offset + query.limit < total:
        yield "next", at(query.offset + query.limit)
    if query.offset > 0:
        yield "prev", at(max(0, query.offset - query.limit))
    yield "first", at(0)
    yield "last", at(max(0, (total - 1) // query.limit * query.limit))


OPERATIONS = (list_tmf_alarms, get_tmf_alarm)
