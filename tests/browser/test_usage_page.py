"""The usage page: what billing sees after the sign-in, what is missing and why, what a file proves."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.browser.axe import fetch, violations
from tests.browser.billing import PORTS, Accounts, billing
from tests.browser.desk import Desk
from tests.browser.look import live

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]


@pytest_asyncio.fixture(loop_scope="package")
async def office(browser: Browser, tmp_path: Path) -> AsyncIterator[tuple[Desk, Accounts]]:
    async with billing(browser, tmp_path) as (desk, accounts):
        await accounts.open()
        await accounts.day()
        yield desk, accounts


_SPAN = """async (spans) => {
  const { spanWords } = await import('/static/lib/usage.js');
  return spans.map((span) => spanWords({ since: 1e12, until: 1e12 + span }));
}"""


async def test_a_day_of_very_many_records_is_named_by_the_span_that_it_is_about(unsigned: Page) -> None:
    assert await unsigned.evaluate(_SPAN, [86_400_000, 85_500_000, 3_600_000]) == ["24 h", "23 h 45", "1 h 00"]


def metered(page: Page, port: str) -> Locator:
    """Return the row of a metered interface."""
    return page.locator(".metered tbody tr", has_text=port)


async def test_billing_begins_on_the_usage_page_and_others_on_the_alarms(browser: Browser, tmp_path: Path) -> None:
    async with billing(browser, tmp_path) as (desk, _):
        page = await desk.tab("/", wait=".empty")
        await expect(page).to_have_url(f"{desk.base}/usage")
        await expect(page.locator(".empty")).to_contain_text("No usage yet.")
        await expect(page.locator(".top nav [aria-current]")).to_have_text("Usage")


async def test_gaps_estimates_and_what_is_unknown_are_words(office: tuple[Desk, Accounts]) -> None:
    desk, accounts = office
    page = await desk.tab("/usage", wait=".metered tr")
    await expect(page.locator(".metered tbody tr")).to_have_count(PORTS)
    whole, gap, reboot, blind, never = (metered(page, f"xe-0/0/{number}") for number in range(1, PORTS + 1))
    await expect(whole.locator("td").last).to_have_text("none")
    await expect(whole).to_contain_text(re.compile("3,(456|420),000,000,000"))
    await expect(whole).to_contain_text("100 %")
    await expect(gap.locator("td").last).to_contain_text("3 estimated")
    await expect(reboot.locator("td").last).to_have_text("1 partial")
    await expect(reboot).to_contain_text("≥ ")
    await expect(blind.locator("td").last).to_contain_text("unknown")
    await expect(never.locator(".tag")).to_have_text(["unknown", "unknown"])
    await expect(never).to_contain_text("0 %")
    await expect(never.get_by_role("img")).to_have_attribute("aria-label", re.compile("9[56] unknown"))
    # What lacks most comes first.
    await expect(page.locator(".metered tbody tr").first).to_contain_text("xe-0/0/5")
    figures = page.locator(".kpi")
    await expect(figures).to_contain_text("in 24 h, 5 interfaces")
    await expect(figures).to_contain_text(f"{accounts.records[-1].rec_seq}")


_ROWS_OF_FIGURES = "() => new Set([...document.querySelectorAll('.kpi > div')].map((one) => one.offsetTop)).size"
_CUT_EXCEPTIONS = """() => {
  const frame = document.querySelector('.exceptions').parentElement;
  return frame.scrollWidth - frame.clientWidth;
}"""


@pytest.mark.parametrize(("width", "rows"), [(1600, 1), (1400, 1), (1280, 2)])
async def test_figures_fill_their_rows_and_what_to_do_is_not_cut(
    office: tuple[Desk, Accounts], width: int, rows: int
) -> None:
    desk, _ = office
    page = await desk.tab("/usage", wait=".exceptions tbody tr")
    await page.set_viewport_size({"width": width, "height": 900})
    assert await page.evaluate(_ROWS_OF_FIGURES) == rows
    if width >= 1400:
        assert await page.evaluate(_CUT_EXCEPTIONS) <= 0


async def test_a_record_opens_the_readings_it_was_computed_from(office: tuple[Desk, Accounts]) -> None:
    desk, _ = office
    page = await desk.tab("/usage", wait=".metered tr")
    await metered(page, "xe-0/0/3").get_by_role("button").click()
    records = page.locator("section", has_text="Records of r1|ifName:xe-0/0/3")
    exception = records.locator("tr", has_text="exception agent restart")
    await expect(exception).to_have_count(1)
    partial = records.locator("tr", has_text="partial")
    await expect(partial).to_contain_text("≥ ")
    await partial.get_by_role("button").click()
    evidence = records.locator(".evidence")
    for words in ("Readings", "sysUpTime", "agent restart from", "SHA-256"):
        await expect(evidence).to_contain_text(words)
    assert "series=r1" in page.url
    await page.reload()
    await expect(records.locator("tr", has_text="exception agent restart")).to_have_count(1)


async def test_the_interfaces_can_be_filtered(office: tuple[Desk, Accounts]) -> None:
    desk, _ = office
    page = await desk.tab("/usage?q=svc-3%20partial", wait=".metered tr")
    await expect(page.locator(".metered tbody tr")).to_have_count(1)
    await live(page)
    await page.keyboard.press("/")
    await page.keyboard.type(" nobody")
    await expect(page.locator(".empty")).to_contain_text("No interface matches.")
    await page.get_by_role("button", name='Remove "svc-3 partial nobody"').click()
    await expect(page.locator(".metered tbody tr")).to_have_count(PORTS)


async def test_files_are_proven_and_what_was_changed_is_named(office: tuple[Desk, Accounts]) -> None:
    desk, accounts = office
    page = await desk.tab("/usage", wait=".files tr")
    rows = page.locator(".files tbody tr")
    await expect(rows).to_have_count(4)
    await expect(rows.first).to_contain_text("no usage")
    await expect(rows.last).to_contain_text("≥ ")
    await expect(rows.last.locator("td").last).to_contain_text("published")
    await page.get_by_role("button", name="Verify files").click()
    await expect(page.locator("[role=status].card")).to_contain_text("Verified: whole and unchanged 4 files, 1 to 4")
    data = min(accounts.out.glob("*.jsonl"))
    data.write_bytes(data.read_bytes().replace(b'"quality":"measured"', b'"quality":"measureD"', 1))
    await page.get_by_role("button", name="Verify files").click()
    await expect(page.locator("[role=status].card")).to_contain_text("prev is not the hash of the record before")
    data.unlink()
    await page.reload()
    await expect(rows.last).to_contain_text("missing in the folder")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_it_can_be_read_by_all_and_at_every_width(
    office: tuple[Desk, Accounts], browser: Browser, theme: str
) -> None:
    desk, _ = office
    state = await desk.context.storage_state()
    context = await browser.new_context(
        storage_state=state, color_scheme="dark" if theme == "dark" else "light", bypass_csp=True
    )
    try:
        page = await context.new_page()
        await page.goto(f"{desk.base}/usage?series=r1%7CifName:xe-0/0/3")
        await page.wait_for_selector(".files tr")
        await page.wait_for_selector("section:has-text('Records of') tr")
        fetch()
        assert await violations(page) == []
        for width in (1440, 800, 360):
            await page.set_viewport_size({"width": width, "height": 900})
            assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), width
    finally:
        await context.close()


async def test_exceptions_are_listed_with_reason_and_what_to_do(office: tuple[Desk, Accounts]) -> None:
    desk, _ = office
    page = await desk.tab("/usage", wait=".exceptions tr")
    rows = page.locator(".exceptions tbody tr")
    await expect(rows.first).to_contain_text("unknown")
    await expect(rows.first).to_contain_text("See whether element and netmon were up")
    await page.goto(f"{desk.base}/usage?reason=agent_restart")
    await expect(rows).to_have_count(2)
    await expect(rows.filter(has_text="readings left out")).to_contain_text("xe-0/0/3")
    await expect(rows.filter(has_text="partial").first).to_contain_text("counters_survive_agent_restart")
    await page.get_by_role("button", name="All reasons").click()
    await expect(rows).not_to_have_count(2)
    await page.get_by_role("button", name="Show older exceptions").click()
    await expect(rows).to_have_count(120)


async def test_what_billing_refuses_is_told_from_readings_left_out(office: tuple[Desk, Accounts]) -> None:
    desk, _ = office
    page = await desk.tab("/usage?reason=agent_restart", wait=".exceptions tbody tr")
    rows = page.locator(".exceptions tbody tr", has_text="readings left out")
    await expect(rows).to_have_count(1)

    async def refused(route: Route) -> None:
        answer = await (await route.fetch()).json()
        told = [one | {"kind": "exception", "reasons": ["nack_other"]} for one in answer["exceptions"][:1]]
        await route.fulfill(json=answer | {"exceptions": told})

    await page.route("**/exceptions?*", refused)
    await page.reload()
    await expect(page.locator(".exceptions tbody tr")).to_contain_text("refused by billing")


async def test_an_empty_list_of_exceptions_says_that_all_is_well_only_if_nothing_was_left_out(
    office: tuple[Desk, Accounts],
) -> None:
    desk, _ = office
    page = await desk.tab("/usage", wait=".exceptions tr")
    await page.goto(f"{desk.base}/usage?reason=overflow")
    list_ = page.locator("section", has=page.get_by_role("heading", name="Exceptions"))
    await expect(list_).to_contain_text("No record of the last 24 h has the reason overflow.")
    await expect(list_).not_to_contain_text("Every interval")
    nothing = {"exceptions": [], "since": 0, "before": "1-1"}
    await page.route("**/exceptions?*", lambda route: route.fulfill(json=nothing))
    await page.goto(f"{desk.base}/usage")
    await expect(list_).to_contain_text("there are older ones to look through")
    await expect(list_).not_to_contain_text("Every interval")
