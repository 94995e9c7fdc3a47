"""``netmon demo`` in a browser: a fault and who takes it, the hole in its charts, ten tabs, an engine that halts."""

import json
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.desk import Desk, desk
from tests.browser.look import band, ink_around, live
from tests.browser.test_tabs import TABS, Streams, same
from tests.cli.test_demo import running
from tests.patience import PATIENCE_S
from tests.wire.peers import get, until

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

_ELEMENT = "core-par-001"
_GAP_MS = 20 * 60_000
"""The demo leaves out a little more (docs/tutorial/demo.md)."""
_FAULT = "state:active%20%22fans%20of%20agg-lon-120%20failed%22"
_PAST = f"/api/v1/query?metric=netmon_if_in_bits_per_second&element={_ELEMENT}&from=now-6h"


class Show(msgspec.Struct, frozen=True):
    """A demo that runs."""

    pid: int
    access: dict[str, str]

    @property
    def web(self) -> str:
        """Address of its dashboard."""
        return self.access["url"].removeprefix("http://")

    async def signed_in(self, sat: Desk) -> Desk:
        """Sign in with what the demo says."""
        return await sat.signed_in(self.access["user"], self.access["password"])


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def show(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Show]:
    folder = tmp_path_factory.mktemp("demo") / "data"
    with running("--data-dir", str(folder)) as process:
        await until(lambda: (folder / "access.json").exists(), what="access.json")
        access = json.loads((folder / "access.json").read_text())
        await until(lambda: get(f"{access['url']}/login") is not None, what="the sign-in page")
        yield Show(process.pid, access)


@pytest_asyncio.fixture(loop_scope="package")
async def sat(browser: Browser, show: Show) -> AsyncIterator[Desk]:
    async with desk(browser, show.web) as opened:
        yield await show.signed_in(opened)


def fan(page: Page) -> Locator:
    """Return the row of the fault that lasts longest."""
    return page.locator(".tr:not(.clr)", has_text="fans of agg-lon-120 failed")


def engine_of(demo: int) -> int:
    """Return the process of the daemon: a child of the demo."""
    children = Path(f"/proc/{demo}/task/{demo}/children").read_text().split()
    [found] = [int(pid) for pid in children if b"\0run\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return found


async def test_a_fault_of_the_story_is_acknowledged_by_one_and_seen_by_another(
    sat: Desk, browser: Browser, show: Show
) -> None:
    def begun() -> bool:
        alarms = get(f"{show.access['url']}/api/v1/alarms?q={_FAULT}", show.access["token"])
        return bool(alarms and alarms["alarms"])

    async with desk(browser, show.web) as other:
        theirs = await (await show.signed_in(other)).tab("/alarms")
        mine = await sat.tab("/alarms")
        await until(begun, patience_s=5 * PATIENCE_S, what="the first fault of the story")
        await fan(mine).click()
        await mine.get_by_role("complementary").get_by_role("button", name="Acknowledge").click()
        await expect(fan(theirs).locator(".st")).to_have_text(show.access["user"])
        await expect(fan(theirs)).to_have_class(re.compile(r"\back\b"))


async def test_the_hole_in_its_past_is_a_hole_in_the_chart(sat: Desk, show: Show) -> None:
    def longest() -> Any:
        answer = get(f"{show.access['url']}{_PAST}", show.access["token"]) or {"series": [], "to": 0}
        gaps = [(gap[1] - gap[0], gap) for line in answer["series"] for gap in line["gaps"] if gap[1] < answer["to"]]
        return max(gaps, default=(0, []))[0] > _GAP_MS and answer

    await until(longest, what="the past hours")
    page = await sat.tab("/alarms")
    async with page.expect_response(re.compile("bits_per_second")) as coming:
        await page.goto(f"{sat.base}/elements/{_ELEMENT}?range=6h")
    drawn = await (await coming.value).json()
    await expect(page.locator(".chart").first).to_have_attribute("aria-label", re.compile(r"in: .* [1-9]\d* gap"))
    gap = max((one for one in drawn["series"][0]["gaps"] if one[1] < drawn["to"]), key=lambda one: one[1] - one[0])
    before, inside, after = await ink_around(page, drawn, gap)
    assert before > 0
    assert inside == 0
    assert after > 0


async def test_ten_tabs_are_live_by_one_stream(sat: Desk) -> None:
    streams = Streams(sat.context)
    tabs = [await sat.tab("/alarms") for _ in range(TABS)]
    for tab in tabs:
        await live(tab)
    assert len(streams.open) == 1
    await same(tabs)


async def test_an_engine_that_stands_still_is_said_and_heals_without_reload(sat: Desk, show: Show) -> None:
    page = await sat.tab("/alarms")
    await live(page)
    sat.tolerated += ("503", "504")
    await page.evaluate("window.kept = true")
    engine = engine_of(show.pid)
    os.kill(engine, signal.SIGSTOP)
    try:
        await expect(band(page)).to_contain_text("The engine is not answering")
    finally:
        os.kill(engine, signal.SIGCONT)
    await live(page)
    await expect(band(page)).to_have_count(0)
    assert await page.evaluate("window.kept")
