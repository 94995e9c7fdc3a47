"""Maintenance in the dashboard: planned on the page of an element, seen beside a hidden alarm, ended there."""

import pytest
from playwright.async_api import expect

from tests.browser.desk import Desk
from tests.browser.look import live
from tests.browser.town import Town
from tests.wire.peers import until

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

PORT = ("lon-edge-2", "xe-0/0/7")
COMMENT = "new line card <b>"


async def test_work_is_planned_seen_beside_the_alarm_and_ended(noc: Desk, watched: Town) -> None:
    element, port = PORT
    page = await noc.tab(f"/elements/{element}", wait=".maint")
    await live(page)
    await expect(page.locator(".maint h2")).to_contain_text("none planned")
    await page.get_by_role("button", name="Plan maintenance").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("heading")).to_have_text(f"Plan maintenance of {element}")
    await dialog.get_by_label("8 h").check()
    await dialog.get_by_label("Comment").fill(COMMENT)
    await dialog.get_by_role("button", name="Plan", exact=True).click()
    shown = page.locator(".maint p.window")
    await expect(shown).to_contain_text("Now, until")
    await expect(shown).to_contain_text("by admin")
    await expect(shown).to_contain_text(COMMENT)

    watched.down(element, port)
    object_ = (f"{element}/if:{port}", "link-alarm")
    await watched.daemon.told("raised", *object_)
    [alarm] = [one for one in watched.daemon.alarms() if one.object == object_[0] and one.state == "active"]
    assert [reason.partition(":")[0] for reason in alarm.hidden_by] == ["maint"]
    page = await noc.tab(f"/alarms/{alarm.alarm_id}", wait="p.window")
    window = page.locator("p.window")
    await expect(window).to_contain_text("Now, until")
    await expect(window).to_contain_text(COMMENT)
    await window.get_by_role("button", name="End now").click()
    await watched.daemon.told("shown", *object_)
    await expect(page.get_by_role("heading", name="Maintenance")).to_have_count(0)
    watched.up(element, port)
    await watched.daemon.told("cleared", *object_)
    await until(lambda: watched.daemon.netmon("maintenance", "list").endswith("0 windows, 0 open"), what="its end")
