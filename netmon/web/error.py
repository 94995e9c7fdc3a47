"""Errors as the APIs show them: problem+json (RFC 9457) below ``/api/``, the form of TM Forum below ``/tmf-api/``."""

from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from netmon.storage.store import StoreError

TMF = "/tmf-api/"
_CODES = {404: "notFound", 405: "methodNotAllowed"}


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with a request."""

    path: str
    """Of the member or parameter: ``alarms[3].id``, ``limit``."""
    message: str


class Refusal(Exception):
    """A request that is not answered as asked; the message is for the caller.

    Args:
        status: of HTTP.
        code: a stable word (specs/alarms.md 5).
        message: one sentence.
        errors: the parts of the request that are wrong, where there are several.
        headers: of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        *,
        message: str,
        errors: Sequence[Fault] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.errors = tuple(errors)
        self.headers = headers


class Problem(msgspec.Struct, frozen=True):
    """An error of the native API, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    """A stable word."""
    errors: tuple[Fault, ...] = ()


class TmfError(msgspec.Struct, frozen=True):
    """An error of the TM Forum APIs."""

    code: str
    """A stable word."""
    reason: str
    message: str
    status: str


def error_response(refusal: Refusal, path: str) -> Response:
    """Return the answer that says why, in the form of the API that the path belongs to."""
    title = HTTPStatus(refusal.status).phrase
    detail = str(refusal)
    if path.startswith(TMF):
        told = "; ".join([detail, *(f"{fault.path}: {fault.message}" for fault in refusal.errors)])
        body = msgspec.json.encode(TmfError(refusal.code, title, told, str(refusal.status)))
        return Response(body, refusal.status, headers=refusal.headers, media_type="application/json")
    body = msgspec.json.encode(
        Problem("about:blank", title, refusal.status, detail, code=refusal.code, errors=refusal.errors)
    )
    return Response(body, refusal.status, headers=refusal.headers, media_type="application/problem+json")


async def refused(request: Request, error: Exception) -> Response:
    """Answer a ``Refusal``."""
    assert isinstance(error, Refusal)
    return error_response(error, request.url.path)


async def not_routed(request: Request, error: Exception) -> Response:
    """Answer a path or a method that does not exist; 405 names the methods that do."""
    assert isinstance(error, HTTPException)
    message = f"{request.method} {request.url.path}: {error.detail.lower()}"
    code = _CODES.get(error.status_code, "badRequest")
    headers = dict(error.headers) if error.headers else None
    return error_response(Refusal(error.status_code, code, message=message, headers=headers), request.url.path)


async def unreadable(request: Request, error: Exception) -> Response:
    """Answer that the store cannot be read now."""
    return error_response(Refusal(503, "engineDown", message=f"the store cannot be read: {error}"), request.url.path)


async def broken(request: Request, _: Exception) -> Response:
    """Answer that there is a bug; the traceback goes into the log."""
    return error_response(Refusal(500, "bug", message="netmon has a bug here; its log tells more"), request.url.path)


HANDLERS = {Refusal: refused, HTTPException: not_routed, StoreError: unreadable, Exception: broken}
"""For Starlette's ``exception_handlers``."""
