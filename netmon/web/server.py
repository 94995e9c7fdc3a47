"""The web process: the TMF642 API on the committed store, for callers with a token."""

import asyncio
import multiprocessing
import socket
import time
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from uvicorn import Config, Server

from netmon.alarms.tmf642 import resource
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.web import tmf642
from netmon.web.auth import ReadersOnly
from netmon.web.error import HANDLERS


def build(store: SqliteStore, *, node_id: str) -> Starlette:
    """Return the app on a store that is open for reading."""
    return Starlette(
        routes=tmf642.routes(store, lambda alarm, base: resource(alarm, base, node_id=node_id)),
        middleware=[Middleware(ReadersOnly, lookup=store.token, now_ms=_now_ms)],
        exception_handlers=HANDLERS,
    )


def serve(path: Path, bound: socket.socket, *, node_id: str) -> None:
    """Serve until SIGTERM or SIGINT, or until the engine that started this process is gone.

    The engine binds the socket: a taken address stops its start, and a web process started again has it at once.
    """
    store = open_store(path, read_only=True)
    try:
        asyncio.run(_serve(build(store, node_id=node_id), bound))
    finally:
        store.close()


async def _serve(app: Starlette, bound: socket.socket) -> None:
    config = Config(
        app,
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = Server(config)
    parent = multiprocessing.parent_process()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, _orphaned, server, parent.sentinel)
    await server.serve([bound])


def _orphaned(server: Server, sentinel: int) -> None:
    """Free the address at once, for the next engine."""
    asyncio.get_running_loop().remove_reader(sentinel)
    for listening in server.servers:
        listening.close()
    server.should_exit = True


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
