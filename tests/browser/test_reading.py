"""Pages for everybody: what axe-core says of them in both themes, and what the keyboard reaches (WCAG 2.2)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.axe import fetch, violations
from tests.browser.desk import Desk, desk
from tests.browser.look import asked, live, row
from tests.browser.test_alarms_page import fault
from tests.browser.town import PORTS, Town

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

ELEMENT, PORT = "lon-edge-1", PORTS[0]
_FOCUSABLE = """() => {
  const wanted = 'a[href], button, input, select, textarea, [tabindex]';
  const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  const all = [...document.querySelectorAll(wanted)].filter((one) => one.tabIndex >= 0 && !one.disabled && seen(one));
  all.forEach((one, index) => { one.dataset.stop = index; });
  return all.map((one) => `${one.dataset.stop} ${one.tagName} ${one.getAttribute('aria-label') ?? one.textContent}`);
}"""

_FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one);
  const around = getComputedStyle(one.closest('.search') ?? one);
  // The ring of a grid is that of its current row.
  const current = document.getElementById(one.getAttribute('aria-activedescendant') ?? '') !== null;
  const ring = [style, around].some((made) => made.outlineStyle !== 'none' && parseFloat(made.outlineWidth) >= 2);
  return { stop: one.dataset.stop ?? '', ring: ring || current, what: one.outerHTML.slice(0, 120) };
}"""


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def judged() -> None:
    """axe-core is there."""
    await asyncio.to_thread(fetch)


@pytest_asyncio.fixture(params=["light", "dark"], loop_scope="package")
async def reader(
    request: pytest.FixtureRequest, browser: Browser, watched: Town, session: Any, judged: None
) -> AsyncIterator[Desk]:
    """Somebody signed in, in one of the themes; the script that judges is let in beside the CSP."""
    how = {"storage_state": session, "color_scheme": request.param, "bypass_csp": True, "reduced_motion": "reduce"}
    async with desk(browser, watched.daemon.web, **how) as sat:
        yield sat


SHOWN = ".tr, .empty, .page"
"""Something stands on a page."""


async def opened(reader: Desk, path: str = "/alarms") -> Page:
    page = await reader.tab(path, wait=SHOWN)
    await live(page)
    return page


async def down(watched: Town) -> None:
    """See to it that one port is down."""
    if watched.daemon.happened(f"{ELEMENT}/if:{PORT}", "link-alarm")[-1:] in ([], ["cleared"]):
        await fault(watched, ELEMENT, PORT)


@pytest.mark.parametrize("path", ["/elements", f"/elements/{ELEMENT}", "/system", "/alarms?q=element:nowhere"])
async def test_a_page_has_no_violation(reader: Desk, path: str) -> None:
    page = await opened(reader, path)
    await expect(page.locator(".loading")).to_have_count(0)
    assert await violations(page) == []


async def test_the_sign_in_page_has_no_violation(browser: Browser, watched: Town, judged: None) -> None:
    for theme in ("light", "dark"):
        async with desk(browser, watched.daemon.web, color_scheme=theme, bypass_csp=True) as sat:
            assert await violations(await sat.tab("/login")) == []


async def test_the_alarm_list_has_no_violation_whatever_is_open(reader: Desk, watched: Town) -> None:
    await down(watched)
    page = await opened(reader)
    port = row(page, ELEMENT, PORT)
    await expect(port).to_be_visible()
    assert await violations(page) == [], "the list"
    await port.locator(".ck").click()
    assert await violations(page) == [], "with a selection"
    await page.keyboard.press("Escape")
    await port.click()
    await expect(page.locator(".tl li").first).to_be_visible()
    assert await violations(page) == [], "with the panel"
    await page.keyboard.press("z")
    await expect(page.locator("dialog")).to_be_visible()
    assert await violations(page) == [], "with a dialog"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Group: root cause").click()
    assert await violations(page) == [], "with a menu"
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.locator("dialog")).to_be_visible()
    assert await violations(page) == [], "with the keys"


async def test_the_page_of_an_alarm_has_no_violation(reader: Desk, watched: Town) -> None:
    await down(watched)
    page = await opened(reader)
    listed = await asked(page, f"/api/v1/alarms?q=state:active%20element:{ELEMENT}%20object:{PORT}")
    await page.goto(f"{reader.base}/alarms/{listed['alarms'][0]['id']}")
    await expect(page.locator(".tl li").first).to_be_visible()
    assert await violations(page) == []


@pytest.mark.parametrize("path", ["/alarms", "/elements", f"/elements/{ELEMENT}", "/system"])
async def test_the_keyboard_reaches_everything_and_shows_where_it_is(noc: Desk, watched: Town, path: str) -> None:
    await down(watched)
    page = await noc.tab(path, wait=SHOWN)
    await live(page)
    await expect(page.locator(".loading")).to_have_count(0)
    wanted: list[str] = await page.evaluate(_FOCUSABLE)
    assert wanted
    reached: dict[str, Any] = {}
    for _ in range(len(wanted) + 20):
        await page.keyboard.press("Tab")
        at = await page.evaluate(_FOCUSED)
        if at is not None:
            reached.setdefault(at["stop"], at)
    missed = [one for one in wanted if one.split()[0] not in reached]
    assert missed == []
    assert [one["what"] for one in reached.values() if not one["ring"]] == []
