"""The part of an engine that the web process talks to: a real alarm book and store behind the real unix socket."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from netmon.alarms.again import POLL, poll_again
from netmon.alarms.book import Book
from netmon.control import requests
from netmon.control.changes import Changes
from netmon.control.listen import listen_unix
from netmon.control.serve import serve
from netmon.correlate.engine import Engine
from netmon.domain.alarm import AlarmChange, Content, Edge
from netmon.domain.observation import OperatorRequest
from netmon.domain.output import Answer as AnswerOut
from netmon.domain.output import Output
from netmon.domain.plan import BEGIN, END
from netmon.domain.request import EngineStatus, LiveReport
from netmon.storage.account import AccountCall
from netmon.storage.sqlite.store import SqliteStore
from tests.storage.batches import batch
from tests.usage.feeds import feeds_of
from tests.web.known import OWN_ENGINE, Known

STATUS = EngineStatus(1, 2, 3, 4, "sha256:1", ("127.0.0.1:162",), "127.0.0.1:9108", "127.0.0.1:8080")


class BookEngine:
    """Raises and clears alarms of elements r1, r2, ... and takes operator requests, each in a commit of its own."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.book = Book()
        self.maintenance = Engine().maintenance
        self.changes = Changes()
        self.seq = 0
        self.elements = Known()
        self.asked: list[str] = []
        """Request ids that reached the book."""
        self.reports: list[LiveReport] = []
        """What web processes told of their live feeds."""
        self.wished: list[Output] = []
        """Polls that operators asked for."""
        self.on_request: Callable[[], None] = lambda: None
        """Called when a request has come, before it is taken."""
        self._one = asyncio.Lock()
        self._batches, self._first = 0, 1

    @property
    def now(self) -> int:
        return time.time_ns() // 1_000_000

    async def raised(self, *numbers: int, **content: Any) -> list[str]:
        """Raise alarms and return their ids."""
        return [change.alarm_id for change in await self.edges(*numbers, on=True, **content)]

    async def cleared(self, *numbers: int) -> None:
        await self.edges(*numbers, on=False)

    async def edges(self, *numbers: int, on: bool, **content: Any) -> list[AlarmChange]:
        return await self.told(*((f"r{n}/if:xe-0", "link-alarm") for n in numbers), on=on, **content)

    async def told(self, *keys: tuple[str, str], on: bool, **content: Any) -> list[AlarmChange]:
        """Let conditions, each of a managed object and an alarm type, begin or end."""
        self.seq += 1
        fields: dict[str, Any] = {"severity": "major", "text": "Link down", "object_type": "interface", **content}
        said = Content(probable_cause="lossOfSignal", event_type="communicationsAlarm", **fields) if on else None
        edges = [
            Edge(
                (object_, type_, ""),
                on,
                (self.now, self.seq),
                self.seq,
                "link-down",
                "v1",
                object_.partition("/")[0],
                0,
                said,
            )
            for object_, type_ in keys
        ]
        changes = self.book.apply(edges, now=self.now, seq=self.seq)
        await self.commit(changes)
        return changes

    async def commit(
        self, changes: list[AlarmChange], *answers: tuple[str, bytes], of: OperatorRequest | None = None
    ) -> None:
        arrivals = (of,) if of is not None else ()
        made = batch(self._batches + 1, self._first, arrivals, changes=tuple(changes), answers=answers)
        self._batches, self._first = made.number, self._first + len(made.observations)
        await self.store.commit(made)
        self.changes.committed(self.book.next_seq - 1, self.now)

    async def operator(self, request: OperatorRequest) -> bytes:
        """Take a request as the engine does: one that was answered is not taken again."""
        async with self._one:
            kept = await asyncio.to_thread(self.store.answer, request.request_id)
            return kept if kept is not None else await self._take(request)

    async def _take(self, request: OperatorRequest) -> bytes:
        self.asked.append(request.request_id)
        self.on_request()
        self.seq += 1
        request = msgspec.structs.replace(request, at=self.now)
        if request.action == POLL:
            *wishes, told = poll_again(request, self.elements.inventory())
            assert isinstance(told, AnswerOut)
            self.wished += wishes
            await self.commit([], (request.request_id, told.body), of=request)
            return told.body
        if request.action in (BEGIN, END):
            body = self.maintenance.ask(request, self.now)
            self.maintenance.at(self.now + 1)
            await self.commit([], (request.request_id, body), of=request)
            return body
        changes, answer = self.book.request(request, self.seq)
        await self.commit(changes, (request.request_id, answer), of=request)
        return answer

    @contextlib.asynccontextmanager
    async def serving(self, path: Path) -> AsyncIterator[None]:
        """Answer at the unix socket as long as the block lasts."""
        answers = requests.Answers(
            operator=self.operator,
            account=self._account,
            reload=self._reload,
            status=lambda: STATUS,
            changes=self.changes.follow,
            elements=self.elements,
            rejections=self.elements.rejections,
            live=self.reports.append,
            snmp_engine=lambda: OWN_ENGINE,
            maintenance=lambda element: self.maintenance.states(self.now, element),
            feeds=feeds_of(self.store, path.parent),
        )
        task = asyncio.ensure_future(serve(requests.build(answers), [listen_unix(path)]))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _account(self, calls: Sequence[AccountCall]) -> None:
        await self.store.account(*calls)

    async def _reload(self) -> requests.Reloaded:
        raise AssertionError
