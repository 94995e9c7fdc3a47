"""Errors of the TMF APIs: ``{"code", "reason", "message", "status"}``; code is a stable word (specs/alarms.md 5)."""

from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from netmon.storage.store import StoreError

_CODES = {404: "notFound", 405: "methodNotAllowed"}


class Refusal(Exception):
    """A request that is not answered as asked; the message is for the caller."""

    def __init__(self, status: int, code: str, *, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers


class _Error(msgspec.Struct, frozen=True):
    code: str
    reason: str
    message: str
    status: str


def error_response(refusal: Refusal) -> Response:
    """Return the answer that says why."""
    reason = HTTPStatus(refusal.status).phrase
    body = msgspec.json.encode(_Error(refusal.code, reason, str(refusal), str(refusal.status)))
    return Response(body, refusal.status, headers=refusal.headers, media_type="application/json")


async def refused(_: Request, error: Exception) -> Response:
    """Answer a ``Refusal``."""
    assert isinstance(error, Refusal)
    return error_response(error)


async def not_routed(request: Request, error: Exception) -> Response:
    """Answer a path or a method that does not exist; 405 names the methods that do."""
    assert isinstance(error, HTTPException)
    message = f"{request.method} {request.url.path}: {error.detail.lower()}"
    code = _CODES.get(error.status_code, "badRequest")
    headers = dict(error.headers) if error.headers else None
    return error_response(Refusal(error.status_code, code, message=message, headers=headers))


async def unreadable(_: Request, error: Exception) -> Response:
    """Answer that the store cannot be read now."""
    return error_response(Refusal(503, "engineDown", message=f"the store cannot be read: {error}"))


HANDLERS = {Refusal: refused, HTTPException: not_routed, StoreError: unreadable}
"""For Starlette's ``exception_handlers``."""
