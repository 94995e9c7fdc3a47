"""Internal requests about usage feeds: acknowledge and redeliver files, and which contracts there are."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from netmon.domain.request import AckAnswer, AckCall, RedeliverCall
from netmon.usage.contracts import Contracts

CONTRACTS = "/internal/v1/usage/contracts"

Endpoint = Callable[[Request], Awaitable[Response]]


class NotDone(Exception):
    """A request about a feed had no effect; ``status`` is 404 where there is no such thing, else 409."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Feeds(Protocol):
    """Who has the feeds: ``app/feeds.py``."""

    async def acknowledge(self, call: AckCall) -> AckAnswer:
        """Note that billing has files.

        Raises:
            NotDone: nothing was acknowledged.
        """
        ...

    async def redeliver(self, call: RedeliverCall) -> bytes:
        """Put files back; what became of each, as JSON.

        Raises:
            NotDone: there is no such feed.
        """
        ...

    def contracts(self) -> Contracts:
        """Return the contracts of the usage rules."""
        ...


def endpoints(feeds: Feeds) -> list[tuple[str, Endpoint]]:
    """Return paths and what answers there."""

    async def acknowledge(request: Request) -> Response:
        try:
            answer = await feeds.acknowledge(_ACK.decode(await request.body()))
        except NotDone as error:
            return _not_done(error)
        return _json(msgspec.json.encode(answer))

    async def redeliver(request: Request) -> Response:
        try:
            return _json(await feeds.redeliver(_REDELIVER.decode(await request.body())))
        except NotDone as error:
            return _not_done(error)

    return [("/internal/v1/usage/ack", acknowledge), ("/internal/v1/usage/redeliver", redeliver)]


_ACK = msgspec.json.Decoder(AckCall)
_REDELIVER = msgspec.json.Decoder(RedeliverCall)


def _not_done(error: NotDone) -> Response:
    return _json(msgspec.json.encode({"problems": [str(error)]}), error.status)


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json")
