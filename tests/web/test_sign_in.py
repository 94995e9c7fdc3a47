"""Sign-in by the page, sessions, and how they end."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest

from netmon.domain.duration import Duration
from netmon.storage.account import AccountCall, AddOperator, EndSession, Operator, RemoveOperator, Used
from netmon.web import callers, stream
from netmon.web.config import WebConfig
from netmon.web.context import now_ms
from netmon.web.login import DEMO_ACCESS
from netmon.web.tokens import token_sha256
from tests.web.served import CONFIG, HOST, PASSWORD, Served, served, sign_in

pytestmark = pytest.mark.slow


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path) as made:
        yield made


async def test_sign_in_and_out_without_script(web: Served) -> None:
    async with web.client() as browser:
        away = await browser.get("/alarms?q=x")
        assert (away.status_code, away.headers["Location"]) == (303, "/login?next=%2Falarms%3Fq%3Dx")
        answer = await sign_in(browser, "operator", next_="/alarms?q=x")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/alarms?q=x")
        cookie = next(line for line in answer.headers.get_list("Set-Cookie") if line.startswith("netmon="))
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie
        session = (await browser.get("/api/v1/session")).json()
        assert (session["operator"], session["role"], session["node_id"]) == ("operator", "operator", "nm1")
        assert session["rights"] == ["operate", "read", "wallboard"]
        assert session["limits"]["flood_per_10min"] == 10
        assert (await browser.get("/login")).status_code == 303
        out = await browser.post("/logout", data={"csrf": session["csrf"]})
        assert (out.status_code, out.headers["Location"]) == (303, "/login")
        assert (await browser.get("/api/v1/session")).status_code == 401
    actions = [(row.user, row.action, row.result, row.address) for row in web.store.audit()]
    assert actions == [
        ("operator", "sign-out", "done", "192.0.2.9"),
        ("operator", "sign-in", "done", "192.0.2.9"),
    ]


async def test_a_demo_says_where_its_password_is_and_no_other_netmon_does(web: Served, tmp_path: Path) -> None:
    async with web.client() as browser:
        assert "demo" not in (await browser.get("/login")).text
        (tmp_path / DEMO_ACCESS).write_text('{"password": "that nobody sees"}')
        page = (await browser.get("/login")).text
        assert (
            f"The terminal that runs it printed name and password, and both stand in {tmp_path}/{DEMO_ACCESS}." in page
        )
        assert "that nobody sees" not in page
        assert '<p class="hint" hidden>The first start writes' in page, "not of a demo"
        (tmp_path / DEMO_ACCESS).unlink()
        page = (await browser.get("/login")).text
        assert "demo" not in page
        assert '<p class="hint" >The first start writes' in page


async def test_the_store_knows_neither_cookie_nor_password(web: Served, tmp_path: Path) -> None:
    async with web.signed_in("viewer") as browser:
        cookie = browser.cookies["netmon"]
        assert web.store.session(token_sha256(cookie)) is not None
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("netmon.db*"))
    assert cookie.encode() not in stored
    assert PASSWORD.encode() not in stored


async def test_sign_in_by_script(web: Served) -> None:
    async with web.client() as browser:
        browser.headers["Accept"] = "application/json"
        form = (await browser.get("/login")).json()
        wrong = {"name": "viewer", "password": "not the password", **form}
        refused = await browser.post("/login", data=wrong)
        assert (refused.status_code, refused.json()["detail"]) == (401, "Name or password is wrong.")
        assert (await browser.post("/login", data=wrong | {"password": PASSWORD})).status_code == 204
        assert (await browser.get("/api/v1/session")).status_code == 200


@pytest.mark.parametrize(
    ("name", "password"), [("viewer", "wrong password"), ("nobody", PASSWORD), ("", ""), ("viewer", "x" * 2_000)]
)
async def test_all_failures_look_the_same(web: Served, name: str, password: str) -> None:
    async with web.client() as browser:
        answer = await sign_in(browser, name, password)
        assert answer.status_code == 401
        assert re.search(r'role="alert"[^>]*>Name or password is wrong\.<', answer.text)
        assert "netmon" not in browser.cookies
    (row,) = web.store.audit()
    assert (row.action, row.user, row.result) == ("sign-in", name, "wrong name or password")


async def test_an_account_without_password_cannot_sign_in(web: Served) -> None:
    await web.store.account(AddOperator(Operator("wall", "viewer", "", 1)))
    async with web.client() as browser:
        assert (await sign_in(browser, "wall", "")).status_code == 401


async def test_five_failures_of_a_name_close_it_for_ten_minutes(web: Served) -> None:
    for number in range(5):
        async with web.client(address=f"192.0.2.{number}") as browser:
            assert (await sign_in(browser, "viewer", "wrong password")).status_code == 401
    async with web.client(address="198.51.100.1") as browser:
        answer = await sign_in(browser, "viewer")
        assert answer.status_code == 429
        assert 590 <= int(answer.headers["Retry-After"]) <= 600
        assert "Too many failures. Try again in 10 minutes." in answer.text
        assert (await sign_in(browser, "operator")).status_code == 303


async def test_who_is_not_let_in_to_try_is_audited_once(web: Served) -> None:
    for number in range(5):
        async with web.client(address=f"192.0.2.{number}") as browser:
            await sign_in(browser, "viewer", "wrong password")
    async with web.client(address="198.51.100.1") as browser:
        for _ in range(3):
            assert (await sign_in(browser, "viewer")).status_code == 429
    refused = [row for row in web.store.audit(user="viewer") if row.result.startswith("refused")]
    assert [(row.action, row.address) for row in refused] == [("sign-in", "198.51.100.1")]
    assert refused[0].result.startswith("refused 429 tooFast: Too many failures. Try again in ")
    # It is no failure: it does not make the wait longer, nor close the address.
    assert len(web.store.sign_in_failures(user="viewer", address="198.51.100.1", since=0)[0]) == 5
    assert web.store.sign_in_failures(user="", address="198.51.100.1", since=0)[1] == []


async def test_too_many_at_once_are_audited_once(web: Served) -> None:
    async with web.client() as browser:
        answers = await asyncio.gather(*(sign_in(browser, "viewer") for _ in range(24)))
    assert sorted({answer.status_code for answer in answers}) == [303, 503]
    refused = [row.result for row in web.store.audit(user="viewer") if row.result.startswith("refused")]
    assert refused == ["refused 503 tooFast: Too many sign in at once. Try again."]


async def test_two_netmons_on_one_host_do_not_sign_each_other_out(web: Served, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with served(tmp_path / "other") as other, web.client(base=f"{HOST}:8080") as browser:
        assert (await sign_in(browser, "viewer")).status_code == 303
        async with other.client(base=f"{HOST}:8081") as second:
            # A cookie is of a host, whatever the port: both have the same ones.
            second.cookies = browser.cookies
            assert (await sign_in(second, "operator")).status_code == 303
            assert (await second.get("/api/v1/session")).json()["operator"] == "operator"
            browser.cookies = second.cookies
        assert (await browser.get("/api/v1/session")).json()["operator"] == "viewer"
        assert {"netmon-8080", "netmon-8081"} <= set(browser.cookies)


async def test_twenty_failures_from_an_address_close_it(web: Served) -> None:
    async with web.client() as browser:
        for number in range(20):
            assert (await sign_in(browser, f"guess-{number}", "")).status_code == 401
        assert (await sign_in(browser, "operator")).status_code == 429
    async with web.client(address="198.51.100.1") as elsewhere:
        assert (await sign_in(elsewhere, "operator")).status_code == 303


async def test_the_form_token_is_needed(web: Served) -> None:
    async with web.client() as browser:
        fields = {"name": "viewer", "password": PASSWORD}
        assert (await browser.post("/login", data=fields)).status_code == 403
        await browser.get("/login")
        assert (await browser.post("/login", data={**fields, "form_token": "x"})).status_code == 403
        assert (await sign_in(browser, "viewer", origin="http://evil.example")).status_code == 403
        assert (await sign_in(browser, "viewer", origin=HOST)).status_code == 303


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/a\r\nX: y"]
)
async def test_next_stays_here(web: Served, path: str) -> None:
    async with web.client() as browser:
        answer = await sign_in(browser, "viewer", next_=path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")


async def test_what_was_typed_stays_text(web: Served) -> None:
    async with web.client() as browser:
        answer = await sign_in(browser, '"><img src=x onerror=alert(1)>', "wrong password", next_='/"><script>')
        assert "<img" not in answer.text
        assert "<script>" not in answer.text


async def test_sign_in_renews_the_session(web: Served) -> None:
    async with web.signed_in("viewer") as browser:
        first = browser.cookies["netmon"]
        await browser.post("/logout")
        browser.cookies.set("netmon", "chosen-by-somebody-else", domain="netmon.test")
        await sign_in(browser, "viewer")
        second = browser.cookies.get("netmon", domain="netmon.test", path="/")
        assert second not in (first, "chosen-by-somebody-else")
        assert web.store.session(token_sha256(first)) is None


async def test_a_session_ends_everywhere_within_seconds(web: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netmon.web.callers._REMEMBERED_S", 0.0)
    new_password = Operator("viewer", "viewer", "scrypt$other", 1)
    ends: dict[str, Callable[[str], AccountCall]] = {
        "sign-out": EndSession,
        "password": lambda _: AddOperator(new_password),
        "removal": lambda _: RemoveOperator("viewer"),
    }
    for end in ends:
        async with web.signed_in("viewer") as browser:
            key = token_sha256(browser.cookies["netmon"])
            who = await web.web.callers.by_cookie(browser.cookies["netmon"], "")
            assert who is not None
            assert await web.web.callers.still(who)
            kept = web.store.operator("viewer")
            assert kept is not None
            await web.store.account(ends[end](key))
            assert (await browser.get("/api/v1/session")).status_code == 401, end
            assert not await web.web.callers.still(who)
            await web.store.account(AddOperator(kept))


def test_a_session_and_its_streams_outlive_its_end_by_less_than_five_seconds() -> None:
    assert callers._REMEMBERED_S + stream.CHECK_S < 5


async def test_idle_and_old_sessions_end(web: Served) -> None:
    short = msgspec.structs.replace(CONFIG, session_idle=Duration("5m"), session_life=Duration("1h"))
    async with web.signed_in("viewer") as browser:
        cookie = browser.cookies["netmon"]
    began = kept[0].created if (kept := web.store.session(token_sha256(cookie))) else 0

    async def good(after_s: int) -> bool:
        """Tell whether a web process that was started then takes the cookie."""
        then = callers.Callers(
            web.store, web.web.engine, short, now_ms=lambda: began + after_s * 1_000, lane=web.web.quick
        )
        return await then.by_cookie(cookie, "") is not None

    assert await good(299)
    assert not await good(301)
    await web.store.account(Used(token_sha256(cookie), began + 3_500_000))
    assert await good(3_550)
    assert not await good(3_601)


async def test_use_is_told_to_the_store(web: Served) -> None:
    short = msgspec.structs.replace(CONFIG, session_idle=Duration("5m"))
    async with web.signed_in("viewer") as browser:
        cookie = browser.cookies["netmon"]
    later = now_ms() + 61_000
    then = callers.Callers(web.store, web.web.engine, short, now_ms=lambda: later, lane=web.web.quick)
    assert await then.by_cookie(cookie, "") is not None
    await asyncio.gather(*then._telling)
    kept = web.store.session(token_sha256(cookie))
    assert kept is not None
    assert kept[0].used == later


async def test_cookie_over_tls_cannot_be_set_by_others(tmp_path: Path) -> None:
    config = WebConfig(hosts=("netmon.test",))
    async with served(tmp_path, config) as web, web.client(base="https://netmon.test") as browser:
        answer = await sign_in(browser, "viewer")
        cookie = next(line for line in answer.headers.get_list("Set-Cookie") if "__Host-netmon=" in line)
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
