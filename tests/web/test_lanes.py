"""Requests that last hold up their like only: not the live feed, not sign-ins."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from netmon.storage.sqlite.store import open_store
from netmon.web.context import Web
from tests.patience import PATIENCE_S
from tests.web.scene import told
from tests.web.served import served, sign_in
from tests.web.site import Site

pytestmark = pytest.mark.slow

WAITING = 40


@asynccontextmanager
async def slow_requests(web: Web) -> AsyncIterator[None]:
    """Have more reads that do not end than there are threads of any kind."""
    end = threading.Event()
    reads = [asyncio.create_task(web.slow.run(end.wait)) for _ in range(WAITING)]
    try:
        yield
    finally:
        end.set()
        await asyncio.gather(*reads)


async def test_a_change_reaches_a_stream(site: Site) -> None:
    client = site.web.live.join(None)
    await told(client)
    async with slow_requests(site.web), asyncio.timeout(PATIENCE_S):
        [alarm_id] = await site.engine.raised(1)
        found: list[str] = []
        while alarm_id not in found:
            events = await told(client)
            found += [row["id"] for name, data in events if name == "changes" for row in data["alarms"]]


async def test_people_sign_in(tmp_path: Path) -> None:
    async with served(tmp_path) as web, web.client() as browser, slow_requests(web.web), asyncio.timeout(PATIENCE_S):
        assert (await sign_in(browser, "operator")).status_code == 303
        assert (await browser.get("/api/v1/session")).status_code == 200


def test_readers_are_few_however_many_threads_read(tmp_path: Path) -> None:
    store = open_store(tmp_path / "netmon.db")
    inside, most, counting = 0, 0, threading.Lock()
    fourth, fifth = threading.Event(), threading.Event()

    def pick(_: object) -> list[int]:
        nonlocal inside, most
        with counting:
            inside += 1
            most = max(most, inside)
            if inside == 4:
                fourth.set()
            if inside == 5:
                fifth.set()
        fourth.wait(PATIENCE_S)
        fifth.wait(0.5)
        with counting:
            inside -= 1
        return []

    threads = [threading.Thread(target=store.picked_alarms, args=(pick,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    assert most == 4
