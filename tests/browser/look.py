"""What a person sees on the alarms page, read out of the page."""

from typing import Any

from playwright.async_api import Locator, Page, expect


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
