"""One HTTP connection that is kept open, to POST to a server; blocks, and belongs in a thread."""

import base64
import http.client
import re
import threading
from urllib.parse import urlsplit

import msgspec

from netmon.outputs.peer import Answer, Failed, Refused, Taken

_TOLD = 500
"""Octets of an answer that are kept."""
_LOST = re.compile(r"partial write: .*dropped=(\d+)", re.DOTALL)
"""As InfluxDB says it; of version 1 and 2."""


class Reply(msgspec.Struct, frozen=True):
    """What a server answered."""

    status: int
    told: str
    wait_s: float = 0.0
    """``Retry-After``, where it is a number of seconds."""

    def judged(self) -> Answer:
        """Return what the status says by itself: 2xx is taken, 400 and 422 are final, 413 is too much at once."""
        if 200 <= self.status < 300:
            return Taken()
        if self.status in (400, 422):
            lost = _LOST.search(self.told)
            return Refused("refused", self.told, int(lost[1]) if lost else None)
        if self.status == 413:
            return Refused("too_large", self.told)
        return Failed(f"http_{self.status}", self.wait_s)


class HttpPost:
    """Posts bodies to one URL; one thread at a time."""

    def __init__(self, url: str, headers: dict[str, str], *, timeout_s: float) -> None:
        self._url = urlsplit(url)
        self._headers = headers
        self._timeout_s = timeout_s
        self._connection: http.client.HTTPConnection | None = None
        self._alone = threading.Lock()

    def post(self, body: bytes) -> Reply:
        """Post a body; a kept connection that the server has closed meanwhile is made anew once.

        Raises:
            OSError, http.client.HTTPException: no connection, or no answer in time.
        """
        with self._alone:
            kept = self._connection is not None
            try:
                return self._try(body)
            except (OSError, http.client.HTTPException) as error:
                self._drop()
                if not kept or isinstance(error, TimeoutError):
                    raise
            try:
                return self._try(body)
            except (OSError, http.client.HTTPException):
                self._drop()
                raise

    def close(self) -> None:
        """Close the connection."""
        with self._alone:
            self._drop()

    def _try(self, body: bytes) -> Reply:
        if self._connection is None:
            self._connection = self._opened()
        target = self._url.path + (f"?{self._url.query}" if self._url.query else "")
        self._connection.request("POST", target or "/", body, self._headers)
        answer = self._connection.getresponse()
        told = answer.read()[:_TOLD].decode("utf-8", "replace").strip()
        return Reply(answer.status, told, seconds(answer.headers.get("Retry-After", "")))

    def _opened(self) -> http.client.HTTPConnection:
        secured = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secured else http.client.HTTPConnection
        return kind(self._url.hostname or "", self._url.port, timeout=self._timeout_s)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def tried(post: HttpPost, body: bytes) -> Reply | Failed:
    """Post a body; where there is no answer say so."""
    try:
        return post.post(body)
    except (OSError, http.client.HTTPException):
        return Failed("unreachable")


def seconds(retry_after: str) -> float:
    """Return a ``Retry-After`` in seconds, at most five minutes; 0 for one that is a date or none."""
    return min(float(retry_after), 300.0) if retry_after.isascii() and retry_after.isdigit() else 0.0


def basic(username: str, password: str) -> str:
    """Return the header of HTTP's basic sign-in (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
