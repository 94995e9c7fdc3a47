"""What a page says of itself: which alarms a number counts, what a time means, what is folded, how old the news is."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.by_hand import by_hand
from tests.browser.desk import Desk, desk
from tests.browser.look import live, row
from tests.browser.test_alarms_page import fault
from tests.browser.town import ENDS, LINK, PORTS, Town

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

LONG = "Line card 3 of core-lon-002 has failed, and with it eight ports and the links that end there"
_SEEN_TEXT = """(row) => {
  const text = row.querySelector('.txt');
  const tags = [...row.querySelectorAll('.tag')];
  const cell = row.querySelector('.prob').clientWidth;
  return { text: text.clientWidth, cell, tags: tags.map((one) => one.clientWidth) };
}"""
_OVER_THE_EDGE = """(chosen) => [...document.querySelectorAll(chosen)].filter((one) => one.checkVisibility())
  .filter((one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    return left < -0.5 || right > innerWidth + 0.5 || top < -0.5 || bottom > innerHeight + 0.5;
  })
  .map((one) => one.textContent)"""
_FOLDED = """async () => {
  const { folded } = await import('/static/lib/story.js');
  const moment = ([kind, by], seq) => ({ kind, by, seq, at: seq });
  const story = (...words) => words.map((word, seq) => moment(word.split(' '), seq));
  const shown = (one) => (one.repeats ? one.repeats.map(({ seq }) => seq) : one.kind);
  const told = (...words) => folded(story(...words)).map(shown);
  return [
    told('edge', 'edge', 'updated', 'edge', 'flapping', 'edge', 'updated', 'edge', 'updated', 'raised'),
    told('shown', 'hidden', 'raised'),
    told('updated', 'updated', 'commented ann', 'updated', 'updated', 'updated', 'raised'),
    told('edge', 'edge', 'edge', 'occurrence', 'occurrence', 'occurrence'),
    told(),
  ];
}"""
_ADDED = """async () => {
  const { parse } = await import('/static/lib/filter.js');
  const { DEFAULT, joinedWith } = await import('/static/lib/views.js');
  const states = ['cleared', 'shelved', 'hidden', 'closed', 'new', 'flapping'].map((state) => `state:${state}`);
  return [...states, 'core "two words"']
    .map((typed) => joinedWith(parse(DEFAULT), parse(typed)));
}"""


@pytest_asyncio.fixture(loop_scope="package")
async def page(noc: Desk) -> AsyncIterator[Page]:
    opened = await noc.tab("/alarms")
    await live(opened)
    yield opened


@pytest.mark.parametrize("width", [1600, 1440, 1280])
async def test_an_alarm_keeps_its_text_beside_the_panel(browser: Browser, tmp_path: Path, width: int) -> None:
    async with by_hand(browser, tmp_path) as (noc, engine):
        parent, *children = await engine.raised(*range(1, 9), text=LONG)
        page = await noc.tab("/alarms?q=state:active&group=root")
        await page.set_viewport_size({"width": width, "height": 900})
        await live(page)
        await grouped(page, parent, children)
        top = page.locator(f".tr[data-id='{parent}']")
        await expect(top.locator(".tag").first).to_contain_text("7 children")
        await top.click()
        await expect(page.locator(".side h2")).to_have_text(LONG)
        seen = await top.evaluate(_SEEN_TEXT)
        assert seen["text"] >= 150, seen
        assert seen["text"] >= seen["cell"] / 2, "its text before its tags"
        assert min(seen["tags"][:1]) > 50, "the first tag can be read"


async def test_a_small_screen_gives_its_room_to_the_problem(browser: Browser, tmp_path: Path) -> None:
    async with by_hand(browser, tmp_path) as (noc, engine):
        await engine.raised(1, text=LONG)
        page = await noc.tab("/alarms")
        await page.set_viewport_size({"width": 1280, "height": 720})
        cells = page.locator(".tr[data-id]")
        wide = [await cells.locator(cell).evaluate("(one) => one.clientWidth") for cell in (".prob", ".dev", ".obj")]
        assert wide[0] >= 380, wide
        assert wide[0] > wide[1] + wide[2], wide


async def grouped(page: Page, parent: str, children: list[str]) -> None:
    """Put alarms under one of them, as an operator does."""
    session = await page.evaluate("fetch('/api/v1/session').then((answer) => answer.json())")
    body = {"action": "group", "alarms": [{"id": one} for one in children], "parent": parent, "comment": "one cause"}
    headers = {"X-Netmon-CSRF": session["csrf"]}
    origin = page.url.partition("/alarms")[0]
    answered = await page.request.post(f"{origin}/api/v1/alarms/actions", data=body, headers=headers)
    assert answered.ok, await answered.text()


async def test_on_a_telephone_bars_and_menus_stay_on_the_screen(browser: Browser, watched: Town, session: Any) -> None:
    await down(watched, "lon-edge-1", PORTS[1])
    view = {"width": 390, "height": 844}
    async with desk(browser, watched.daemon.web, storage_state=session, viewport=view) as sat:
        page = await sat.tab("/alarms")
        await live(page)
        for name in ("View:", "Group:"):
            await page.get_by_role("button", name=name).click()
            await expect(page.get_by_role("menu")).to_be_visible()
            assert await page.evaluate(_OVER_THE_EDGE, "[role=menu]") == []
            await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Columns")).to_have_count(0)
        await row(page, "lon-edge-1", PORTS[1]).locator(".ck").click()
        await expect(page.locator(".bulk")).to_be_visible()
        assert await page.evaluate(_OVER_THE_EDGE, ".bulk, .bulk > *, .bulk .btn") == []
        await page.locator(".bulk").get_by_role("button", name="More").click()
        assert await page.evaluate(_OVER_THE_EDGE, "[role=menu]") == []
        await expect(page.get_by_role("menuitem", name="Unacknowledge")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.locator(".bulk").get_by_role("button", name="Esc").click()
        await expect(page.locator(".bulk")).to_have_count(0)


async def down(watched: Town, element: str, port: str) -> None:
    """See to it that a port is down."""
    if watched.daemon.happened(f"{element}/if:{port}", "link-alarm")[-1:] in ([], ["cleared"]):
        await fault(watched, element, port)


async def test_count_and_times_are_explained_where_they_stand(page: Page, watched: Town) -> None:
    element, port = "lon-edge-2", PORTS[1]
    await down(watched, element, port)
    for column, words in (
        ("Count", "How often it was raised"),
        ("Raised", "this occurrence began"),
        ("Age", "Time since"),
    ):
        header = page.get_by_role("columnheader", name=column).get_by_role("button")
        await expect(header).to_have_attribute("title", re.compile(words))
    await row(page, element, port).click()
    course = page.locator(".side .sec", has_text="When and how often")
    for words in (r"Raised.*this occurrence began", r"Changed.*last change of any kind", r"Count\s*\d+ time"):
        await expect(course).to_contain_text(re.compile(words))
    await page.keyboard.press("Escape")


async def test_counters_and_list_say_what_each_counts(browser: Browser, tmp_path: Path) -> None:
    async with by_hand(browser, tmp_path) as (noc, engine):
        await engine.raised(1, 2, 3)
        await engine.raised(4, severity="critical")
        page = await noc.tab("/alarms")
        await live(page)
        major = page.locator(".cnt", has_text="Major")
        await expect(page.locator(".counted")).to_contain_text("Listed 4 of 4 active")
        await expect(major).not_to_contain_text("listed")
        await page.goto(f"{noc.base}/alarms?q=state:active%20element:r1")
        await expect(page.locator(".counted")).to_contain_text("Listed 1 of 4 active")
        await expect(major).to_contain_text("3 unacknowledged, 1 listed")
        await expect(page.locator(".cnt", has_text="Critical")).to_contain_text("1 unacknowledged, 0 listed")


async def test_an_element_counts_what_is_hidden_beside_what_is_seen(page: Page, noc: Desk, watched: Town) -> None:
    for element, port in ENDS:
        await down(watched, element, port)
    await watched.daemon.told("raised", f"link:{LINK}", "link-alarm")
    element = ENDS[1][0]
    await page.goto(f"{noc.base}/elements/{element}")
    card = page.locator("section.card", has=page.locator(".ea"))
    figure = page.locator(".kpi > div", has_text="Visible active alarms")
    heading = card.locator("h2")
    await expect(heading).to_contain_text("hidden by others")
    found = re.search(r"(\d+) visible, (\d+) hidden by others", str(await heading.text_content()))
    assert found is not None
    await expect(figure.locator(".v")).to_contain_text(re.compile(rf"^\s*{found[1]}\b.*{found[2]} hidden by others"))
    await expect(card.locator(".tag", has_text="hidden by its link").first).to_be_visible()
    listed = page.locator(".tag", has_text=re.compile("^2 children$")).first
    await expect(listed).to_be_visible()
    await card.get_by_role("link", name=re.compile("^Link ")).click()
    await expect(page.locator(".head .tag", has_text="2 children")).to_be_visible()


async def test_what_is_folded_in_a_story_is_what_repeats(unsigned: Page) -> None:
    flap, short, acted, earlier, empty = await unsigned.evaluate(_FOLDED)
    assert flap == [[0, 1, 2, 3], "flapping", [5, 6, 7, 8], "raised"]
    assert short == ["shown", "hidden", "raised"]
    assert acted == ["updated", "updated", "commented", [3, 4, 5], "raised"]
    assert earlier == [[0, 1, 2], [3, 4, 5]], "what was before is another story"
    assert empty == []


async def test_the_story_of_a_flap_is_a_few_lines_that_open(page: Page, watched: Town) -> None:
    element, port = "lon-edge-2", PORTS[2]
    await down(watched, element, port)

    async def flapped(route: Route) -> None:
        fetched = await route.fetch()
        story: list[dict[str, Any]] = await fetched.json()
        begun = story[-1]["at"]
        edges = [
            {"at": begun, "kind": "edge", "seq": 10_000 + n, "because": f"link-down {'clear' if n % 2 else 'raise'}[0]"}
            for n in range(90, 0, -1)
        ]
        await route.fulfill(response=fetched, json=[*edges, *story])

    await page.route("**/timeline", flapped)
    await row(page, element, port).click()
    story = page.locator(".tl")
    await expect(story.locator("summary")).to_contain_text("Came and went, not told: it is flapping × 90")
    await expect(story.locator("summary .num").last).to_contain_text(" to ")
    assert await story.locator("> li").count() < 10
    await story.locator("summary").click()
    await expect(story.locator("details li")).to_have_count(90)
    await expect(story.locator("details li").first).to_contain_text("There again, not told")
    await page.keyboard.press("Escape")


async def test_a_state_that_is_asked_for_takes_the_place_of_what_it_contradicts(unsigned: Page) -> None:
    assert await unsigned.evaluate(_ADDED) == [
        "-state:hidden,closed state:cleared",
        "state:active -state:closed state:shelved",
        "state:active -state:closed state:hidden",
        "state:active -state:hidden state:closed",
        "state:active -state:hidden,closed state:new",
        "state:active -state:hidden,closed state:flapping",
        'state:active -state:hidden,closed core "two words"',
    ]


async def test_cleared_alarms_are_shown_to_who_asks_for_them(browser: Browser, tmp_path: Path) -> None:
    async with by_hand(browser, tmp_path) as (noc, engine):
        await engine.raised(1)
        page = await noc.tab("/alarms")
        await live(page)
        await page.keyboard.press("/")
        await page.keyboard.type("state:cleared")
        await page.keyboard.press("Enter")
        await expect(page.locator(".empty")).to_contain_text("The history has all of them.")
        await expect(page.get_by_role("button", name='Remove "state cleared"')).to_have_count(0)
        await engine.cleared(1)
        await expect(page.locator(".tr.clr")).to_have_count(1)
        await expect(page.locator(".counted")).to_contain_text("1 cleared")
        await page.goto(f"{noc.base}/alarms?q=state:active%20-state:hidden,closed%20state:cleared")
        await page.get_by_role("button", name='Show "state cleared"').click()
        await expect(page.locator(".tr.clr")).to_have_count(1)


async def test_groups_have_the_names_of_sites(page: Page, noc: Desk, watched: Town) -> None:
    for element in ("lon-edge-1", "par-core-1"):
        await down(watched, element, PORTS[1])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(noc.base)))
    await page.goto(f"{noc.base}/alarms?group=site")
    await live(page)
    for name in ("London", "Paris"):
        await expect(page.locator(".tr.group .name", has_text=name)).to_have_count(1)
    assert [path for path in asked if path.startswith(("/api/v1/names", "/api/v1/sites"))] == [
        "/api/v1/names?kind=site"
    ]
