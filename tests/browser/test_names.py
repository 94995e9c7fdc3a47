"""Alarms call elements and sites as people do: by the names of the inventory, in the list, the panel, the filter."""

from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Browser, Page, expect

from netmon.domain.element import ElementDetail, ElementState
from netmon.domain.inventory import Site
from tests.browser.by_hand import by_hand
from tests.browser.look import live
from tests.web.known import Known

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

_NAME, _SITE = "Docklands Edge 1", "London Docklands"


def _named(known: Known) -> None:
    known.elements_ = {
        "r1": ElementDetail(0, ElementState("r1", _NAME, site="lon")),
        "r2": ElementDetail(0, ElementState("r2", site="lon")),
    }
    known.around = msgspec.structs.replace(known.around, sites=(Site("lon", _SITE),))


async def _elements(page: Page) -> list[str]:
    return sorted(await page.locator(".tr[data-id] .dev").all_text_contents())


async def test_alarms_call_elements_and_sites_by_their_names(browser: Browser, tmp_path: Path) -> None:
    async with by_hand(browser, tmp_path, known=_named) as (noc, engine):
        await engine.raised(1, 2)
        await engine.told(("site:lon", "site-outage"), on=True, severity="critical", text="2 of 2 elements")
        page = await noc.tab("/alarms?group=none")
        await live(page)
        await expect(page.locator(".tr[data-id]", has_text=_NAME)).to_have_count(1)
        assert await _elements(page) == [_NAME, _SITE, "r2"]
        named = page.locator(".tr[data-id]", has_text=_NAME).locator(".dev")
        await expect(named).to_have_attribute("title", f"{_NAME} (r1)")
        await expect(page.locator(".tr[data-id]", has_text=_SITE).locator(".obj")).to_have_text("site")

        await named.click()
        panel = page.get_by_role("complementary")
        await expect(panel.get_by_role("link", name=_NAME)).to_have_attribute("href", "/elements/r1")
        await page.locator(".tr[data-id]", has_text=_SITE).locator(".dev").click()
        await expect(panel.locator(".head")).to_contain_text(f"site {_SITE}")

        await page.goto(f"{noc.base}/alarms?q=docklands%20edge&group=element")
        await expect(page.locator(".tr[data-id]")).to_have_count(1)
        await expect(page.locator(".tr.group .name")).to_have_text(_NAME)
        await page.goto(f"{noc.base}/alarms?q=site:lon&group=none")
        await expect(page.locator(".tr[data-id]")).to_have_count(3)
