"""One client of the live feed: what waits for it, and the response that carries it (Server-Sent Events)."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from netmon import __version__

MOST_EVENTS = 64
MOST_BYTES = 4 << 20
PATIENCE_S = 30.0
"""A client that takes nothing for so long is let go."""
CHECK_S = 1.5
"""A session whose time is over is noticed within this time, one that somebody ended at once."""

_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


def frame(event: str, data: bytes, *, id_: int | None = None) -> bytes:
    """Return an event as it goes over the wire; ``data`` is one line."""
    head = f"id: {id_}\nevent: {event}\ndata: " if id_ is not None else f"event: {event}\ndata: "
    return b"".join((head.encode(), data, b"\n\n"))


class Client:
    """A queue with an end: when it is full, all of it gives way to the word to load the list anew.

    Args:
        resync: makes that word.
    """

    def __init__(self, resync: Callable[[], bytes]) -> None:
        self._resync = resync
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._wake = asyncio.Event()
        self.ended = False
        """Nothing comes after what waits."""
        self.events = 0
        self.bytes = 0
        """What was handed on."""

    def put(self, event: bytes) -> None:
        """Add an event; never waits."""
        if self.ended:
            return
        if len(self._waiting) >= MOST_EVENTS or self._size + len(event) > MOST_BYTES:
            self._waiting.clear()
            event, self._size = self._resync(), 0
        self._waiting.append(event)
        self._size += len(event)
        self._wake.set()

    def bye(self, reason: str) -> None:
        """Say why the stream ends, and end it."""
        self.put(frame("bye", msgspec.json.encode({"reason": reason, "version": __version__})))
        self.ended = True

    async def take(self) -> bytes:
        """Return what waits, once something does; empty at the end."""
        while not self._waiting and not self.ended:
            self._wake.clear()
            await self._wake.wait()
        taken = b"".join(self._waiting)
        self.events += len(self._waiting)
        self.bytes += len(taken)
        self._waiting.clear()
        self._size = 0
        return taken


class EventStream(Response):
    """Sends what comes for a client until it goes, takes nothing, or may not listen any more.

    Args:
        client: whose queue it is.
        leave: called at the end.
        may_listen: asked when accounts changed, and now and then.
        accounts: gives the event of the next change of accounts, sessions or tokens.
        patience_s: how long one piece may take.
        check_s: how often ``may_listen`` is asked although nothing changed.
    """

    def __init__(
        self,
        client: Client,
        *,
        leave: Callable[[], None],
        may_listen: Callable[[], Awaitable[bool]],
        accounts: Callable[[], asyncio.Event],
        patience_s: float = PATIENCE_S,
        check_s: float = CHECK_S,
    ) -> None:
        super().__init__()
        self._client = client
        self._leave = leave
        self._may_listen = may_listen
        self._accounts = accounts
        self._patience_s = patience_s
        self._check_s = check_s
        # A timer for each piece would cost as much as sending it.
        self._sends_since: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        parts = [
            asyncio.ensure_future(part) for part in (self._write(send), _gone(receive), self._hurry(), self._watch())
        ]
        try:
            done, _ = await asyncio.wait(parts[:3], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._leave()
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
        for part in done:
            part.result()

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        now = asyncio.get_running_loop().time
        while taken := await self._client.take():
            self._sends_since = now()
            await send({"type": "http.response.body", "body": taken, "more_body": True})
            self._sends_since = None
        await send({"type": "http.response.body", "body": b""})

    async def _hurry(self) -> None:
        """Return when a piece has waited for too long to be taken."""
        now = asyncio.get_running_loop().time
        while self._sends_since is None or now() - self._sends_since < self._patience_s:
            await asyncio.sleep(self._patience_s / 4)

    async def _watch(self) -> None:
        changed = self._accounts()
        while await self._may_listen():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._check_s):
                    await changed.wait()
            changed = self._accounts()
        self._client.bye("signed-out")


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
