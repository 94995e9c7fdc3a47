"""``/openapi.json``: OpenAPI 3.1, made of the operations (specs/dashboard.md 2.4)."""

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from http import HTTPStatus
from inspect import cleandoc, getsource
from typing import Any

import msgspec
from msgspec import inspect
from starlette.responses import Response

from netmon import __version__
from netmon.web.auth import CSRF_HEADER
from netmon.web.context import Call
from netmon.web.error import TMF, Problem, TmfError
from netmon.web.openapi import JSON, FreeQuery, Operation, operation

Schema = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
ALWAYS = (400, 401, 403, 421, 503)
"""Errors that any operation can answer."""
_WITH_BODY = (413, 415)
_OF_WRITES = (409, 504)
_NO_CONTENT = (204, 304)
_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "`netmon user token` makes one"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "netmon",
        "description": f"of /login; writes also need the header {CSRF_HEADER}, told by /api/v1/session; "
        "over HTTPS the name is __Host-netmon, without it netmon and the port, such as netmon-8080",
    },
}


def described(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Return the operations and the one more that describes them all, when it is asked for the first time."""

    @operation("GET", "/openapi.json", summary="Read this document", role="read", answer=dict[str, Any])
    async def get_document(call: Call[None, None]) -> Response:
        """Describe every operation; OpenAPI 3.1."""
        octets = await call.web.slow.run(made)
        return Response(octets, headers={"Cache-Control": "private, no-cache"}, media_type=JSON)

    everything = (*operations, get_document)

    @cache
    def made() -> bytes:
        return msgspec.json.encode(document(everything))

    return everything


def document(operations: Sequence[Operation]) -> Schema:
    """Return the document as plain data."""
    schemas = _Schemas(operations)
    paths: dict[str, Schema] = {}
    for one in operations:
        for number, path in enumerate(one.paths):
            shown = _PARAMETER.sub(r"{\1}", path)
            paths.setdefault(shown, {})[one.method.lower()] = _operation(one, path, schemas, number=number)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "netmon",
            "version": __version__,
            "summary": "Alarms, elements, time series and usage of a network",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{name: []} for name in _SECURITY],
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": _SECURITY},
    }


class _Schemas:
    """The schema of every type that an operation names."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        types: list[Any] = [Problem, TmfError]
        for one in operations:
            types += [type_ for type_ in (one.body, one.answer, one.query) if type_ not in (None, bytes, FreeQuery)]
        made, self.components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
        self._by_type = list(zip(types, made, strict=True))
        for struct in _structs(types):
            self._describe(struct)
        for schema in self.components.values():
            for told in schema.get("properties", {}).values():
                if "format" in told and told.get("default") == "":
                    # Left out of the answer where it is empty: no value of that format.
                    del told["default"]
        queries = dict.fromkeys(one.query for one in operations if one.query not in (None, FreeQuery))
        self._queries = {query: self._parameters(query) for query in queries}

    def of(self, type_: Any) -> Schema:
        """Return the schema of a type, or where it stands."""
        return next(schema for known, schema in self._by_type if known == type_)

    def parameters(self, query: type[msgspec.Struct]) -> list[Schema]:
        """Return the parameters of a query Struct."""
        return self._queries[query]

    def _parameters(self, query: Any) -> list[Schema]:
        name = self.of(query)["$ref"].rpartition("/")[2]
        schema = self.components.pop(name)
        required = schema.get("required", ())
        return [
            {
                "name": field,
                "in": "query",
                "required": field in required,
                **({"description": about} if (about := told.pop("description", "")) else {}),
                "schema": told,
            }
            for field, told in ((field, dict(told)) for field, told in schema["properties"].items())
        ]

    def _describe(self, struct: type[msgspec.Struct]) -> None:
        """Add what the docstrings beside the fields say."""
        schema = self.components.get(struct.__name__)
        if schema is None or "properties" not in schema:
            return
        notes = _notes(struct)
        for field in msgspec.structs.fields(struct):
            told = schema["properties"].get(field.encode_name)
            if told is not None and field.name in notes and "description" not in told:
                # Beside a reference other words are allowed since OpenAPI 3.1.
                told["description"] = notes[field.name]


def _structs(types: Iterable[Any]) -> Iterator[type[msgspec.Struct]]:
    """Yield every Struct in some types, once."""
    seen: set[type] = set()
    waiting = list(inspect.multi_type_info(types))
    while waiting:
        info = waiting.pop()
        if isinstance(info, inspect.StructType):
            if info.cls in seen:
                continue
            seen.add(info.cls)
            yield info.cls
            waiting += [field.type for field in info.fields]
        else:
            waiting += _parts(info)


def _parts(info: inspect.Type) -> list[inspect.Type]:
    names = ("type", "item_type", "key_type", "value_type")
    found = [part for name in names if isinstance(part := getattr(info, name, None), inspect.Type)]
    return [*found, *getattr(info, "types", ()), *getattr(info, "item_types", ())]


def _notes(struct: type) -> dict[str, str]:
    """Return the docstrings beside the fields of a class."""
    (class_,) = ast.parse(textwrap.dedent(getsource(struct))).body
    assert isinstance(class_, ast.ClassDef)
    found = {}
    for line, below in zip(class_.body, class_.body[1:], strict=False):
        match line, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = cleandoc(text)
    return found


def _operation(one: Operation, path: str, schemas: _Schemas, *, number: int) -> Schema:
    made: Schema = {
        "operationId": one.name + (f"_{number + 1}" if number else ""),
        "summary": one.summary,
        "description": cleandoc(one.description),
        "tags": [path.strip("/").split("/")[2 if path.startswith("/api/") else 1 if path.startswith(TMF) else 0]],
        "parameters": [*_path_parameters(path), *_query_parameters(one, schemas)],
        "responses": _responses(one, path, schemas),
    }
    if one.body is not None:
        schema = {} if one.body is bytes else schemas.of(one.body)
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    if one.role:
        made["x-netmon-right"] = one.role
    else:
        made["security"] = []
    return made


def _path_parameters(path: str) -> list[Schema]:
    names = _PARAMETER.findall(path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(one: Operation, schemas: _Schemas) -> list[Schema]:
    if one.query is not None and one.query is not FreeQuery:
        return schemas.parameters(one.query)
    return [
        {"name": name, "in": "query", "description": about, "schema": {"type": "string"}}
        for name, about in one.parameters
    ]


def _responses(one: Operation, path: str, schemas: _Schemas) -> Schema:
    made = {str(status): _success(one, status, schemas) for status in (one.status, *one.more)}
    problem, media = (TmfError, JSON) if path.startswith(TMF) else (Problem, "application/problem+json")
    refusals = {*ALWAYS, *one.errors}
    if one.body is not None:
        refusals.update(_WITH_BODY)
    if one.method != "GET":
        refusals.update(_OF_WRITES)
    for status in sorted(refusals):
        content = {media: {"schema": schemas.of(problem)}}
        made[str(status)] = {"description": HTTPStatus(status).phrase, "content": content}
    return made


def _success(one: Operation, status: int, schemas: _Schemas) -> Schema:
    made: Schema = {"description": HTTPStatus(status).phrase}
    if status in _NO_CONTENT:
        return made
    content = {media: {"schema": {"type": "string"}} for media in (one.media, *one.also_media)}
    if one.answer is not None:
        content[one.media] = {"schema": schemas.of(one.answer)}
    elif one.media == JSON:
        del content[JSON]
    if content:
        made["content"] = content
    return made
