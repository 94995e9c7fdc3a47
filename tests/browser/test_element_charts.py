"""Charts of an element: which port they show, where they are when one is chosen, and what is marked in them."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from tests.browser.desk import Desk
from tests.browser.look import live
from tests.browser.town import Town

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

ELEMENT = "lon-edge-2"
_BANDS = """async () => {
  const { bandAt, drawingOf, summary } = await import('/static/lib/series.js');
  const band = (alarm, severity, from, to, hidden) => ({ alarm, severity, from, to, text: alarm, object: 'r', hidden });
  const bands = [
    band('old', 'major', 1e12, 1e12 + 1e5, true), band('seen', 'minor', 1e12, 1e12 + 1e5),
    band('on', 'critical', 1e12 + 9e5),
  ];
  const answer = { t0: 1e12, step: 60, n: 16, from: 1e12, to: 1e12 + 9.6e5, unit: '%', series: [], bands };
  const drawing = drawingOf(answer);
  const found = [5e4, 5e5, 9.5e5].map((at) => bandAt(drawing, 1e12 + at)?.alarm ?? '');
  return [found, summary(drawing, 'load', 'utc')];
}"""
_IN_VIEW = """(one) => {
  const { top, bottom } = one.getBoundingClientRect();
  const around = one.closest('.scroll').getBoundingClientRect();
  return top >= around.top - 1 && bottom <= around.bottom + 1;
}"""
_INK = """(chart) => {
  // How much of the edge over the plot has the color of a major alarm, and how often that breaks off.
  const canvas = chart.querySelector('canvas');
  const [all, plot] = [canvas, chart.querySelector('.u-over')].map((one) => one.getBoundingClientRect());
  const scale = canvas.width / all.width;
  const probe = chart.appendChild(document.createElement('i'));
  probe.style.color = 'var(--major)';
  const wanted = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
  probe.remove();
  const y = Math.round((plot.top - all.top - 2) * scale);
  const { data } = canvas.getContext('2d').getImageData(0, y, canvas.width, 1);
  const same = (x) => wanted.every((value, part) => Math.abs(data[x * 4 + part] - value) < 12);
  const row = Array.from({ length: canvas.width }, (_, x) => same(x));
  return { ink: row.filter(Boolean).length, gaps: row.filter((on, x) => on && row[x + 1] === false).length };
}"""


@pytest_asyncio.fixture(loop_scope="package")
async def page(noc: Desk, watched: Town) -> AsyncIterator[Page]:
    opened = await noc.tab(f"/elements/{ELEMENT}", wait=".chart canvas")
    await live(opened)
    yield opened


async def test_the_chart_of_a_chosen_port_comes_into_view_and_is_marked(page: Page) -> None:
    await page.set_viewport_size({"width": 1440, "height": 620})
    traffic = page.locator(".chartcard", has=page.get_by_role("heading", name="traffic"))
    await expect(page.locator(".chartcard.chosen")).to_have_count(0)
    last = page.locator("table.ifs tbody tr").last.get_by_role("button")
    name = str(await last.text_content())
    await last.scroll_into_view_if_needed()
    assert not await traffic.evaluate(_IN_VIEW)
    await last.click()
    await expect(page).to_have_url(re.compile("object="))
    await expect(traffic.get_by_role("heading")).to_contain_text(f"{name} traffic")
    await expect(traffic).to_have_class(re.compile(r"\bchosen\b"))
    await expect(traffic).to_be_in_viewport(ratio=1)
    await page.reload()
    await expect(traffic).to_have_class(re.compile(r"\bchosen\b"))
    assert await page.locator("main.scroll").evaluate("(one) => one.scrollTop") == 0, "an address opens at the top"


async def test_the_first_chart_keeps_its_port_when_the_table_has_another_order(noc: Desk) -> None:
    turned = 0

    async def other_order(route: Route) -> None:
        nonlocal turned
        fetched = await route.fetch()
        told: dict[str, Any] = await fetched.json()
        turned += 1
        told["objects"].sort(key=lambda one: str(one["object"]), reverse=turned % 2 == 0)
        await route.fulfill(response=fetched, json=told)

    page = await noc.tab("/elements", wait=".elements .tr")
    await page.route("**/objects", other_order)
    await page.goto(f"{noc.base}/elements/{ELEMENT}")
    first = page.locator("table.ifs tbody tr").first
    heading = page.locator(".chartcard h2", has_text="traffic")
    name = str(await first.locator("td").first.text_content())
    await expect(heading).to_contain_text(name)
    await expect(first).not_to_contain_text(name)
    await expect(heading).to_contain_text(name)


async def test_alarms_that_something_hides_are_marked_otherwise(noc: Desk) -> None:
    hidden = False

    async def marked(route: Route) -> None:
        fetched = await route.fetch()
        told: dict[str, Any] = await fetched.json()
        span = told["to"] - told["from"]
        band = {"alarm": "a1", "severity": "major", "text": "Link down", "object": "r", "hidden": hidden}
        told["bands"] = [{**band, "from": told["from"] + span // 4, "to": told["from"] + 3 * span // 4}]
        told["thresholds"] = []
        await route.fulfill(response=fetched, json=told)

    page = await noc.tab("/elements", wait=".elements .tr")
    await page.route("**/query?*", marked)
    drawn = []
    for hidden in (False, True):
        await page.goto(f"{noc.base}/elements/{ELEMENT}?range=15m")
        chart = page.locator(".chart").first
        await expect(chart).to_have_attribute(
            "aria-label", re.compile("1 alarm" + (", 1 of them hidden" if hidden else "$"))
        )
        drawn.append(await chart.evaluate(_INK))
    seen, dashed = drawn
    assert seen["gaps"] == 1, "a solid edge"
    assert dashed["gaps"] > 5, "a dashed one"
    assert 0 < dashed["ink"] < seen["ink"] * 0.7
    plot = await chart.locator(".u-over").bounding_box()
    assert plot is not None
    await page.mouse.move(plot["x"] + plot["width"] / 2, plot["y"] + 20)
    await expect(page.locator(".chartcard").first.locator(".legend .at")).to_contain_text("Major Link down hidden")


async def test_of_several_alarms_at_a_time_the_one_that_is_seen_is_told(unsigned: Page) -> None:
    found, words = await unsigned.evaluate(_BANDS)
    assert found == ["seen", "", "on"]
    assert words.endswith("3 alarms, 1 of them hidden")


async def test_parts_that_are_no_interfaces_say_their_state(noc: Desk) -> None:
    async def with_parts(route: Route) -> None:
        fetched = await route.fetch()
        told: dict[str, Any] = await fetched.json()
        part = {"alarms": 0, "kind": "fan", "name": "Fan 1", "object": f"{ELEMENT}/fan:Fan 1", "oper": "disabled"}
        silent = part | {"kind": "cpu", "name": "1", "object": f"{ELEMENT}/cpu:1", "oper": ""}
        told["objects"] += [part, silent]
        await route.fulfill(response=fetched, json=told)

    page = await noc.tab("/elements", wait=".elements .tr")
    await page.route("**/objects", with_parts)
    await page.goto(f"{noc.base}/elements/{ELEMENT}")
    card = page.locator("section.card", has=page.get_by_role("heading", name="Other objects"))
    await expect(card.get_by_role("row", name="Fan 1").locator("td").nth(3)).to_have_text("disabled")
    await expect(card.get_by_role("row", name="cpu 1").locator("td").nth(3)).to_have_text("not told")
