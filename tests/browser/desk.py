"""A browser at netmon's dashboard: Chromium, which reaches nothing but loopback, and tells when a page misbehaves."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, async_playwright, expect

from tests.patience import PATIENCE_S
from tests.wire.daemon import Daemon
from tests.wire.peers import program

_ALONE = ("--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-background-networking")
_REPORTS = (
    "addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`))"
)


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run Debian's Chromium as long as the block lasts."""
    expect.set_options(timeout=1_000 * PATIENCE_S)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program("chromium"), args=list(_ALONE))
        try:
            yield browser
        finally:
            await browser.close()


class Desk:
    """One operator's browser: tabs that share a session, and what they complained of."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.context = context
        self.base = base
        self.complaints: list[str] = []
        self.tolerated: tuple[str, ...] = ()
        """Parts of complaints that a test provokes, such as an answer that says 503."""

    async def tab(self, path: str = "/alarms", *, wait: str = ".tr[data-id], .empty, .page, .login") -> Page:
        """Open a page and wait until it shows something."""
        page = await self.context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("request", self._asked)
        await page.goto(self.base + path)
        await page.wait_for_selector(wait)
        return page

    async def signed_in(self, name: str, password: str) -> "Desk":
        """Sign in by the page, as a person does."""
        page = await self.tab("/login")
        await page.get_by_label("Name").fill(name)
        await page.get_by_label("Password").fill(password)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_selector(".top nav")
        await page.close()
        return self

    def check(self) -> None:
        """Fail when a page complained."""
        left = [one for one in self.complaints if not any(part in one for part in self.tolerated)]
        assert not left, left

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in ("data", "blob") and not request.url.startswith(self.base):
            self.complaints.append(f"asked elsewhere: {request.url}")


@contextlib.asynccontextmanager
async def desk(browser: Browser, web: str, **how: Any) -> AsyncIterator[Desk]:
    """Sit down before a new browser profile; whatever its pages complain of fails the test."""
    settings: dict[str, Any] = {
        "viewport": {"width": 1600, "height": 900},
        "locale": "en-US",
        "timezone_id": "Europe/Paris",
    }
    context = await browser.new_context(**(settings | how))
    context.set_default_timeout(1_000 * PATIENCE_S)
    await context.add_init_script(_REPORTS)
    made = Desk(context, f"http://{web}")
    try:
        yield made
        made.check()
    finally:
        # What a page asks for until its end is no matter of the test.
        for page in context.pages:
            await page.unroute_all(behavior="ignoreErrors")
        await context.close()


def password(daemon: Daemon) -> str:
    """Return the password of ``admin`` that the first start made."""
    return (daemon.data_dir / "admin-password").read_text().strip()
