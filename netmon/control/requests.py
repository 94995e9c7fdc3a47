"""The internal requests on ``data_dir/engine.sock``: of the web process and the command line, not public."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from netmon import __version__
from netmon.domain.observation import OperatorRequest
from netmon.storage.store import ApiToken, Operator, StoreError

VERSION_HEADER = "netmon-version"
"""Both sides are the same build: a caller that names another version here is refused."""


class OperatorCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operator request as it comes in; the engine adds the time."""

    action: str
    alarms: tuple[str, ...]
    user: str
    request_id: str = ""
    """Sent again with the same id, the first answer comes back; made by the engine when empty."""
    comment: str = ""
    until: int = 0
    owner: str = ""
    parent: str = ""
    on_behalf_of: str = ""
    system: str = ""


class AddOperator(msgspec.Struct, frozen=True, tag="add_operator", tag_field="do", forbid_unknown_fields=True):
    """Add or replace an account."""

    operator: Operator


class AddToken(msgspec.Struct, frozen=True, tag="add_token", tag_field="do", forbid_unknown_fields=True):
    """Add a token; its text never comes here, only the hash."""

    token: ApiToken


class RemoveOperator(msgspec.Struct, frozen=True, tag="remove_operator", tag_field="do", forbid_unknown_fields=True):
    """Remove an account with its tokens."""

    name: str


AccountCall = AddOperator | AddToken | RemoveOperator


class Reloaded(msgspec.Struct, frozen=True):
    """What became of a reload: all of it was taken, or nothing."""

    problems: list[str]
    """What keeps the new configuration from being taken, one line each; empty when it was taken."""
    changed: list[str] = []
    """Keys that differ from before."""


class Answers(msgspec.Struct, frozen=True):
    """What each request does; ``app.py`` fills it in."""

    operator: Callable[[OperatorRequest], Awaitable[bytes]]
    """The core's answer as JSON, after the commit."""
    account: Callable[[AccountCall], Awaitable[None]]
    """Returns after the commit, raises ``StoreError``."""
    reload: Callable[[], Awaitable[Reloaded]]
    status: Callable[[], dict[str, Any]]
    changes: Callable[[], AsyncIterator[bytes]]


class Refused(msgspec.Struct, frozen=True):
    """Why a request had no effect, one line each."""

    problems: list[str]


_OPERATOR = msgspec.json.Decoder(OperatorCall)
_ACCOUNT: msgspec.json.Decoder[AccountCall] = msgspec.json.Decoder(AccountCall)


def build(answers: Answers) -> Starlette:
    """Return the app for the unix socket; errors are ``{"problems": [text]}``."""

    async def operator(request: Request) -> Response:
        call = _OPERATOR.decode(await request.body())
        return _json(await answers.operator(OperatorRequest(at=0, **msgspec.structs.asdict(call))))

    async def account(request: Request) -> Response:
        await answers.account(_ACCOUNT.decode(await request.body()))
        return _json(b"{}")

    async def reload(_: Request) -> Response:
        reloaded = await answers.reload()
        return _json(msgspec.json.encode(reloaded), 422 if reloaded.problems else 200)

    async def status(_: Request) -> Response:
        return _json(msgspec.json.encode(answers.status()))

    async def changes(_: Request) -> Response:
        return StreamingResponse(answers.changes(), media_type="application/x-ndjson")

    routes = [
        Route("/internal/v1/operator", _same_version(operator), methods=["POST"]),
        Route("/internal/v1/account", _same_version(account), methods=["POST"]),
        Route("/internal/v1/reload", _same_version(reload), methods=["POST"]),
        Route("/internal/v1/status", _same_version(status)),
        Route("/internal/v1/changes", _same_version(changes)),
    ]
    return Starlette(routes=routes, exception_handlers={msgspec.MsgspecError: _bad_body, StoreError: _not_kept})


def _same_version(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def checked(request: Request) -> Response:
        theirs = request.headers.get(VERSION_HEADER, __version__)
        if theirs != __version__:
            return _refused(409, f"this engine is netmon {__version__}, the caller {theirs}: restart the older one")
        return await answer(request)

    return checked


async def _bad_body(_: Request, error: Exception) -> Response:
    return _refused(400, str(error))


async def _not_kept(_: Request, error: Exception) -> Response:
    return _refused(409, str(error))


def _refused(status: int, text: str) -> Response:
    return _json(msgspec.json.encode(Refused([text])), status)


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json")
