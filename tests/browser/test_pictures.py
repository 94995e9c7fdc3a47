"""Every page in both themes and two sizes: no sideways scrolling, nothing cut off, contrast; kept as pictures."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.desk import Desk, desk
from tests.browser.look import live, row
from tests.browser.town import PORTS, Town

pytestmark = [pytest.mark.wire, pytest.mark.asyncio(loop_scope="package")]

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
PAGES = {
    "alarms": "/alarms?open={alarm}",
    "alarm": "/alarms/{alarm}",
    "history": "/alarms?scope=history",
    "elements": "/elements",
    "element": "/elements/lon-edge-1?range=1h",
    "usage": "/usage",
    "system": "/system",
    "unknown": "/elements/nowhere",
}
SHOWN = {"alarms": ".side .tl li", "alarm": ".tl li", "element": ".chart canvas"}
"""What must be there before the picture is taken, where it is not the usual."""
SIZES = ((1600, 900), (1280, 720))

_CONTRAST = """() => {
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const probe = document.body.appendChild(document.createElement('i'));
  const resolved = (name) => {
    probe.style.color = `var(--${name})`;
    return light(getComputedStyle(probe).color);
  };
  const ratio = (one, other) => {
    const [low, high] = [resolved(one), resolved(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const grounds = ['bg', 'surface', 'raised', 'hover'];
  const texts = ['text', 'text-2', 'text-3'].flatMap((text) => grounds.map((on) => [text, on, 4.5]));
  const shapes = ['critical', 'major', 'minor', 'warning', 'indeterminate', 'cleared', 'control', 'focus', 'chart'];
  const low = [...texts, ...['sel', 'critical-bg', 'amber-bg'].map((on) => ['text', on, 4.5])]
    .concat(shapes.map((shape) => [shape, 'surface', 3]))
    .map(([one, other, least]) => [`${one} on ${other}`, ratio(one, other), least])
    .filter(([, found, least]) => found < least);
  probe.remove();
  return low;
}"""

_CUT = """() => [...document.querySelectorAll('button, h1, h2, h3, th, .cnt .un, .kpi .l, .foot > span, .live')]
  .filter((one) => !one.classList.contains('unseen'))
  .filter((one) => one.checkVisibility() && getComputedStyle(one).display !== 'inline')
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => `${one.className} ${one.textContent}`)"""


async def sideways(page: Page) -> bool:
    """Tell whether the page can be scrolled to the side."""
    found: bool = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_pages_fit_and_can_be_read(browser: Browser, watched: Town, session: object, theme: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    watched.down("lon-edge-1", PORTS[3])
    for width, height in SIZES:
        how = {"viewport": {"width": width, "height": height}, "color_scheme": theme, "storage_state": session}
        async with desk(browser, watched.daemon.web, **how) as sat:
            sat.tolerated += ("404",)
            page = await sat.tab("/alarms")
            await live(page)
            alarm = await row(page, "lon-edge-1", PORTS[3]).get_attribute("data-id")
            for name, path in PAGES.items():
                await page.goto(sat.base + path.format(alarm=alarm))
                await page.wait_for_selector(SHOWN.get(name, ".tr, .empty, .kpi, .card, .plain"))
                await taken(page, f"{name}-{theme}-{width}")
            assert await page.evaluate(_CONTRAST) == []
        async with desk(browser, watched.daemon.web, **(how | {"storage_state": None})) as stranger:
            await taken(await stranger.tab("/login", wait=".login"), f"login-{theme}-{width}")


async def taken(page: Page, name: str) -> None:
    """Take a picture of a page in which nothing is cut off and nothing goes over the edge."""
    await page.evaluate("document.fonts.ready")
    assert not await sideways(page), name
    assert await page.evaluate(_CUT) == [], name
    await page.screenshot(path=PICTURES / f"{name}.png")


async def test_a_narrow_window_shows_cards(noc: Desk, watched: Town) -> None:
    watched.down("lon-edge-1", PORTS[3])
    page = await noc.tab("/alarms")
    await page.set_viewport_size({"width": 640, "height": 800})
    assert not await sideways(page)
    assert await page.locator(".hd").is_hidden()
    await page.locator(".tr[data-id]").first.click()
    await page.wait_for_selector(".side h2")
    assert await page.locator(".list").is_hidden()
    await page.screenshot(path=PICTURES / "narrow.png")


_OUTSIDE = """() => [...document.querySelectorAll('.top > *, .top nav a, .elements .tr > *, .title > *, .kpi > div')]
  .filter((one) => one.checkVisibility())
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.left < -0.5 || box.right > innerWidth + 0.5))
  .map(([one, box]) => `${one.className} ${one.textContent} ${box.left} ${box.right}`)"""


@pytest.mark.parametrize("width", [800, 360])
async def test_small_screens_show_all_of_a_page(noc: Desk, width: int) -> None:
    page = await noc.tab("/alarms")
    await page.set_viewport_size({"width": width, "height": 800})
    for name, path in PAGES.items():
        if "{alarm}" in path or name == "unknown":
            continue
        await page.goto(noc.base + path)
        await page.wait_for_selector(".tr, .empty, .kpi, .card")
        assert not await sideways(page), name
        assert await page.evaluate(_OUTSIDE) == [], name
        await page.screenshot(path=PICTURES / f"{name}-{width}.png")
    await page.goto(f"{noc.base}/elements")
    card = page.locator(".elements .tr[id]", has_text="lon-edge-1")
    for words in ("London", "up", "polled"):
        await expect(card).to_contain_text(words)
    whole = "(one) => one.scrollWidth <= one.clientWidth"
    assert await card.locator(".dev").evaluate(whole), "its name can be read"


async def test_a_chosen_theme_is_there_from_the_first_paint(noc: Desk) -> None:
    page = await noc.tab("/alarms")
    await page.get_by_role("button", name="Theme").click()
    await page.get_by_role("menuitemradio", name="Dark").click()
    await page.reload(wait_until="commit")
    await page.wait_for_selector("body", state="attached")
    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 20, 24)"
