import asyncio
import hashlib
import json

import pytest

from netmon.domain.observation import HealthRow
from netmon.outputs.output import Surroundings
from netmon.outputs.usage.feed import UsageFeed, UsageFeedConfig
from netmon.outputs.usage.render import MANIFEST
from netmon.outputs.usage.verify import verify
from netmon.storage.series import SeriesStore
from netmon.storage.sqlite.store import open_store
from netmon.telemetry.metrics import Metrics
from tests.storage.batches import settle
from tests.usage.metered import QUARTER, START
from tests.wire.peers import until


@pytest.fixture
def around(tmp_path):
    store = open_store(tmp_path / "netmon.db")
    series = SeriesStore(tmp_path / "series")
    yield Surroundings("usage-main", store, series, Metrics(), tmp_path, "node-1", lambda secret: "")
    store.close()


BROKEN = "nothing more is published, where its next file goes another one stands: "
NEARLY = START + QUARTER - 2
SENT = ("netmon_output_sent_total", {"output": "usage-main"})


async def test_it_publishes_when_the_core_states_that_all_that_ended_is_recorded(around):
    asked = []

    def wall():
        asked.append(1)
        return NEARLY

    feed = UsageFeed(UsageFeedConfig(id="main", compress=False), around, wall=wall)
    await settle(around.store, START)
    running = asyncio.create_task(feed.run())
    await until(lambda: len(asked) > 4, what="the feed to look again and again")
    assert around.store.usage_files("main") == []
    await settle(around.store, START + QUARTER)
    out = around.data_dir / "usage" / "main" / "out"
    await until(lambda: around.metrics.registry.get_sample_value(*SENT) == 1, what="a file")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    names = sorted(path.name for path in out.iterdir())
    assert names[0] == "node-1_-_0000000001.20260302_-_0000+0000.jsonl"
    assert verify([out]) == []
    assert [file.published for file in around.store.usage_files("main")] == [NEARLY]


def test_building_touches_no_file(around):
    UsageFeedConfig(id="main").build(around)
    assert not (around.data_dir / "usage").exists()


async def test_a_feed_that_finds_another_file_in_its_place_reports_it_until_that_is_gone(around):
    out = around.data_dir / "usage" / "main" / "out"
    out.mkdir(parents=True)
    name = "node-1_-_0000000001.20260302_-_0000+0000.jsonl"
    (out / name).write_bytes(b"{}\n")
    sha256 = hashlib.sha256(b"{}\n").hexdigest()
    (out / (name + MANIFEST)).write_text(json.dumps({"sha256": sha256, "content_sha256": sha256}))
    await settle(around.store, START)
    await settle(around.store, START + QUARTER)
    feed = UsageFeed(UsageFeedConfig(id="main", compress=False), around, wall=lambda: NEARLY)
    assert feed.health()[0] == HealthRow("main", "feed_integrity", 0)
    await run_until(feed, 1)
    assert feed.health()[0].about.startswith(f"{BROKEN}{name} in {out} has feed None, not main; file_seq None, not 1;")
    assert around.store.usage_files("main")[0].published is None
    (out / name).unlink()
    await run_until(feed, 0)
    assert verify([out]) == []


async def test_a_folder_that_is_gone_is_reported_until_it_is_back(around):
    out = around.data_dir / "usage" / "main" / "out"
    feed = UsageFeed(UsageFeedConfig(id="main", compress=False), around, wall=lambda: NEARLY)
    await settle(around.store, START)
    await settle(around.store, START + QUARTER)
    await running(feed, lambda: around.metrics.registry.get_sample_value(*SENT) == 1, "a file")
    out.rename(around.data_dir / "elsewhere")
    again = UsageFeed(UsageFeedConfig(id="main", compress=False), around, wall=lambda: NEARLY)
    await running(again, lambda: again.health()[2].value == 4, "the report of the feed")
    assert again.health()[2].about.startswith("its folder takes nothing: The folder of the feed is gone: mount it")
    assert not out.exists()
    (around.data_dir / "elsewhere").rename(out)
    await running(again, lambda: again.health()[2].value == 0, "the report that it is back")
    assert verify([out]) == []


async def running(feed, come, what):
    """Let a feed run until something has come."""
    task = asyncio.create_task(feed.run())
    await until(come, what=what)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def run_until(feed, value):
    """Let a feed run until it reports this."""
    running = asyncio.create_task(feed.run())
    await until(lambda: feed.health()[0].value == value, what="the report of the feed")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
