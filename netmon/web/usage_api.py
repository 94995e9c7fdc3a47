"""Usage records by TMF771 v5 and TMF635 v4: lists, one record, the specification (specs/usage.md section 8)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from netmon.domain.usage import UsageRecord
from netmon.usage.tmf import SPECIFICATION, UsageResource, UsageSpecification, resource_usage, specification, usage
from netmon.web.context import Call, Web
from netmon.web.error import Refusal
from netmon.web.openapi import FreeQuery, operation
from netmon.web.usage_list import Found, find
from netmon.web.usage_query import CHARACTERISTIC, PARAMETERS, UsageQuery, read_fields, read_usage_query, unknown

TMF771 = "/tmf-api/resourceUsageManagement/v5"
TMF635 = "/tmf-api/usageManagement/v4"

Show = Callable[[UsageRecord, str], UsageResource]

_FIELDS = (("fields", "Members to show beside id and href, with commas between"),)
_LIST = (
    *PARAMETERS,
    (f"{CHARACTERISTIC}<name>", "Values of a characteristic, such as `usageCharacteristic.kind=usage`"),
)
_V5 = frozenset((
    "id", "href", "usageDate", "usageType", "usageCharacteristic", "usageSpecification", "resource", "relatedParty",
    "externalIdentifier", "@type",
))  # fmt: skip
_V4 = (_V5 - {"resource", "externalIdentifier"}) | {"status"}
_SPECIFICATION = frozenset(
    ("id", "href", "name", "version", "description", "lifecycleStatus", "specCharacteristic", "@type")
)


@operation(
    "GET", f"{TMF771}/resourceUsage", summary="List resource usage", role="read", query=FreeQuery,
    answer=list[UsageResource], errors=(400,), more=(304,), parameters=_LIST,
)  # fmt: skip
async def list_resource_usage(call: Call[FreeQuery, None]) -> Response:
    """List the records of the feeds; follow a feed by ``recSeq.gt``, which loses and doubles nothing."""
    return await _list(call, resource_usage, base=TMF771, members=_V5)


@operation(
    "GET", f"{TMF635}/usage", summary="List usage", role="read", query=FreeQuery,
    answer=list[UsageResource], errors=(400,), more=(304,), parameters=_LIST,
)  # fmt: skip
async def list_usage(call: Call[FreeQuery, None]) -> Response:
    """List the same records in the form of TMF635."""
    return await _list(call, usage, base=TMF635, members=_V4)


@operation(
    "GET", f"{TMF771}/resourceUsage/{{id}}", summary="Read a resource usage", role="read", query=FreeQuery,
    answer=UsageResource, errors=(400, 404), parameters=_FIELDS,
)  # fmt: skip
async def get_resource_usage(call: Call[FreeQuery, None]) -> Response:
    """Read one record."""
    return await _one(call, resource_usage, base=TMF771, members=_V5)


@operation(
    "GET", f"{TMF635}/usage/{{id}}", summary="Read a usage", role="read", query=FreeQuery,
    answer=UsageResource, errors=(400, 404), parameters=_FIELDS,
)  # fmt: skip
async def get_usage(call: Call[FreeQuery, None]) -> Response:
    """Read one record."""
    return await _one(call, usage, base=TMF635, members=_V4)


@operation("POST", f"{TMF771}/resourceUsage", summary="Create resource usage", role="read", status=403)
async def create_resource_usage(call: Call[None, None]) -> Response:
    """Refused: usage is what netmon measured."""
    raise _measured_only()


@operation("POST", f"{TMF635}/usage", summary="Create usage", role="read", status=403)
async def create_usage(call: Call[None, None]) -> Response:
    """Refused: usage is what netmon measured."""
    raise _measured_only()


@operation(
    "GET", f"{TMF771}/resourceUsageSpecification", summary="List resource usage specifications", role="read",
    query=FreeQuery, answer=list[UsageSpecification], errors=(400,), parameters=(*_FIELDS, ("name", "Its name")),
)  # fmt: skip
async def list_resource_usage_specifications(call: Call[FreeQuery, None]) -> Response:
    """List what a record can hold; there is one specification."""
    return _specifications(call, _specification_v5(call.request))


@operation(
    "GET", f"{TMF635}/usageSpecification", summary="List usage specifications", role="read",
    query=FreeQuery, answer=list[UsageSpecification], errors=(400,), parameters=(*_FIELDS, ("name", "Its name")),
)  # fmt: skip
async def list_usage_specifications(call: Call[FreeQuery, None]) -> Response:
    """List what a record can hold; there is one specification."""
    return _specifications(call, _specification_v4(call.request))


@operation(
    "GET", f"{TMF771}/resourceUsageSpecification/{{id}}", summary="Read a resource usage specification", role="read",
    answer=UsageSpecification, errors=(404,),
)  # fmt: skip
async def get_resource_usage_specification(call: Call[None, None]) -> UsageSpecification:
    """Read the specification."""
    return _known(call.path["id"], _specification_v5(call.request))


@operation(
    "GET", f"{TMF635}/usageSpecification/{{id}}", summary="Read a usage specification", role="read",
    answer=UsageSpecification, errors=(404,),
)  # fmt: skip
async def get_usage_specification(call: Call[None, None]) -> UsageSpecification:
    """Read the specification."""
    return _known(call.path["id"], _specification_v4(call.request))


async def _list(call: Call[FreeQuery, None], show: Show, *, base: str, members: frozenset[str]) -> Response:
    query = read_usage_query(call.query.pairs, members)
    origin = _origin(call.request)
    found, body = await call.web.slow.run(_page, call.web, query, lambda record: show(record, origin + base))
    headers = {"X-Result-Count": str(len(found.records)), "ETag": found.etag, "Cache-Control": "private, no-cache"}
    if found.total is not None:
        headers["X-Total-Count"] = str(found.total)
    if (following := _following(call.request, query, found)) is not None:
        headers["Link"] = f'<{following}>; rel="next"'
    if call.request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _page(web: Web, query: UsageQuery, show: Callable[[UsageRecord], UsageResource]) -> tuple[Found, bytes]:
    found = find(web.store, query)
    return found, msgspec.json.encode([_shown(show(record), query.fields) for record in found.records])


def _shown(resource: msgspec.Struct, fields: frozenset[str] | None) -> Any:
    if fields is None:
        return resource
    members: dict[str, Any] = msgspec.to_builtins(resource)
    return {name: value for name, value in members.items() if name in fields or name in ("id", "href")}


def _following(request: Request, query: UsageQuery, found: Found) -> str | None:
    """Return the URL of the next page, None when this is the last one."""
    if found.next_after is not None:
        place = {"recSeq.gt": str(found.next_after)}
    elif query.after is None and query.offset + len(found.records) < (found.total or 0):
        place = {"offset": str(query.offset + len(found.records))}
    else:
        return None
    kept = [pair for pair in request.query_params.multi_items() if pair[0] not in place]
    return f"{_origin(request)}{request.url.path}?{urlencode([*kept, *place.items()])}"


async def _one(call: Call[FreeQuery, None], show: Show, *, base: str, members: frozenset[str]) -> Response:
    fields = _only_fields(call.query, members)
    record_id = call.path["id"]
    record = await call.web.slow.run(call.web.store.usage.record, record_id)
    if record is None:
        raise Refusal(404, "notFound", message=f"there is no usage {record_id}")
    body = msgspec.json.encode(_shown(show(record, _origin(call.request) + base), fields))
    headers = {"ETag": f'"{record.hash[:32]}"', "Cache-Control": "private, no-cache"}
    return Response(body, headers=headers, media_type="application/json")


def _only_fields(query: FreeQuery, members: frozenset[str]) -> frozenset[str] | None:
    for name, _ in query.pairs:
        if name != "fields":
            raise unknown(name, ["fields"])
    return read_fields({"fields": [value for _, value in query.pairs]} if query.pairs else {}, members)


def _specifications(call: Call[FreeQuery, None], known: UsageSpecification) -> Response:
    names: list[str] = []
    fields: list[str] = []
    for name, value in call.query.pairs:
        if name not in ("name", "fields"):
            raise unknown(name, ["name", "fields"])
        (names if name == "name" else fields).append(value)
    shown = read_fields({"fields": fields} if fields else {}, _SPECIFICATION)
    found = [_shown(known, shown)] if not names or known.name in names else []
    headers = {"X-Total-Count": str(len(found)), "X-Result-Count": str(len(found))}
    return Response(msgspec.json.encode(found), headers=headers, media_type="application/json")


def _known(asked: str, known: UsageSpecification) -> UsageSpecification:
    if asked != SPECIFICATION:
        raise Refusal(404, "notFound", message=f"there is no specification {asked}; there is {SPECIFICATION}")
    return known


def _specification_v5(request: Request) -> UsageSpecification:
    return specification(_origin(request) + TMF771, "resourceUsageSpecification")


def _specification_v4(request: Request) -> UsageSpecification:
    return specification(_origin(request) + TMF635, "usageSpecification")


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _measured_only() -> Refusal:
    return Refusal(403, "forbidden", message="usage is what netmon measured; no record can be made by hand")


OPERATIONS = (
    list_resource_usage,
    list_usage,
    get_resource_usage,
    get_usage,
    create_resource_usage,
    create_usage,
    list_resource_usage_specifications,
    list_usage_specifications,
    get_resource_usage_specification,
    get_usage_specification,
)
