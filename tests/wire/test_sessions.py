"""A session that ends in the store of a running netmon ends at its doors: in 5 s, by netmon's own clock."""

import asyncio
import contextlib
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests.patience import PATIENCE_S
from tests.wire.daemon import Daemon, netmon
from tests.wire.live_feed import Stream, listening
from tests.wire.peers import until

pytestmark = [pytest.mark.wire, pytest.mark.slow]

PROMISED_MS = 5_000
QUIET = {"default_every": "1h", "ping": "off"}


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with netmon(tmp_path / "netmon", elements=[], polling=QUIET) as running:
        yield running


@contextlib.asynccontextmanager
async def signed_in(daemon: Daemon) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a browser of ``admin``, who signed in by the form."""
    async with httpx.AsyncClient(base_url=f"http://{daemon.web}", timeout=PATIENCE_S) as client:
        page = await client.get("/login")
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        password = (daemon.data_dir / "admin-password").read_text().strip()
        answer = await client.post("/login", data={**fields, "name": "admin", "password": password})
        assert answer.status_code == 303, answer.text
        yield client


async def unseen(daemon: Daemon) -> None:
    """End all sessions behind the back of the engine, which can tell nobody: what is remembered must run out."""

    def delete() -> None:
        with contextlib.closing(sqlite3.connect(daemon.data_dir / "netmon.db", timeout=PATIENCE_S)) as store, store:
            assert store.execute("DELETE FROM session").rowcount > 0

    await asyncio.to_thread(delete)


async def told(daemon: Daemon) -> None:
    """End the sessions of ``admin`` with the account; the engine tells that accounts changed."""
    await asyncio.to_thread(daemon.netmon, "user", "remove", "admin")


async def last_good_answer(client: httpx.AsyncClient) -> int:
    """Ask until the answer is 401; return when netmon gave the last other one, by its own clock."""
    last = 0
    async with asyncio.timeout(PATIENCE_S):
        while (answer := await client.get("/api/v1/session")).status_code == 200:
            last = answer.json()["now"]
    assert answer.status_code == 401
    return last


def beats(stream: Stream) -> int:
    return sum(name == "beat" for name, _ in stream.heard)


@pytest.mark.alone
@pytest.mark.parametrize("end", [unseen, told])
async def test_an_ended_session_is_refused_within_five_seconds(
    daemon: Daemon, end: Callable[[Daemon], Awaitable[None]]
) -> None:
    async with signed_in(daemon) as client, listening(client) as [stream]:
        # A beat comes every five seconds: after one of them there is time until the next.
        before = beats(stream)
        await stream.until(lambda: beats(stream) > before)
        await end(daemon)
        heard = beats(stream)
        ended = time.time_ns() // 1_000_000
        assert await last_good_answer(client) <= ended + PROMISED_MS
        await stream.until(lambda: stream.last("bye"))
        assert stream.last("bye", reason="signed-out")
        assert beats(stream) - heard <= 1, "two beats are more than five seconds apart from the end"
        assert (await client.get("/api/v1/live")).status_code == 401


async def test_the_live_feed_is_counted_where_prometheus_scrapes(daemon: Daemon) -> None:
    async with signed_in(daemon) as client:
        async with listening(client, 2):
            series = 'netmon_web_live_clients{worker="1"}'
            await until(lambda: daemon.metric(series) == 2, what="two live streams")
            events, octets = (f'netmon_web_live_{name}_total{{worker="1"}}' for name in ("events", "bytes"))
            await until(lambda: daemon.metric(events) >= 4, what="the two events that each is greeted with")
            assert daemon.metric(octets) > 4
            assert 'netmon_web_live_resyncs_total{reason="slow",worker="1"} 0.0' in daemon.metrics()
        await until(lambda: daemon.metric(series) == 0, what="no live stream")
