"""The web process: the routes of all APIs, the dashboard's files, what runs beside them, start and stop."""

import asyncio
import contextlib
import multiprocessing
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.routing import Route
from uvicorn import Config, Server

from netmon.storage.sqlite.store import open_store
from netmon.web import tmf642
from netmon.web.config import WebConfig
from netmon.web.context import Web, now_ms
from netmon.web.engine import EngineClient
from netmon.web.error import HANDLERS
from netmon.web.live import Live
from netmon.web.native import live, session
from netmon.web.routes import routes
from netmon.web.static_files import StaticFiles
from netmon.web.stream import PATIENCE_S
from netmon.web.view import AlarmView

OPERATIONS = (*session.OPERATIONS, *live.OPERATIONS, *tmf642.OPERATIONS)
"""Every path of the APIs."""

PAGES = (
    "/",
    "/alarms",
    "/alarms/{id}",
    "/elements",
    "/elements/{element}",
    "/explore",
    "/services",
    "/usage",
    "/system",
)
"""Paths of the dashboard: all are the same page."""


class WebSetup(msgspec.Struct, frozen=True):
    """What a web process is started with."""

    data_dir: Path
    node_id: str
    config: WebConfig = WebConfig()


@contextlib.contextmanager
def open_web(setup: WebSetup) -> Iterator[Web]:
    """Open the store for reading and build the parts; nothing runs yet."""
    store = open_store(setup.data_dir / "netmon.db", read_only=True)
    try:
        engine = EngineClient(setup.data_dir / "engine.sock")
        view = AlarmView(store, most=20_000, now_ms=now_ms)
        yield Web(
            store=store,
            engine=engine,
            view=view,
            live=Live(view, engine, now_ms=now_ms),
            config=setup.config,
            node_id=setup.node_id,
            data_dir=setup.data_dir,
        )
    finally:
        store.close()


def build(web: Web) -> Starlette:
    """Return the app; ``running`` is what it needs beside it."""
    files = StaticFiles()
    pages = [Route("/static/{path:path}", files.file), *(Route(path, files.page) for path in PAGES)]
    return Starlette(routes=[*routes(web, OPERATIONS), *pages], exception_handlers=HANDLERS)


@contextlib.asynccontextmanager
async def running(web: Web) -> AsyncIterator[None]:
    """Run what works beside the requests as long as the block lasts."""
    async with asyncio.TaskGroup() as group:
        parts = {"engine": web.engine.run, "live": web.live.read, "beat": web.live.beat}
        tasks = [group.create_task(run(), name=name) for name, run in parts.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


def serve(setup: WebSetup, bound: Sequence[socket.socket]) -> None:
    """Serve until SIGTERM or SIGINT, or until the engine that started this process is gone.

    The engine binds the sockets: a taken address stops its start, and a web process started again has it at once.
    """
    for one in bound:
        # tcp(7): ends a connection whose peer takes nothing, which no program could end while octets wait for it.
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(PATIENCE_S * 1000))
    with open_web(setup) as web:
        asyncio.run(_serve(web, bound))


async def _serve(web: Web, bound: Sequence[socket.socket]) -> None:
    config = Config(
        build(web),
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = _Server(config, web)
    parent = multiprocessing.parent_process()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, _orphaned, server, parent.sentinel)
    async with running(web):
        await server.serve(list(bound))


class _Server(Server):
    """uvicorn, which waits for open answers at its end: the live streams are told to end first."""

    def __init__(self, config: Config, web: Web) -> None:
        super().__init__(config)
        self._web = web

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._web.live.close()
        await super().shutdown(sockets)


def _orphaned(server: Server, sentinel: int) -> None:
    """Free the address at once, for the next engine."""
    asyncio.get_running_loop().remove_reader(sentinel)
    for listening in server.servers:
        listening.close()
    server.should_exit = True
