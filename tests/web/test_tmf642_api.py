"""The TMF642 API over the real store: lists, filters, pages, one alarm, who may, and how it refuses."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from netmon.storage.account import AddOperator, AddToken, Operator
from netmon.storage.sqlite.store import open_store
from netmon.web.config import WebConfig, WebSetup
from netmon.web.rows import Where
from netmon.web.server import build, open_web
from netmon.web.tokens import make_token
from tests.storage.batches import AT, alarm, batch, change

BASE = "/tmf-api/alarmManagement/v4"
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder, which these tests only read."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def texts(folder: Path) -> dict[str, str]:
    """Five alarms and some tokens, committed; the texts of the tokens by name."""
    return asyncio.run(_committed(folder))


async def _committed(folder: Path) -> dict[str, str]:
    store = open_store(folder / "netmon.db")
    alarms = [alarm(n, cause_seq=n, version=n) for n in range(1, 5)]
    gone = alarm(5, cause_seq=5, version=5, state="cleared", severity="cleared", cleared=AT + 60_000)
    made = {
        "reader": make_token("noc", "read", now=AT),
        "poster": make_token("noc", "operate", now=AT),
        "expired": make_token("noc", "read", now=AT, expires=AT + 1),
    }
    noc, tokens = AddOperator(Operator("noc", "viewer", "", AT)), [AddToken(token) for _, token in made.values()]
    await store.account(noc, *tokens)
    await store.commit(batch(1, 1, changes=tuple(change(one.version, one) for one in (*alarms, gone))))
    store.close()
    return {name: text for name, (text, _) in made.items()}


@pytest.fixture
async def client(folder: Path, texts: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {texts['reader']}"}
    with open_web(WebSetup(folder, "nm1", WebConfig(hosts=("noc.example",)))) as web:
        transport = httpx.ASGITransport(build(web))
        async with httpx.AsyncClient(transport=transport, base_url="http://noc.example", headers=headers) as asking:
            yield asking


def elements(answer: httpx.Response) -> list[str]:
    assert answer.status_code in (200, 206), answer.text
    return [one["alarmedObject"]["id"].partition("/")[0] for one in answer.json()]


async def test_a_root_cause_names_the_services_of_what_it_explains(
    folder: Path, tmp_path: Path, texts: dict[str, str]
) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    below = alarm(2, cause_seq=2, version=7, service_affecting=True)
    root = alarm(1, cause_seq=1, version=6, children=(below.alarm_id,))
    below = msgspec.structs.replace(below, parents=(root.alarm_id,), hidden_by=("alarm:r1|link-alarm|",))
    store = open_store(tmp_path / "netmon.db")
    number, seq = store.position()
    told = change(6, root, "updated"), change(7, below, "hidden")
    await store.commit(batch(number + 1, seq + 1, changes=told))
    store.close()
    carried = {root.object: ("voice",), below.object: ("vpn 7", "voice")}
    headers = {"Authorization": f"Bearer {texts['reader']}"}
    with open_web(WebSetup(tmp_path, "nm1", WebConfig(hosts=("noc.example",)))) as web:
        web.view.where = lambda element, object_: Where(services=carried.get(object_, ()))
        await web.view.load()
        transport = httpx.ASGITransport(build(web))
        async with httpx.AsyncClient(transport=transport, base_url="http://noc.example", headers=headers) as asking:
            found = await asking.get(f"{BASE}/alarm", params={"affectedService.id": "vpn 7", "id": root.alarm_id})
            [listed] = found.json()
            assert (await asking.get(listed["href"])).json() == listed
            both = await asking.get(f"{BASE}/alarm", params={"affectedService.id": "voice"})
    assert listed["affectedService"] == [
        {"id": "voice", "href": "http://noc.example/api/v1/services/voice"},
        {"id": "vpn 7", "href": "http://noc.example/api/v1/services/vpn%207"},
    ]
    assert elements(both) == ["r1", "r2"]


@pytest.mark.parametrize("base", [BASE, "/tmf-api/alarm/v4"])
async def test_list_and_one(client: httpx.AsyncClient, base: str) -> None:
    listed = await client.get(f"{base}/alarm")
    assert elements(listed) == ["r1", "r2", "r3", "r4", "r5"]
    first = listed.json()[0]
    assert first["href"] == f"http://noc.example{base}/alarm/{first['id']}"
    assert (first["perceivedSeverity"], first["state"], first["sourceSystemId"]) == ("major", "raised", "nm1")
    assert (await client.get(first["href"])).json() == first
    only = await client.get(first["href"], params={"fields": "state"})
    assert sorted(only.json()) == ["href", "id", "state"]


async def test_pages(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{BASE}/alarm", params={"limit": 2, "perceivedSeverity": "major,cleared"})
    assert (answer.status_code, elements(answer)) == (206, ["r1", "r2"])
    assert (answer.headers["X-Total-Count"], answer.headers["X-Result-Count"]) == ("5", "2")
    seen = []
    while True:
        seen += elements(answer)
        if "next" not in answer.links:
            break
        answer = await client.get(answer.links["next"]["url"])
    assert seen == ["r1", "r2", "r3", "r4", "r5"]
    assert answer.status_code == 200
    assert sorted(map(str, answer.links)) == ["first", "last", "prev"]
    assert elements(await client.get(answer.links["last"]["url"])) == ["r5"]
    assert elements(await client.get(f"{BASE}/alarm", params={"offset": 9})) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("alarmedObject.id=r2/if:xe-0/0/2", "r2"),
        ("alarmedObject.id='r2/if:xe-0/0/2'", "r2"),
        ("state=cleared", "r5"),
        ("state.ne=cleared", "r1 r2 r3 r4"),
        ("state.ne=cleared&state.ne=raised", ""),
        ("perceivedSeverity=minor,cleared", "r5"),
        ("perceivedSeverity=minor&perceivedSeverity=cleared", "r5"),
        ("perceivedSeverity=major&alarmedObject.id=r5/if:xe-0/0/5", ""),
        ("changeSeq.gt=3", "r4 r5"),
        ("changeSeq.gte=3&changeSeq.lt=5", "r3 r4"),
        ("changeSeq.lte=2", "r1 r2"),
        ("probableCause=lossOfSignal&sourceSystemId=nm1&alarmType=communicationsAlarm", "r1 r2 r3 r4 r5"),
        ("alarmRaisedTime='2026-03-01T00:00:00.002Z'", "r2"),
        ("alarmRaisedTime=2026-03-01T01:00:00.002+01:00", "r2"),
        ("alarmRaisedTime.gte=2026-03-01T00:00:00.004Z", "r4 r5"),
        ("alarmClearedTime.gt=2026-03-01T00:00:00Z", "r5"),
        ("ackState=unacknowledged&stale=false", "r1 r2 r3 r4 r5"),
        ("isRootCause=true", ""),
        ("hiddenBy=shelf:ann", ""),
        ("sort=-alarmRaisedTime,id", "r5 r4 r3 r2 r1"),
        ("sort=perceivedSeverity,-changeSeq", "r5 r4 r3 r2 r1"),
    ],
)
async def test_filters_and_order(client: httpx.AsyncClient, query: str, found: str) -> None:
    assert elements(await client.get(f"{BASE}/alarm?{query}")) == found.split()


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("perceivedSeverty=major", "unknownAttribute", '(did you mean "perceivedSeverity"?)'),
        ("alarmedObject.name=x", "unknownAttribute", "alarmedObject.name: unknown attribute"),
        ("alarmRaisedTime.like=x", "unknownAttribute", "alarmRaisedTime.like: unknown attribute or operator"),
        ("fields=id,nope", "unknownAttribute", "nope: unknown attribute"),
        ("sort=nope", "unknownAttribute", "nope"),
        ("access_token=nm_1", "unknownAttribute", "access_token"),
        ("limit=0", "badValue", "limit: 0 is not in 1..10000"),
        ("limit=10001", "badValue", "limit: 10001 is not in 1..10000"),
        ("offset=-1", "badValue", 'offset: "-1" is not a whole number'),
        ("changeSeq.gt=x", "badValue", 'changeSeq.gt: "x" is not a whole number'),
        ("alarmRaisedTime.gt=yesterday", "badValue", '"yesterday" is not a time'),
        ("alarmRaisedTime.gt=2026-03-01T00:00:00", "badValue", "has no time zone"),
        (
            "perceivedSeverity=severe",
            "badValue",
            'perceivedSeverity: "severe" is not one of critical, major, minor, warning, indeterminate',
        ),
    ],
)
async def test_nothing_unknown_is_ignored(client: httpx.AsyncClient, query: str, code: str, message: str) -> None:
    answer = await client.get(f"{BASE}/alarm?{query}")
    error = answer.json()
    assert (answer.status_code, error["code"], error["status"], error["reason"]) == (400, code, "400", "Bad Request")
    assert message in error["message"]


async def test_fields(client: httpx.AsyncClient) -> None:
    some = (await client.get(f"{BASE}/alarm", params={"fields": "probableCause,alarmRaisedTime"})).json()[0]
    assert sorted(some) == ["alarmRaisedTime", "href", "id", "probableCause"]
    none = (await client.get(f"{BASE}/alarm", params={"fields": "none"})).json()[0]
    assert sorted(none) == ["href", "id"]
    refused = await client.get(f"{BASE}/alarm/{none['id']}", params={"limit": 1})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknownAttribute")


async def test_etag(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{BASE}/alarm")
    assert answer.headers["ETag"] == '"5"'
    again = await client.get(f"{BASE}/alarm", headers={"If-None-Match": '"5"'})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("unknown", ["f0948e9d-52a7-594c-80b5-e90ba1f32489", "7", "not-an-id"])
async def test_unknown_alarm_and_path(client: httpx.AsyncClient, unknown: str) -> None:
    for path in (f"{BASE}/alarm/{unknown}", f"{BASE}/{unknown}"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (404, "notFound", "404")


async def test_other_methods(client: httpx.AsyncClient) -> None:
    answer = await client.request("PUT", f"{BASE}/alarm")
    assert (answer.status_code, answer.json()["code"]) == (405, "methodNotAllowed")
    assert sorted(answer.headers["Allow"].replace(",", " ").split()) == ["GET", "HEAD"]


@pytest.mark.parametrize(
    ("authorization", "status", "code", "challenge"),
    [
        (None, 401, "unauthenticated", 'Bearer realm="netmon"'),
        ("Basic bm9jOm5vYw==", 401, "unauthenticated", 'Bearer realm="netmon"'),
        ("Bearer ", 401, "unauthenticated", 'Bearer realm="netmon"'),
        ("Bearer nm_0_unknown", 401, "unauthenticated", 'Bearer realm="netmon", error="invalid_token"'),
        ("Bearer expired", 401, "unauthenticated", 'Bearer realm="netmon", error="invalid_token"'),
        ("Bearer poster", 403, "forbidden", None),
        ("bearer reader", 200, None, None),
    ],
)
async def test_who_may(
    client: httpx.AsyncClient,
    texts: dict[str, str],
    *,
    authorization: str | None,
    status: int,
    code: str | None,
    challenge: str | None,
) -> None:
    del client.headers["Authorization"]
    if authorization is not None:
        scheme, _, name = authorization.partition(" ")
        client.headers["Authorization"] = f"{scheme} {texts.get(name, name)}"
    answer = await client.get(f"{BASE}/alarm")
    assert answer.status_code == status
    if code is not None:
        assert answer.json()["code"] == code
    assert answer.headers.get("WWW-Authenticate") == challenge


def test_token_is_kept_as_its_hash_only() -> None:
    text, token = make_token("noc", "read", now=AT)
    assert text.startswith(f"nm_{token.id}_")
    assert len(text.rpartition(f"nm_{token.id}_")[2]) == 43
    assert text not in repr(token)
    assert make_token("noc", "read", now=AT)[0] != text
