"""The engine's HTTP and its internal requests, over real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from netmon import __version__
from netmon.control import requests, server
from netmon.control.changes import Changes
from netmon.control.listen import CannotListen, address_of, listen, listen_unix
from netmon.control.serve import serve
from netmon.domain.observation import OperatorRequest
from netmon.domain.request import (
    VERSION_HEADER,
    EngineStatus,
    LiveReport,
    LiveStats,
    OwnSnmpEngine,
    RejectedCount,
    RejectionsWanted,
    TrapBooks,
    TrapRejections,
)
from netmon.storage.account import AccountCall
from netmon.storage.sqlite.store import SqliteStore, open_store
from tests.patience import PATIENCE_S
from tests.usage.feeds import feeds_of
from tests.web.known import OWN_ENGINE

REPORTED: list[LiveReport] = []
STATUS = EngineStatus(1, 2, 3, 4, "sha256:1", ("127.0.0.1:162",), "127.0.0.1:9108", "127.0.0.1:8080")


@asynccontextmanager
async def serving(app: Starlette, sockets: Sequence[socket.socket]) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(serve(app, sockets))
        yield
        task.cancel()


PIECES = [b"# TYPE netmon_x counter\n", b"netmon_x_total 1.0\n"]


async def metrics() -> AsyncIterator[bytes]:
    for piece in PIECES:
        yield piece


async def snmp(parameters: Sequence[tuple[str, str]]) -> tuple[int, str]:
    return (200 if ("target", "r1") in parameters else 400), f"{parameters}\n"


async def test_metrics_health_and_readiness() -> None:
    reasons = ["the disk is full", ""]
    bound = listen("127.0.0.1:0")
    url = f"http://{address_of(bound)}"
    async with serving(server.build(metrics, lambda: reasons[0], snmp), [bound]), httpx.AsyncClient() as client:
        answer = await client.get(f"{url}/metrics")
        assert (answer.status_code, answer.content) == (200, b"".join(PIECES))
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert (await client.get(f"{url}/healthz")).status_code == 200
        scraped = await client.get(f"{url}/snmp?target=r1&module=a&module=b,c&auth=")
        told = [("target", "r1"), ("module", "a"), ("module", "b,c"), ("auth", "")]
        assert (scraped.status_code, scraped.text) == (200, f"{told}\n")
        assert scraped.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert (await client.get(f"{url}/snmp")).status_code == 400
        unready = await client.get(f"{url}/readyz")
        assert (unready.status_code, unready.text) == (503, "the disk is full\n")
        reasons.pop(0)
        assert (await client.get(f"{url}/readyz")).status_code == 200
    assert bound.fileno() == -1


async def test_an_answer_on_its_way_at_the_stop_arrives() -> None:
    asked, known = asyncio.Event(), asyncio.Event()

    async def late(_: Request) -> PlainTextResponse:
        asked.set()
        await known.wait()
        return PlainTextResponse("late")

    bound = listen("127.0.0.1:0")
    url = f"http://{address_of(bound)}"
    routes = [Route("/late", late), Route("/soon", lambda _: PlainTextResponse("soon"))]
    async with asyncio.TaskGroup() as group, httpx.AsyncClient() as client:
        serving = group.create_task(serve(Starlette(routes=routes), [bound]))
        answer = group.create_task(client.get(f"{url}/late"))
        await asked.wait()
        assert (await client.get(f"{url}/soon")).text == "soon"
        serving.cancel()
        while bound.fileno() != -1:
            await asyncio.sleep(0)
        assert not serving.done()
        known.set()
        assert (await answer).text == "late"


async def test_ipv6_and_several_sockets() -> None:
    bound = [listen("127.0.0.1:0"), listen("[::1]:0")]
    addresses = [address_of(one) for one in bound]
    async with serving(server.build(metrics, str, snmp), bound), httpx.AsyncClient() as client:
        for address in addresses:
            assert (await client.get(f"http://{address}/healthz")).text == "ok\n"


def test_an_address_that_cannot_be_had_is_one_line() -> None:
    with listen("127.0.0.1:0") as taken:
        address = address_of(taken)
        with pytest.raises(CannotListen, match=f"^cannot listen on {address}: Address already in use$"):
            listen(address)
    with pytest.raises(CannotListen, match=r"cannot listen on 192\.0\.2\.1:0: Cannot assign requested address"):
        listen("192.0.2.1:0")
    for wrong in ("127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", ":80"):
        with pytest.raises(CannotListen, match="is no address to listen on"):
            listen(wrong)


def test_unix_socket_is_its_owners_only_and_replaces_a_dead_one(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    listen_unix(path).close()
    with listen_unix(path):
        assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CannotListen, match="choose a shorter data_dir"):
        listen_unix(tmp_path / ("x" * 100) / "engine.sock")
    with pytest.raises(CannotListen, match="No such file or directory"):
        listen_unix(tmp_path / "no" / "e.sock")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(tmp_path / "netmon.db")
    yield opened
    opened.close()


class Known:
    """One element."""

    async def network(self) -> bytes:
        return b'{"elements":[{"id":"r1"}]}'

    async def element(self, id_: str) -> bytes | None:
        return b'{"state":{"id":"r1"}}' if id_ == "r1" else None

    async def whole(self) -> bytes:
        return b'{"elements":{}}'

    async def unmatched(self) -> bytes:
        return b'{"now":1,"traps":[]}'

    async def polls(self) -> bytes:
        return b'{"r1":{}}'


def _rejections(wanted: RejectionsWanted) -> TrapRejections:
    books = TrapBooks(1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0)
    return TrapRejections(books, [RejectedCount("default", wanted.source, "malformed", wanted.limit, 1, "why")], [])


@pytest.fixture
async def engine(tmp_path: Path, store: SqliteStore) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the unix socket; accounts go to a real store."""

    async def operator(request: OperatorRequest) -> bytes:
        return msgspec.json.encode({"took": request.action, "at": request.at, "alarms": request.alarms})

    async def account(calls: Sequence[AccountCall]) -> None:
        await store.account(*calls)

    async def reload() -> requests.Reloaded:
        return requests.Reloaded(["config.yaml:3:1: polling.x: unknown key"])

    changes = Changes()
    changes.committed(7, 1000)
    answers = requests.Answers(
        operator,
        account,
        reload,
        lambda: STATUS,
        changes.follow,
        Known(),
        _rejections,
        live=REPORTED.append,
        snmp_engine=lambda: OWN_ENGINE,
        maintenance=lambda _: [],
        feeds=feeds_of(store, tmp_path),
    )
    app = requests.build(answers)
    path = tmp_path / "engine.sock"
    async with serving(app, [listen_unix(path)]):
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        headers = {VERSION_HEADER: __version__}
        async with httpx.AsyncClient(transport=transport, base_url="http://engine", headers=headers) as client:
            yield client


async def test_operator_request(engine: httpx.AsyncClient) -> None:
    call = {"action": "acknowledge", "alarms": ["a", "b"], "user": "ann", "request_id": "q1"}
    answer = await engine.post("/internal/v1/operator", json=call)
    assert (answer.status_code, answer.json()) == (200, {"took": "acknowledge", "at": 0, "alarms": ["a", "b"]})
    refused = await engine.post("/internal/v1/operator", json=call | {"sevrity": 1})
    assert (refused.status_code, refused.json()["problems"]) == (400, ["Object contains unknown field `sevrity`"])
    deep = await engine.post("/internal/v1/operator", content=b'{"x":' * 5_000)
    assert (deep.status_code, len(deep.json()["problems"])) == (400, 1)


async def test_accounts(engine: httpx.AsyncClient, store: SqliteStore) -> None:
    token = {"id": "1", "operator": "ann", "scope": "read", "sha256": "f" * 64, "created": 1}
    missing = await engine.post("/internal/v1/account", json=[{"do": "add_token", "token": token}])
    assert (missing.status_code, missing.json()["problems"]) == (
        409,
        ["there is no operator 'ann'; add it with `netmon user add`"],
    )
    ann = {"name": "ann", "role": "viewer", "password": "", "created": 1}
    assert (
        await engine.post("/internal/v1/account", json=[{"do": "add_operator", "operator": ann}])
    ).status_code == 200
    assert (await engine.post("/internal/v1/account", json=[{"do": "add_token", "token": token}])).status_code == 200
    assert store.token("f" * 64) is not None
    remove = [{"do": "remove_operator", "name": "ann"}]
    assert (await engine.post("/internal/v1/account", json=remove)).status_code == 200
    assert (store.token("f" * 64), store.operators()) == (None, [])
    again = await engine.post("/internal/v1/account", json=remove)
    assert (again.status_code, again.json()["problems"]) == (409, ["there is no operator 'ann'"])


async def test_reload_status_and_version(engine: httpx.AsyncClient) -> None:
    answer = await engine.post("/internal/v1/reload")
    assert (answer.status_code, answer.json()) == (
        422,
        {"problems": ["config.yaml:3:1: polling.x: unknown key"], "changed": []},
    )
    told = (await engine.get("/internal/v1/status")).content
    assert msgspec.json.decode(told, type=EngineStatus) == STATUS
    other = await engine.get("/internal/v1/status", headers={VERSION_HEADER: "9.9"})
    assert other.status_code == 426
    assert "the caller 9.9" in other.json()["problems"][0]


async def test_a_web_process_tells_of_its_live_feed(engine: httpx.AsyncClient) -> None:
    told = LiveReport(2, LiveStats(clients=3, resyncs={"slow": 1}))
    REPORTED.clear()
    answer = await engine.post("/internal/v1/live", content=msgspec.json.encode(told))
    assert (answer.status_code, REPORTED) == (200, [told])


async def test_changes_begin_with_where_it_stands(engine: httpx.AsyncClient) -> None:
    async with engine.stream("GET", "/internal/v1/changes") as answer:
        assert await anext(answer.aiter_lines()) == '{"seq":7,"tick":1000,"accounts":0}'


async def test_changes_are_coalesced() -> None:
    changes = Changes()
    lines = changes.follow()
    assert await anext(lines) == b'{"seq":0,"tick":0,"accounts":0}\n'
    waiting = asyncio.ensure_future(anext(lines))
    for seq in range(1, 100):
        changes.committed(seq, 1)
        await asyncio.sleep(0)
    assert await waiting == b'{"seq":99,"tick":1,"accounts":0}\n'
    waiting = asyncio.ensure_future(anext(lines))
    changes.committed(100, 2)
    assert await waiting == b'{"seq":100,"tick":2,"accounts":0}\n'
    await lines.aclose()  # type: ignore[attr-defined]


async def test_a_change_of_accounts_is_told_at_once() -> None:
    """Notices of alarms would gather for an hour here."""
    changes = Changes(pause_s=3_600)
    lines = changes.follow()
    await anext(lines)
    waiting = asyncio.ensure_future(anext(lines))
    await asyncio.sleep(0)
    changes.committed(1, 1)
    changes.accounts_changed()
    changes.committed(2, 1)
    async with asyncio.timeout(PATIENCE_S):
        assert await waiting == b'{"seq":2,"tick":1,"accounts":1}\n'
        changes.accounts_changed()
        assert await anext(lines) == b'{"seq":2,"tick":1,"accounts":2}\n'
    await lines.aclose()  # type: ignore[attr-defined]


async def test_elements_are_read(engine: httpx.AsyncClient) -> None:
    assert (await engine.get("/internal/v1/elements")).json() == {"elements": [{"id": "r1"}]}
    assert (await engine.get("/internal/v1/elements/r1")).json() == {"state": {"id": "r1"}}
    assert (await engine.get("/internal/v1/polls")).json() == {"r1": {}}
    missing = await engine.get("/internal/v1/elements/addr:default:2001:db8::1")
    assert missing.status_code == 404
    assert missing.json() == {"problems": ['there is no element "addr:default:2001:db8::1"']}
    older = await engine.get("/internal/v1/elements", headers={VERSION_HEADER: "0"})
    assert older.status_code == 426


async def test_the_own_snmp_engine(engine: httpx.AsyncClient) -> None:
    answer = await engine.get("/internal/v1/snmp-engine")
    assert msgspec.json.decode(answer.content, type=OwnSnmpEngine) == OWN_ENGINE


async def test_rejections_are_read_as_they_are_wanted(engine: httpx.AsyncClient) -> None:
    answer = await engine.get("/internal/v1/traps/rejected", params={"source": "192.0.2.7", "limit": 3})
    [one] = answer.json()["counts"]
    assert (one["source"], one["count"], answer.json()["books"]["read"]) == ("192.0.2.7", 3, 1)
    wrong = await engine.get("/internal/v1/traps/rejected", params={"limit": 0})
    assert wrong.status_code == 400
