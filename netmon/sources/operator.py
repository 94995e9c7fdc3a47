"""The source of operator requests: a request goes in, its answer comes back after the commit."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable

import msgspec

from netmon.domain.observation import HealthRow, OperatorRequest
from netmon.sources.clock import Clock
from netmon.sources.source import Desk
from netmon.telemetry.metrics import Metrics


class Closed(Exception):
    """The engine stops: whether the request was taken is unknown, so ask again with the same request id."""


Kept = Callable[[str], Awaitable[bytes | None]]
"""Returns the answer that was committed for a request id, if there is one."""


class Operator:
    """Hands requests of people and systems to the core and waits for what it decides."""

    name = "operator"

    def __init__(self, desk: Desk, *, clock: Clock, metrics: Metrics, kept: Kept) -> None:
        self._desk = desk
        self._kept = kept
        self._clock = clock
        self._open: dict[str, asyncio.Future[bytes]] = {}
        self._closed = False
        self._received = metrics.source_received.labels(self.name)
        self._succeeded = metrics.source_last_success.labels(self.name)
        self._depth = metrics.source_depth.labels(self.name)

    async def ask(self, request: OperatorRequest) -> bytes:
        """Return the core's answer as JSON, once it is committed.

        The time of the request is set here; a request id is made where it has none. A request id has one effect: who
        asks while it is open gets the same answer, and who asks later gets the one that was kept.

        Raises:
            Closed: the engine stops before the answer is there.
        """
        if self._closed:
            raise Closed("the engine stops")
        request = msgspec.structs.replace(
            request, at=self._clock.now_ms(), request_id=request.request_id or str(uuid.uuid4())
        )
        answered = self._open.get(request.request_id)
        if answered is None:
            answered = self._open[request.request_id] = asyncio.get_running_loop().create_future()
            self._received.inc()
            self._depth.set(len(self._open))
            await self._take(request)
        # A caller that goes away takes nothing from another one that waits for the same answer.
        return await asyncio.shield(answered)

    async def _take(self, request: OperatorRequest) -> None:
        """Answer as it was answered before, else ask the core.

        The request is open already: were it opened after the look, two of one moment would both find nothing.
        """
        try:
            answer = await self._kept(request.request_id)
        except BaseException:
            waiting = self._open.pop(request.request_id)
            waiting.set_exception(Closed("its first caller went away"))
            waiting.exception()
            raise
        if answer is None:
            self._desk.ask(request, lambda answer: self._answer(request, answer))
        else:
            self._answer(request, answer)

    async def run(self) -> None:
        """Wait until cancelled, then tell everyone who still waits; so cancel it after the last batch."""
        self._closed = False
        try:
            await asyncio.Event().wait()
        finally:
            self._closed = True
            for waiting in self._open.values():
                if not waiting.done():
                    waiting.set_exception(Closed("the engine stops"))
                    # Read once here: if its caller has gone, nobody else will, and that is no error.
                    waiting.exception()
            self._open.clear()

    def health(self) -> tuple[HealthRow, ...]:
        """Return nothing: requests wait for nobody but the batch."""
        return ()

    def _answer(self, request: OperatorRequest, answer: bytes) -> None:
        waiting = self._open.pop(request.request_id, None)
        self._depth.set(len(self._open))
        self._succeeded.set(self._clock.now_ms() / 1000)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)
