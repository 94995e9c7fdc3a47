"""An operator request is answered whatever becomes of it: none waits for ever, and none can be asked only once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from netmon.domain.observation import OperatorRequest
from netmon.mib.names import MibView
from netmon.sources.clock import Clock
from netmon.sources.operator import Operator
from netmon.step import Core
from netmon.storage.sqlite.store import SqliteStore, open_store
from tests.faults.test_full_disk import Around
from tests.patience import PATIENCE_S


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    with contextlib.closing(open_store(tmp_path / "netmon.db")) as opened:
        yield opened


@contextlib.asynccontextmanager
async def asking(store: SqliteStore, core: Core) -> AsyncIterator[Operator]:
    """Yield who hands requests to a running pipeline; each is answered in time, or the test fails."""

    async def kept(request_id: str) -> bytes | None:
        return await asyncio.to_thread(store.answer, request_id)

    around = Around(core, store)
    running = asyncio.create_task(around.pipeline.run())
    async with asyncio.timeout(PATIENCE_S):
        yield Operator(around.pipeline, clock=Clock(), metrics=around.metrics, kept=kept)
    assert around.pipeline._answers == {}
    around.pipeline.stop()
    await asyncio.wait_for(running, PATIENCE_S)


def a_core() -> Core:
    return Core(lambda *_: pytest.fail("no rules here"), MibView(()))


def request(**fields: object) -> OperatorRequest:
    asked = OperatorRequest(0, "q1", "ann", "acknowledge", ("a1", "a2"))
    return msgspec.structs.replace(asked, **fields)


def results(answer: bytes) -> list[tuple[str, str, str, int]]:
    return [(one["id"], one["result"], one["reason"], one["status"]) for one in msgspec.json.decode(answer)["results"]]


@pytest.mark.parametrize("fields", [{"until": 1 << 70}, {"comment": "half \ud800"}, {"action": "poll\udfff"}])
async def test_a_request_that_cannot_be_stored_is_refused(store: SqliteStore, fields: dict[str, object]) -> None:
    async with asking(store, a_core()) as operator:
        for _ in range(2):
            answer = await operator.ask(request(**fields))
            assert results(answer) == [(id_, "refused", "badValue", 400) for id_ in ("a1", "a2")]
        assert operator._open == {}
        # It had no effect, so its id is free.
        assert results(await operator.ask(request())) == [(id_, "gone", "notFound", 404) for id_ in ("a1", "a2")]


async def test_a_request_that_meets_a_bug_is_answered(store: SqliteStore) -> None:
    core = a_core()
    sound = core.book.request

    def broken(asked: OperatorRequest, *more: Any) -> object:
        if asked.comment == "bug":
            raise RuntimeError
        return sound(asked, *more)

    core.book.request = broken  # type: ignore[method-assign, assignment]
    async with asking(store, core) as operator:
        for _ in range(2):
            answer = await operator.ask(request(comment="bug"))
            assert results(answer) == [(id_, "refused", "bug", 500) for id_ in ("a1", "a2")]
        assert operator._open == {}
        sound_one = await operator.ask(request(request_id="q2"))
        assert results(sound_one) == [(id_, "gone", "notFound", 404) for id_ in ("a1", "a2")]
    assert [row.result for row in store.audit()] == ["2 gone", "2 refused bug"]
