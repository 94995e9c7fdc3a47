"""The web process from start to stop: sockets, TLS, signals, and the end of the engine that started it."""

import asyncio
import signal
import socket
import ssl
from collections.abc import Sequence

import structlog
from uvicorn import Config, Server

from netmon.runtime.silent import Silent
from netmon.web.config import WebSetup
from netmon.web.context import Web
from netmon.web.server import build, open_web, running
from netmon.web.stream import PATIENCE_S

try:
    from uvloop import new_event_loop
except ImportError:
    # Not where it has no wheels (docs/adr/0016).
    from asyncio import new_event_loop

log = structlog.get_logger("netmon.web")

_GRACE_S = 5
_TICKS_PER_S = 10
"""Of uvicorn."""


def serve(setup: WebSetup, bound: Sequence[socket.socket], *, engine_fd: int) -> None:
    """Serve until SIGTERM, or until the engine that started this process is gone: then ``engine_fd`` can be read.

    The engine binds the sockets: a taken address stops its start, and a web process started again has it at once.
    """
    for one in bound:
        # tcp(7): ends a connection whose peer takes nothing, which no program could end while octets wait for it.
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(PATIENCE_S * 1000))
    with open_web(setup) as web, asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(web, bound, engine_fd))


async def _serve(web: Web, bound: Sequence[socket.socket], engine_fd: int) -> None:
    tls = web.config.tls
    config = Config(
        build(web),
        loop="none",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Whom to believe is for ``security.py``.
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
        ssl_certfile=tls.certificate if tls is not None else None,
        ssl_keyfile=tls.key if tls is not None else None,
    )
    config.load()
    server = _Server(config, web)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, _read_certificate_again, config)
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    loop.add_reader(engine_fd, _orphaned, server, engine_fd)
    async with running(web):
        await server.serve(list(bound))


class _Server(Server):
    """uvicorn, which waits for open answers at its end: the live streams are told to end first."""

    def __init__(self, config: Config, web: Web) -> None:
        super().__init__(config)
        self._web = web
        self._silent = Silent()

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_PER_S == 0:
            self._silent.look(self.server_state.connections)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._web.live.close()
        await super().shutdown(sockets)


def _read_certificate_again(config: Config) -> None:
    """Use a renewed certificate for the connections to come; one that cannot be read changes nothing."""
    if config.ssl is None or config.ssl_certfile is None:
        return
    try:
        config.ssl.load_cert_chain(config.ssl_certfile, config.ssl_keyfile)
    except OSError as error:
        log.error("certificate cannot be read, the old one stays in use", reason=str(error))
    else:
        log.info("certificate read", file=str(config.ssl_certfile))


def _orphaned(server: Server, engine_fd: int) -> None:
    """Free the address at once, for the next engine."""
    asyncio.get_running_loop().remove_reader(engine_fd)
    for listening in server.servers:
        listening.close()
    server.should_exit = True
