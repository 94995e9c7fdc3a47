"""What a feed reports after publication: wrong hashes, files that wait, a disk that fills up."""

import pytest

from netmon.outputs.usage.ack import WrongHash
from netmon.outputs.usage.collect import Collection
from netmon.storage.sqlite.store import open_store
from netmon.telemetry.metrics import Metrics
from tests.outputs.usage_bench import HOUR, Published
from tests.storage.batches import settle
from tests.usage.metered import START

NOW = START + 3 * HOUR


class Desk:
    """A feed with two files, and the disk as a test says that it is."""

    def __init__(self, store, folder):
        self.feed = Published(store, folder / "usage")
        self.metrics = Metrics()
        self.used = 1
        self.collection = Collection(
            "main",
            store=store,
            folder=self.feed.folder,
            data_dir=folder,
            observe=self.feed.observe,
            metrics=self.metrics,
            unacked_ms=7_200_000,
            used=lambda place: self.used,
        )

    async def reports(self, now, place):
        await self.collection.look(now)
        row = self.collection.health()[place]
        return row.value, row.about

    def set_aside(self):
        [told] = [one for one in self.metrics.registry.collect() if one.name == "netmon_usage_feed_set_aside"]
        return {one.labels["reason"]: one.value for one in told.samples if one.name.endswith("_total")}

    def metric(self, name):
        return self.metrics.registry.get_sample_value(f"netmon_usage_feed_{name}", {"feed": "main"})


@pytest.fixture
async def desk(tmp_path):
    store = open_store(tmp_path / "netmon.db", gather_s=0)
    desk = Desk(store, tmp_path)
    yield desk
    store.close()


async def test_an_acknowledgment_that_is_stuck_is_told_when_all_else_is_done(desk):
    first, _ = await desk.feed.hours(2)
    long = "a" * 251 + ".ack"
    desk.feed.say(long)
    await desk.collection.look(NOW)
    desk.feed.say(long)
    desk.feed.say(f"{first}.ack", {"sha256": "1" * 64})
    await desk.feed.acks.acknowledge(1, "", now=NOW)
    with pytest.raises(OSError, match=f"{long} in ack/: File name too long"):
        await desk.collection.look(NOW)
    assert desk.feed.names("archive") == [first]
    assert desk.collection.event().startswith("billing acknowledges file 1")


async def test_wrong_hashes_are_told_one_by_one_with_nothing_between(desk):
    first, *_ = await desk.feed.hours(2)
    desk.feed.say(f"{first}.ack", {"sha256": "1" * 64})
    desk.feed.say("x.ack")
    desk.feed.say(f"{first}.nack", [{"id": "no such record", "code": "other"}])
    (desk.feed.path / "ack" / "folder.ack").mkdir()
    await desk.collection.look(NOW)
    assert set(desk.set_aside()) == {"unknown_file", "wrong_hash", "not_understood", "unknown_record"}
    assert set(desk.set_aside().values()) == {1}
    with pytest.raises(WrongHash):
        await desk.collection.acknowledge(2, "2" * 64, now=NOW)
    told = [desk.collection.event() for _ in range(5)]
    assert [text[:34] for text in told] == [
        "billing acknowledges file 1 (n1_-_", "", "billing acknowledges file 2 (n1_-_", "", "",
    ]  # fmt: skip


async def test_files_that_wait_too_long_are_told_until_they_are_acknowledged(desk):
    await desk.feed.hours(2)
    published = desk.feed.store.usage_files("main")[0].published
    assert await desk.reports(published + 7_200_000, 0) == (0, "")
    assert await desk.reports(published + 7_200_001, 0) == (
        1,
        "2 files wait, the first, number 1, since 2026-03-02T01:00:02.000Z",
    )
    assert (desk.metric("unacked_files"), desk.metric("last_file_seq")) == (2, 2)
    assert desk.metric("oldest_unacked_seconds") == 7_200.001
    await desk.collection.acknowledge(2, "", now=NOW)
    assert await desk.reports(published + 9_000_000, 0) == (0, "")
    assert (desk.metric("unacked_files"), desk.metric("oldest_unacked_seconds")) == (0, 0)


async def test_empty_files_of_a_feed_that_never_had_a_record_wait_for_nobody(desk):
    store, publisher = desk.feed.store, desk.feed.publisher
    await publisher.prepare()
    for through in (START, START + HOUR):
        await settle(store, through)
        await publisher.publish_due(through + 1)
    assert (await desk.reports(NOW + 10 * HOUR, 0), desk.metric("unacked_files")) == ((0, ""), 1)


async def test_a_disk_that_fills_up_is_told_step_by_step(desk):
    await desk.feed.hours(1)
    for used, step in ((69, 0), (70, 1), (85, 2), (84, 2), (95, 3), (82, 1), (69, 1), (67, 0)):
        desk.used = used
        value, about = await desk.reports(NOW, 1)
        assert (value, f"{used} % of the disk are used" in about) == (step, bool(step))
