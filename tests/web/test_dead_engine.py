"""What a web process tells while the engine hangs: at most one wait, and nothing that looks done and is not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from netmon.web import engine as client
from netmon.web.auth import CSRF_HEADER
from tests.web.served import Served, served

pytestmark = pytest.mark.slow


@contextlib.asynccontextmanager
async def hanging(socket: Path) -> AsyncIterator[list[str]]:
    """Take the place of the engine: take every request and answer none; yield what was asked."""
    asked: list[str] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            asked.append((await reader.readline()).decode().rpartition(" ")[0])
            await reader.read(-1)

    socket.unlink()
    async with await asyncio.start_unix_server(take, socket):
        yield asked


@pytest.fixture
async def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    async with served(tmp_path) as made:
        monkeypatch.setattr(client, "_TIMEOUT_S", 0.5)
        yield made


async def test_a_write_waits_once(web: Served, tmp_path: Path) -> None:
    async with web.signed_in("operator") as browser, hanging(tmp_path / "engine.sock") as asked:
        body = {"action": "acknowledge", "alarms": [{"id": "a1"}]}
        answer = await browser.post("/api/v1/alarms/actions", json=body)
    assert (answer.status_code, answer.json()["detail"].partition(";")[0]) == (504, "no answer from the engine")
    assert [one for one in asked if one.startswith("POST")] == ["POST /internal/v1/operator"]


async def test_a_write_without_an_engine_is_refused_at_once(web: Served, tmp_path: Path) -> None:
    async with web.signed_in("operator") as browser:
        (tmp_path / "engine.sock").unlink()
        answer = await browser.put("/api/v1/views/x", json={})
    assert (answer.status_code, answer.json()["detail"]) == (503, "engine is not answering; nothing was changed")


async def test_sign_out_by_script_tells_that_the_session_was_not_ended(web: Served, tmp_path: Path) -> None:
    async with web.signed_in("operator") as browser, hanging(tmp_path / "engine.sock"):
        answer = await browser.post("/logout")
        assert (answer.status_code, answer.headers["Content-Type"]) == (504, "application/problem+json")
        assert "This browser is signed out, but" in answer.json()["detail"]
        assert (await browser.get("/api/v1/session")).status_code == 401


async def test_sign_out_by_form_tells_it_on_a_page(web: Served, tmp_path: Path) -> None:
    async with web.signed_in("operator") as browser:
        csrf = browser.headers.pop(CSRF_HEADER)
        browser.headers.pop("Content-Type")
        (tmp_path / "engine.sock").unlink()
        answer = await browser.post("/logout", data={"csrf": csrf})
        assert answer.status_code == 503
        assert '<p class="wrong" role="alert">This browser is signed out, but' in answer.text
        assert (await browser.get("/api/v1/session")).status_code == 401
