"""``/api/v1/alarms``: lists, figures and what operators do (specs/dashboard.md 2.3 and 6.2, specs/alarms.md 6)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Literal

import msgspec
from starlette.responses import Response, StreamingResponse

from netmon.web import csv_rows, history
from netmon.web.bodies import json_response, packed_in_thread
from netmon.web.context import Call, Web
from netmon.web.counters import Counts
from netmon.web.error import Refusal
from netmon.web.filter import Filter, FilterError, read_filter
from netmon.web.openapi import operation
from netmon.web.rows import Entry, Row, entry_of
from netmon.web.selection import Order, read_order, select
from netmon.web.view import body

_DEFAULT_LIMIT = 1_000
_CHUNK = 500
_PAST = "past."
"""Begins a cursor of scope ``all`` that has come to the alarms that ended."""


class AlarmsQuery(msgspec.Struct, frozen=True):
    """Which alarms, in which order and form."""

    scope: Literal["active", "history", "all"] = "active"
    """active: those that are, and the last ones cleared in ten minutes. history: cleared, the last one first."""
    q: str = ""
    """Filter, in the language of the dashboard's filter field."""
    sort: str = ""
    """Keys with commas between, ``-`` for descending; without it the worst and newest first. Not for ended alarms."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    after: str = ""
    """Where to go on, as the page before says."""
    format: Literal["json", "csv"] = "json"


class AlarmPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Alarms in short."""

    seq: int
    """Number of the last alarm change that is in."""
    now: int
    """UTC ms."""
    alarms: tuple[Row, ...]
    limited: bool
    """There are more active alarms than a list without filter carries: these are the worst."""
    total: int | None = None
    """How many fit, of a limited list those that are active; absent where ended alarms are counted with them."""
    after: str = ""
    """Where the next page begins; absent on the last one."""


@operation(
    "GET",
    "/api/v1/alarms",
    summary="List alarms",
    role="wallboard",
    query=AlarmsQuery,
    answer=AlarmPage,
    also_media=("text/csv",),
    more=(304,),
    errors=(400,),
)
async def list_alarms(call: Call[AlarmsQuery, None]) -> Response:
    """List alarms. Without any parameter: the list a live page begins with, at most two seconds old."""
    query, web = call.query, call.web
    web.live.ready()
    if query == AlarmsQuery():
        full = await web.view.list()
        return json_response(call.request, full.plain, packed=full.packed, etag=str(full.seq))
    if query.sort and query.scope != "active":
        raise Refusal(400, "badValue", message="sort: ended alarms come in the order of their clears")
    wanted, order = _filter(query.q), read_order(query.sort)
    if query.format == "csv":
        return _csv(web, query, wanted, order=order)
    if query.scope == "active":
        plain = await asyncio.to_thread(_page, web, dict(web.view.entries), query, wanted=wanted, order=order)
    else:
        plain = await web.slow.run(_past_page, web, list(web.view.entries.values()), query, wanted=wanted)
    return json_response(call.request, plain, packed=await packed_in_thread(call.request, plain))


@operation("GET", "/api/v1/alarms/counters", summary="Count alarms", role="wallboard", answer=Counts)
async def count_alarms(call: Call[None, None]) -> Counts:
    """Count the alarms by severity, with the course of the last hour."""
    call.web.live.ready()
    return call.web.live.counts()


def _filter(text: str) -> Filter:
    try:
        return read_filter(text)
    except FilterError as error:
        raise Refusal(400, "badValue", message=str(error)) from None


def _page(web: Web, entries: dict[str, Entry], query: AlarmsQuery, *, wanted: Filter, order: Order) -> bytes:
    now, limit = web.now_ms(), query.limit or _DEFAULT_LIMIT
    rows = (one.row for one in entries.values())
    page = select(rows, wanted, order=order, after=query.after, limit=limit, now=now)
    chosen = [entries[row.id] for row in page.rows]
    return body(chosen, seq=web.view.seq, now=now, total=page.total, limited=False, after=page.after)


def _past_page(web: Web, entries: list[Entry], query: AlarmsQuery, *, wanted: Filter) -> bytes:
    """Return a page of ended alarms; of scope ``all`` the active ones come first."""
    now, limit = web.now_ms(), query.limit or _DEFAULT_LIMIT
    chosen: list[Entry] = []
    after = query.after
    if query.scope == "all" and not after.startswith(_PAST):
        rows = (one.row for one in entries if one.row.cleared is None)
        active = select(rows, wanted, order=read_order(""), after=after, limit=limit, now=now)
        chosen, after = [entry_of(row) for row in active.rows], active.after or _PAST
    begins = query.scope == "history" or after.startswith(_PAST)
    if begins and len(chosen) < limit:
        place = after.removeprefix(_PAST)
        past = history.page(web.store, wanted, after=place, limit=limit - len(chosen), now=now, where=web.view.where)
        chosen += [entry_of(row) for row in past.rows]
        after = past.after and (f"{_PAST}{past.after}" if query.scope == "all" else past.after)
    return body(chosen, seq=web.view.seq, now=now, total=None, limited=False, after=after)


def _csv(web: Web, query: AlarmsQuery, wanted: Filter, *, order: Order) -> Response:
    entries = list(web.view.entries.values())
    parts = _csv_parts(web, [one.row for one in entries], query, wanted=wanted, order=order)

    async def lines() -> AsyncIterator[bytes]:
        yield csv_rows.header()
        while rows := await web.slow.run(next, parts, None):
            yield await asyncio.to_thread(csv_rows.lines, rows)

    headers = {"Content-Disposition": 'attachment; filename="alarms.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(lines(), headers=headers, media_type="text/csv; charset=utf-8")


def _csv_parts(web: Web, rows: list[Row], query: AlarmsQuery, *, wanted: Filter, order: Order) -> Iterator[list[Row]]:
    """Yield all rows that fit, some at a time."""
    now, left = web.now_ms(), query.limit or 1 << 62
    if query.scope != "history":
        active = rows if query.scope == "active" else [row for row in rows if row.cleared is None]
        page = select(active, wanted, order=order, after=query.after, limit=query.limit, now=now)
        for start in range(0, len(page.rows), _CHUNK):
            yield page.rows[start : start + _CHUNK]
        left -= len(page.rows)
    after = query.after if query.scope == "history" else ""
    while query.scope != "active" and left > 0:
        past = history.page(web.store, wanted, after=after, limit=min(_CHUNK, left), now=now, where=web.view.where)
        if past.rows:
            yield past.rows
        left -= len(past.rows)
        after = past.after
        if not after:
            return


OPERATIONS = (list_alarms, count_alarms)
