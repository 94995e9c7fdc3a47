"""The engine's HTTP for machines: metrics, alive, ready."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

_PLAIN = "text/plain; charset=utf-8"
_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"

Metrics = Callable[[], AsyncIterator[bytes]]
"""Renders the text exposition of everything in pieces, each of them quick to make."""

Answer = Callable[[Sequence[tuple[str, str]]], Awaitable[tuple[int, str]]]
"""Returns status and text for the parameters of an URL."""

Unready = Callable[[], str]
"""Says why the engine is not ready, empty when it is."""


def build(metrics: Metrics, unready: Unready, snmp: Answer) -> Starlette:
    """Return the app for ``engine.listen``.

    ``/metrics``, ``/snmp`` (scrapes one target), ``/healthz`` (it lives), ``/readyz`` (it takes input).
    """

    async def show_metrics(_: Request) -> Response:
        return StreamingResponse(metrics(), media_type=_EXPOSITION)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        reason = unready()
        return PlainTextResponse(f"{reason or 'ok'}\n", status_code=503 if reason else 200)

    async def scrape(request: Request) -> Response:
        status, text = await snmp(request.query_params.multi_items())
        return Response(text, status, media_type=_EXPOSITION if status == HTTPStatus.OK else _PLAIN)

    return Starlette(
        routes=[
            Route("/metrics", show_metrics),
            Route("/snmp", scrape),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
        ],
    )
