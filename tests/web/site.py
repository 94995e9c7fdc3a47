"""A web process without its server, over a real store, and the engine it talks to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from netmon.storage.account import AddOperator, AddToken, Operator
from netmon.storage.sqlite.store import open_store
from netmon.web.config import WebSetup
from netmon.web.context import Web
from netmon.web.server import build, open_web, running
from netmon.web.tokens import make_token
from tests.patience import PATIENCE_S
from tests.web.book_engine import BookEngine


class Site:
    """A web process without its server, and the engine it talks to."""

    def __init__(self, client: httpx.AsyncClient, web: Web, engine: BookEngine) -> None:
        self.client, self.web, self.engine = client, web, engine
        self.app = build(web)
        self.headers: dict[str, dict[str, str]] = {}
        self.stop_engine: Callable[[], Awaitable[None]]

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.client.get(f"/api/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def listed(self, **params: Any) -> list[str]:
        return [row["el"] for row in (await self.get("alarms", **params))["alarms"]]

    async def act(self, action: str, *ids: str, who: str = "ann", key: str = "", **more: Any) -> httpx.Response:
        headers = self.headers[who] | ({"Idempotency-Key": key} if key else {})
        alarms = [{"id": id_} if isinstance(id_, str) else {"id": id_[0], "v": id_[1]} for id_ in ids]
        return await self.client.post(
            "/api/v1/alarms/actions", json={"action": action, "alarms": alarms, **more}, headers=headers
        )

    async def seen(self) -> None:
        """Wait until the view has what is committed."""
        async with asyncio.timeout(PATIENCE_S):
            while self.web.view.seq < self.engine.book.next_seq - 1:
                await self.web.engine.moved()
                await self.web.live.take()


@contextlib.asynccontextmanager
async def web_site(tmp_path: Path) -> AsyncIterator[Site]:
    """Run one as long as the block lasts."""
    store = open_store(tmp_path / "netmon.db")
    engine = BookEngine(store)
    headers = {}
    for name, role, scope in (("ann", "operator", "read operate"), ("vic", "viewer", "read")):
        text, token = make_token(name, scope, now=1)
        await store.account(AddOperator(Operator(name, role, "", 1)), AddToken(token))
        headers[name] = {"Authorization": f"Bearer {text}"}
    with open_web(WebSetup(tmp_path, "nm1")) as web:
        async with contextlib.AsyncExitStack() as serving:
            await serving.enter_async_context(engine.serving(tmp_path / "engine.sock"))
            async with running(web), client_of(web, headers["ann"]) as client:
                made = Site(client, web, engine)
                made.headers, made.stop_engine = headers, serving.aclose
                while web.view.seq < 0 or not web.engine.up:
                    await asyncio.sleep(0)
                yield made
    store.close()


@contextlib.asynccontextmanager
async def client_of(web: Web, headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(build(web))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        yield client
