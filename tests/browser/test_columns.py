"""Columns on demand and grouping by service: in the list, in this browser, and in a view that is kept."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.by_hand import by_hand
from tests.browser.look import live

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

_GROUPED = """async () => {
  const { arrange } = await import('/static/lib/list.js');
  const row = (id, svc) => ({ id, el: 'r', obj: 'r', sev: 'major', text: id, raised: 1, v: 1, svc });
  const rows = [row('one', ['tv']), row('both', ['web', 'tv']), row('none'), row('two', ['tv'])];
  const plan = { sort: 'severity', down: true, unfolded: new Set(), matches: () => true };
  const entries = arrange(rows, { ...plan, grouping: 'service' });
  return entries.map((entry) => entry.group ?? entry.id);
}"""


async def test_alarms_are_grouped_by_service_each_once(unsigned: Page) -> None:
    assert await unsigned.evaluate(_GROUPED) == ["tv", "one", "two", "tv, web", "both", "no service", "none"]


async def column(page: Page, name: str) -> None:
    await page.get_by_role("button", name="Columns").click()
    await page.get_by_role("menuitemcheckbox", name=name).click()


async def test_columns_are_chosen_kept_and_belong_to_a_view(browser: Browser, tmp_path: Path) -> None:
    async with by_hand(browser, tmp_path) as (noc, engine):
        await engine.raised(1, 2)
        page = await noc.tab("/alarms")
        await live(page)
        header, first = page.get_by_role("columnheader"), page.locator(".tr[data-id]").first
        await expect(first.locator(".xtra")).to_have_count(0)
        for name in ("Probable cause", "Rule"):
            await column(page, name)
        await expect(first.locator(".xtra")).to_have_text(["link-down", "lossOfSignal"])
        await expect(header.filter(has_text="Probable cause")).to_have_count(1)
        await page.get_by_role("button", name="View:").click()
        await page.get_by_role("menuitemradio", name="Save this view ...").click()
        await page.get_by_label("Name").fill("causes")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.locator(".notice")).to_contain_text('View "causes" saved')
        await page.reload()
        await live(page)
        await expect(first.locator(".xtra")).to_have_count(2)
        for name in ("Probable cause", "Rule", "Event type"):
            await column(page, name)
        await expect(first.locator(".xtra")).to_have_text(["communicationsAlarm"])
        await page.get_by_role("columnheader", name="Event type").get_by_role("button").click()
        await expect(page.get_by_role("columnheader", name="Event type")).to_have_attribute("aria-sort", "descending")
        await page.get_by_role("button", name="View:").click()
        await page.get_by_role("menuitemradio", name="causes").click()
        await expect(first.locator(".xtra")).to_have_text(["link-down", "lossOfSignal"])
        left = await page.evaluate("document.querySelector('.tr').getBoundingClientRect().left")
        assert left == 0, "a list with more columns begins where the page does"
