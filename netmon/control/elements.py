"""Internal reads of elements: what the engine knows of them from memory."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Awaitable[Response]]


class Elements(Protocol):
    """Who knows: ``app/elements.py``."""

    async def network(self) -> bytes:
        """Return all elements with sites, links, groups and services as JSON."""
        ...

    async def element(self, id_: str) -> bytes | None:
        """Return everything of one element as JSON, None when nothing is known by that id."""
        ...

    async def whole(self) -> bytes:
        """Return the inventory as the core has it, as JSON."""
        ...

    async def polls(self) -> bytes:
        """Return how polling of every element goes as JSON by id."""
        ...

    async def unmatched(self) -> bytes:
        """Return the traps that no rule names as JSON."""
        ...


def endpoints(elements: Elements) -> list[tuple[str, Endpoint]]:
    """Return paths and what answers there."""

    async def network(_: Request) -> Response:
        return _json(await elements.network())

    async def inventory(_: Request) -> Response:
        return _json(await elements.whole())

    async def polls(_: Request) -> Response:
        return _json(await elements.polls())

    async def unmatched(_: Request) -> Response:
        return _json(await elements.unmatched())

    async def element(request: Request) -> Response:
        id_ = request.path_params["element"]
        found = await elements.element(id_)
        if found is None:
            return _json(msgspec.json.encode({"problems": [f'there is no element "{id_}"']}), 404)
        return _json(found)

    return [
        ("/internal/v1/elements", network),
        ("/internal/v1/elements/{element:path}", element),
        ("/internal/v1/inventory", inventory),
        ("/internal/v1/polls", polls),
        ("/internal/v1/traps/unmatched", unmatched),
    ]


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json")
