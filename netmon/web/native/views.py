"""``/api/v1/views``: views of the alarm list that operators keep, for themselves or for all (specs/dashboard.md 6)."""

import asyncio
from typing import Annotated

import msgspec

from netmon.storage.account import RemoveView, SavedView, SaveView
from netmon.web.context import Call
from netmon.web.error import Refusal
from netmon.web.filter import LONGEST, FilterError, read_filter
from netmon.web.openapi import operation
from netmon.web.rights import may

_LONGEST_NAME = 64

Word = Annotated[str, msgspec.Meta(max_length=64)]


class ViewBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a view shows, and how."""

    filter: Annotated[str, msgspec.Meta(max_length=LONGEST)] = ""
    """In the language of the filter field."""
    sort: Word = ""
    columns: Annotated[tuple[Word, ...], msgspec.Meta(max_length=50)] = ()
    grouping: Word = ""
    scope: Word = ""
    shared: bool = False
    """Every operator sees it."""


class View(ViewBody, frozen=True):
    """A view and whose it is."""

    name: str = ""
    operator: str = ""
    changed: int = 0
    """UTC ms."""


class ViewList(msgspec.Struct, frozen=True):
    """Own views, and those that others share."""

    views: list[View]


_BODY = msgspec.json.Decoder(ViewBody)


@operation("GET", "/api/v1/views", summary="List views", role="read", answer=ViewList)
async def list_views(call: Call[None, None]) -> ViewList:
    """List the caller's views and those that others share, by name."""
    kept = await asyncio.to_thread(call.web.store.views, call.who.name)
    return ViewList([_view(one) for one in kept])


@operation("GET", "/api/v1/views/{name}", summary="Read a view", role="read", answer=View, errors=(404,))
async def get_view(call: Call[None, None]) -> View:
    """Read a view of that name, the caller's own rather than one that is shared."""
    name = call.path["name"]
    kept = [one for one in await asyncio.to_thread(call.web.store.views, call.who.name) if one.name == name]
    if not kept:
        raise Refusal(404, "notFound", message=f"there is no view {name}")
    return _view(next((one for one in kept if one.operator == call.who.name), kept[0]))


@operation("PUT", "/api/v1/views/{name}", summary="Save a view", role="read", body=ViewBody, answer=View, errors=(400,))
async def put_view(call: Call[None, ViewBody]) -> View:
    """Keep a view, or replace the caller's one of that name; who shares it must be allowed to operate."""
    name = call.path["name"]
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise Refusal(400, "badValue", message=f"the name is empty or longer than {_LONGEST_NAME} characters")
    if call.body.shared and not may(call.who, "operate"):
        raise Refusal(403, "forbidden", message=f"role {call.who.role} may not share views")
    try:
        read_filter(call.body.filter)
    except FilterError as error:
        raise Refusal(400, "badValue", message=f"filter: {error}") from None
    body = msgspec.json.encode(call.body)
    view = SavedView(call.who.name, name, call.body.shared, body, call.web.now_ms())
    await call.web.engine.account(SaveView(view))
    return _view(view)


@operation("DELETE", "/api/v1/views/{name}", summary="Remove a view", role="read", status=204, errors=(404,))
async def delete_view(call: Call[None, None]) -> None:
    """Forget the caller's view of that name."""
    name, own = call.path["name"], call.who.name
    kept = await asyncio.to_thread(call.web.store.views, own)
    if not any((one.operator, one.name) == (own, name) for one in kept):
        raise Refusal(404, "notFound", message=f"there is no view {name} of {own}")
    await call.web.engine.account(RemoveView(own, name))


def _view(kept: SavedView) -> View:
    fields = msgspec.structs.asdict(_BODY.decode(kept.body))
    return View(**fields, name=kept.name, operator=kept.operator, changed=kept.changed)


OPERATIONS = (list_views, get_view, put_view, delete_view)
