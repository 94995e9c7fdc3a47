"""Why?: the panel of an alarm asks for its life, and each step of it for what the rules made of its observation."""

import json
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.browser.desk import Desk
from tests.browser.look import row
from tests.browser.test_alarms_page import fault
from tests.browser.town import PORTS, Town

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

ALARM = {
    "alarm_id": "f0948e9d",
    "key": "r1/if:xe-0/0/1|link-alarm|",
    "severity": "major",
    "state": "active",
    "marks": [],
    "events": [
        {
            "at": "2026-11-21T10:02:08.120Z",
            "what": "trap linkDown",
            "rule": "link-down@9f2c",
            "effect": "pending 3s",
            "seq": 7,
        },
        {"at": "2026-11-21T10:02:11.120Z", "what": "tick, for 3s due", "effect": "raised"},
    ],
}
EVENT = {
    "seq": 7,
    "at": "2026-11-21T10:02:08.120Z",
    "observation": "trap linkDown from r1",
    "candidates": 1,
    "findings": [
        {"subject": "link-down", "what": "when vb.ifAdminStatus != down: 1 != 2 true"},
        {"subject": "link-down", "what": "raise: pending 3s, due 10:02:11.120", "outcome": "pending"},
    ],
    "without_samples": True,
}


async def test_why_tells_the_steps_and_each_step_what_was_asked(noc: Desk, watched: Town) -> None:
    element, port = "par-core-1", PORTS[3]
    await fault(watched, element, port)
    page = await noc.tab(f"/alarms?q=element:{element}%20object:{port}")
    # What the command answers is tested beside the API; a slow machine may take long for it.
    await page.route("**/api/v1/explain/alarm/*", lambda route: told(route, ALARM))
    await page.route("**/api/v1/explain/event/7", lambda route: told(route, EVENT))
    await row(page, element, port).click()
    panel = page.locator(".side")
    await panel.get_by_role("button", name="Why?").click()
    first, second = panel.locator(".why > li").nth(0), panel.locator(".why > li").nth(1)
    await expect(first).to_contain_text("trap linkDown link-down@9f2c")
    await expect(first).to_contain_text("pending 3s")
    await expect(second).to_contain_text("raised")
    await expect(second.get_by_role("button")).to_have_count(0)
    await first.get_by_role("button", name="#7").click()
    asked = first.locator(".asked")
    await expect(asked).to_contain_text("trap linkDown from r1, 1 candidate (without samples)")
    await expect(asked).to_contain_text("link-down when vb.ifAdminStatus != down: 1 != 2 true")
    await expect(asked.locator("li").last).to_have_text("link-down raise: pending 3s, due 10:02:11.120 → pending")


async def told(route: Route, answer: Any) -> None:
    await route.fulfill(content_type="application/json", body=json.dumps(answer))
