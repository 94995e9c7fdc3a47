"""Serves an ASGI app on sockets that are already bound, as one coroutine of a TaskGroup."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence

from starlette.types import ASGIApp
from uvicorn import Config, Server

_GRACE_S = 2


async def serve(app: ASGIApp, sockets: Sequence[socket.socket]) -> None:
    """Serve until cancelled; then let running answers end for a short grace. The sockets are closed at the end."""
    server = _Server(
        Config(
            app,
            loop="asyncio",
            # Not what happens to be installed: httptools sends chunks to HTTP/1.0 too, which RFC 9112 6.1 forbids.
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
    )
    serving = asyncio.create_task(server.serve(list(sockets)))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise


class _Server(Server):
    """uvicorn without its signal handlers: the signals of the engine are for ``app.py``."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
