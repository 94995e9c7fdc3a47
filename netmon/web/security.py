"""What every answer carries and every request must pass before it is read (specs/dashboard.md section 4)."""

import base64
import hashlib
import re
import socket
from collections.abc import Mapping, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from netmon.domain.address import Network
from netmon.web.config import WebConfig
from netmon.web.error import Refusal, error_response

_IMPORT_MAP = re.compile(rb'<script\s+type="importmap"[^>]*>(.*?)</script>', re.DOTALL)
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::[0-9]{0,5})?")
"""RFC 9110 7.2: a name or address, an IPv6 one in brackets, and a port."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ANY = ("0.0.0.0", "::")  # noqa: S104 compared with, not listened on
_POWERS = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
    "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip


PARTS = frozenset(("text/javascript", "text/css", "font/woff2"))
"""Media types that a browser only uses within a page, under the policy of that page."""
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
"""For an answer that is data; opened as a page it may do nothing."""


def policy(page: bytes) -> str:
    """Return the Content-Security-Policy: the only inline script is the import map of the page."""
    found = _IMPORT_MAP.search(page)
    script = "'self'"
    if found is not None:
        script += f" 'sha256-{base64.b64encode(hashlib.sha256(found[1]).digest()).decode()}'"
    return (
        f"default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    )


class SecureHeaders:
    """ASGI middleware that puts on every answer what its kind needs (docs/adr/0017): page, part of a page, or data."""

    def __init__(self, app: ASGIApp, *, csp: str, tls: bool) -> None:
        self._app = app
        every = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
        life = {"Strict-Transport-Security": "max-age=31536000"} if tls else {}
        self._of_part = every
        self._of_data = {**every, **life, "Content-Security-Policy": _NO_PAGE, "Referrer-Policy": "same-origin"}
        self._of_page = {
            **self._of_data,
            "Content-Security-Policy": csp,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": ", ".join(f"{power}=()" for power in _POWERS),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._for(headers.get("content-type", "").partition(";")[0]))
            await send(message)

        await self._app(scope, receive, send_with)

    def _for(self, kind: str) -> Mapping[str, str]:
        if kind == "text/html":
            return self._of_page
        return self._of_part if kind in PARTS else self._of_data


class TrustedProxies:
    """ASGI middleware that believes our own proxies, and nobody else, who a request comes from and by what scheme."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the address and the scheme that its sender had."""
        client = scope.get("client")
        if self._trusted and client is not None and self._is_ours(client[0]):
            headers = Headers(scope=scope)
            scope = {**scope, "client": (self._sender(headers.getlist("x-forwarded-for"), client[0]), 0)}
            told = headers.get("x-forwarded-proto", "").strip().lower()
            if told in ("http", "https"):
                scope["scheme"] = told
        await self._app(scope, receive, send)

    def _sender(self, forwarded: Sequence[str], nearest: str) -> str:
        """Return the last address that is no proxy of ours; what stands before it anyone could have written."""
        sender = nearest
        for one in reversed(",".join(forwarded).split(",")):
            if not one.strip():
                break
            sender = one.strip().removeprefix("[").removesuffix("]")
            if not self._is_ours(sender):
                break
        return sender

    def _is_ours(self, address: str) -> bool:
        return any(network.holds(address) for network in self._trusted)


class KnownHosts:
    """ASGI middleware that refuses a ``Host`` that is not ours: a page elsewhere may have its name point here."""

    def __init__(self, app: ASGIApp, config: WebConfig) -> None:
        self._app = app
        self._names = frozenset(map(_bare, config.hosts)) or _default_names(config)
        self._own_address = not config.hosts
        """Whether the address at which a request arrived is a name too: it cannot be rebound."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 421."""
        host = Headers(scope=scope).get("host", "")
        found = _HOST.fullmatch(host)
        name = _bare(found[1]) if found is not None else ""
        arrived = scope["server"][0] if self._own_address and scope.get("server") else ""
        if name and (name in self._names or name == arrived):
            await self._app(scope, receive, send)
            return
        refusal = Refusal(421, "badValue", message=f'host "{host[:100]}" is not in web.hosts')
        await error_response(refusal, scope["path"])(scope, receive, send)


def _default_names(config: WebConfig) -> frozenset[str]:
    listening = [address.host for address in config.listen if address.host not in _ANY]
    return frozenset(map(_bare, (*_LOOPBACK, *listening, socket.gethostname(), socket.getfqdn())))


def _bare(name: str) -> str:
    return name.lower().removeprefix("[").removesuffix("]").removesuffix(".")
