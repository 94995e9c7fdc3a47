"""What every answer carries, what every request must pass, and what a write by cookie needs."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from netmon.domain.address import Addresses, Network
from netmon.storage.account import RevokeToken
from netmon.web.auth import CSRF_HEADER
from netmon.web.config import WebConfig
from netmon.web.document import described
from netmon.web.pages import PAGES
from netmon.web.security import SecureHeaders
from netmon.web.server import OPERATIONS
from netmon.web.static_files import StaticFiles
from netmon.web.tokens import token_sha256
from tests.web.served import HOST, Served, served, sign_in

EVERYTHING = described(OPERATIONS)
REFUSED_TO_ALL = ("create_resource_usage", "create_usage")
"""Usage is made by measuring only."""
WRITES = [one for one in OPERATIONS if one.method != "GET"]
PART = {"x-content-type-options", "cross-origin-resource-policy"}
DATA = PART | {"content-security-policy", "referrer-policy"}
PAGE = DATA | {"cross-origin-opener-policy", "permissions-policy"}
NO_PAGE = "default-src 'none'; frame-ancestors 'none'"


def filled(path: str) -> str:
    """Return a path with something in the place of each parameter."""
    return re.sub(r"\{[^}]*\}", "x", path)


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path) as made:
        yield made


def secured(answer: httpx.Response) -> set[str]:
    assert "strict-transport-security" not in answer.headers
    assert "server" not in answer.headers
    return {name for name in PAGE if name in answer.headers}


async def test_a_page_carries_all_headers_also_when_the_browser_has_it(web: Served) -> None:
    async with web.signed_in("viewer") as browser:
        page = await browser.get("/alarms")
        again = await browser.get("/alarms", headers={"If-None-Match": page.headers["ETag"]})
        assert [page.status_code, again.status_code] == [200, 304]
        for answer in (page, again, await browser.get("/static/login.html")):
            assert secured(answer) == PAGE
            assert "script-src 'self'" in answer.headers["content-security-policy"]
            assert "camera=()" in answer.headers["permissions-policy"]
    async with web.client() as client:
        assert secured(await client.get("/login")) == PAGE


async def test_what_a_page_is_made_of_carries_what_is_for_parts(web: Served) -> None:
    async with web.client() as client:
        for name in (
            "first.js",
            "lib/api.js",
            "netmon.css",
            "vendor/preact.js",
            "vendor/inter-latin-wght-normal.woff2",
        ):
            answer = await client.get(f"/static/{name}")
            assert (answer.status_code, secured(answer)) == (200, PART)
        # A picture can be opened as a page, and its scripts with it.
        picture = await client.get("/static/icon.svg")
        assert (picture.status_code, secured(picture)) == (200, DATA)


async def test_data_and_refusals_may_do_nothing_when_opened_as_a_page(web: Served) -> None:
    async with web.client() as client:
        paths = ("/", "/static/nothing", "/api/v1/session", "/nowhere", "/tmf-api/x")
        answers = [await client.get(path) for path in paths]
        answers.append(await client.get("/", headers={"Host": "evil.example"}))
        answers.append(await client.put("/api/v1/session"))
    async with web.signed_in("viewer") as browser:
        answers.append(await browser.get("/api/v1/alarms"))
        answers.append(await browser.get("/api/v1/alarms?format=csv"))
    assert [answer.status_code for answer in answers] == [303, 404, 401, 404, 404, 421, 405, 200, 200]
    for answer in answers:
        assert secured(answer) == DATA
        assert answer.headers["content-security-policy"] == NO_PAGE


async def test_hsts_is_told_where_tls_is_ours() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    for tls in (True, False):
        transport = httpx.ASGITransport(SecureHeaders(app, csp="x", tls=tls))
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
            told = (await client.get("/")).headers.get("strict-transport-security")
        assert told == ("max-age=31536000" if tls else None)


async def test_no_data_without_sign_in_on_loopback_neither(web: Served) -> None:
    asked = [(one.method, filled(path)) for one in EVERYTHING for path in one.paths]
    assert len(asked) >= len(OPERATIONS)
    async with web.client(address="127.0.0.1") as client:
        for method, path in asked:
            answer = await client.request(method, path)
            told = (answer.status_code, answer.headers.get("WWW-Authenticate"))
            assert (method, path, *told) == (method, path, 401, 'Bearer realm="netmon"')


async def test_pages_lead_to_the_sign_in(web: Served) -> None:
    async with web.client(address="127.0.0.1") as client:
        for path in PAGES:
            answer = await client.get(filled(path))
            assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/login")


FORGED = {
    "no csrf": {CSRF_HEADER: ""},
    "wrong csrf": {CSRF_HEADER: "x" * 43},
    "a form": {"Content-Type": "application/x-www-form-urlencoded"},
    "plain text": {"Content-Type": "text/plain"},
    "another origin": {"Origin": "http://evil.example"},
    "another scheme": {"Origin": HOST.replace("http", "https")},
    "no origin": {"Origin": "null"},
}


async def test_a_write_by_cookie_must_come_from_our_page(web: Served) -> None:
    assert WRITES
    for one in WRITES:
        async with web.signed_in("admin") as browser:
            path = filled(one.paths[0])
            for what, headers in FORGED.items():
                answer = await browser.request(one.method, path, headers=headers, content=b"{}")
                assert (one.name, what, answer.status_code) == (one.name, what, 403)
            answer = await browser.request(one.method, path, headers={"Origin": HOST}, content=b"{}")
            assert (one.name, answer.status_code == 403) == (one.name, one.name in REFUSED_TO_ALL)
        audited = web.store.audit(action=one.name.replace("_", "-"), limit=20)
        refused = [row for row in audited if row.result.startswith("refused 403")]
        assert (one.name, len(refused)) == (one.name, len(FORGED) + (one.name in REFUSED_TO_ALL))


async def test_sign_out_must_come_from_our_page(web: Served) -> None:
    async with web.signed_in("viewer") as browser:
        assert (await browser.post("/logout", headers={CSRF_HEADER: "x"})).status_code == 403
        assert (await browser.post("/logout", headers={"Origin": "http://evil.example"})).status_code == 403
        assert (await browser.get("/logout")).status_code == 405
        assert (await browser.get("/api/v1/session")).status_code == 200


@pytest.mark.parametrize(
    ("config", "host", "good"),
    [
        (WebConfig(), "127.0.0.1:8080", True),
        (WebConfig(), "localhost:1234", True),
        (WebConfig(), "LOCALHOST.", True),
        (WebConfig(), "[::1]:8080", True),
        (WebConfig(), "evil.example", False),
        (WebConfig(), "127.0.0.1.evil.example", False),
        (WebConfig(), "", False),
        (WebConfig(listen=Addresses("192.0.2.7:80")), "192.0.2.7", True),
        (WebConfig(listen=Addresses("0.0.0.0:80")), "0.0.0.0", False),
        (WebConfig(hosts=("noc.example",)), "noc.example:8443", True),
        (WebConfig(hosts=("noc.example",)), "localhost", False),
    ],
)
async def test_host(tmp_path: Path, config: WebConfig, host: str, good: bool) -> None:
    async with served(tmp_path, config) as web, web.client() as client:
        answer = await client.get("/api/v1/session", headers={"Host": host})
        assert answer.status_code == (401 if good else 421)
        if not good:
            assert answer.json()["detail"] == f'host "{host}" is not in web.hosts'


PROXIES = WebConfig(hosts=("netmon.test",), trusted_proxies=(Network("10.0.0.0/8"), Network("2001:db8::1")))


@pytest.mark.parametrize(
    ("sender", "forwarded", "seen"),
    [
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("2001:db8::1", "[2001:db8::9]", "2001:db8::9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("192.0.2.9", "198.51.100.7", "192.0.2.9"),
        ("127.0.0.1", "198.51.100.7", "127.0.0.1"),
    ],
)
async def test_only_our_proxies_are_believed(tmp_path: Path, sender: str, forwarded: str, seen: str) -> None:
    async with served(tmp_path, PROXIES) as web, web.client(address=sender) as client:
        await sign_in(client, "viewer", "wrong password", **{"X-Forwarded-For": forwarded})
        (row,) = web.store.audit()
        assert row.address == seen


async def test_a_proxy_with_tls_makes_the_cookie_secure(tmp_path: Path) -> None:
    async with served(tmp_path, PROXIES) as web:
        for sender, secure in (("10.0.0.1", True), ("192.0.2.9", False)):
            async with web.client(address=sender) as client:
                client.headers["X-Forwarded-Proto"] = "https"
                page = await client.get("/login")
                assert ("Secure" in page.headers["Set-Cookie"]) is secure


async def test_a_token_never_stands_in_a_url(web: Served) -> None:
    token = await web.token("admin", "read")
    async with web.client(token=token) as client:
        for name in ("token", "access_token", "q"):
            for path in ("/api/v1/session", "/tmf-api/alarm/v4/alarm"):
                answer = await client.get(path, params={name: token})
                assert answer.status_code == 400
                assert token not in answer.text


async def test_tokens_end_and_tell_their_use(web: Served) -> None:
    token = await web.token("viewer", "read")
    async with web.client(token=token) as client:
        assert (await client.get("/api/v1/status")).status_code == 200
    await asyncio.gather(*web.web.callers._telling)
    assert web.store.tokens()[0].used is not None
    await web.store.account(RevokeToken(web.store.tokens()[0].id))
    web.web.callers.forget(token_sha256(token))
    async with web.client(token=token) as client:
        assert (await client.get("/api/v1/status")).status_code == 401
    expired = await web.token("viewer", "read", expires=1)
    async with web.client(token=expired) as client:
        answer = await client.get("/api/v1/status")
        assert (answer.status_code, answer.json()["detail"]) == (401, "the token has expired")


async def test_a_cookie_is_no_token_and_a_token_no_cookie(web: Served) -> None:
    token = await web.token("viewer", "read")
    async with web.signed_in("viewer") as browser, web.client() as client:
        cookie = browser.cookies["netmon"]
        both = [(f"Bearer {cookie}", ""), (f"Bearer {token}", ""), (f"Bearer {cookie}", ""), ("", token), ("", cookie)]
        answers = []
        for authorization, value in both:
            headers = {"Authorization": authorization} if authorization else {"Cookie": f"netmon={value}"}
            answers.append((await client.get("/api/v1/status", headers=headers)).status_code)
        assert answers == [401, 200, 401, 401, 200]


async def test_input_is_read_strictly(web: Served) -> None:
    async with web.client(token=await web.token("admin", "read admin")) as client:

        async def refused(query: str) -> str:
            answer = await client.get(f"/api/v1/audit?{query}")
            assert answer.status_code == 400
            assert answer.headers["content-type"] == "application/problem+json"
            return str(answer.json()["detail"])

        assert await refused("limt=5") == 'unknown parameter "limt"; did you mean "limit"?'
        assert await refused("xyz=5") == 'unknown parameter "xyz"'
        assert await refused("limit=5&limit=6") == 'parameter "limit" is given twice'
        assert await refused("limit=0") == "limit: expected int >= 1"
        assert await refused("limit=five") == "limit: expected int, got str"


async def test_files_stay_inside_their_folder(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    folder.mkdir()
    text = "let a = 1\n" * 20
    (folder / "a.js").write_text(text)
    (folder / "a.js.gz").write_bytes(gzip.compress(text.encode()))
    (folder / ".stamp").write_text("secret")
    (tmp_path / "secret.js").write_text("secret")
    (folder / "link.js").symlink_to(tmp_path / "secret.js")
    app = Starlette(routes=[Route("/static/{path:path}", StaticFiles(folder).file)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST) as client:
        for path in ("/static/../secret.js", "/static/%2e%2e/secret.js", "/static//etc/passwd", "/static/link.js"):
            assert (await client.get(path)).status_code == 404, path
        assert (await client.get("/static/.stamp")).status_code == 404
        file = await client.get("/static/a.js")
        assert (file.text, file.headers["Content-Encoding"]) == (text, "gzip")
        assert file.headers["Content-Type"].startswith("text/javascript")
        plain = await client.get("/static/a.js", headers={"Accept-Encoding": "identity"})
        assert (plain.text, plain.headers.get("Content-Encoding")) == (text, None)
        same = await client.get("/static/a.js", headers={"If-None-Match": file.headers["ETag"]})
        assert same.status_code == 304
