"""What a person sees on the alarms page, read out of the page."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from playwright.async_api import Locator, Page, expect

from tests.patience import PATIENCE_S

Seen = TypeVar("Seen")
_INK = """(parts) => {
  // Counts the pixels of the upper line's color in parts of the chart, given as shares of its width.
  const chart = document.querySelector('.chart');
  const canvas = chart.querySelector('canvas');
  const [all, plot] = [canvas.getBoundingClientRect(), chart.querySelector('.u-over').getBoundingClientRect()];
  const scale = canvas.width / all.width;
  const probe = chart.appendChild(document.createElement('i'));
  probe.style.color = 'var(--chart-2)';
  const wanted = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
  probe.remove();
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const same = (at) => data[at + 3] > 60 && wanted.every((value, part) => Math.abs(data[at + part] - value) < 12);
  return parts.map(([from, to]) => {
    const [left, right] = [from, to].map((share) => Math.round((plot.left - all.left + plot.width * share) * scale));
    let ink = 0;
    for (let y = 0; y < canvas.height; y += 1) {
      for (let x = left; x < Math.max(right, left + 1); x += 1) ink += same((y * canvas.width + x) * 4);
    }
    return ink;
  });
}"""


def row(page: Page, element: str, port: str) -> Locator:
    """Return the row of a port's alarm."""
    return page.locator(".tr", has_text=element).filter(has_text=f"{port} on {element}")


def band(page: Page) -> Locator:
    """Return the band over the content."""
    return page.locator(".band")


async def live(page: Page) -> None:
    """Wait until the page says that it is live."""
    await expect(page.locator(".live")).to_contain_text("Live")


async def order(page: Page) -> list[tuple[str, int]]:
    """Return the rows in view from top to bottom: alarm and place in pixels."""
    found: list[tuple[str, int]] = await page.evaluate(
        """() => [...document.querySelectorAll('.tr[data-id]')]
          .map((row) => [row.dataset.id, Math.round(row.getBoundingClientRect().top)])
          .sort((one, other) => one[1] - other[1])"""
    )
    return [(alarm, top) for alarm, top in found]


async def known(page: Page) -> dict[str, int]:
    """Return what the page itself holds: each active alarm with its version."""
    found: dict[str, int] = await page.evaluate(
        """async () => {
          const { feed } = await import('/static/lib/alarms.js');
          const rows = [...feed.rows.values()].filter((row) => row.cleared === undefined);
          return Object.fromEntries(rows.map((row) => [row.id, row.v]));
        }"""
    )
    return found


async def asked(page: Page, path: str) -> Any:
    """Ask the API as the page does."""
    return await page.evaluate("(path) => fetch(path).then((answer) => answer.json())", path)


async def ink_around(page: Page, drawn: Any, gap: tuple[int, int]) -> list[int]:
    """Return how much of the upper line is drawn before, in and after a gap of what the first chart shows, once it is.

    The line is drawn after the label of the chart tells of it.
    """
    span = drawn["to"] - drawn["from"]
    begins, ends = ((at - drawn["from"]) / span for at in gap)
    third = (ends - begins) / 3
    parts = [(begins - 2 * third, begins), (begins + third, ends - third), (ends, min(1.0, ends + 2 * third))]

    async def ink() -> list[int]:
        found: list[int] = await page.evaluate(_INK, parts)
        return found

    return await comes(ink, lambda found: found[0] > 0 and found[2] > 0, what="the line before and after the gap")


async def comes(look: Callable[[], Awaitable[Seen]], right: Callable[[Seen], bool], *, what: str) -> Seen:
    """Look until what is seen is right; fail with ``what`` and the last look when it never is."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_S
    while not right(seen := await look()):
        assert loop.time() < deadline, f"waited {PATIENCE_S:.0f} s in vain for {what}: {seen}"
        await asyncio.sleep(0.02)
    return seen
