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
from netmon.web.context import Web
from netmon.web.engine import EngineClient
from netmon.web.error import HANDLERS
from netmon.web.native import session
from netmon.web.routes import routes
from netmon.web.static_files import StaticFiles

OPERATIONS = (*session.OPERATIONS, *tmf642.OPERATIONS)
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
        yield Web(
            store=store,
            engine=EngineClient(setup.data_dir / "engine.sock"),
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
        tasks = [group.create_task(web.engine.run(), name="engine")]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


def serve(setup: WebSetup, bound: Sequence[socket.socket]) -> None:
    """Serve until SIGTERM or SIGINT, or until the engine that started this process is gone.

    The engine binds the sockets: a taken address stops its start, and a web process started again has it at once.
    """
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
    server = Server(config)
    parent = multiprocessing.parent_process()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, _orphaned, server, parent.sentinel)
    async with running(web):
        await server.serve(list(bound))


def _orphaned(server: Server, sentinel: int) -> None:
    """Free the address at once, for the next engine."""
    asyncio.get_running_loop().remove_reader(sentinel)
    for listening in server.servers:
        listening.close()
    server.should_exit = True
