"""Who asks: a Bearer token, looked up by its SHA-256, and what its scope allows (specs/alarms.md section 2.1)."""

import asyncio

from starlette.requests import Request

from netmon.web.context import Web, Who
from netmon.web.error import Refusal
from netmon.web.rights import rights_of
from netmon.web.tokens import token_sha256


async def who_asks(web: Web, request: Request) -> Who:
    """Return who sent a request.

    Raises:
        Refusal: 401, nobody that is known.
    """
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise _unauthenticated("a token is needed: `netmon user token` makes one", "")
    found = await asyncio.to_thread(web.store.token, token_sha256(text.strip()))
    if found is None:
        raise _unauthenticated("the token is not known", "invalid_token")
    token, operator = found
    if token.expires is not None and token.expires <= web.now_ms():
        raise _unauthenticated("the token has expired", "invalid_token")
    rights = rights_of(operator.role, token.scope)
    return Who(operator.name, operator.role, rights, "token", scope=token.scope)


def _unauthenticated(message: str, error: str) -> Refusal:
    # RFC 6750 section 3: a request without any token is told the scheme only.
    challenge = f'Bearer realm="netmon", error="{error}"' if error else 'Bearer realm="netmon"'
    return Refusal(401, "unauthenticated", message=message, headers={"WWW-Authenticate": challenge})
