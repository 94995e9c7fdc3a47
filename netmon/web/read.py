"""Reads what a request brings, strictly: nothing unknown is ignored, nothing is too long (specs/dashboard.md 2.3)."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect
from starlette.requests import Request

from netmon.domain.place import suggestion
from netmon.web.error import Fault, Refusal
from netmon.web.openapi import FreeQuery, Operation

MOST_BYTES = 1 << 20
_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`")
_TOKEN = re.compile(r"nm_[0-9a-f]+_[A-Za-z0-9_-]{43}")
_MANY = inspect.ListType | inspect.VarTupleType | inspect.FrozenSetType


def read_query(operation: Operation, pairs: Iterable[tuple[str, str]]) -> Any:
    """Return the parameters as the Struct of the operation.

    Raises:
        Refusal: 400, one is unknown, given twice, or has a wrong value.
    """
    pairs = tuple(pairs)
    if any(_TOKEN.search(text) for pair in pairs for text in pair):
        raise Refusal(400, "badValue", message="a token in a URL ends up in logs; send it as Authorization: Bearer")
    if operation.query is FreeQuery:
        return FreeQuery(pairs)
    fields = _fields(operation.query) if operation.query is not None else {}
    values = _values(pairs, fields)
    if operation.query is None:
        return None
    try:
        return msgspec.convert(values, operation.query, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid("query", error) from None


def _values(pairs: Iterable[tuple[str, str]], fields: dict[str, bool]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name not in fields:
            raise _unknown(name, fields)
        if fields[name]:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise Refusal(400, "badValue", message=f'parameter "{name}" is given twice')
        else:
            values[name] = value
    return values


async def read_body(operation: Operation, request: Request) -> Any:
    """Return the body as the type of the operation; what is sent where none is declared is not read.

    Raises:
        Refusal: 400 wrong, 413 too long, 415 not JSON.
    """
    if operation.body is None:
        return None
    raw = await _raw(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _JSON_TYPES:
        raise Refusal(415, "notJson", message="the body must be JSON: Content-Type: application/json")
    if operation.body is bytes:
        return raw
    try:
        return msgspec.json.decode(raw, type=operation.body)
    except msgspec.ValidationError as error:
        raise _invalid("body", error) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refusal(400, "badJson", message=f"the body is no JSON: {error}") from None


_JSON_TYPES = ("application/json", "application/merge-patch+json")


async def _raw(request: Request) -> bytes:
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > MOST_BYTES:
            raise Refusal(413, "tooLarge", message=f"the body is longer than {MOST_BYTES} octets")
        parts.append(part)
    return b"".join(parts)


def _fields(type_: type[msgspec.Struct]) -> dict[str, bool]:
    """Return the names of the parameters, and whether each may be given several times."""
    info = inspect.type_info(type_)
    assert isinstance(info, inspect.StructType)
    return {field.encode_name: isinstance(field.type, _MANY) for field in info.fields}


def _unknown(name: str, known: Iterable[str]) -> Refusal:
    near = suggestion(name, known).removeprefix(" (").removesuffix("?)")
    text = f'unknown parameter "{name}"' + (f"; {near}?" if near else "")
    return Refusal(400, "unknownAttribute", message=text, errors=(Fault(name, "unknown parameter"),))


def _invalid(where: str, error: msgspec.ValidationError) -> Refusal:
    found = _AT.match(str(error))
    assert found is not None
    what, path = found["what"].replace("`", ""), found["path"] or ""
    if (unknown := _UNKNOWN.match(found["what"])) is not None:
        path = f"{path}.{unknown['name']}".removeprefix(".")
        return Refusal(400, "unknownAttribute", message=f'unknown member "{path}"', errors=(Fault(path, "unknown"),))
    if not path and "missing required field" in what:
        path = what.rpartition(" ")[2]
    message = f"{path or where}: {what[:1].lower()}{what[1:]}"
    return Refusal(400, "badValue", message=message, errors=(Fault(path, what),))
