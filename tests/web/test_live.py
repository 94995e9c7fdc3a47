"""The live feed over a real store: what clients are told, and that it leads them to what the store says."""

import asyncio
import contextlib
import itertools
import socket
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from netmon.control.listen import listen
from netmon.control.serve import serve
from netmon.storage.sqlite.store import open_store
from netmon.web.error import Refusal
from netmon.web.ring import MOST_ROWS, Changes, Ring
from netmon.web.rows import row
from netmon.web.stream import MOST_EVENTS, Client, EventStream
from netmon.web.view import Moved
from tests.patience import PATIENCE_S
from tests.storage.batches import AT, alarm
from tests.web.scene import Scene, events, told
from tests.web.test_view import Feed, cleared
from tests.wire.peers import until


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    store = open_store(tmp_path / "netmon.db")
    made = Scene(store)
    await made.view.load()
    yield made
    store.close()


async def test_hello_then_changes_as_the_same_bytes_for_all(scene: Scene) -> None:
    clients = [scene.live.join(None) for _ in range(20)]
    for client in clients:
        assert [name for name, _ in await told(client)] == ["hello", "counters"]
    await scene.feed.commit(alarm(1), alarm(2))
    await scene.feed.commit(alarm(1, text="again"), kind="updated")
    await scene.live.take()
    taken = {await client.take() for client in clients}
    assert len(taken) == 1
    [(name, data)] = events(taken.pop())
    assert (name, data["prev"], data["seq"], data["at"]) == ("changes", 0, 3, AT + 3)
    assert sorted((row["el"], row["text"], row["v"]) for row in data["alarms"]) == [
        ("r1", "again", 3),
        ("r2", "Link down on xe-0/0/2", 2),
    ]
    stats = scene.live.stats()
    assert (stats.clients, stats.events, stats.seq) == (20, 60, 3)


async def test_since_gives_what_was_missed_or_the_word_to_load(scene: Scene) -> None:
    await scene.feed.commit(alarm(1), alarm(2))
    await scene.live.take()
    await scene.feed.commit(alarm(3))
    await scene.live.take()
    hello, _, (name, data) = await told(scene.live.join(2))
    assert (hello[1]["seq"], hello[1]["engine"], name, data["prev"], data["seq"]) == (3, "up", "changes", 2, 3)
    assert [row["el"] for row in data["alarms"]] == ["r3"]
    # In the middle of a batch: all of it, the newer state does no harm.
    _, _, (name, data) = await told(scene.live.join(1))
    assert sorted(row["el"] for row in data["alarms"]) == ["r1", "r2", "r3"]
    _, _, (name, data) = await told(scene.live.join(3))
    assert (name, data["alarms"]) == ("changes", [])
    _, _, (name, data) = await told(scene.live.join(99))
    assert (name, data) == ("resync", {"seq": 3, "reason": "too-old"})


def test_ring_forgets_by_number_and_by_age() -> None:
    ring = Ring(most=10, age_ms=1_000)
    for n in range(5):
        ring.add(Moved(n * 3, n * 3 + 3, n, 3), now=n)
    assert ring.since(5, newest=15, now=4) is None
    assert ring.since(6, newest=15, now=4) == Changes(6, 15, 4, ())
    ring.add(Moved(15, 16, 9, 1), now=2_000)
    assert ring.since(14, newest=16, now=2_000) is None
    assert ring.since(15, newest=16, now=2_000) is not None


async def test_more_rows_than_an_event_takes(scene: Scene) -> None:
    client = scene.live.join(None)
    await client.take()
    await scene.feed.commit(*(alarm(n) for n in range(MOST_ROWS + 1)))
    await scene.live.take()
    assert await told(client) == [("resync", {"seq": MOST_ROWS + 1, "reason": "burst"})]
    assert scene.live.since(0) is None


async def test_hole_means_the_list_anew(scene: Scene) -> None:
    client = scene.live.join(None)
    await client.take()
    scene.feed.seq += 5
    await scene.feed.commit(alarm(1))
    await scene.live.take()
    assert await told(client) == [("resync", {"seq": 6, "reason": "reloaded"})]
    assert scene.live.since(3) is None
    assert [one.row.el for one in scene.view.entries.values()] == ["r1"]


async def test_older_store_means_the_list_anew(scene: Scene, tmp_path: Path) -> None:
    await scene.feed.commit(alarm(1), alarm(2))
    await scene.live.take()
    restored = open_store(tmp_path / "restored.db")
    await Feed(restored).commit(alarm(7))
    scene.view._store = restored
    client = scene.live.join(None)
    await client.take()
    scene.engine.tell(1)
    await scene.live.take()
    assert await told(client) == [("resync", {"seq": 1, "reason": "reloaded"})]
    restored.close()


async def test_slow_client_is_told_to_load_and_costs_no_memory(scene: Scene) -> None:
    slow, quick = scene.live.join(None), scene.live.join(None)
    await quick.take()
    for n in range(MOST_EVENTS + 10):
        await scene.feed.commit(alarm(n))
        await scene.live.take()
        assert len(await told(quick)) == 1
    waiting = await told(slow)
    assert len(waiting) < MOST_EVENTS
    assert waiting[0][0] == "resync"
    assert waiting[0][1]["reason"] == "slow"
    assert [name for name, _ in waiting[1:]] == ["changes"] * (len(waiting) - 1)
    assert scene.live.stats().resyncs["slow"] == 1


async def test_queue_ends_by_octets_too() -> None:
    client = Client(lambda: b"resync\n\n")
    client.put(b"x" * (3 << 20))
    client.put(b"y" * (2 << 20))
    assert await client.take() == b"resync\n\n"


async def test_no_room_for_more_clients(tmp_path: Path) -> None:
    with contextlib.closing(open_store(tmp_path / "netmon.db")) as store:
        scene = Scene(store, most_clients=2)
        with pytest.raises(Refusal, match="are being loaded"):
            scene.live.join(None)
        await scene.view.load()
        first, _ = scene.live.join(None), scene.live.join(None)
        with pytest.raises(Refusal, match="too many live clients") as refused:
            scene.live.join(None)
        assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "5"})
        scene.live.leave(first)
        scene.live.join(None)
        assert (scene.live.stats().clients, scene.live.stats().clients_refused) == (2, 1)


@contextlib.asynccontextmanager
async def following(scene: Scene) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(scene.live.read()), asyncio.ensure_future(scene.live.beat())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def wait_for(client: Client, name: str, **fields: Any) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for found, data in await told(client):
                if found == name and fields.items() <= data.items():
                    return data


async def test_follows_notices_and_without_them_the_store(scene: Scene) -> None:
    client = scene.live.join(None)
    async with following(scene):
        await wait_for(client, "resync", reason="reloaded")
        await scene.feed.commit(alarm(1))
        scene.engine.tell(1)
        await wait_for(client, "changes", seq=1)
        counters = scene.live.join(None)
        assert (await wait_for(counters, "counters"))["sev"]["major"]["total"] == 1
        scene.engine.up = False
        await wait_for(client, "beat", engine="down")
        await scene.feed.commit(alarm(2))
        await wait_for(client, "changes", seq=2)


async def test_the_beat_goes_on_while_the_alarms_cannot_be_read_anew(scene: Scene, tmp_path: Path) -> None:
    client = scene.live.join(None)
    await scene.feed.commit(alarm(1))
    async with following(scene):
        await wait_for(client, "resync", reason="reloaded")
        scene.feed.seq += 5
        await scene.feed.commit(alarm(2))
        with contextlib.closing(sqlite3.connect(tmp_path / "netmon.db")) as broken:
            broken.execute("ALTER TABLE alarm RENAME TO torn")
            with capture_logs() as lines:
                scene.engine.tell(7)
                await until(lambda: "the store cannot be read" in [one["event"] for one in lines], what="a failed read")
            scene.engine.up = False
            await wait_for(client, "beat", engine="down")
            broken.execute("ALTER TABLE torn RENAME TO alarm")
        await wait_for(client, "resync", seq=7, reason="reloaded")


async def test_who_comes_later_hears_since_when_the_engine_is_down(scene: Scene) -> None:
    scene.engine.up = True
    scene.live.tell_beat()
    scene.clock.now += 5_000
    scene.engine.up = False
    scene.live.tell_beat()
    since = scene.clock.now
    scene.clock.now += 60_000
    (_, hello), *_ = await told(scene.live.join(None))
    assert (hello["engine"], hello["engine_since"]) == ("down", since)


async def test_shutdown_says_bye_and_lets_nobody_in(scene: Scene) -> None:
    client = scene.live.join(None)
    await client.take()
    scene.live.close()
    [(name, data)] = await told(client)
    assert (name, data["reason"]) == ("bye", "shutdown")
    assert await client.take() == b""
    with pytest.raises(Refusal, match="shutting down"):
        scene.live.join(None)


async def test_response_ends_with_its_client_and_with_its_right_to_listen(scene: Scene) -> None:
    for reason in ("gone", "signed-out"):
        client = scene.live.join(None)
        sent: list[Any] = []
        left: list[int] = []
        may = asyncio.Event()
        stream = EventStream(
            client,
            leave=lambda gone=left: gone.append(1),  # type: ignore[misc]
            may_listen=answers(reason),
            accounts=asyncio.Event,
        )

        async def receive(may: asyncio.Event = may, reason: str = reason) -> dict[str, str]:
            if reason == "gone":
                return {"type": "http.disconnect"}
            await may.wait()
            raise AssertionError

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        async with asyncio.timeout(PATIENCE_S):
            await stream({"type": "http"}, receive, send)
        assert left == [1]
        if reason == "signed-out":
            assert (b"cache-control", b"no-store") in sent[0]["headers"]
            body = b"".join(message["body"] for message in sent[1:])
            assert events(body)[-1][1]["reason"] == "signed-out"
            assert sent[-1] == {"type": "http.response.body", "body": b""}


def answers(reason: str) -> Any:
    async def may_listen() -> bool:
        return reason == "gone"

    return may_listen


async def test_a_stream_ends_as_soon_as_it_is_told_that_its_session_ended(scene: Scene) -> None:
    """Nothing else wakes it here: to look by itself it would wait for an hour."""
    client = scene.live.join(None)
    good, changed = True, asyncio.Event()
    looked = asyncio.Event()

    async def may_listen() -> bool:
        looked.set()
        return good

    async def nothing() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    sent: list[Any] = []
    stream = EventStream(client, leave=lambda: None, may_listen=may_listen, accounts=lambda: changed, check_s=3_600)
    serving = asyncio.ensure_future(stream({"type": "http"}, nothing, send))
    async with asyncio.timeout(PATIENCE_S):
        await looked.wait()
        good = False
        changed.set()
        await serving
    assert events(b"".join(message.get("body", b"") for message in sent))[-1][1]["reason"] == "signed-out"


async def test_response_gives_up_on_who_takes_nothing(scene: Scene) -> None:
    client = scene.live.join(None)
    left: list[int] = []

    async def never(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def receive() -> Any:
        await asyncio.Event().wait()

    stream = EventStream(
        client, leave=lambda: left.append(1), may_listen=answers("gone"), accounts=asyncio.Event, patience_s=0.05
    )
    async with asyncio.timeout(PATIENCE_S):
        await stream({"type": "http"}, receive, never)
    assert left == [1]


def test_cleared_row_is_told_with_its_last_severity() -> None:
    assert (row(cleared(1, AT)).sev, row(cleared(1, AT)).was) == ("cleared", "major")


async def test_connection_of_who_takes_nothing_is_ended() -> None:
    """The octets that wait for a client are let go too: by the kernel, as ``process.serve`` asks it to."""
    client = Client(lambda: b"")
    left = asyncio.Event()
    bound = listen("127.0.0.1:0")
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 500)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        stream = EventStream(client, leave=left.set, may_listen=answers("gone"), accounts=asyncio.Event)
        await stream(scope, receive, send)

    serving = asyncio.ensure_future(serve(app, [bound]))
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    try:
        await asyncio.to_thread(reader.connect, bound.getsockname())
        reader.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(PATIENCE_S):
            while not left.is_set():
                client.put(b"x" * (1 << 20))
                await asyncio.sleep(0)
    finally:
        reader.close()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


@pytest.mark.slow
async def test_figures_that_are_due_go_out_with_the_changes(scene: Scene) -> None:
    client = scene.live.join(None)
    async with following(scene), asyncio.timeout(PATIENCE_S):
        await wait_for(client, "resync", reason="reloaded")
        for number in itertools.count(1):
            await scene.feed.commit(alarm(number))
            scene.engine.tell(number)
            while "changes" not in (names := [name for name, _ in await told(client)]):
                pass
            if "counters" in names:
                break
