"""Actions on many alarms: part by part, with what became of each part, and of children with their parents."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from tests.browser.desk import Desk
from tests.browser.look import live
from tests.browser.test_alarms_page import fault
from tests.browser.test_noc_work import tidy
from tests.browser.town import ENDS, LINK, PORTS, Town

__all__ = ["tidy"]

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

_ACT = """async ([action, ids, atOnce]) => {
  const { act, notice, pending } = await import('/static/lib/actions.js');
  await act(action, ids, {}, { atOnce });
  return { ...notice.value, pending: pending.value.size };
}"""
_ACTIONS = "**/api/v1/alarms/actions"


@pytest_asyncio.fixture(loop_scope="package")
async def page(noc: Desk) -> AsyncIterator[Page]:
    opened = await noc.tab("/alarms")
    await live(opened)
    yield opened


def answer_of(request: Any, result: str) -> str:
    return json.dumps({"results": [{"id": one["id"], "result": result, "v": 1} for one in request["alarms"]], "seq": 1})


async def told(page: Page, ids: list[str], *, failing: int, status: int, detail: str) -> dict[str, object]:
    """Acknowledge alarms two by two; the request of that number fails."""
    count = 0

    async def some(route: Route) -> None:
        nonlocal count
        count += 1
        if count == failing:
            await route.fulfill(status=status, json={"title": "x", "status": status, "detail": detail})
        else:
            result = "unchanged" if count == 1 else "done"
            await route.fulfill(body=answer_of(route.request.post_data_json, result), content_type="application/json")

    await page.route(_ACTIONS, some)
    found: dict[str, object] = await page.evaluate(_ACT, ["acknowledge", ids, 2])
    await page.unroute(_ACTIONS)
    return found


IDS = ["a1", "a2", "a3", "a4", "a5", "a6"]


async def test_what_was_done_is_said_although_a_later_part_failed(noc: Desk, page: Page) -> None:
    noc.tolerated = ("503", "504")
    down = "engine is not answering; nothing was changed"
    found = await told(page, IDS, failing=3, status=503, detail=down)
    assert found["text"] == "2 acknowledged, 2 already acknowledged, 2 not: engine is not answering"
    assert (found["rest"], found["tone"], found["pending"]) == (["a1", "a2", "a5", "a6"], "bad", 0)
    found = await told(page, IDS, failing=1, status=503, detail=down)
    assert (found["text"], found["rest"]) == (f"Acknowledge: {down}", IDS), "of the first part that is true"
    unsure = "no answer from the engine; the request may have been taken, reload to see"
    found = await told(page, IDS, failing=2, status=504, detail=unsure)
    assert found["text"] == f"2 already acknowledged, 4 not: {unsure}"


async def test_only_the_rest_is_selected(noc: Desk, page: Page, watched: Town) -> None:
    noc.tolerated = ("503",)
    for port in PORTS[2:5]:
        await fault(watched, "par-core-1", port)
    await page.goto(f"{noc.base}/alarms?q=state:new%20element:par-core-1%20object:{','.join(PORTS[2:5])}&group=none")
    await live(page)
    await expect(page.locator(".tr[data-id]")).to_have_count(3)
    ids = [str(await one.get_attribute("data-id")) for one in await page.locator(".tr[data-id]").all()]
    await told(page, [ids[0], "gone", *ids[1:]], failing=2, status=503, detail="engine is not answering")
    await page.get_by_role("button", name="Select them").click()
    chosen = page.locator(".tr[aria-selected=true]")
    await expect(chosen).to_have_count(3)
    await expect(page.locator(".bulk b")).to_have_text("4 selected")
    await page.keyboard.press("Escape")


async def test_a_parent_says_that_its_children_are_acknowledged_with_it(noc: Desk, page: Page, watched: Town) -> None:
    for element, port in ENDS:
        watched.down(element, port)
    await watched.daemon.told("raised", f"link:{LINK}", "link-alarm")
    await page.goto(f"{noc.base}/alarms?q=state:active%20-state:hidden%20type:link-alarm%20element:{ENDS[0][0]}%20Link")
    await live(page)
    parent = page.locator(".tr[data-id]", has_text="Link lon-edge-1")
    await expect(parent.locator(".tag", has_text=re.compile("^2 children$"))).to_be_visible()
    await parent.locator(".ck").click()
    await expect(parent.locator(".tag", has_text="2 children, acknowledged with it")).to_be_visible()
    await page.locator(".bulk").get_by_role("button", name="Acknowledge, with 2 children").click()
    await expect(page.locator(".notice")).to_contain_text("1 alarm acknowledged, with 2 children")
    await expect(parent.locator(".tag", has_text=re.compile("^acknowledged, with 2 children$"))).to_be_visible()
    await page.keyboard.press("Escape")


async def test_alarms_are_grouped_under_one_of_them_and_taken_apart(noc: Desk, page: Page, watched: Town) -> None:
    ports = PORTS[2:5]
    for port in ports:
        await fault(watched, "lon-edge-2", port)
    await page.goto(f"{noc.base}/alarms?q=state:active%20element:lon-edge-2%20object:{','.join(ports)}&sort=object")
    await live(page)
    first = page.locator(".tr[data-id]", has_text=ports[0])
    for port in ports:
        await page.locator(".tr[data-id]", has_text=port).locator(".ck").click()
    await page.locator(".bulk").get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Group ...").click()
    dialog = page.locator("dialog")
    await expect(dialog.get_by_label("Parent")).to_be_focused()
    await expect(dialog.get_by_label("Parent").locator("option")).to_have_count(3)
    await dialog.get_by_label("Comment").fill("one cable")
    await dialog.get_by_role("button", name="Group").click()
    await expect(page.locator(".notice")).to_contain_text("2 alarms grouped")
    await page.keyboard.press("Escape")
    await page.mouse.move(800, 20)
    await expect(page.locator(".tr[data-id]")).to_have_count(1)
    await first.get_by_role("button", name="Unfold 2 children").click()
    await expect(page.locator(".tr.child")).to_have_count(2)
    await page.locator(".tr.child", has_text=ports[1]).click()
    await expect(page.locator(".tl")).to_contain_text("Attached as a child by admin")
    await page.locator(".side").get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Ungroup").click()
    await expect(page.locator(".notice")).to_contain_text("1 alarm ungrouped")
    await expect(page.locator(".tl")).to_contain_text("Child no more by admin")
    await expect(page.locator(".tr.child")).to_have_count(1)
