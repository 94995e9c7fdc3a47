"""One browser and one watched town for all of these tests."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.desk import Desk, chromium, desk, password
from tests.browser.town import Town, town


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with town(tmp_path_factory.mktemp("town")) as started:
        yield started


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def session(browser: Browser, watched: Town) -> Any:
    """The cookies of an operator who is signed in."""
    async with desk(browser, watched.daemon.web) as sat:
        await sat.signed_in("admin", password(watched.daemon))
        return await sat.context.storage_state()


@pytest_asyncio.fixture(loop_scope="package")
async def noc(browser: Browser, watched: Town, session: Any) -> AsyncIterator[Desk]:
    """An operator who is signed in."""
    async with desk(browser, watched.daemon.web, storage_state=session) as sat:
        yield sat


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def unsigned(browser: Browser, watched: Town) -> AsyncIterator[Page]:
    """The sign-in page: an origin to run parts of the dashboard in, with nothing of it at work."""
    async with desk(browser, watched.daemon.web) as sat:
        yield await sat.tab("/login")
