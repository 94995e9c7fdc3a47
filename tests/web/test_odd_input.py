"""Input that nobody sends by mistake: it is refused as what it is, and is no bug of ours."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from netmon.domain.address import Addresses
from netmon.web.config import WebConfig
from netmon.web.document import described, document
from netmon.web.read import MOST_BYTES
from netmon.web.server import OPERATIONS
from tests.web.served import Served, served
from tests.web.test_security import filled

pytestmark = pytest.mark.slow

WORDS = (
    "%00",
    "a" * 300,
    "a" * 5_000,
    "%FF%FE",
    "%ED%A0%80",
    "%F0%9F%9A%91",
    "..%2F..%2Fetc",
    "%0d%0aX:y",
    "9" * 5_000,
)
READS = [one for one in described(OPERATIONS) if one.method == "GET" and "{" in one.paths[0]]


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path) as made:
        while made.web.view.seq < 0:
            await made.web.engine.moved()
        yield made


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word[:12])
async def test_in_a_path(web: Served, word: str) -> None:
    async with web.client(token=await web.token("admin", "read operate usage admin")) as client:
        for one in READS:
            path = filled(one.paths[0]).replace("/x", f"/{word}")
            assert (one.name, (await client.get(path)).status_code < 500) == (one.name, True)
        assert (await client.get(f"/static/{word}")).status_code == 404
        assert (await client.get(f"/alarms/{word}")).status_code in (303, 404)


@pytest.mark.parametrize("word", ["9" * 5_000, "9" * 19, "-1", "12x", "\u00b2", "1 2"], ids=lambda word: word[:12])
async def test_last_event_id(web: Served, word: str) -> None:
    async with web.client(token=await web.token("viewer", "read")) as client:
        answer = await client.get("/api/v1/live", headers={b"Last-Event-ID": word.encode()})
        assert (answer.status_code, answer.json()["detail"]) == (
            400,
            "Last-Event-ID is not the id of an event of this feed",
        )
        for path in ("/api/v1/live", "/api/v1/live/changes"):
            answer = await client.get(path, params={"since": "9" * 5_000})
            assert answer.status_code == 400


@pytest.mark.parametrize("host", ["[::1", "::1]", "[", "127.0.0.1:999999", "[::1]:x", "127.0.0.1:80:80", "a" * 9_000])
async def test_host(tmp_path: Path, host: str) -> None:
    async with served(tmp_path, WebConfig(listen=Addresses("[::1]:8080"))) as web, web.client() as client:
        for path in ("/login", "/api/v1/session"):
            assert (await client.get(path, headers={"Host": host})).status_code == 421


async def test_a_body_where_none_is_declared_is_not_read(web: Served) -> None:
    async with web.client(token=await web.token("operator", "read operate")) as client:
        long = b"x" * (MOST_BYTES + 1)
        assert (await client.request("GET", "/api/v1/session", content=long)).status_code == 200
        polled = await client.post("/api/v1/elements/r1/poll", content=long, headers={"Content-Type": "text/plain"})
        assert polled.status_code != 413


def test_no_operation_declares_what_it_never_answers() -> None:
    paths = document(OPERATIONS)["paths"]
    for path, method in (("resourceUsageManagement/v5/resourceUsage", "post"), ("usageManagement/v4/usage", "post")):
        assert "201" not in paths[f"/tmf-api/{path}"][method]["responses"]
        assert "403" in paths[f"/tmf-api/{path}"][method]["responses"]
        assert "304" in paths[f"/tmf-api/{path}"]["get"]["responses"]
