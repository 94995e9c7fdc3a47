"""Serves an ASGI app on sockets that are already bound, as one coroutine of a TaskGroup."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence

from starlette.types import ASGIApp
from uvicorn import Config, Server

from netmon.runtime.silent import Silent

_GRACE_S = 2
_SOON_S = 0.2
_TICK_S = 1
"""How often the date that answers carry is renewed, and connections are looked at."""
_AT_ONCE = 1
"""Connections taken in one turn of the loop: of more Python 3.11 logs each that finds no descriptor and tries again."""
_WAITING = 128
"""Connections that the kernel keeps until then."""


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
            backlog=_AT_ONCE,
            timeout_graceful_shutdown=_GRACE_S,
        )
    )
    serving = asyncio.create_task(server.serve(list(sockets)))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.stop()
        await serving
        raise


class _Server(Server):
    """uvicorn without its signal handlers, which are the engine's, and with one look a second instead of ten."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._stop = asyncio.Event()
        self._silent = Silent()

    def stop(self) -> None:
        self.should_exit = True
        self._stop.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            self._silent.look(self.server_state.connections)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._stop.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for bound in sockets or ():
            bound.listen(_WAITING)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what waits for a request; for answers that take longer, go uvicorn's way, which looks now and then."""
        for listening in self.servers:
            listening.close()
        for bound in sockets or ():
            bound.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_SOON_S)
        await asyncio.sleep(0)
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
