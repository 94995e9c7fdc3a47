"""More alarms than a list carries: what is said of it stays true while a storm comes and goes."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.by_hand import by_hand
from tests.browser.look import band, known, live

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

MOST = 1_000


async def test_limited_mode_begins_counts_active_alarms_only_and_ends(browser: Browser, tmp_path: Path) -> None:
    async with by_hand(browser, tmp_path, live_max_alarms=MOST) as (noc, engine):
        await engine.raised(*range(1, 11))
        page = await noc.tab("/alarms")
        await live(page)
        counted = page.locator(".counted")
        await expect(counted).to_contain_text("10 of 10")
        await expect(band(page)).to_have_count(0)
        await engine.raised(*range(11, 1_301), severity="minor")
        await expect(band(page)).to_have_text("1,000 worst of 1,300 shown; filters search all")
        await expect(counted).to_contain_text("1,000 of 1,300")
        # Cleared alarms are kept for a while, and are none of those that are active.
        await engine.cleared(*range(1_201, 1_301))
        await expect(band(page)).to_contain_text("of 1,200 shown")
        await expect(counted).to_contain_text("of 1,200")
        await engine.cleared(*range(21, 1_201))
        await expect(band(page)).to_have_count(0)
        await expect(counted).to_contain_text("20 of 20")
        assert len(await known(page)) == 20, "those that were beyond the list, too"
