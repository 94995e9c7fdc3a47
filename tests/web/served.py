"""A web process in the test: the real app on a real store, and the real internal requests on a unix socket."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec

from netmon.alarms.operator import Answer, Reply
from netmon.control import requests
from netmon.control.changes import Changes
from netmon.control.listen import listen_unix
from netmon.control.serve import serve
from netmon.domain.observation import OperatorRequest
from netmon.storage.account import AccountCall, AddOperator, AddToken, Operator
from netmon.storage.sqlite.store import SqliteStore, open_store
from netmon.web.config import WebConfig, WebSetup
from netmon.web.context import Web, now_ms
from netmon.web.passwords import hash_password
from netmon.web.server import build, open_web, running
from netmon.web.tokens import make_token
from tests.usage.feeds import feeds_of
from tests.web.book_engine import STATUS
from tests.web.known import OWN_ENGINE, Known

HOST = "http://netmon.test"
CONFIG = WebConfig(hosts=("netmon.test",))
PASSWORD = "correct horse battery"
ROLES = ("viewer", "operator", "billing", "admin")
_KEPT = hash_password(PASSWORD, cost=2)


class Served:
    """A store with an account for each role (``PASSWORD``), named as the role, and a web process on it."""

    def __init__(self, store: SqliteStore, web: Web) -> None:
        self.store = store
        self.web = web
        self.app = build(web)
        self.asked: list[OperatorRequest] = []
        self.elements = Known()
        self.config = "version: 1\n"

    def client(self, *, address: str = "192.0.2.9", base: str = HOST, token: str = "") -> httpx.AsyncClient:
        """Return a browser, or a program with a token."""
        transport = httpx.ASGITransport(self.app, client=(address, 40_000))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(transport=transport, base_url=base, headers=headers)

    async def token(self, role: str, scope: str, *, expires: int | None = None) -> str:
        """Return a new token of the account of a role."""
        text, made = make_token(role, scope, now=now_ms(), expires=expires)
        await self.store.account(AddToken(made))
        return text

    @asynccontextmanager
    async def signed_in(
        self, name: str, *, address: str = "192.0.2.9", base: str = HOST
    ) -> AsyncIterator[httpx.AsyncClient]:
        """Yield a browser that is signed in; it sends what a page sends with each write."""
        async with self.client(address=address, base=base) as client:
            answer = await sign_in(client, name)
            assert answer.status_code == 303, answer.text
            session = (await client.get("/api/v1/session")).json()
            client.headers.update({"X-Netmon-CSRF": session["csrf"], "Content-Type": "application/json"})
            yield client


async def sign_in(
    client: httpx.AsyncClient, name: str, password: str = PASSWORD, *, next_: str = "", **headers: str
) -> httpx.Response:
    """Fill in the form of the page and send it, as a browser without script does."""
    page = await client.get("/login", params={"next": next_} if next_ else {})
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return await client.post("/login", data={**fields, "name": name, "password": password}, headers=headers)


@asynccontextmanager
async def served(folder: Path, config: WebConfig = CONFIG, *, usage: str = "version: 1\n") -> AsyncIterator[Served]:
    """Run both sides as long as the block lasts."""
    store = open_store(folder / "netmon.db")
    await store.account(*(AddOperator(Operator(role, role, _KEPT, 1)) for role in ROLES))
    try:
        with open_web(WebSetup(folder, "nm1", config)) as web:
            made = Served(store, web)
            made.config = usage
            async with engine(folder, made), running(web):
                yield made
    finally:
        store.close()


@asynccontextmanager
async def engine(folder: Path, made: Served) -> AsyncIterator[None]:
    """Answer at the unix socket: accounts go to the store, operator requests find no alarm."""

    async def operator(request: OperatorRequest) -> bytes:
        made.asked.append(request)
        replies = [Reply(alarm, "gone", reason="notFound", status=404) for alarm in request.alarms]
        return msgspec.json.encode(Answer(request.request_id, request.action, replies))

    async def account(calls: Sequence[AccountCall]) -> None:
        await made.store.account(*calls)

    async def reload() -> requests.Reloaded:
        return requests.Reloaded([])

    changes = Changes()
    changes.committed(0, now_ms())
    known = made.elements
    answers = requests.Answers(
        operator,
        account,
        reload,
        lambda: STATUS,
        changes.follow,
        known,
        known.rejections,
        live=lambda _: None,
        snmp_engine=lambda: OWN_ENGINE,
        maintenance=lambda _: [],
        feeds=feeds_of(made.store, folder, now=now_ms(), config=made.config),
    )
    app = requests.build(answers)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(serve(app, [listen_unix(folder / "engine.sock")]))
        yield
        task.cancel()
