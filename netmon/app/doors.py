"""The doors of an engine: HTTP for machines, the unix socket for web and command line, the web process itself."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Protocol

import structlog

from netmon.app.elements import Elements
from netmon.app.exporter import Exporter
from netmon.app.feeds import Feeds
from netmon.app.gauges import Gauges
from netmon.app.live_figures import LiveFigures
from netmon.app.memory import lasting_memory
from netmon.app.rejected import Rejected
from netmon.app.ruleset import rules_change
from netmon.app.turns import Turns
from netmon.app.web import WebProcesses
from netmon.config.change import changed_keys, refused
from netmon.config.load import load
from netmon.config.rules import Judged, judge
from netmon.control import requests, server
from netmon.control.changes import Changes
from netmon.control.listen import address_of, listen, listen_unix
from netmon.control.serve import serve
from netmon.domain.observation import RulesChange
from netmon.domain.place import path_text
from netmon.domain.plan import WindowState
from netmon.domain.request import EngineStatus
from netmon.outputs.output import Output
from netmon.outputs.prometheus import Prometheus
from netmon.pipeline import Pipeline
from netmon.sources.operator import Operator
from netmon.sources.traps.listen import Traps
from netmon.step import Core
from netmon.storage.account import AccountCall, Used
from netmon.storage.sqlite.store import SqliteStore
from netmon.telemetry.log import configure_log
from netmon.telemetry.metrics import Metrics
from netmon.web.launch import Launch

log = structlog.get_logger("netmon.engine")


class Behind(Protocol):
    """What the doors lead to; the engine."""

    judged: Judged
    core: Core
    store: SqliteStore
    pipeline: Pipeline
    traps: Traps
    operator: Operator
    outputs: dict[str, Output]
    gauges: Gauges
    elements: Elements
    exporter: Exporter
    rejected: Rejected
    metrics: Metrics
    web: WebProcesses

    def use(self, judged: Judged, rules: RulesChange) -> None:
        """Take over a configuration."""
        ...


class Doors:
    """Opens them, answers at them, closes them."""

    def __init__(self, engine: Behind) -> None:
        self._engine = engine
        self._changes = Changes()
        self._live = LiveFigures(engine.metrics)
        self._sockets: dict[str, socket.socket] = {}
        self._web_sockets: list[socket.socket] = []
        self._reloads: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()

    @property
    def engine_address(self) -> str:
        """Address of the engine's HTTP."""
        return address_of(self._sockets["engine"])

    @property
    def web_address(self) -> str:
        """Address of the web process; empty where there is none."""
        return address_of(self._web_sockets[0]) if self._web_sockets else ""

    def open(self) -> None:
        """Bind all of them.

        Raises:
            CannotListen: an address cannot be had.
        """
        loaded = self._engine.judged.loaded
        self._sockets["engine"] = listen(loaded.config.engine.listen)
        self._sockets["requests"] = listen_unix(loaded.data_dir / "engine.sock")
        if loaded.config.web.enabled:
            # Bound here, so that a taken address stops the start; the web processes inherit it.
            for address in loaded.config.web.listen:
                self._web_sockets.append(listen(address))
            for address in loaded.config.web.exposed():
                log.warning("web can be reached without TLS: passwords travel as they are", listen=address)

    def close(self) -> None:
        """Close all of them."""
        for bound in (*self._sockets.values(), *self._web_sockets):
            bound.close()

    def parts(self) -> list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]]:
        """Return what runs behind the doors."""
        answers = requests.Answers(
            operator=self._engine.operator.ask,
            account=self._account,
            reload=self.reload,
            status=self._status,
            changes=self._changes.follow,
            elements=self._engine.elements,
            rejections=self._engine.rejected.shown,
            live=self._live.take,
            snmp_engine=self._engine.traps.snmp_engine,
            feeds=Feeds(self._engine),
            maintenance=self._maintenance,
        )
        inside, outside = (
            requests.build(answers),
            server.build(self._metrics, self._unready, self._engine.exporter.answer),
        )
        parts: list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]] = [
            ("requests", lambda: serve(inside, [self._sockets["requests"]])),
            ("http", lambda: serve(outside, [self._sockets["engine"]])),
        ]
        if self._web_sockets:
            loaded = self._engine.judged.loaded
            web = self._engine.web
            web.use(Launch(loaded.web_setup(), loaded.config.log), self._web_sockets)
            parts += [(f"web-{number}", partial(web.run, number)) for number in range(1, loaded.config.web.workers + 1)]
        return parts

    def committed(self, change_seq: int, tick: int) -> None:
        """Tell followers that something was committed."""
        self._changes.committed(change_seq, tick)

    def reload_soon(self) -> None:
        """Reload because of a signal; the result is told in the log."""
        task = asyncio.get_running_loop().create_task(self._reload_and_tell())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def reload(self) -> requests.Reloaded:
        """Read configuration, inventory, rules and MIBs again: all of it is taken, or nothing.

        One after the other: the memory of compiled rules is for one at a time, and the newest files must win.
        """
        async with self._reloading:
            with lasting_memory():
                return await self._reload()

    async def _reload(self) -> requests.Reloaded:
        engine = self._engine
        old = engine.judged.loaded
        new = await asyncio.to_thread(load, old.path, pause=Turns())
        try:
            judged = await asyncio.to_thread(judge, new, memory=engine.judged.memory, pause=Turns())
        except OSError as error:
            return requests.Reloaded([f"{error.filename or 'MIB cache'}: {(error.strerror or str(error)).lower()}"])
        problems = [*judged.errors, *refused(old, new)]
        if problems:
            return requests.Reloaded([str(problem) for problem in sorted(problems)])
        configure_log(new.config.log)
        engine.use(judged, await asyncio.to_thread(rules_change, judged, 0))
        engine.web.reload()
        return requests.Reloaded([], [path_text(path) for path in changed_keys(old.config, new.config)])

    async def _reload_and_tell(self) -> None:
        reloaded = await self.reload()
        for problem in reloaded.problems:
            log.error("reload refused", problem=problem)
        if not reloaded.problems:
            log.info("reloaded", changed=reloaded.changed)

    async def _account(self, calls: Sequence[AccountCall]) -> None:
        await self._engine.store.account(*calls)
        if not all(isinstance(call, Used) for call in calls):
            self._changes.accounts_changed()

    def _status(self) -> EngineStatus:
        engine = self._engine
        return EngineStatus(
            seq=engine.core.seq,
            now=engine.core.now,
            waiting=engine.pipeline.waiting(),
            change_seq=engine.core.book.next_seq - 1,
            rules=engine.core.rules_hash,
            traps=tuple(engine.traps.addresses),
            engine=self.engine_address,
            web=self.web_address,
        )

    def _maintenance(self, element: str) -> list[WindowState]:
        core = self._engine.core
        return core.engine.maintenance.states(core.now, element)

    def _unready(self) -> str:
        return self._engine.pipeline.stuck if self._engine.core.now else "not running yet"

    async def _metrics(self) -> AsyncIterator[bytes]:
        self._engine.gauges.refresh()
        self._live.refresh()
        yield self._engine.metrics.render()
        for lines in self._engine.gauges.rule_events():
            yield lines
            await asyncio.sleep(0)
        for output in self._engine.outputs.values():
            if isinstance(output, Prometheus):
                async for piece in output.render():
                    yield piece.encode()
