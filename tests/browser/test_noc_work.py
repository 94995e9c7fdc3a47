"""What a NOC engineer relies on: nothing is hidden unsaid, nothing old looks new, no key hits the wrong alarm."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from netmon.domain.alarm import Alarm
from tests.browser.desk import Desk
from tests.browser.look import asked, live, row
from tests.browser.test_alarms_page import answer, fault
from tests.browser.town import ENDS, LINK, PORTS, Town
from tests.wire.peers import until

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

_MINUTE_MS = 60_000


@pytest_asyncio.fixture(loop_scope="package")
async def page(noc: Desk) -> AsyncIterator[Page]:
    opened = await noc.tab("/alarms")
    await live(opened)
    yield opened


@pytest_asyncio.fixture(autouse=True, loop_scope="package")
async def tidy(noc: Desk, watched: Town) -> AsyncIterator[None]:
    """Leave the town as it was: no port down, nothing on a shelf."""
    yield
    for element in watched.network.agents:
        for port in PORTS:
            watched.up(element, port)
    await until(lambda: not any(is_down(one) for one in watched.daemon.alarms()), what="all ports to be up")
    request = noc.context.request
    token = (await (await request.get(f"{noc.base}/api/v1/session")).json())["csrf"]
    shelved = (await (await request.get(f"{noc.base}/api/v1/alarms?q=state:shelved")).json())["alarms"]
    if shelved:
        body = {"action": "unshelve", "alarms": [{"id": one["id"]} for one in shelved]}
        headers = {"X-Netmon-CSRF": token}
        answered = await request.post(f"{noc.base}/api/v1/alarms/actions", data=body, headers=headers)
        assert answered.ok, await answered.text()


def is_down(alarm: Alarm) -> bool:
    return alarm.type == "link-alarm" and alarm.state == "active"


async def cleared(watched: Town, element: str, port: str) -> None:
    """Let a port rise, and wait until netmon has committed the end of its alarm."""
    before = watched.daemon.happened(f"{element}/if:{port}", "link-alarm").count("cleared")
    watched.up(element, port)
    await watched.daemon.told("cleared", f"{element}/if:{port}", "link-alarm", times=before + 1)


async def only(page: Page, noc: Desk, element: str, port: str) -> None:
    """Show the alarms of one port, with the states of the list as they are."""
    await page.goto(f"{noc.base}/alarms?q=state:active%20-state:hidden,closed%20element:{element}%20object:{port}")
    await live(page)


async def shelve(page: Page, element: str, port: str) -> None:
    await row(page, element, port).click()
    await page.keyboard.press("z")
    await answer(page, "planned work")
    await expect(row(page, element, port)).to_have_count(0)


async def test_the_list_says_how_many_are_shelved_and_shows_them_in_their_places(
    page: Page, noc: Desk, watched: Town
) -> None:
    element, port = "lon-edge-2", PORTS[3]
    await fault(watched, element, port)
    await only(page, noc, element, port)
    await shelve(page, element, port)
    shelved = page.get_by_role("button", name="1 shelved")
    await expect(shelved).to_be_visible()
    await shelved.click()
    await expect(row(page, element, port).locator(".st")).to_have_text(re.compile(r"^Shelved \d+ min$"))
    await expect(shelved).to_have_count(0)
    await cleared(watched, element, port)
    await fault(watched, element, port)
    again = row(page, element, port).and_(page.locator(":not(.clr)"))
    await expect(again.locator(".st")).to_have_text(re.compile(r"^Shelved \d+ min$"))


async def test_shelving_what_is_cleared_says_what_that_means(page: Page, noc: Desk, watched: Town) -> None:
    element, port = "lon-edge-2", PORTS[4]
    await fault(watched, element, port)
    await only(page, noc, element, port)
    await row(page, element, port).locator(".ck").click()
    await cleared(watched, element, port)
    await expect(row(page, element, port)).to_have_class(re.compile(r"\bclr\b"))
    await page.keyboard.press("z")
    await expect(page.locator("dialog")).to_contain_text("its next occurrence until then will be shelved, too")
    await page.locator("dialog textarea").fill("known")
    await page.locator("dialog").get_by_role("button", name="Shelve").click()
    await expect(row(page, element, port)).to_contain_text("next one shelved")
    await page.keyboard.press("Escape")
    await fault(watched, element, port)
    await expect(page.get_by_role("button", name="1 shelved")).to_be_visible()


async def test_closing_what_is_still_active_is_asked_about(page: Page, noc: Desk, watched: Town) -> None:
    element, port = "lon-edge-2", PORTS[0]
    await fault(watched, element, port)
    await only(page, noc, element, port)
    await row(page, element, port).click()
    await page.keyboard.press("d")
    await expect(page.locator("dialog")).to_contain_text("What is still active stays so")
    await expect(row(page, element, port)).to_have_count(1)
    await page.locator("dialog").get_by_role("button", name="Close").click()
    await expect(row(page, element, port)).to_have_count(0)
    [closed] = [one for one in watched.daemon.alarms() if one.object == f"{element}/if:{port}" and is_down(one)]
    assert closed.closed


async def test_no_key_acts_on_an_alarm_that_has_left_the_list(page: Page, noc: Desk, watched: Town) -> None:
    element, port = "par-core-1", PORTS[2]
    await fault(watched, element, port)
    await only(page, noc, element, port)
    await expect(row(page, element, port)).to_be_visible()
    await page.keyboard.press("j")
    current = await page.locator(".tr.cur").get_attribute("data-id")
    await cleared(watched, element, port)
    await expect(page.locator(".tr[data-id]")).to_have_count(0)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    for key in ("a", "d", "Shift+A", "z", "c"):
        await page.keyboard.press(key)
    await expect(page.locator("dialog")).to_have_count(0)
    assert sent == []
    assert not (await asked(page, f"/api/v1/alarms/{current}"))["ack"]


async def test_moving_goes_on_where_the_alarm_stood_that_left(page: Page, noc: Desk, watched: Town) -> None:
    for port in PORTS[3:6]:
        await fault(watched, "par-core-1", port)
    await page.goto(f"{noc.base}/alarms?q=state:new%20element:par-core-1%20object:{','.join(PORTS[3:6])}&sort=object")
    await live(page)
    await expect(page.locator(".tr[data-id]")).to_have_count(3)
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("a")
    await expect(page.locator(".tr[data-id]")).to_have_count(2)
    await expect(page.locator(".tr.cur")).to_have_count(0)
    await page.keyboard.press("j")
    await expect(page.locator(".tr.cur")).to_contain_text(PORTS[5])


async def test_an_element_whose_alarms_are_all_shelved_is_not_said_to_have_none(
    page: Page, noc: Desk, watched: Town
) -> None:
    element, port = "lon-edge-1", PORTS[4]
    listed = await asked(page, f"/api/v1/alarms?q=element:{element}%20state:active%20state:visible")
    for one in listed["alarms"]:
        await cleared(watched, element, one["obj"].rpartition(":")[2])
    await fault(watched, element, port)
    await only(page, noc, element, port)
    await shelve(page, element, port)
    await page.goto(f"{noc.base}/elements/{element}")
    title = page.locator("h1")
    await expect(title).to_contain_text("1 shelved")
    await expect(title).to_contain_text("Major")
    await expect(page.locator(".ea")).to_contain_text("Shelved")


async def test_both_ends_of_a_link_are_one_row_that_either_element_finds(page: Page, noc: Desk, watched: Town) -> None:
    for element, port in ENDS:
        await cleared_if_down(watched, element, port)
        watched.down(element, port)
    await watched.daemon.told("raised", f"link:{LINK}", "link-alarm")
    for element, _ in ENDS:
        await page.goto(
            f"{noc.base}/alarms?q=state:active%20-state:hidden%20type:link-alarm%20element:{element}%20Link"
        )
        await live(page)
        one = page.locator(".tr[data-id]", has_text="Link lon-edge-1 xe-0/0/5 to par-core-1 xe-0/0/6 is down")
        await expect(one).to_have_count(1)
        await expect(one.locator(".dev")).to_have_text("lon-edge-1 – par-core-1")
        await expect(one.locator(".obj")).to_have_text("xe-0/0/5 – xe-0/0/6")
    await one.get_by_role("button", name="Unfold 2 children").click()
    await expect(page.locator(".tr.child")).to_have_count(2)
    for element, port in ENDS:
        await page.goto(f"{noc.base}/elements/{element}")
        await expect(page.locator("h1")).not_to_contain_text("no alarm")
        await expect(page.locator(".ea")).to_contain_text("Link lon-edge-1 xe-0/0/5 to par-core-1 xe-0/0/6 is down")
        watched.up(element, port)
    await watched.daemon.told("cleared", f"link:{LINK}", "link-alarm")


async def cleared_if_down(watched: Town, element: str, port: str) -> None:
    if watched.daemon.happened(f"{element}/if:{port}", "link-alarm")[-1:] not in ([], ["cleared"]):
        await cleared(watched, element, port)


async def test_the_panel_says_what_matched_in_words_names_and_the_text_of_the_port(
    page: Page, noc: Desk, watched: Town
) -> None:
    element, port = "lon-edge-2", PORTS[6]
    await fault(watched, element, port)
    await only(page, noc, element, port)
    await row(page, element, port).click()
    panel = page.locator(".side")
    await expect(panel).to_contain_text("trap IF-MIB::linkDown when vb.ifAdminStatus != down for 3s")
    info = panel.locator(".info")
    await expect(info).to_contain_text("ifOperStatusdown")
    await expect(info).to_contain_text("ifAdminStatusup")
    # What a stranger wrote on the port stays text, and is found.
    await expect(info).to_contain_text("ifAlias<img src=x onerror=")
    found = await asked(page, f"/api/v1/alarms?q=onerror%20element:{element}%20object:{port}")
    assert [one["el"] for one in found["alarms"]][:1] == [element]
    await page.goto(f"{noc.base}/alarms?q=onerror%20element:{element}%20object:{port}")
    await expect(row(page, element, port).first).to_be_visible()


async def test_the_owner_stands_in_the_list(page: Page, noc: Desk, watched: Town) -> None:
    element, port = "lon-edge-2", PORTS[7]
    await fault(watched, element, port)
    await only(page, noc, element, port)
    await expect(row(page, element, port)).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("a")
    await expect(row(page, element, port).locator(".st")).to_have_text("admin")
    await page.keyboard.press("s")
    await page.locator("dialog input").fill("bob")
    await page.locator("dialog").get_by_role("button", name="Assign").click()
    await expect(row(page, element, port).locator(".own")).to_have_text("bob")
    await page.get_by_role("columnheader", name="Owner").click()
    await expect(page.get_by_role("columnheader", name="Owner")).to_have_attribute("aria-sort", "descending")


async def test_figures_of_an_agent_that_is_silent_say_how_old_they_are(noc: Desk) -> None:
    page = await noc.tab("/elements", wait=".elements .tr")

    async def silent(route: Route) -> None:
        fetched = await route.fetch()
        told: dict[str, Any] = await fetched.json()
        old = told["now"] - 7 * _MINUTE_MS
        told["kpi"] = {
            "cpu": {"value": 31.0, "where": "x/cpu:1", "at": old},
            "memory": {"value": 5.0, "where": "x/y:z"},
        }
        told["kpi"]["memory"]["at"] = told["now"]
        await route.fulfill(response=fetched, json=told)

    await page.route("**/api/v1/elements/lon-edge-1", silent)
    await page.goto(f"{noc.base}/elements/lon-edge-1")
    cpu = page.locator(".kpi > div", has_text="CPU")
    await expect(cpu).to_contain_text("31 % 7 min ago")
    await expect(cpu.locator(".v")).to_have_class(re.compile(r"\bold\b"))
    memory = page.locator(".kpi > div", has_text="Memory")
    await expect(memory.locator(".v")).not_to_have_class(re.compile(r"\bold\b"))


async def test_the_last_day_tells_no_data_from_no_alarm(noc: Desk) -> None:
    page = await noc.tab("/elements/lon-edge-1")
    strip = page.locator(".strip")
    await expect(strip.locator("i").first).to_have_class("no-data")
    await expect(strip.locator("i").first).to_have_attribute("title", re.compile(r"not watched, nothing is known$"))
    assert "nobody watched" in str(await strip.get_attribute("aria-label"))
    plain = await page.evaluate("getComputedStyle(document.querySelector('.strip i.no-data')).backgroundImage")
    assert "gradient" in plain
    await expect(page.locator(".day .meaning")).to_contain_text("not watched")
