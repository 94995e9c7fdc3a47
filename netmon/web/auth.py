"""Who asks: a Bearer token, looked up by its SHA-256, and what its scope allows (specs/alarms.md section 2.1)."""

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from netmon.storage.store import ApiToken, Operator
from netmon.web.error import Refusal, error_response
from netmon.web.tokens import token_sha256

TokenLookup = Callable[[str], tuple[ApiToken, Operator] | None]
"""Finds a token by the SHA-256 of its text; blocks."""


class ReadersOnly:
    """ASGI middleware that lets a request pass only with a token that may read."""

    def __init__(self, app: ASGIApp, lookup: TokenLookup, now_ms: Callable[[], int]) -> None:
        self._app = app
        self._lookup = lookup
        self._now_ms = now_ms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or 403, or pass the request on with ``scope["operator"]`` set."""
        if scope["type"] != "http":
            return
        try:
            scope["operator"] = await self._reader(Headers(scope=scope).get("authorization", ""))
        except Refusal as refusal:
            await error_response(refusal)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _reader(self, authorization: str) -> Operator:
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise _unauthenticated("a token is needed: `netmon user token` makes one", "")
        found = await asyncio.to_thread(self._lookup, token_sha256(text.strip()))
        if found is None:
            raise _unauthenticated("the token is not known", "invalid_token")
        token, operator = found
        if token.expires is not None and token.expires <= self._now_ms():
            raise _unauthenticated("the token has expired", "invalid_token")
        if "read" not in token.scope.split():
            raise Refusal(403, "forbidden", message=f"a token with scope {token.scope} may not read")
        return operator


def _unauthenticated(message: str, error: str) -> Refusal:
    # RFC 6750 section 3: a request without any token is told the scheme only.
    challenge = f'Bearer realm="netmon", error="{error}"' if error else 'Bearer realm="netmon"'
    return Refusal(401, "unauthenticated", message=message, headers={"WWW-Authenticate": challenge})
