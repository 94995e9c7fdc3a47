"""The one place where a route is declared: ``@operation`` on its handler (specs/dashboard.md 2.4)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

import msgspec

from netmon.web.context import Call
from netmon.web.rights import Right

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Handler = Callable[[Call[Any, Any]], Awaitable[Any]]
"""Returns the answer as its Struct, or a whole ``Response``; raises ``Refusal``."""

JSON = "application/json"


class FreeQuery(msgspec.Struct, frozen=True):
    """Parameters of an API whose names are not fixed, such as the filters of TMF642; the handler checks them."""

    pairs: tuple[tuple[str, str], ...]


class Operation(msgspec.Struct, frozen=True):
    """What is known of a route."""

    method: Method
    paths: tuple[str, ...]
    """The path, and others under which the same is answered."""
    name: str
    """Name of its handler, the ``operationId``."""
    summary: str
    """Imperative: ``List alarms``; after "role viewer may not" it tells what was refused."""
    description: str
    handler: Handler
    query: type[msgspec.Struct] | None
    body: Any
    """A type that msgspec decodes from JSON; None: there is no body."""
    answer: Any
    """A type that msgspec encodes as JSON; None: no content, or not JSON."""
    role: Right | Literal[""]
    """The right that is needed; empty: open to all."""
    errors: tuple[int, ...]
    status: int
    """Of the answer where all went well; of what is always refused, the error."""
    more: tuple[int, ...]
    """Other statuses that are no error: 206 with the same answer, 304 without."""
    media: str
    also_media: tuple[str, ...]
    """Other forms of the answer, such as CSV."""
    audit: Literal["request", "batch"]
    """Who writes a taken request into the audit: the web process, or the engine with the batch that took it."""
    parameters: tuple[tuple[str, str], ...]
    """(name, meaning) of parameters of a ``FreeQuery`` that have a fixed name."""


def operation(
    method: Method,
    path: str,
    *,
    summary: str,
    role: Right | Literal[""],
    query: type[msgspec.Struct] | None = None,
    body: Any = None,
    answer: Any = None,
    errors: Sequence[int] = (),
    status: int = 200,
    more: Sequence[int] = (),
    media: str = JSON,
    also_media: Sequence[str] = (),
    also: Sequence[str] = (),
    audit: Literal["request", "batch"] = "request",
    parameters: Sequence[tuple[str, str]] = (),
) -> Callable[[Handler], Operation]:
    """Declare a handler as the answer to a method and a path; the result goes into ``OPERATIONS`` of its module.

    Errors that any operation can answer (401, 403, 413, 503, ...) are not listed. A write is audited: ``audit="batch"``
    for one that asks ``engine.operator``, which puts it into the transaction of the request itself, or brings its own.
    """

    def declare(handler: Handler) -> Operation:
        return Operation(
            method=method,
            paths=(path, *also),
            name=getattr(handler, "__name__", summary),
            summary=summary,
            description=(handler.__doc__ or "").strip(),
            handler=handler,
            query=query,
            body=body,
            answer=answer,
            role=role,
            errors=tuple(errors),
            status=status,
            more=tuple(more),
            media=media,
            also_media=tuple(also_media),
            audit=audit,
            parameters=tuple(parameters),
        )

    return declare
