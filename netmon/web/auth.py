"""Whose request this is, and whether a write by cookie came from our own page (specs/dashboard.md section 4)."""

import hmac
import re

from starlette.requests import Request

from netmon.web.callers import Callers, Who, unauthenticated
from netmon.web.error import Refusal

CSRF_HEADER = "X-Netmon-CSRF"


_PORT = re.compile(r":([0-9]{1,5})$")


def cookie_name(request: Request, *, what: str = "netmon") -> str:
    """Return the name of the session cookie, or of another one.

    The prefix keeps other hosts from setting it (RFC 6265bis 4.1.3.2). Cookies know no port (RFC 6265 8.5): where
    there is no TLS, the port in the name keeps two netmons on one host apart.
    """
    if request.url.scheme == "https":
        return f"__Host-{what}"
    port = _PORT.search(request.headers.get("host", ""))
    return f"{what}-{port[1]}" if port is not None else what


def address_of(request: Request) -> str:
    """Return where a request came from."""
    return request.client.host if request.client is not None else ""


async def signed_in(callers: Callers, request: Request) -> Who | None:
    """Return who sent a request by cookie, None: nobody."""
    cookie = request.cookies.get(cookie_name(request), "")
    return await callers.by_cookie(cookie, address_of(request)) if cookie else None


async def who_asks(callers: Callers, request: Request) -> Who:
    """Return who sent a request, by token or by cookie.

    Raises:
        Refusal: 401, nobody that is known.
    """
    authorization = request.headers.get("authorization", "")
    if authorization:
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise unauthenticated("a token is needed: `netmon user token` makes one")
        return await callers.by_token(text.strip(), address_of(request))
    who = await signed_in(callers, request)
    if who is None:
        raise unauthenticated("sign in at /login, or send a token: `netmon user token` makes one")
    return who


def check_write(who: Who, request: Request) -> None:
    """Refuse a write by cookie that another site could have caused.

    Raises:
        Refusal: 403.
    """
    if who.via == "token":
        return
    if not hmac.compare_digest(request.headers.get(CSRF_HEADER, "").encode(), who.csrf.encode()):
        raise forged(f"header {CSRF_HEADER} is missing or wrong; reload the page")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise forged("a write by cookie must have Content-Type: application/json")
    check_origin(request)


def check_origin(request: Request) -> None:
    """Refuse a request that a page of another origin sent.

    Raises:
        Refusal: 403.
    """
    origin = request.headers.get("origin")
    if origin is not None and origin.lower() != f"{request.url.scheme}://{request.headers.get('host', '')}".lower():
        raise forged(f"origin {origin} is not this host")


def forged(message: str) -> Refusal:
    """Return the refusal of a request that another site may have caused."""
    return Refusal(403, "forbidden", message=message)
