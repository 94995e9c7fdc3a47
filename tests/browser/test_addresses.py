"""What an address says and its page does not know is told; what one may not do is said when it is tried."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.by_hand import by_hand
from tests.browser.desk import Desk
from tests.browser.look import live

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

_STRANGE = """async ([text, known]) => {
  const { strange } = await import('/static/lib/strange.js');
  return strange(new URLSearchParams(text), known);
}"""
_TALLY = """async () => {
  const { tally } = await import('/static/lib/places.js');
  const [hidden, cleared] = [['x'], 1];
  const rows = [{}, { hidden }, { cleared }, { cleared, hidden }].map((row) => ({ ...row, sev: 'major' }));
  const all = tally(rows, { matches: () => true, beside: () => true });
  const seen = tally(rows, { matches: (row) => !row.hidden && !row.cleared, beside: () => true });
  return [all, seen];
}"""


async def test_what_is_strange_in_an_address_is_named_with_its_place(unsigned: Page) -> None:
    known = {"q": None, "sort": ["name", "-name", "site", "-site"]}
    assert await unsigned.evaluate(_STRANGE, ["q=x&sort=-name", known]) == []
    assert await unsigned.evaluate(_STRANGE, ["sort=nam&site=lon", known]) == [
        '"sort=nam" is none of name, site; did you mean "name"?',
        '"site=lon" means nothing here',
    ]
    assert await unsigned.evaluate(_STRANGE, ["constructor=1&toString=2&__proto__=3", known]) == [
        '"constructor=1" means nothing here',
        '"toString=2" means nothing here',
        '"__proto__=3" means nothing here',
    ]


async def test_active_and_cleared_alarms_are_counted_apart(unsigned: Page) -> None:
    everything, seen = await unsigned.evaluate(_TALLY)
    assert everything == {"matching": 2, "cleared": 2, "active": 2, "shelved": 0, "hidden": 0, "listed": {"major": 2}}
    assert seen == {"matching": 1, "cleared": 0, "active": 2, "shelved": 0, "hidden": 1, "listed": {"major": 1}}


async def test_a_wrong_address_says_what_was_left_out_and_a_wrong_filter_can_be_taken_away(noc: Desk) -> None:
    page = await noc.tab("/alarms?q=sevrity:critical&sort=bogus&site=lon")
    told = page.locator(".band.strange")
    await expect(told).to_contain_text('"sort=bogus" is none of severity')
    await expect(told).to_contain_text('"site=lon" means nothing here')
    await expect(page.locator("#filter-error")).to_contain_text('unknown key "sevrity"; did you mean "severity"?')
    await told.get_by_role("button", name="Remove").click()
    await expect(told).to_have_count(0)
    await page.get_by_role("button", name="Remove sevrity:critical").click()
    await expect(page.locator("#filter-error")).to_be_empty()
    await page.goto(f"{noc.base}/elements?site=lon")
    await expect(told).to_contain_text('"site=lon" means nothing here')


async def test_a_list_with_cleared_alarms_counts_them_apart_and_a_viewer_hears_which_role_is_needed(
    browser: Browser, tmp_path: Path
) -> None:
    async with by_hand(browser, tmp_path, role="viewer") as (noc, engine):
        await engine.raised(1, 2, 3)
        await engine.cleared(3)
        page = await noc.tab("/alarms?q=el*")
        await live(page)
        await page.goto(f"{noc.base}/alarms?q=type:link-alarm")
        await expect(page.locator(".counted")).to_have_text("Listed 2 of 2 active, 1 cleared")
        await page.locator(".tr[data-id]").first.click()
        await page.keyboard.press("a")
        notice = page.get_by_text("Your role, viewer, may not change alarms; that needs role operator or admin")
        await expect(notice.first).to_be_visible()
