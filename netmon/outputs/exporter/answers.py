"""Answers to scrapes of ``/snmp``; equal ones that are open at a time share one run."""

import asyncio
import time
from collections.abc import Iterable
from itertools import islice
from typing import Literal, Protocol

import msgspec

from netmon.domain.scrape import Scraped, ScrapeFailed, ScrapeTarget
from netmon.normalize.exporter.numbers import DUPLICATE
from netmon.normalize.exporter.series import Rendering, Series
from netmon.outputs.exporter.query import BadQuery, Query, parse
from netmon.outputs.exporter.text import Page
from netmon.rulebook.exporter import ExporterModule
from netmon.telemetry.metrics import Metrics

NAME = "snmp"
"""The output in metrics."""

Turned = Literal["bad_query", "not_allowed", "too_many", "stopped"]
"""Why a scrape was turned away before any agent was asked, or was cut off."""

_MOST_OPEN = 200
"""Runs under way or waiting for room: beyond it scrapes are turned away, so that they fill no memory."""

_SLICE = 300
"""Cells or series that are worked on between two turns of the loop."""


class Scraper(Protocol):
    """Who knows modules and asks agents: ``app/exporter.py``."""

    @property
    def wrap(self) -> bool:
        """Whether counters are shown modulo 2^53."""
        ...

    def module(self, name: str) -> ExporterModule | None:
        """Return a module, None where there is none of that name."""
        ...

    def knows_auth(self, name: str) -> bool:
        """Tell whether there is an auth or a credential of that name."""
        ...

    async def find(self, host: str, port: int) -> ScrapeTarget | None:
        """Return an agent, None where it may not be asked."""
        ...

    async def scrape(self, at: ScrapeTarget, module: ExporterModule, query: Query) -> Scraped:
        """Return the cells of a module.

        Raises:
            ScrapeFailed: it could not be read to its end.
        """
        ...


class _Run(msgspec.Struct, frozen=True):
    """What one run brought."""

    series: tuple[Series, ...]
    scraped: Scraped
    walk_s: float
    whole_s: float


_Key = tuple[str, int, str, str, str, bytes, bytes]


class ExporterAnswers:
    """Answers queries with status and text."""

    def __init__(self, scraper: Scraper, metrics: Metrics) -> None:
        self._scraper = scraper
        self._metrics = metrics
        self._open: dict[_Key, asyncio.Future[_Run]] = {}
        self._renderings: dict[str, Rendering] = {}
        """By the name of the module; a reload brings other modules."""

    async def answer(self, parameters: Iterable[tuple[str, str]]) -> tuple[int, str]:
        """Return the HTTP status and the text for an URL's parameters."""
        self._metrics.output_received.labels(NAME).inc()
        try:
            query = parse(parameters)
            modules = self._modules(query)
        except BadQuery as error:
            return self._refused(400, "bad_query", str(error))
        at = await self._scraper.find(query.host, query.port)
        if at is None:
            return self._refused(400, "not_allowed", "target is not allowed")
        page = Page()
        for name, module in modules:
            try:
                run = await self._shared(at, name, module, query)
            except ScrapeFailed as failed:
                status = 503 if failed.reason == "too_many" else 500
                return self._refused(status, failed.reason, f"module '{name}': {failed}")
            await _show(page, name, run)
        self._dropped(DUPLICATE, page.duplicates)
        self._metrics.output_sent.labels(NAME).inc()
        self._metrics.output_last_success.labels(NAME).set_to_current_time()
        return 200, page.text()

    def _modules(self, query: Query) -> list[tuple[str, ExporterModule]]:
        if not self._scraper.knows_auth(query.auth):
            raise BadQuery(f"Unknown auth '{query.auth}'")
        found = []
        for name in query.modules:
            module = self._scraper.module(name)
            if module is None:
                raise BadQuery(f"Unknown module '{name}'")
            found.append((name, module))
        return found

    async def _shared(self, at: ScrapeTarget, name: str, module: ExporterModule, query: Query) -> _Run:
        """Return the run of an equal scrape that is under way, or of a new one."""
        element = at.element.id if at.element is not None else ""
        key = (at.address, at.port, element, name, query.auth, query.context, query.context_engine)
        running = self._open.get(key)
        if running is not None:
            return await asyncio.shield(running)
        if len(self._open) >= _MOST_OPEN:
            raise ScrapeFailed("too_many", f"{_MOST_OPEN} scrapes are under way")
        running = self._open[key] = asyncio.get_running_loop().create_future()
        try:
            running.set_result(await self._run(at, name, module, query))
        except ScrapeFailed as failed:
            running.set_exception(failed)
        finally:
            del self._open[key]
            if not running.done():
                running.set_exception(ScrapeFailed("stopped", "netmon stops"))
                # Seen here, so that nobody is told of it where no other scrape waits.
                running.exception()
        return await running

    async def _run(self, at: ScrapeTarget, name: str, module: ExporterModule, query: Query) -> _Run:
        began = time.monotonic()
        scraped = await self._scraper.scrape(at, module, query)
        walked = time.monotonic()
        slices, cells = self._rendering(name, module).slices(scraped.cells), iter(scraped.cells)
        series: list[Series] = []
        while slice_ := list(islice(cells, _SLICE)):
            series += slices.of(slice_)
            await asyncio.sleep(0)
        for reason, count in slices.dropped.items():
            self._dropped(reason, count)
        return _Run(tuple(series), scraped, walked - began, time.monotonic() - began)

    def _rendering(self, name: str, module: ExporterModule) -> Rendering:
        """Return what makes series of a module; to compile it costs more than many a scrape."""
        kept = self._renderings.get(name)
        if kept is None or kept.module is not module or kept.wrap != self._scraper.wrap:
            kept = self._renderings[name] = Rendering(module, wrap=self._scraper.wrap)
        return kept

    def _refused(self, status: int, reason: str, text: str) -> tuple[int, str]:
        self._metrics.output_errors.labels(NAME, reason).inc()
        return status, f"{text}\n"

    def _dropped(self, reason: str, count: int) -> None:
        if count:
            self._metrics.output_dropped.labels(NAME, reason).inc(count)


async def _show(page: Page, name: str, run: _Run) -> None:
    for at in range(0, len(run.series), _SLICE):
        page.add(run.series[at : at + _SLICE])
        await asyncio.sleep(0)
    page.own("snmp_scrape_walk_duration_seconds", name, run.walk_s)
    page.own("snmp_scrape_packets_sent", name, run.scraped.sent)
    page.own("snmp_scrape_packets_retried", name, run.scraped.resent)
    page.own("snmp_scrape_pdus_returned", name, len(run.scraped.cells))
    page.own("snmp_scrape_duration_seconds", name, run.whole_s)
