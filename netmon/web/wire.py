"""HTTP over the engine's unix socket: as HTTP/1.0, where the end of the connection ends an answer (RFC 9112)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

from netmon import __version__
from netmon.domain.request import VERSION_HEADER


class Unreachable(Exception):
    """Nobody listens at the socket; nothing was sent."""


class Cut(Exception):
    """The answer did not come, or not whole."""


async def exchange(socket: Path, method: str, path: str, body: bytes) -> tuple[int, bytes]:
    """Send a request; return status and body of the answer.

    Raises:
        Unreachable, Cut: see there.
    """
    async with _opened(socket, method, path, body) as reader:
        status, length = await _head(reader)
        answer = await reader.read(-1)
    if length is not None and len(answer) != length:
        raise Cut("the answer ended early")
    return status, answer


async def lines(socket: Path, path: str, *, silence_s: float) -> AsyncIterator[bytes]:
    """Yield the lines of an endless answer; a silence longer than ``silence_s`` ends it.

    Raises:
        Unreachable, Cut: see there.
    """
    try:
        async with _opened(socket, "GET", path, b"") as reader:
            async with asyncio.timeout(silence_s):
                status, _ = await _head(reader)
            if status != HTTPStatus.OK:
                raise Cut(f"the engine answered {status}")
            while True:
                async with asyncio.timeout(silence_s):
                    line = await reader.readline()
                if not line.endswith(b"\n"):
                    raise Cut("the engine ended the connection")
                yield line
    except TimeoutError:
        raise Cut(f"nothing came for {silence_s:g} s") from None


@contextlib.asynccontextmanager
async def _opened(socket: Path, method: str, path: str, body: bytes) -> AsyncIterator[asyncio.StreamReader]:
    try:
        reader, writer = await asyncio.open_unix_connection(socket)
    except OSError as error:
        raise Unreachable(f"{socket}: {error.strerror}") from None
    try:
        head = (
            f"{method} {path} HTTP/1.0",
            "Host: engine",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            f"{VERSION_HEADER}: {__version__}",
        )
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        await writer.drain()
        yield reader
    except TimeoutError:
        raise
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise Cut(str(error)) from None
    finally:
        writer.close()


async def _head(reader: asyncio.StreamReader) -> tuple[int, int | None]:
    """Return the status and the length that is told."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    told = dict(line.lower().split(":", 1) for line in head[1:] if ":" in line)
    words = head[0].split()
    if len(words) < 2 or not words[1].isdigit():
        raise Cut("the answer is no HTTP")
    return int(words[1]), int(told["content-length"]) if "content-length" in told else None
