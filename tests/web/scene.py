"""A store that an engine writes, and the live feed that follows it; what clients hear of it."""

import asyncio
from typing import Any

import msgspec

from netmon.storage.sqlite.store import SqliteStore
from netmon.web.engine import Notice
from netmon.web.live import Live
from netmon.web.stream import Client
from netmon.web.view import AlarmView
from tests.storage.batches import AT
from tests.web.test_view import Clock, Feed

Event = tuple[str, dict[str, Any]]


class Notices:
    """The notices of an engine that runs in this process."""

    def __init__(self) -> None:
        self.newest = Notice(0, 0)
        self.up = True
        self._moved = asyncio.Event()

    async def moved(self) -> None:
        await self._moved.wait()

    def tell(self, seq: int) -> None:
        self.newest = Notice(seq, AT)
        self._moved.set()
        self._moved = asyncio.Event()


class Scene:
    """A store that an engine writes, and the feed that follows it."""

    def __init__(self, store: SqliteStore, **more: Any) -> None:
        self.store, self.clock, self.engine = store, Clock(), Notices()
        self.feed = Feed(store)
        self.view = AlarmView(store, most=100_000, now_ms=self.clock)
        self.live = Live(self.view, self.engine, now_ms=self.clock, **more)


def events(raw: bytes) -> list[Event]:
    found = []
    for block in raw.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        data = msgspec.json.decode(fields["data"])
        assert ("id" in fields) == (fields["event"] == "changes")
        if "id" in fields:
            assert int(fields["id"]) == data["seq"]
        found.append((fields["event"], data))
    return found


async def told(client: Client) -> list[Event]:
    return events(await client.take())
