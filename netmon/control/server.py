"""The engine's HTTP for machines: metrics, alive, ready."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"

Metrics = Callable[[], Awaitable[bytes]]
"""Renders the text exposition of everything; pauses by itself often enough for the event loop."""

Unready = Callable[[], str]
"""Says why the engine is not ready, empty when it is."""


def build(metrics: Metrics, unready: Unready) -> Starlette:
    """Return the app for ``engine.listen``: ``/metrics``, ``/healthz`` (it lives), ``/readyz`` (it takes input)."""

    async def show_metrics(_: Request) -> Response:
        return Response(await metrics(), media_type=_EXPOSITION)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        reason = unready()
        return PlainTextResponse(f"{reason or 'ok'}\n", status_code=503 if reason else 200)

    return Starlette(
        routes=[Route("/metrics", show_metrics), Route("/healthz", healthz), Route("/readyz", readyz)],
    )
