"""The alarm list in Chromium: 10,000 alarms of a running netmon, 200 changes a second (specs/dashboard.md 11)."""

import asyncio
import contextlib
import math
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, ViewportSize

from benchmarks.engine_process import RunningEngine, free_ports, wait_for
from benchmarks.measure import Row, median, row, say
from benchmarks.traps import start_traffic
from benchmarks.web import with_web
from tests.browser.desk import Desk, chromium
from tests.wire.peers import free_port

_ALARMS = 10_000
_RAISE_PER_S = 1_000
_CHANGES_PER_S = 200
_RUNS = 3
_SCROLL_S = 15
HEAP_MINUTES = 10.0
_WHEEL_S = 0.5
_VIEW = ViewportSize(width=1600, height=900)
_LIST = "/api/v1/alarms"

_FIRST_ROW = """
  const look = new MutationObserver(() => {
    if (!document.querySelector('.tr[data-id]')) return;
    look.disconnect();
    requestAnimationFrame(() => { window.firstRow = performance.now(); });
  });
  look.observe(document, { childList: true, subtree: true });
"""
_PROBE = """() => {
  const probe = window.probe = { frames: [], long: [], on: true };
  new PerformanceObserver((list) => probe.long.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: 'longtask' });
  const beat = (at) => { probe.frames.push(at); if (probe.on) requestAnimationFrame(beat); };
  requestAnimationFrame(beat);
}"""
_PROBED = "() => { probe.on = false; return { frames: probe.frames, long: probe.long }; }"

_ROWS = "() => import('/static/lib/alarms.js').then(({ feed }) => feed.rows.size)"


class _Scrolled(msgspec.Struct, frozen=True):
    """What 15 seconds of scrolling were like."""

    fps: float
    worst_ms: float
    long: int
    longest_ms: float
    busy_percent: float


def dashboard(folder: Path) -> list[Row]:
    """Return how fast the list is there, how it scrolls, and what it holds."""
    with _many_alarms(folder) as (started, base, password):
        return asyncio.run(_measure(started, base, password))


def heap(folder: Path, *, minutes: float = HEAP_MINUTES) -> list[Row]:
    """Return what the list holds after minutes of changes, beside what it held before them."""
    with _many_alarms(folder) as (started, base, password):
        begin, later = asyncio.run(_held(started, base, password, minutes))
    name = f"dashboard, heap with {_ALARMS} alarms after {minutes:g} min at {_CHANGES_PER_S} changes/s"
    return [row(name, "MB", netmon=later, peer=begin, peer_name="before", target="<= 1.1")]


@contextlib.contextmanager
def _many_alarms(folder: Path) -> Iterator[tuple[RunningEngine, str, str]]:
    """Run an engine and its web process with many active alarms; with the address and the password."""
    ports, web = free_ports(), f"127.0.0.1:{free_port()}"
    with with_web(folder, ports, web) as (started, _):
        start_traffic("raises", started.traps, count=_ALARMS, rate=_RAISE_PER_S, interfaces=_ALARMS).wait()
        wait_for(lambda: _raised(started), what="the alarms")
        yield started, f"http://{web}", (folder / "data" / "admin-password").read_text().strip()


def _raised(started: RunningEngine) -> bool:
    return started.metric("netmon_alarm_changes_total", 'kind="raised"') >= _ALARMS


async def _measure(started: RunningEngine, base: str, password: str) -> list[Row]:
    async with chromium() as browser:
        session = await _session(browser, base, password)
        firsts = [await _first_rows(browser, base, session) for _ in range(_RUNS)]
        blank = await _blank_fps(browser)
        context = await browser.new_context(viewport=_VIEW, storage_state=session)
        try:
            scrolled, held = await _scroll_all(started, context, base)
        finally:
            await context.close()
    return [*_first_figures(firsts), *_scroll_figures(scrolled, blank), _heap_figure(held)]


async def _session(browser: Browser, base: str, password: str) -> Any:
    """Return what a browser keeps of being signed in."""
    context = await browser.new_context(viewport=_VIEW)
    await Desk(context, base).signed_in("admin", password)
    session = await context.storage_state()
    await context.close()
    return session


async def _held(started: RunningEngine, base: str, password: str, minutes: float) -> tuple[float, float]:
    """Return the heap of a list that has been scrolled, and that after more minutes of changes, in MB."""
    async with chromium() as browser:
        context = await browser.new_context(viewport=_VIEW)
        try:
            page = await (await Desk(context, base).signed_in("admin", password)).tab("/alarms")
            tools = await _tools(page)
            with _changing(started, seconds=60 * minutes + _RUNS * (_SCROLL_S + 5)):
                for _ in range(_RUNS):
                    await _scroll(page, tools)
                looks = [await _heap_mb(tools)]
                for minute in range(math.ceil(minutes)):
                    await asyncio.sleep(60 * min(1.0, minutes - minute))
                    looks.append(await _heap_mb(tools))
                    rows = await page.evaluate(_ROWS)
                    after = f"{looks[-1]:.1f} MB with {rows} rows after {min(minutes, minute + 1):g} min"
                    say(f"heap: {looks[0]:.1f} MB, {after}")
                return looks[0], looks[-1]
        finally:
            await context.close()


async def _first_rows(browser: Browser, base: str, session: Any) -> tuple[float, int]:
    """Return when the first rows were there after a cold navigation, in ms, and the octets of all but the list."""
    context = await browser.new_context(viewport=_VIEW, storage_state=session)
    try:
        page = await context.new_page()
        await page.add_init_script(_FIRST_ROW)
        wire = await context.new_cdp_session(page)
        octets = await _count_octets(wire)
        await page.goto(f"{base}/alarms")
        await page.wait_for_function("() => window.firstRow", timeout=30_000)
        return await page.evaluate("firstRow"), sum(octets.values())
    finally:
        await context.close()


async def _count_octets(wire: CDPSession) -> dict[str, int]:
    """Return a dict that fills with what each request brings over the wire, the list left out."""
    found: dict[str, int] = {}
    left_out: set[str] = set()
    await wire.send("Network.enable")

    def asked(event: dict[str, Any]) -> None:
        if event["request"]["url"].endswith(_LIST):
            left_out.add(event["requestId"])

    def came(event: dict[str, Any]) -> None:
        if event["requestId"] not in left_out:
            found[event["requestId"]] = int(event["encodedDataLength"])

    wire.on("Network.requestWillBeSent", asked)
    wire.on("Network.loadingFinished", came)
    return found


async def _blank_fps(browser: Browser) -> float:
    """Return the frames per second of a page with nothing in it, with the same probe."""
    page = await browser.new_page(viewport=_VIEW)
    await page.set_content("<p>nothing</p>")
    await page.evaluate(_PROBE)
    await asyncio.sleep(_SCROLL_S / 3)
    told = await page.evaluate(_PROBED)
    await page.close()
    return _fps(told["frames"])


async def _scroll_all(started: RunningEngine, context: BrowserContext, base: str) -> tuple[list[_Scrolled], float]:
    """Return what scrolling is like, and the heap afterwards in MB."""
    page = await Desk(context, base).tab("/alarms")
    tools = await _tools(page)
    with _changing(started, seconds=_RUNS * (_SCROLL_S + 5)):
        return [await _scroll(page, tools) for _ in range(_RUNS)], await _heap_mb(tools)


async def _tools(page: Page) -> CDPSession:
    tools = await page.context.new_cdp_session(page)
    await tools.send("Performance.enable")
    return tools


@contextlib.contextmanager
def _changing(started: RunningEngine, *, seconds: float) -> Iterator[None]:
    """Have alarms change while the block lasts, for so long at most."""
    sender = start_traffic("transitions", started.traps, count=int(_CHANGES_PER_S * seconds), rate=_CHANGES_PER_S)
    try:
        yield
    finally:
        sender.kill()
        sender.wait()


async def _scroll(page: Page, tools: CDPSession) -> _Scrolled:
    await page.mouse.move(800, 500)
    busy, began = await _metric(tools, "TaskDuration"), time.perf_counter()
    await page.evaluate(_PROBE)
    for turn in range(int(_SCROLL_S / _WHEEL_S)):
        await page.mouse.wheel(0, 640 if turn % 10 < 8 else -1_280)
        await asyncio.sleep(_WHEEL_S)
    told = await page.evaluate(_PROBED)
    spent = (await _metric(tools, "TaskDuration") - busy) / (time.perf_counter() - began)
    frames = told["frames"]
    worst = max(after - before for before, after in pairwise(frames))
    made = _Scrolled(_fps(frames), worst, len(told["long"]), max(told["long"], default=0), 100 * spent)
    say(f"scrolled: {made}")
    return made


def _fps(frames: list[float]) -> float:
    return (len(frames) - 1) * 1000 / (frames[-1] - frames[0])


async def _metric(tools: CDPSession, name: str) -> float:
    found = (await tools.send("Performance.getMetrics"))["metrics"]
    return next(float(one["value"]) for one in found if one["name"] == name)


async def _heap_mb(tools: CDPSession) -> float:
    await tools.send("HeapProfiler.collectGarbage")
    return await _metric(tools, "JSHeapUsedSize") / 1_000_000


def _first_figures(firsts: list[tuple[float, int]]) -> list[Row]:
    name = f"dashboard, first of {_ALARMS} alarms on the screen after a cold navigation"
    rows = median([at for at, _ in firsts]) / 1000
    octets = median([octets for _, octets in firsts]) / 1000
    return [
        row(name, "s", netmon=rows, peer=1.5, peer_name="budget", target="<= 1"),
        row("dashboard, first load without the list", "KB", netmon=octets, peer=120, peer_name="budget", target="<= 1"),
    ]


def _scroll_figures(scrolled: list[_Scrolled], blank: float) -> list[Row]:
    what = f"dashboard, scrolling {_ALARMS} alarms at {_CHANGES_PER_S} changes/s"

    def budget(figure: str, unit: str, name: str, limit: float) -> Row:
        value = median([float(getattr(one, name)) for one in scrolled])
        return row(f"{what}: {figure}", unit, netmon=value, peer=limit, peer_name="budget", target="<= 1")

    fps = median([one.fps for one in scrolled])
    return [
        row(f"{what}: frames", "frames/s", netmon=fps, peer=blank, peer_name="a blank page", target=">= 0.9"),
        budget("worst frame", "ms", "worst_ms", 150),
        budget(f"long tasks in {_SCROLL_S} s", "tasks", "long", 25),
        budget("longest task", "ms", "longest_ms", 150),
        budget("main thread", "% of a core", "busy_percent", 50),
    ]


def _heap_figure(held: float) -> Row:
    return row(f"dashboard, heap with {_ALARMS} alarms", "MB", netmon=held, peer=20, peer_name="budget", target="<= 1")
