"""Elements: their list, and the page of one with its charts, interfaces and facts."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.look import comes, ink_around, live
from tests.browser.town import HOSTILE, Town

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

_SILENT_MS = 8_000


@pytest_asyncio.fixture(loop_scope="package")
async def page(noc: Desk) -> AsyncIterator[Page]:
    opened = await noc.tab("/elements", wait=".elements .tr")
    await live(opened)
    yield opened


async def test_the_list_is_filtered_sorted_and_opened_by_keys(page: Page) -> None:
    await expect(page.locator(".counted")).to_have_text("3 elements")
    await page.keyboard.press("/")
    await page.keyboard.type("site:london")
    await expect(page.locator(".counted")).to_have_text("2 of 3")
    await page.keyboard.press("Escape")
    await page.get_by_role("columnheader", name="Name").click()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/elements/lon-edge-2$"))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("lon-edge-2")
    await page.keyboard.press("g")
    await page.keyboard.press("e")
    await expect(page).to_have_url(re.compile(r"/elements$"))


async def test_links_say_where_ports_lead_to_and_who_says_so(page: Page) -> None:
    await page.get_by_role("link", name="lon-edge-1").click()
    card = page.locator("section.card", has=page.get_by_role("heading", name="Links"))
    await expect(card.locator("tbody td").first).to_have_text("xe-0/0/5")
    await expect(card.locator("tbody td").last).to_have_text("inventory only")
    await card.get_by_role("link", name="par-core-1/if:xe-0/0/6").click()
    await expect(page).to_have_url(re.compile(r"/elements/par-core-1$"))
    await expect(card.locator("tbody td").first).to_have_text("xe-0/0/6")
    await expect(card.get_by_role("link", name="lon-edge-1/if:xe-0/0/5")).to_be_visible()


async def test_names_from_the_network_stay_text(page: Page) -> None:
    await page.get_by_role("link", name="lon-edge-1").click()
    described = page.locator("table.ifs td.desc").first
    await expect(described).to_contain_text(HOSTILE.partition("\u202e")[0])
    assert "\u202e" not in str(await described.text_content())
    assert await page.locator("table.ifs img").count() == 0
    assert await page.title() == "lon-edge-1, netmon"


async def test_a_hole_in_the_samples_is_a_hole_in_the_chart(page: Page, watched: Town) -> None:
    await page.get_by_role("link", name="par-core-1").click()
    await expect(page.locator(".chart canvas").first).to_be_visible()
    watched.silence("par-core-1", for_ms=_SILENT_MS)
    for _ in range(5):
        await page.keyboard.press("[")
    await expect(page).to_have_url(re.compile("range=15m"))
    await expect(page.locator(".chart").first).to_have_attribute("aria-label", re.compile(r"in: .* [1-9]\d* gaps"))
    await comes(lambda: ink_at_the_gap(page), lambda ink: ink[0] > 0 and ink[1] == 0 and ink[2] > 0, what="the hole")


async def ink_at_the_gap(page: Page) -> list[int]:
    """Return how much of the line is before, in and after the gap, by the next answer that the chart gets."""
    async with page.expect_response(re.compile("bits_per_second")) as coming:
        pass
    response = await coming.value
    told: Any = await response.json()
    inside = (one for one in told["series"][0]["gaps"] if one[0] > told["from"] and one[1] < told["to"])
    gap = max(inside, key=lambda one: one[1] - one[0], default=(0, 0))
    return await ink_around(page, told, gap) if gap[1] - gap[0] > _SILENT_MS / 2 else [0, 0, 0]


async def test_a_chart_is_readable_without_seeing_it(page: Page) -> None:
    await page.get_by_role("link", name="lon-edge-1").click()
    chart = page.locator(".chart").first
    await expect(chart).to_have_attribute("aria-label", re.compile(r"in: least .* most .* last"))
    await page.get_by_role("button", name="Table").first.click()
    await expect(page.locator(".chart table").first).to_contain_text("Mb/s")


async def test_poll_now_polls_now(page: Page, watched: Town) -> None:
    await page.get_by_role("link", name="lon-edge-2").click()
    await page.get_by_role("button", name="Poll now").click()
    await expect(page.locator(".notice")).to_contain_text("Poll requested")
    asked = [
        one
        for _, one in await asyncio.to_thread(watched.daemon.observations)
        if type(one).__name__ == "OperatorRequest"
    ]
    assert asked


async def test_an_unknown_element_is_said_to_be_unknown(noc: Desk) -> None:
    noc.tolerated += ("404",)
    page = await noc.tab("/elements/nowhere", wait=".empty")
    await expect(page.locator(".empty")).to_contain_text('There is no element "nowhere".')
    await page.get_by_role("link", name="Go to the elements").click()
    await expect(page.locator(".elements .tr").first).to_be_visible()
