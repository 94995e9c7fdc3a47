"""Clients of a running netmon's live feed, as browsers and programs have them."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec

from netmon.snmp.ber import INTEGER, OBJECT_IDENTIFIER, TIME_TICKS
from netmon.snmp.message import V2_TRAP, V2C, Message, encode
from tests.patience import PATIENCE_S
from tests.wire.daemon import Daemon

DOWN, UP = "1.3.6.1.4.1.32473.2.0.1", "1.3.6.1.4.1.32473.2.0.2"
"""Of the enterprise number for documentation (RFC 5612): no shipped rule knows them."""


class Stream:
    """One stream: its raw events, and the map of rows that they lead to."""

    def __init__(self) -> None:
        self.raw: list[str] = []
        self.rows: dict[str, dict[str, Any]] = {}
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.arrived: dict[tuple[str, int], float] = {}
        """When (alarm, version) came, ms UTC."""
        self.seq = -1
        self._moved = asyncio.Event()

    async def listen(self, client: httpx.AsyncClient, *, since: int | None = None) -> None:
        """Hear events until cancelled, or the server ends the stream."""
        headers = {"Last-Event-ID": str(since)} if since is not None else {}
        async with client.stream("GET", "/api/v1/live", headers=headers, timeout=None) as answer:
            assert answer.status_code == 200, answer.status_code
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                else:
                    self._hear(fields)
                    fields = {}

    def _hear(self, fields: dict[str, str]) -> None:
        name, data = fields["event"], msgspec.json.decode(fields["data"])
        self.heard.append((name, data))
        if name == "changes":
            self.raw.append(fields["data"])
            self.seq = data["seq"]
            for row in data["alarms"]:
                self.rows[row["id"]] = row
                self.arrived[row["id"], row["v"]] = time.time() * 1000
        self._moved.set()
        self._moved = asyncio.Event()

    async def until(self, done: Any, *, patience_s: float = PATIENCE_S) -> Any:
        """Return what ``done`` finds once it finds something."""
        async with asyncio.timeout(patience_s):
            while not (found := done()):
                await self._moved.wait()
        return found

    def last(self, name: str, **fields: Any) -> dict[str, Any] | None:
        """Return the last event of a name if it has these fields."""
        data = next((data for found, data in reversed(self.heard) if found == name), None)
        return data if data is not None and fields.items() <= data.items() else None


@contextlib.asynccontextmanager
async def listening(
    client: httpx.AsyncClient, number: int = 1, *, since: int | None = None
) -> AsyncIterator[list[Stream]]:
    """Keep streams open as long as the block lasts; all have been greeted when it begins."""
    streams = [Stream() for _ in range(number)]
    tasks = [asyncio.ensure_future(stream.listen(client, since=since)) for stream in streams]
    try:
        for stream, task in zip(streams, tasks, strict=True):
            greeting = asyncio.ensure_future(stream.until(lambda stream=stream: stream.last("hello")))
            parts: list[asyncio.Future[Any]] = [task, greeting]
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
        yield streams
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def caller(daemon: Daemon) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a program with a token that may operate."""
    token = daemon.folder / "token"
    if not token.exists():
        daemon.netmon("user", "add", "ann", "--role", "operator")
        token.write_text(daemon.netmon("user", "token", "ann", "--scope", "read", "--scope", "operate"))
    headers = {"Authorization": f"Bearer {token.read_text()}"}
    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(
        base_url=f"http://{daemon.web}", headers=headers, limits=limits, timeout=PATIENCE_S
    ) as client:
        yield client


def trap(interface: int, *, down: bool) -> bytes:
    """Return the trap of a port that fails, or is well again."""
    columns = ((1, interface), (7, 1), (8, 2 if down else 1))
    varbinds: tuple[Any, ...] = (
        ("1.3.6.1.2.1.1.3.0", TIME_TICKS, 100),
        ("1.3.6.1.6.3.1.1.4.1.0", OBJECT_IDENTIFIER, DOWN if down else UP),
        *((f"1.3.6.1.2.1.2.2.1.{column}.{interface}", INTEGER, value) for column, value in columns),
    )
    number = time.monotonic_ns() % (1 << 31)
    return encode(Message(V2C, b"public", V2_TRAP, number, 0, 0, varbinds))


def send(daemon: Daemon, *packets: bytes) -> None:
    """Send traps."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for packet in packets:
            out.sendto(packet, ("127.0.0.1", daemon.traps))
