"""What the page says and does when the engine or the whole daemon is gone, and that it heals by itself."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.desk import Desk, desk, password
from tests.browser.look import band, live, row
from tests.browser.town import PORTS, Town, town

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

_GONE = ("503", "Failed to load resource", "ERR_")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A town of one's own, to break."""
    async with town(tmp_path_factory.mktemp("alone"), web={"flood_per_10min": 3}) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="package")
async def sat(browser: Browser, alone: Town) -> AsyncIterator[Desk]:
    async with desk(browser, alone.daemon.web) as opened:
        yield await opened.signed_in("admin", password(alone.daemon))


async def fallen(sat: Desk, alone: Town, port: str) -> Page:
    """Return a page that shows the alarm of a port, opened."""
    page = await sat.tab("/alarms")
    await live(page)
    alone.down("lon-edge-1", port)
    await row(page, "lon-edge-1", port).click()
    await expect(page.get_by_role("complementary").get_by_role("button", name="Acknowledge")).to_be_visible()
    return page


def web_process(engine: int) -> int:
    """Return the process that serves the dashboard, a child of the engine."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == engine and "netmon.web" in (process / "cmdline").read_text():
                return int(process.name)
    raise AssertionError("there is no web process")


async def test_a_killed_daemon_is_said_and_healed_without_reload(sat: Desk, alone: Town) -> None:
    page = await fallen(sat, alone, PORTS[0])
    await page.evaluate("window.kept = true")
    sat.tolerated += _GONE
    await asyncio.to_thread(alone.daemon.kill)
    await expect(band(page)).to_contain_text("No news from netmon since")
    await expect(band(page)).to_contain_text("Reconnecting, try")
    acknowledge = page.get_by_role("complementary").get_by_role("button", name="Acknowledge")
    await expect(acknowledge).to_have_attribute("aria-disabled", "true")
    age = await row(page, "lon-edge-1", PORTS[0]).locator(".age").text_content()
    await page.wait_for_timeout(1_500)
    assert await row(page, "lon-edge-1", PORTS[0]).locator(".age").text_content() == age, "ages stand still"
    clock = page.locator(".clock")
    await expect(clock).to_have_text(re.compile(r"^as of UTC \d\d:\d\d:\d\d$"))
    await expect(clock).to_have_attribute("title", re.compile("The clock stands"))
    await alone.daemon.start()
    await live(page)
    await expect(page.locator(".clock")).to_have_text(re.compile(r"^UTC \d\d:\d\d:\d\d$"))
    await expect(band(page)).to_have_count(0)
    alone.down("par-core-1", PORTS[1])
    await page.mouse.move(800, 20)
    await expect(row(page, "par-core-1", PORTS[1])).to_be_visible()
    await acknowledge.click()
    await expect(row(page, "lon-edge-1", PORTS[0]).locator(".st")).to_have_text("admin")
    assert await page.evaluate("window.kept")


async def test_an_engine_that_does_not_answer_is_said_and_nothing_can_be_done(sat: Desk, alone: Town) -> None:
    page = await fallen(sat, alone, PORTS[1])
    assert alone.daemon.process is not None
    sat.tolerated += _GONE
    os.kill(alone.daemon.process.pid, signal.SIGSTOP)
    try:
        await expect(band(page)).to_contain_text("The engine is not answering since")
        await expect(page.get_by_role("complementary").get_by_role("button", name="Acknowledge")).to_have_attribute(
            "aria-disabled", "true"
        )
    finally:
        os.kill(alone.daemon.process.pid, signal.SIGCONT)
    await live(page)
    await expect(band(page)).to_have_count(0)


async def test_a_page_that_polls_says_that_the_engine_does_not_answer(sat: Desk, alone: Town) -> None:
    await sat.context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })")
    page = await fallen(sat, alone, PORTS[3])
    await expect(page.locator(".live")).to_have_text("Live every 2 s")
    assert alone.daemon.process is not None
    sat.tolerated += _GONE
    os.kill(alone.daemon.process.pid, signal.SIGSTOP)
    try:
        await expect(band(page)).to_contain_text("The engine is not answering since")
        await expect(page.get_by_role("complementary").get_by_role("button", name="Acknowledge")).to_have_attribute(
            "aria-disabled", "true"
        )
    finally:
        os.kill(alone.daemon.process.pid, signal.SIGCONT)
    await expect(page.locator(".live")).to_have_text("Live every 2 s")
    await expect(band(page)).to_have_count(0)


async def test_a_sign_out_that_fails_is_said(sat: Desk, alone: Town) -> None:
    page = await sat.tab("/system")
    await live(page)
    assert alone.daemon.process is not None
    sat.tolerated += (*_GONE, "504", "401")
    os.kill(alone.daemon.process.pid, signal.SIGSTOP)
    try:
        await page.get_by_role("button", name="admin").click()
        await page.get_by_role("menuitem", name="Sign out").click()
        await expect(page.locator(".notice")).to_contain_text("Sign out: ")
        assert page.url.endswith("/system")
    finally:
        os.kill(alone.daemon.process.pid, signal.SIGCONT)


async def test_the_flood_limit_is_the_one_that_is_set(sat: Desk) -> None:
    page = await sat.tab("/system")
    await expect(page.locator(".foot")).to_contain_text("flood limit 3")


async def test_a_killed_web_process_is_started_again_and_the_page_goes_on(sat: Desk, alone: Town) -> None:
    page = await fallen(sat, alone, PORTS[2])
    assert alone.daemon.process is not None
    sat.tolerated += _GONE
    os.kill(web_process(alone.daemon.process.pid), signal.SIGKILL)
    alone.down("par-core-1", PORTS[2])
    await page.mouse.move(800, 20)
    await expect(row(page, "par-core-1", PORTS[2])).to_be_visible()
    await live(page)
