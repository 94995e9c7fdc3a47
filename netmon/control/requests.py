"""The internal requests on ``data_dir/engine.sock``: of the web process and the command line, not public."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from netmon import __version__
from netmon.control.elements import Elements, endpoints
from netmon.control.feeds import CONTRACTS, Feeds
from netmon.control.feeds import endpoints as feed_endpoints
from netmon.domain.observation import OperatorRequest
from netmon.domain.plan import WindowState
from netmon.domain.request import (
    VERSION_HEADER,
    EngineStatus,
    LiveReport,
    OperatorCall,
    OwnSnmpEngine,
    RejectionsWanted,
    TrapRejections,
)
from netmon.storage.account import AccountCall
from netmon.storage.store import StoreError


class Reloaded(msgspec.Struct, frozen=True):
    """What became of a reload: all of it was taken, or nothing."""

    problems: list[str]
    """What keeps the new configuration from being taken, one line each; empty when it was taken."""
    changed: list[str] = []
    """Keys that differ from before."""


class Answers(msgspec.Struct, frozen=True):
    """What each request does; ``app/doors.py`` fills it in."""

    operator: Callable[[OperatorRequest], Awaitable[bytes]]
    """The core's answer as JSON, after the commit."""
    account: Callable[[Sequence[AccountCall]], Awaitable[None]]
    """Does all of them or none; returns after the commit, raises ``StoreError``."""
    reload: Callable[[], Awaitable[Reloaded]]
    status: Callable[[], EngineStatus]
    changes: Callable[[], AsyncIterator[bytes]]
    elements: Elements
    rejections: Callable[[RejectionsWanted], TrapRejections]
    live: Callable[[LiveReport], None]
    """Takes what a web process tells of its live feed."""
    snmp_engine: Callable[[], OwnSnmpEngine]
    feeds: Feeds
    maintenance: Callable[[str], list[WindowState]]
    """Windows that are open or will open; each says whether it concerns the element that is named."""


class Refused(msgspec.Struct, frozen=True):
    """Why a request had no effect, one line each."""

    problems: list[str]


_OPERATOR = msgspec.json.Decoder(OperatorCall)
_LIVE = msgspec.json.Decoder(LiveReport)
_ACCOUNT: msgspec.json.Decoder[list[AccountCall]] = msgspec.json.Decoder(list[AccountCall])


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

    async def rejections(request: Request) -> Response:
        wanted = msgspec.convert(dict(request.query_params), RejectionsWanted, strict=False)
        return _json(msgspec.json.encode(answers.rejections(wanted)))

    async def maintenance(request: Request) -> Response:
        return _json(msgspec.json.encode(answers.maintenance(request.query_params.get("element", ""))))

    async def live(request: Request) -> Response:
        answers.live(_LIVE.decode(await request.body()))
        return _json(b"{}")

    async def changes(_: Request) -> Response:
        return StreamingResponse(answers.changes(), media_type="application/x-ndjson")

    routes = [
        Route("/internal/v1/operator", _same_version(operator), methods=["POST"]),
        Route("/internal/v1/account", _same_version(account), methods=["POST"]),
        Route("/internal/v1/reload", _same_version(reload), methods=["POST"]),
        Route("/internal/v1/status", _same_version(_told(answers.status))),
        Route("/internal/v1/traps/rejected", _same_version(rejections)),
        Route("/internal/v1/maintenance", _same_version(maintenance)),
        Route("/internal/v1/live", _same_version(live), methods=["POST"]),
        Route("/internal/v1/snmp-engine", _same_version(_told(answers.snmp_engine))),
        Route("/internal/v1/changes", _same_version(changes)),
        *(Route(path, _same_version(endpoint)) for path, endpoint in endpoints(answers.elements)),
        *(Route(path, _same_version(answer), methods=["POST"]) for path, answer in feed_endpoints(answers.feeds)),
        Route(CONTRACTS, _same_version(_told(answers.feeds.contracts))),
    ]
    return Starlette(routes=routes, exception_handlers=_HANDLERS)


def _told(ask: Callable[[], msgspec.Struct]) -> Callable[[Request], Awaitable[Response]]:
    async def told(_: Request) -> Response:
        return _json(msgspec.json.encode(ask()))

    return told


def _same_version(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def checked(request: Request) -> Response:
        theirs = request.headers.get(VERSION_HEADER, __version__)
        if theirs != __version__:
            return _refused(426, f"this engine is netmon {__version__}, the caller {theirs}: restart the older one")
        return await answer(request)

    return checked


async def _bad_body(_: Request, error: Exception) -> Response:
    return _refused(400, str(error))


async def _not_kept(_: Request, error: Exception) -> Response:
    return _refused(409, str(error))


_HANDLERS = {msgspec.MsgspecError: _bad_body, RecursionError: _bad_body, StoreError: _not_kept}


def _refused(status: int, text: str) -> Response:
    return _json(msgspec.json.encode(Refused([text])), status)


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json")
