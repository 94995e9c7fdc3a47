"""Client of the engine's unix socket: requests with a time limit, and the notice of commits (specs/dashboard.md 2)."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import structlog

from netmon.alarms.operator import Answer, Reply
from netmon.domain.plan import WindowState, WorkAnswer, WorkReply
from netmon.domain.request import EngineStatus, LiveReport, OperatorCall, RejectionsWanted, TrapRejections
from netmon.runtime.retry import backoff
from netmon.storage.account import AccountCall
from netmon.web.error import Refusal
from netmon.web.wire import Cut, Unreachable, exchange, lines

log = structlog.get_logger("netmon.web")

_TIMEOUT_S = 5.0
_FIRST_RETRY_S, _LAST_RETRY_S = 0.2, 5.0


class EngineDown(Refusal):
    """The engine could not be asked."""

    def __init__(self, message: str = "engine is not answering; nothing was changed") -> None:
        super().__init__(503, "engineDown", message=message, headers={"Retry-After": "2"})


class NoAnswer(Refusal):
    """The engine was asked, and what became of it is not known."""

    def __init__(self) -> None:
        text = "no answer from the engine; the request may have been taken, reload to see"
        super().__init__(504, "noAnswer", message=text)


class Notice(msgspec.Struct, frozen=True):
    """Where the committed store stands."""

    seq: int
    """Number of the last alarm change."""
    tick: int
    """Engine time, UTC ms."""
    accounts: int = 0
    """How often accounts, sessions or tokens have changed in this life of the engine."""


class _Problems(msgspec.Struct):
    problems: list[str] = []


class EngineClient:
    """Asks the engine. ``run`` keeps watching it as long as the web process lives."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._moved, self._accounts = asyncio.Event(), asyncio.Event()
        self.newest = Notice(0, 0)
        self.up = False
        """Whether the engine told something in the last seconds."""

    async def operator(self, call: OperatorCall) -> list[Reply]:
        """Return what became of a request, alarm by alarm, after the commit.

        Raises:
            EngineDown, NoAnswer: see there.
        """
        body = await self._ask("POST", "/internal/v1/operator", msgspec.json.encode(call))
        return msgspec.json.decode(body, type=Answer).results

    async def maintain(self, call: OperatorCall) -> tuple[WorkReply, ...]:
        """Return what became of a request for maintenance windows, after the commit.

        Raises:
            EngineDown, NoAnswer: see there.
        """
        body = await self._ask("POST", "/internal/v1/operator", msgspec.json.encode(call))
        return msgspec.json.decode(body, type=WorkAnswer).results

    async def maintenance(self, element: str = "") -> list[WindowState]:
        """Return the maintenance windows that are open or will open; of an element each says whether it concerns it."""
        path = f"/internal/v1/maintenance?{urlencode({'element': element})}"
        return msgspec.json.decode(await self.get(path), type=list[WindowState])

    async def account(self, *calls: AccountCall) -> None:
        """Have accounts, sessions, tokens, views or the audit changed: all of it or nothing; waits for the commit.

        Raises:
            EngineDown, NoAnswer: see there.
            Refusal: 409, the store did not take it.
        """
        await self._ask("POST", "/internal/v1/account", msgspec.json.encode(calls))

    async def status(self) -> EngineStatus:
        """Return how the engine is doing."""
        return msgspec.json.decode(await self.get("/internal/v1/status"), type=EngineStatus)

    async def report(self, report: LiveReport) -> None:
        """Tell how the live feed is doing; the engine shows it among its metrics."""
        await self._ask("POST", "/internal/v1/live", msgspec.json.encode(report))

    async def rejections(self, wanted: RejectionsWanted) -> TrapRejections:
        """Return what the receiver of traps turned away."""
        path = f"/internal/v1/traps/rejected?{urlencode(msgspec.structs.asdict(wanted))}"
        return msgspec.json.decode(await self.get(path), type=TrapRejections)

    async def get(self, path: str) -> bytes:
        """Return the body of an internal read.

        Raises:
            EngineDown, NoAnswer: see there.
            Refusal: 404, there is no such thing.
        """
        return await self._ask("GET", path, b"")

    async def post(self, path: str, body: bytes = b"{}") -> bytes:
        """Return the answer to another internal request."""
        return await self._ask("POST", path, body)

    async def follow(self) -> AsyncIterator[Notice]:
        """Yield where the store stands: now, and whenever a notice comes, the engine goes or comes back."""
        while True:
            moved = self._moved
            yield self.newest
            if moved is self._moved:
                await moved.wait()

    async def moved(self) -> None:
        """Return at the next notice, or when the engine goes or comes back."""
        await self._moved.wait()

    def accounts(self) -> asyncio.Event:
        """Return what is set when accounts, sessions or tokens change the next time."""
        return self._accounts

    async def run(self) -> None:
        """Hear the notices until cancelled; try again after 0.2 to 5 s when the engine is gone."""
        waits = backoff(_FIRST_RETRY_S, _LAST_RETRY_S)
        while True:
            try:
                async for line in lines(self._path, "/internal/v1/changes", silence_s=_TIMEOUT_S):
                    if not self.up:
                        waits = backoff(_FIRST_RETRY_S, _LAST_RETRY_S)
                    self._move(msgspec.json.decode(line, type=Notice), up=True)
            except (Unreachable, Cut, msgspec.MsgspecError) as error:
                if self.up:
                    log.warning("engine is not answering", error=str(error))
            self._move(self.newest, up=False)
            await asyncio.sleep(next(waits))

    def _move(self, newest: Notice, *, up: bool) -> None:
        if (newest, up) == (self.newest, self.up):
            return
        if newest.accounts != self.newest.accounts:
            self._accounts.set()
            self._accounts = asyncio.Event()
        self.newest, self.up = newest, up
        self._moved.set()
        self._moved = asyncio.Event()

    async def _ask(self, method: str, path: str, body: bytes) -> bytes:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                status, answer = await exchange(self._path, method, path, body)
        except Unreachable:
            raise EngineDown from None
        except (Cut, TimeoutError):
            raise (NoAnswer if method == "POST" else EngineDown)() from None
        if status == HTTPStatus.OK:
            return answer
        raise _refusal(status, answer)


def _refusal(status: int, answer: bytes) -> Refusal:
    """Return what an answer other than 200 means for the caller."""
    try:
        text = "; ".join(msgspec.json.decode(answer, type=_Problems).problems)
    except msgspec.MsgspecError:
        text = ""
    if status == HTTPStatus.NOT_FOUND:
        return Refusal(404, "notFound", message=text or "the engine knows no such thing")
    if status in (HTTPStatus.CONFLICT, HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
        return Refusal(status, "badValue", message=text or "the engine refused this")
    if status == HTTPStatus.UPGRADE_REQUIRED:
        return EngineDown(text)
    return NoAnswer()
