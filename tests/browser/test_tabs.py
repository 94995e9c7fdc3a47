"""One stream for all tabs of a browser, and who takes it over."""

import asyncio
from collections.abc import Callable

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Request, Route, expect

from tests.browser.desk import Desk, desk, password
from tests.browser.look import asked, comes, known, live
from tests.browser.town import PORTS, Town
from tests.patience import PATIENCE_S

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

TABS = 10
_SILENT_S = 12
"""So long a tab waits for a word before it takes the stream over (stream.js)."""

_LEADS = """async () => {
  const { held } = await navigator.locks.query();
  return held.filter((lock) => lock.name === 'netmon-live').map((lock) => lock.clientId);
}"""


class Streams:
    """The event streams that a browser holds open."""

    def __init__(self, context: BrowserContext) -> None:
        self.open: dict[Request, Page] = {}
        context.on("request", self._begun)
        context.on("requestfinished", self._ended)
        context.on("requestfailed", self._ended)
        context.on("page", lambda page: page.on("close", self._closed))

    def _begun(self, request: Request) -> None:
        if "/api/v1/live?" in request.url or request.url.endswith("/api/v1/live"):
            self.open[request] = request.frame.page

    def _ended(self, request: Request) -> None:
        self.open.pop(request, None)

    def _closed(self, page: Page) -> None:
        self.open = {request: owner for request, owner in self.open.items() if owner is not page}


async def until(found: Callable[[], bool]) -> float:
    """Wait until something is so; return how long it took in seconds."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while not found():
        assert loop.time() - begun < PATIENCE_S
        await asyncio.sleep(0.02)
    return loop.time() - begun


async def same(tabs: list[Page]) -> None:
    """Wait until all tabs hold what the server does."""

    async def held() -> list[dict[str, int]]:
        listed = await asked(tabs[0], "/api/v1/alarms?q=state:active&limit=10000")
        store = {row["id"]: row["v"] for row in listed["alarms"]}
        return [store, *[await known(tab) for tab in tabs]]

    await comes(held, lambda lists: all(one == lists[0] for one in lists), what="all tabs to hold what the server does")


@pytest.mark.alone
async def test_ten_tabs_hold_one_stream_and_the_next_takes_over(noc: Desk, watched: Town) -> None:
    streams = Streams(noc.context)
    tabs = [await noc.tab("/alarms") for _ in range(TABS)]
    for tab in tabs:
        await live(tab)
    assert len(streams.open) == 1
    watched.down("lon-edge-1", PORTS[6])
    watched.down("par-core-1", PORTS[6])
    await watched.daemon.told("raised", f"par-core-1/if:{PORTS[6]}", "link-alarm")
    await same(tabs)
    leader = next(iter(streams.open.values()))
    rest = [tab for tab in tabs if tab is not leader]
    await leader.close()
    # Who closes hands it over: nobody has to find out by the silence.
    assert await until(lambda: len(streams.open) == 1) < _SILENT_S
    watched.up("lon-edge-1", PORTS[6])
    await watched.daemon.told("cleared", f"lon-edge-1/if:{PORTS[6]}", "link-alarm")
    await same(rest)


async def test_a_frozen_leader_loses_the_stream_to_a_tab_that_hears_nothing(noc: Desk) -> None:
    streams = Streams(noc.context)
    first = await noc.tab("/alarms")
    await live(first)
    second = await noc.tab("/alarms")
    await live(second)
    [before] = await second.evaluate(_LEADS)
    frozen = await noc.context.new_cdp_session(first)
    await frozen.send("Debugger.enable")
    await frozen.send("Debugger.pause")
    # The pause takes hold at the next statement, which the beat of each second brings.
    await until(lambda: second in streams.open.values())
    assert await second.evaluate(_LEADS) != [before]
    await frozen.send("Debugger.resume")
    await live(first)
    await until(lambda: list(streams.open.values()) == [second])


async def test_without_web_locks_a_tab_asks_every_two_seconds(noc: Desk, watched: Town) -> None:
    await noc.context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })")
    streams = Streams(noc.context)
    tab = await noc.tab("/alarms")
    await expect(tab.locator(".live")).to_have_text("Live every 2 s")
    watched.down("lon-edge-1", PORTS[7])
    await watched.daemon.told("raised", f"lon-edge-1/if:{PORTS[7]}", "link-alarm")
    await same([tab])
    assert not streams.open

    async def newer(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, json=await answer.json() | {"version": "99.0"})

    await tab.route("**/api/v1/live/changes*", newer)
    await expect(tab.locator(".band")).to_contain_text("netmon was updated.")
    await tab.unroute_all(behavior="wait")


async def test_a_blip_of_the_network_is_over_when_it_is_over(noc: Desk) -> None:
    tab = await noc.tab("/alarms")
    await live(tab)
    offline = "dispatchEvent(new Event('offline'))"
    await tab.evaluate(offline)
    await expect(tab.locator(".live")).to_have_text("Disconnected")
    await tab.evaluate("dispatchEvent(new Event('online'))")
    await live(tab)
    await tab.evaluate(offline)
    # The browser is wrong, or says nothing any more: what comes through the stream is the proof.
    await live(tab)
    assert await tab.locator(".band").count() == 0


async def test_sign_out_ends_all_tabs_and_none_looks_live(browser: Browser, watched: Town) -> None:
    async with desk(browser, watched.daemon.web) as sat:
        await signed_out(await sat.signed_in("admin", password(watched.daemon)))


async def signed_out(noc: Desk) -> None:
    first, second = await noc.tab("/alarms"), await noc.tab("/elements", wait=".top nav")
    await live(second)
    noc.tolerated += ("401",)
    await first.get_by_role("button", name="admin").click()
    await first.get_by_role("menuitem", name="Sign out").click()
    await first.wait_for_url("**/login*")
    await second.wait_for_selector("dialog h2")
    assert await second.locator(".live").text_content() == "Signed out"
