"""The live feed of a running netmon: fast, the same for all, true after a pause of the engine and after its death."""

import asyncio
import json
import os
import signal
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.patience import PATIENCE_S
from tests.wire.daemon import Daemon, netmon
from tests.wire.live_feed import DOWN, UP, Stream, caller, listening, send, trap

pytestmark = [pytest.mark.wire, pytest.mark.slow]

GATEWAY = {"id": "gw", "addresses": ["127.0.0.1"]}
QUIET = {"default_every": "1h", "ping": "off"}
AT_ONCE = {
    "id": "port-down",
    "type": "port-alarm",
    "raise": [{"trap": DOWN}],
    "clear": [{"trap": UP}],
    "object": "if:{vb.ifIndex}",
    "severity": "major",
    "probable_cause": "lossOfSignal",
    "text": "{object.name} on {element.name} is down",
}
"""Without the hold of the shipped rules, which would be measured too."""
FAULTS = 100
CLIENTS = 20


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    rules = tmp_path / "rules.yaml"
    rules.write_text(json.dumps({"version": 1, "rules": [AT_ONCE]}))
    async with netmon(tmp_path / "netmon", elements=[GATEWAY], polling=QUIET, rules=[str(rules)]) as running:
        yield running


async def fault(daemon: Daemon, stream: Stream, interface: int) -> dict[str, Any]:
    """Let a link fail and return its row, once the stream has it."""
    send(daemon, trap(interface, down=True))

    def found() -> dict[str, Any] | None:
        return next((row for row in stream.rows.values() if row["obj"] == f"gw/if:#{interface}"), None)

    return dict(await stream.until(found))


async def act(client: httpx.AsyncClient, action: str, *ids: str, key: str = "", **more: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    body = {"action": action, "alarms": [{"id": id_} for id_ in ids], **more}
    return await client.post("/api/v1/alarms/actions", json=body, headers=headers)


async def equal_to_the_store(daemon: Daemon, client: httpx.AsyncClient, stream: Stream) -> None:
    """Hold the list, and what a stream led to, against what is committed."""
    # The list without any parameter may be two seconds old.
    listed = (await client.get("/api/v1/alarms", params={"limit": 1_000})).json()
    stored = {one.alarm_id: one.version for one in daemon.alarms()}
    assert {row["id"]: row["v"] for row in listed["alarms"]} == stored
    assert {id_: row["v"] for id_, row in stream.rows.items()} == stored


@pytest.mark.alone
async def test_faults_are_seen_at_once_by_all(daemon: Daemon) -> None:
    async with caller(daemon) as client, listening(client, CLIENTS) as streams:
        first = streams[0]
        rows = [await fault(daemon, first, interface) for interface in range(1, FAULTS + 1)]
        late = sorted(first.arrived[row["id"], row["v"]] - row["changed"] for row in rows)
        # A busy machine makes some of them late, but nobody waits for a timer.
        assert late[len(late) // 2] <= 300, late
        [one, two] = [row["id"] for row in rows[:2]]
        done = await act(client, "acknowledge", one, two, comment="on it", key="k1")
        again = await act(client, "acknowledge", one, two, comment="on it", key="k1")
        assert done.json() == again.json()
        assert [result["result"] for result in done.json()["results"]] == ["done", "done"]
        for stream in streams:
            await stream.until(lambda stream=stream: stream.rows[two].get("ack") == "ann")
        assert len({tuple(stream.raw) for stream in streams}) == 1, "all got the same bytes"
        detail = (await client.get(f"/api/v1/alarms/{one}")).json()
        assert [comment["text"] for comment in detail["comments"]] == ["on it"]
        await equal_to_the_store(daemon, client, first)
        counts = (await client.get("/api/v1/alarms/counters")).json()
        assert (counts["sev"]["major"]["total"], counts["sev"]["major"]["unack"]) == (FAULTS, FAULTS - 2)
        story = (await client.get(f"/api/v1/alarms/{one}/timeline")).json()
        assert [(entry["kind"], entry.get("by", "")) for entry in story] == [("acknowledged", "ann"), ("raised", "")]


async def test_an_engine_that_pauses_and_one_that_dies(daemon: Daemon) -> None:
    async with caller(daemon) as client:
        async with listening(client) as [stream]:
            row = await fault(daemon, stream, 1)
            await paused(daemon, client, stream, row["id"])
            await equal_to_the_store(daemon, client, stream)
        daemon.kill()
        await daemon.start()
        await ready(client)
        async with listening(client, since=stream.seq) as [after]:
            after.rows = dict(stream.rows)
            await fault(daemon, after, 2)
            await equal_to_the_store(daemon, client, after)


async def paused(daemon: Daemon, client: httpx.AsyncClient, stream: Stream, id_: str) -> None:
    """Stop the engine in its tracks: reads go on, a write is in doubt, and what became of it is told afterwards."""
    assert daemon.process is not None
    os.kill(daemon.process.pid, signal.SIGSTOP)
    try:
        await stream.until(lambda: stream.last("beat", engine="down"))
        assert len((await client.get("/api/v1/alarms")).json()["alarms"]) == 1
        answer = await act(client, "acknowledge", id_, key="k7")
        assert answer.status_code in (503, 504), answer.text
    finally:
        os.kill(daemon.process.pid, signal.SIGCONT)
    await stream.until(lambda: stream.last("beat", engine="up"))
    again = await act(client, "acknowledge", id_, key="k7")
    assert [result["result"] for result in again.json()["results"]] == ["done"]
    await stream.until(lambda: stream.rows[id_].get("ack") == "ann")
    acknowledged = [change for change in daemon.changes() if change.kind == "acknowledged"]
    assert len(acknowledged) == 1, "twice asked, done once"


async def ready(client: httpx.AsyncClient) -> None:
    """Wait until the web process has the alarms."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                if (await client.get("/api/v1/alarms")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
