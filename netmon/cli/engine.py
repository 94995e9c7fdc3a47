"""Requests of the CLI to the running engine, over its unix socket (specs/dashboard.md 2)."""

import http.client
import socket
from pathlib import Path
from typing import Any

import msgspec

from netmon import __version__
from netmon.domain.request import VERSION_HEADER

_TIMEOUT_S = 60.0


class NoEngine(Exception):
    """No engine answers at the socket; nothing was changed."""


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket; the one place where a library asks for a subclass."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_TIMEOUT_S)
        self.sock.connect(str(self._path))


def ask(data_dir: Path, path: str, request: Any) -> tuple[int, Any]:
    """Post a request as JSON; return HTTP status and the decoded answer.

    Raises:
        NoEngine: nobody listens, or the answer is no JSON.
    """
    status, body = _exchange(data_dir, "POST", path, msgspec.json.encode(request))
    try:
        return status, msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise NoEngine(f"no engine answers at {data_dir / 'engine.sock'} ({error})") from None


def read(data_dir: Path, path: str) -> tuple[int, bytes]:
    """Return HTTP status and body of an internal read.

    Raises:
        NoEngine: nobody listens.
    """
    return _exchange(data_dir, "GET", path, None)


def _exchange(data_dir: Path, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
    connection = _UnixConnection(data_dir / "engine.sock")
    try:
        headers = {"Content-Type": "application/json", VERSION_HEADER: __version__}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (FileNotFoundError, ConnectionRefusedError):
        raise NoEngine(f"no engine answers at {data_dir / 'engine.sock'}: netmon does not run there") from None
    except (OSError, http.client.HTTPException) as error:
        raise NoEngine(f"no engine answers at {data_dir / 'engine.sock'} ({error})") from None
    finally:
        connection.close()
