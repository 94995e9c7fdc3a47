"""A dashboard over alarms that a test raises itself, as many as it likes: real store, web process and socket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from netmon.control.listen import address_of, listen
from netmon.control.serve import serve
from netmon.storage.account import AddOperator, Operator
from netmon.storage.sqlite.store import open_store
from netmon.web.config import WebConfig, WebSetup
from netmon.web.passwords import hash_password
from netmon.web.server import build, open_web, running
from tests.browser.desk import Desk, desk
from tests.web.book_engine import BookEngine
from tests.web.known import Known

_PASSWORD = "correct horse battery"


@contextlib.asynccontextmanager
async def by_hand(
    browser: Browser,
    folder: Path,
    *,
    role: str = "operator",
    known: Callable[[Known], None] = lambda _: None,
    **config: Any,
) -> AsyncIterator[tuple[Desk, BookEngine]]:
    """Yield somebody who is signed in, and the engine behind the page, as long as the block lasts.

    Args:
        browser: that shows the page.
        folder: of the store.
        role: of who is signed in.
        known: fills in what the engine knows of elements.
        config: of the web process.
    """
    store = open_store(folder / "netmon.db")
    await store.account(AddOperator(Operator("ann", role, hash_password(_PASSWORD, cost=2), 1)))
    engine = BookEngine(store)
    known(engine.elements)
    bound = listen("127.0.0.1:0")
    setup = WebSetup(folder, "nm1", WebConfig(**config))
    try:
        with open_web(setup) as web:
            async with engine.serving(folder / "engine.sock"), running(web):
                serving = asyncio.ensure_future(serve(build(web), [bound]))
                async with desk(browser, address_of(bound)) as sat:
                    yield await sat.signed_in("ann", _PASSWORD), engine
                web.live.close()
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)
    finally:
        store.close()
