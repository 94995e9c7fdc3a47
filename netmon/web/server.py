"""The app of the web process: the routes of all APIs, the dashboard's files, and what runs beside them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp

from netmon.domain.request import LiveReport
from netmon.storage.sqlite.store import open_store
from netmon.web import tmf642, tmf_ack, tmf_clear, tmf_comment, tmf_group, usage_api
from netmon.web.callers import Callers
from netmon.web.config import WebSetup
from netmon.web.context import Web, now_ms
from netmon.web.document import described
from netmon.web.engine import EngineClient
from netmon.web.error import HANDLERS, Refusal
from netmon.web.explain import Explainer
from netmon.web.lane import Lane
from netmon.web.live import Live
from netmon.web.native import (
    actions,
    alarm,
    alarms,
    audit,
    elements,
    explain,
    live,
    maintenance,
    names,
    objects,
    query,
    series,
    services,
    session,
    sites,
    status,
    traps,
    usage,
    usage_acks,
    usage_exceptions,
    usage_statements,
    usage_table,
    views,
)
from netmon.web.network import NetworkView
from netmon.web.pages import no_such_page, pages
from netmon.web.query import Queries
from netmon.web.routes import routes
from netmon.web.security import KnownHosts, SecureHeaders, TrustedProxies, policy
from netmon.web.static_files import StaticFiles
from netmon.web.usage_feed import UsageMemory
from netmon.web.view import AlarmView

OPERATIONS = (
    *session.OPERATIONS,
    *status.OPERATIONS,
    *views.OPERATIONS,
    *audit.OPERATIONS,
    *alarms.OPERATIONS,
    *alarm.OPERATIONS,
    *explain.OPERATIONS,
    *actions.OPERATIONS,
    *live.OPERATIONS,
    *maintenance.OPERATIONS,
    *elements.OPERATIONS,
    *objects.OPERATIONS,
    *series.OPERATIONS,
    *query.OPERATIONS,
    *sites.OPERATIONS,
    *names.OPERATIONS,
    *services.OPERATIONS,
    *traps.OPERATIONS,
    *usage.OPERATIONS,
    *usage_exceptions.OPERATIONS,
    *usage_acks.OPERATIONS,
    *usage_statements.OPERATIONS,
    *usage_table.OPERATIONS,
    *tmf642.OPERATIONS,
    *tmf_ack.OPERATIONS,
    *tmf_clear.OPERATIONS,
    *tmf_comment.OPERATIONS,
    *tmf_group.OPERATIONS,
    *usage_api.OPERATIONS,
)
"""Every path of the APIs, but for /openapi.json, which describes them."""


_REPORT_S = 5.0
_QUICK, _SLOW = 2, 2
"""Threads that read the store; a read that lasts holds up none but its like."""


@contextlib.contextmanager
def open_web(setup: WebSetup) -> Iterator[Web]:
    """Open the store for reading and build the parts; nothing runs yet."""
    store = open_store(setup.data_dir / "netmon.db", read_only=True)
    quick, slow = Lane("quick", _QUICK), Lane("slow", _SLOW)
    queries = Queries(setup.data_dir / "series", setup.config)
    try:
        engine = EngineClient(setup.data_dir / "engine.sock")
        view = AlarmView(store, most=setup.config.live_max_alarms, now_ms=now_ms, lane=quick)
        yield Web(
            store=store,
            quick=quick,
            slow=slow,
            engine=engine,
            view=view,
            live=Live(
                view,
                engine,
                now_ms=now_ms,
                most_clients=setup.config.live_max_clients,
                flood_at=setup.config.flood_per_10min,
            ),
            network=NetworkView(engine, now_ms=now_ms),
            series=queries,
            usage=UsageMemory(now_ms=now_ms),
            callers=Callers(store, engine, setup.config, now_ms=now_ms, lane=quick),
            explainer=Explainer(setup.config_file),
            config=setup.config,
            node_id=setup.node_id,
            data_dir=setup.data_dir,
            worker=setup.worker,
        )
    finally:
        for part in (quick, slow, queries, store):
            part.close()


def build(web: Web) -> ASGIApp:
    """Return the app; ``running`` is what it needs beside it."""
    files = StaticFiles()
    app: ASGIApp = Starlette(
        routes=[*routes(web, described(OPERATIONS)), *pages(web, files)],
        exception_handlers={**HANDLERS, HTTPStatus.NOT_FOUND: no_such_page(web, files)},
    )
    app = TrustedProxies(KnownHosts(app, web.config), web.config.trusted_proxies)
    return SecureHeaders(app, csp=policy(files.read("index.html")), tls=web.config.tls is not None)


async def _report(web: Web) -> None:
    """Tell the engine every few seconds how the live feed is doing; until cancelled."""
    while True:
        with contextlib.suppress(Refusal):
            await web.engine.report(LiveReport(web.worker, web.live.stats()))
        await asyncio.sleep(_REPORT_S)


@contextlib.asynccontextmanager
async def running(web: Web) -> AsyncIterator[None]:
    """Run what works beside the requests as long as the block lasts."""
    async with asyncio.TaskGroup() as group:
        parts: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "engine": web.engine.run,
            "live": web.live.read,
            "beat": web.live.beat,
            "report": partial(_report, web),
            "network": partial(web.network.locate, web.view, web.live.outdated),
        }
        tasks = [group.create_task(run(), name=name) for name, run in parts.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
