"""``/api/v1/views``: views of the alarm list that operators keep, for themselves or for all (specs/dashboard.md 6)."""

from typing import Annotated

import msgspec

from netmon.storage.account import AuditRow, Note, RemoveView, SavedView, SaveView
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


class WhoseQuery(msgspec.Struct, frozen=True):
    """Whose view."""

    operator: str = ""
    """Whose; empty: the caller's own."""


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
    kept = await call.web.slow.run(call.web.store.views, call.who.name)
    return ViewList([_view(one) for one in kept])


@operation("GET", "/api/v1/views/{name:path}", summary="Read a view", role="read", answer=View, errors=(404,))
async def get_view(call: Call[None, None]) -> View:
    """Read a view of that name, the caller's own rather than one that is shared."""
    name = call.path["name"]
    kept = [one for one in await call.web.slow.run(call.web.store.views, call.who.name) if one.name == name]
    if not kept:
        raise Refusal(404, "notFound", message=f"there is no view {name}")
    return _view(next((one for one in kept if one.operator == call.who.name), kept[0]))


@operation(
    "PUT", "/api/v1/views/{name:path}", summary="Save a view", role="read", body=ViewBody, answer=View, errors=(400,)
)
async def put_view(call: Call[None, ViewBody]) -> View:
    """Keep a view, or replace the caller's one of that name; who shares it must be allowed to operate."""
    name = _good(call.path["name"])
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


@operation(
    "DELETE",
    "/api/v1/views/{name:path}",
    summary="Remove a view",
    role="read",
    query=WhoseQuery,
    status=204,
    errors=(400, 404),
    audit="batch",
)
async def delete_view(call: Call[WhoseQuery, None]) -> None:
    """Forget the caller's view of that name; an administrator may name another operator, who shares it."""
    name, owner = call.path["name"], call.query.operator or call.who.name
    if owner != call.who.name and not may(call.who, "admin"):
        raise Refusal(403, "forbidden", message=f"role {call.who.role} may not remove views of others")
    kept = await call.web.slow.run(call.web.store.views, call.who.name)
    if not any((one.operator, one.name) == (owner, name) for one in kept):
        raise Refusal(404, "notFound", message=f"there is no view {name} of {owner}")
    who, at = call.who, call.web.now_ms()
    row = AuditRow(at, who.name, "delete-view", "done", role=who.role, address=who.address, targets=(owner, name))
    await call.web.engine.account(RemoveView(owner, name), Note(row))


def _good(name: str) -> str:
    """Return a name that can be shown, and stand in a path.

    Raises:
        Refusal: 400.
    """
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise Refusal(400, "badValue", message=f"the name is empty or longer than {_LONGEST_NAME} characters")
    # What turns the direction of text or joins characters is of no printable class either.
    if not name.isprintable() or "/" in name:
        raise Refusal(400, "badValue", message="the name holds a slash, or a character that cannot be shown")
    return name


def _view(kept: SavedView) -> View:
    fields = msgspec.structs.asdict(_BODY.decode(kept.body))
    return View(**fields, name=kept.name, operator=kept.operator, changed=kept.changed)


OPERATIONS = (list_views, get_view, put_view, delete_view)
