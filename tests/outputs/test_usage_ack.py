"""What billing says of usage files, what becomes of them then, and files that do not lie as they were published."""

import gzip
import json
import os
from collections import deque

import pytest

from netmon.outputs.usage.ack import Acknowledgments, NoSuchFile, WrongHash
from netmon.outputs.usage.archive import KEPT_MS
from netmon.outputs.usage.redeliver import redeliver
from netmon.outputs.usage.render import MANIFEST
from netmon.outputs.usage.verify import verify
from netmon.storage.sqlite.retention import Limits
from netmon.storage.sqlite.store import open_store
from tests.outputs.usage_bench import HOUR, STEP, Published
from tests.usage.metered import START, sample

NOW = START + 4 * HOUR
DAY = 86_400_000


@pytest.fixture
async def feed(tmp_path):
    store = open_store(tmp_path / "netmon.db", gather_s=0)
    feed = Published(store, tmp_path / "usage")
    await feed.hours(3)
    yield feed
    store.close()


async def test_an_acknowledgment_is_of_a_file_and_all_before_it_and_goes_away(feed):
    first, second, third = feed.names()
    feed.say(f"{second}.ack")
    assert await feed.acks.look(NOW) == []
    assert feed.acknowledged() == [1, 2]
    assert os.listdir(feed.path / "ack") == []
    await feed.archive.look(NOW)
    assert (feed.names(), feed.names("archive")) == ([third], [first, second])
    assert verify([feed.path / "archive", feed.path / "out"]) == []
    assert feed.store.usage.waiting("main").first == 3


async def test_again_and_out_of_order_it_changes_nothing(feed):
    first, _, third = feed.names()
    assert await feed.acks.acknowledge(3, "", now=NOW) == 3
    assert await feed.acks.acknowledge(3, feed.manifest(third)["sha256"], now=NOW + 1) == 0
    feed.say(f"{first}.ack", {"sha256": feed.manifest(first)["sha256"].upper()})
    assert await feed.acks.look(NOW + 2) == []
    assert [file.acknowledged for file in feed.store.usage_files("main")] == [NOW] * 3


async def test_a_wrong_hash_acknowledges_nothing_and_is_told(feed):
    first, second, _ = feed.names()
    with pytest.raises(WrongHash, match=f"file 2 .* with sha256 {'0' * 64}, but .* was published"):
        await feed.acks.acknowledge(2, "0" * 64, now=NOW)
    feed.say(f"{second}.ack", {"sha256": "f" * 64})
    feed.say(f"{first}.ack")
    [wrong] = await feed.acks.look(NOW)
    assert wrong.startswith(f"billing acknowledges file 2 ({second}) with sha256 {'f' * 64}, but ")
    assert (feed.acknowledged(), feed.names("quarantine")) == ([1], [f"{second}.ack"])


async def test_what_is_unknown_or_no_acknowledgment_is_set_aside(feed):
    first, *_ = feed.names()
    with pytest.raises(NoSuchFile, match="has not published file 4"):
        await feed.acks.acknowledge(4, "", now=NOW)
    none = [f"n1_-_{number}.20260302_-_0000+0000.jsonl.gz.ack" for number in ("0000000009", "9" * 30)]
    for name in (*none, f"other{first}.ack", "x.nack"):
        feed.say(name, b"[]" if name.endswith("nack") else b"")
    feed.say(f"{first}.ack", b"yes")
    os.utime(feed.path / "ack" / f"{first}.ack", (0, 0))
    (feed.path / "ack" / f"{feed.names()[1]}.ack").symlink_to(feed.path / "out" / first)
    assert await feed.acks.look(NOW) == []
    assert (feed.acknowledged(), os.listdir(feed.path / "ack")) == ([], [])
    assert len(os.listdir(feed.path / "quarantine")) == 6


@pytest.mark.parametrize("said", [{"sha265": "f" * 64}, {"sha256": "f" * 8}, {"sha256": None}])
async def test_one_whose_hash_is_none_acknowledges_nothing(feed, said):
    first, *_ = feed.names()
    feed.say(f"{first}.ack", said)
    os.utime(feed.path / "ack" / f"{first}.ack", (0, 0))
    assert await feed.acks.look(NOW) == []
    assert (feed.acknowledged(), feed.names("quarantine")) == ([], [f"{first}.ack"])


async def test_what_was_set_aside_before_does_not_stop_the_next_one(feed):
    first, second, _ = feed.names()
    for kind in (".ack", ".nack"):
        (feed.path / "ack" / (first + kind)).mkdir()
        assert await feed.acks.look(NOW) == []
        (feed.path / "quarantine" / (first + kind) / "full").touch()
    for _ in range(2):
        feed.say(f"{first}.ack", b"no")
        os.utime(feed.path / "ack" / f"{first}.ack", (0, 0))
        (feed.path / "ack" / f"{first}.nack").mkdir()
        assert await feed.acks.look(NOW) == []
    feed.say(f"{second}.ack")
    await feed.acks.look(NOW)
    assert feed.acknowledged() == [1, 2]
    aside = sorted(os.listdir(feed.path / "quarantine"))
    assert aside == [first + kind + number for kind in (".ack", ".nack") for number in ("", ".2", ".3")]


async def test_what_is_said_of_a_file_waits_while_its_publication_is_not_committed(feed):
    since = START + 3 * HOUR
    for t in range(since + STEP, since + HOUR + 1, STEP):
        feed.daemon.tick(t)
        feed.daemon.take(sample(t, t - START))
    feed.daemon.tick(since + HOUR + 1_000)
    await feed.commit()
    file = await feed.publisher.bind_due(since + HOUR + 2_000)
    early = f"{file.name}.ack"
    feed.say(early)
    await feed.acks.look(NOW)
    assert feed.names("quarantine") == [early]
    deque(feed.publisher.steps(file), maxlen=0)
    feed.say(early)
    feed.say(f"{file.name}.nack", [{"id": feed.daemon.records[-1].id, "code": "other", "text": ""}])
    assert await feed.acks.look(NOW + HOUR) == []
    assert sorted(os.listdir(feed.path / "ack")) == [early, f"{file.name}.nack"]
    assert await feed.publisher.publish_due(since + HOUR + 3_000) == 1
    await feed.acks.look(NOW + HOUR + 5_000)
    assert (feed.acknowledged(), os.listdir(feed.path / "ack")) == ([1, 2, 3, 4], [])
    assert [json.loads(record.line)["kind"] for record in feed.daemon.records[-1:]] == ["exception"]


async def test_one_that_cannot_be_moved_away_stops_no_other(feed):
    *_, third = feed.names()
    # What is set aside by this name once more has one that is too long for a file system.
    long = "a" * 251 + ".ack"
    for _ in range(2):
        feed.say(long)
        feed.say(f"{third}.ack")
        await feed.acks.look(NOW)
    assert feed.acknowledged() == [1, 2, 3]
    assert os.listdir(feed.path / "ack") == [long]
    assert feed.acks.stuck.strerror == f"{long} in ack/: File name too long"
    (feed.path / "ack" / long).unlink()
    await feed.acks.look(NOW)
    assert feed.acks.stuck is None


async def test_each_is_read_when_its_turn_comes(feed):
    """What consumers put there is never in memory all at once."""
    first, second, _ = feed.names()
    ids = [record.id for record in feed.daemon.records[:2]]

    async def observe(observation):
        feed.say(f"{second}.nack", [{"id": ids[1], "code": "other"}])
        await feed.observe(observation)

    acks = Acknowledgments("main", store=feed.store, folder=feed.folder, observe=observe)
    feed.say(f"{first}.nack", [{"id": ids[0], "code": "other"}])
    feed.say(f"{second}.nack", [{"id": ids[0], "code": "schema"}])
    await acks.look(NOW)
    told = [(one.record, one.reason) for observed in feed.observed for one in observed.rejections]
    assert told == [(ids[0], "nack_other"), (ids[1], "nack_other")]


async def test_one_that_is_still_being_written_is_left_alone(feed):
    first, *_ = feed.names()
    feed.say(f"{first}.ack", b'{"sha256":')
    changed = os.stat(feed.path / "ack" / f"{first}.ack").st_mtime_ns // 1_000_000
    assert await feed.acks.look(changed + 5_000) == []
    assert os.listdir(feed.path / "ack") == [f"{first}.ack"]
    await feed.acks.look(changed + 11_000)
    assert os.listdir(feed.path / "quarantine") == [f"{first}.ack"]


async def test_a_refused_record_is_an_exception_and_nothing_is_sent_again(feed):
    first, *_ = feed.names()
    lines = [json.loads(line) for line in gzip.decompress((feed.path / "out" / first).read_bytes()).splitlines()]
    refused = next(line for line in lines if line.get("kind") == "usage")
    said = [
        {"id": refused["id"], "code": "unknown_service", "text": "who is svc-1?"},
        {"id": refused["id"], "code": "duplicate", "text": ""},
        {"id": "no such record", "code": "other", "text": ""},
    ]
    feed.say(f"{first}.nack", said)
    await feed.acks.look(NOW)
    told = [json.loads(record.line) for record in feed.daemon.records[-2:]]
    assert [(one["kind"], one["reason"], one["adjusts"]) for one in told] == [
        ("exception", "nack_unknown_service", refused["id"]),
        ("exception", "nack_duplicate", refused["id"]),
    ]
    assert all((one["start"], one["service_id"]) == (refused["start"], "svc-1") for one in told)
    assert feed.acknowledged() == []
    notes = [(row.user, row.action, row.comment) for row in feed.store.audit(limit=3)]
    assert ("feed:main", "reject-usage", "unknown_service: who is svc-1?") in notes
    assert feed.names("quarantine") == [f"{first}.nack"]
    [unknown] = [row for row in feed.store.audit(limit=3) if row.targets == ("no such record",)]
    assert unknown.result == "the feed has no such record"
    # As after a kill between the commit and the removal of the file.
    many = len(feed.daemon.records)
    feed.say(f"{first}.nack", said[:1])
    await feed.acks.look(NOW)
    assert (len(feed.daemon.records), os.listdir(feed.path / "ack")) == (many, [])
    await feed.publisher.publish_due(NOW)
    assert len({record.id for record in feed.daemon.records}) == many


async def test_a_refusal_that_a_kill_let_stay_is_one_exception_though_no_tick_came(feed):
    first, *_ = feed.names()
    many = len(feed.daemon.records)

    async def observe(observation):
        feed.daemon.meter.reject(observation.rejections)

    acks = Acknowledgments("main", store=feed.store, folder=feed.folder, observe=observe)
    said = [{"id": record.id, "code": "other"} for record in feed.daemon.records]
    for _ in range(2):
        feed.say(f"{first}.nack", said)
        await acks.look(NOW)
        feed.daemon.restart()
    feed.daemon.tick(feed.daemon.meter.now)
    await feed.commit()
    told = [json.loads(record.line)["adjusts"] for record in feed.daemon.records[many:]]
    assert told == [one["id"] for one in said]
    feed.say(f"{first}.nack", [{"id": said[0]["id"], "code": "schema"}])
    await acks.look(NOW)
    assert feed.daemon.meter.left_over


async def test_acknowledged_files_stay_90_days_and_their_records_400(feed):
    await feed.acks.acknowledge(2, "", now=NOW)
    await feed.archive.look(NOW)
    await feed.archive.look(NOW + KEPT_MS)
    assert len(feed.names("archive")) == 2
    await feed.archive.look(NOW + KEPT_MS + 1)
    assert feed.names("archive") == []
    assert len(feed.names()) == 1
    assert await gone(feed.store, NOW + 400 * DAY) == 0
    whole = feed.store.records("main", 0, 1_000)
    await gone(feed.store, NOW + 400 * DAY + 1)
    third = feed.store.usage_files("main")
    assert [file.file_seq for file in third] == [3]
    kept = feed.store.records("main", 0, 1_000)
    assert kept == [one for one in whole if one.rec_seq >= third[0].first_rec_seq]


async def gone(store, now):
    """Let retention do all it may."""
    total = 0
    while many := await store.retire(now, Limits(rows=3)):
        total += many
    return total


async def test_the_newest_file_and_the_last_record_stay_for_ever(feed):
    await feed.acks.acknowledge(3, "", now=NOW)
    await gone(feed.store, NOW + 4_000 * DAY)
    assert [file.file_seq for file in feed.store.usage_files("main")] == [3]
    assert feed.store.usage_head("main")[0] == feed.daemon.records[-1].rec_seq


@pytest.mark.parametrize("word", ["missing", "changed"])
async def test_a_file_that_waits_and_does_not_lie_as_published_is_told_once(feed, word):
    first, second, _ = feed.names()
    assert feed.watch.look() == []
    path = feed.path / "out" / second
    octets = path.read_bytes()
    if word == "missing":
        path.unlink()
    else:
        path.write_bytes(b"\x00" + octets[1:])
    assert feed.watch.look() == [f"{second} is {word} in {feed.path / 'out'}: netmon usage redeliver puts it back"]
    assert feed.watch.look() == []
    path.write_bytes(octets)
    assert feed.watch.look() == []
    (feed.path / "out" / first).unlink()
    await feed.acks.acknowledge(1, "", now=NOW)
    assert feed.watch.look() == []


async def test_an_acknowledged_file_that_is_delivered_again_stays_until_it_is_taken_again(feed):
    first, *_ = feed.names()
    octets = (feed.path / "out" / first).read_bytes(), (feed.path / "out" / (first + MANIFEST)).read_bytes()
    await feed.acks.acknowledge(1, "", now=NOW)
    await feed.archive.look(NOW)
    for expired in (False, True):
        if expired:
            await feed.archive.look(NOW + KEPT_MS + 1)
        [one] = redeliver(feed.store, feed.path.parent, feed="main", first=1, last=1)
        assert (one.outcome, first in feed.names()) == ("written", True)
        again = (feed.path / "out" / first).read_bytes(), (feed.path / "out" / (first + MANIFEST)).read_bytes()
        assert again == octets
        await feed.archive.look(NOW + 1)
        assert first in feed.names()
        if expired:
            assert await feed.acks.acknowledge(1, "", now=NOW + 2) == 0
        else:
            feed.say(f"{first}.ack")
            await feed.acks.look(NOW + 2)
        assert first not in feed.names()


@pytest.mark.parametrize("by_file", [True, False], ids=["by file", "by request"])
async def test_all_that_were_delivered_again_leave_with_the_last_of_them(feed, by_file):
    *_, second, third = feed.names()
    await feed.acks.acknowledge(2, "", now=NOW)
    await feed.archive.look(NOW)
    assert len(list(redeliver(feed.store, feed.path.parent, feed="main", first=1, last=2))) == 2
    assert len(feed.names()) == 3
    if by_file:
        feed.say(f"{second}.ack")
        await feed.acks.look(NOW + 1)
    else:
        assert await feed.acks.acknowledge(2, "", now=NOW + 1) == 0
    assert sorted(os.listdir(feed.path / "out")) == [third, third + MANIFEST]


async def test_a_start_removes_what_a_redelivery_left_that_was_killed(feed):
    for name in (".again-7-old", ".again-8-new"):
        (feed.path / name).mkdir()
        (feed.path / name / "half").touch()
    os.utime(feed.path / ".again-7-old", (0, 0))
    await feed.publisher.prepare()
    assert sorted(path.name for path in feed.path.glob(".again-*")) == [".again-8-new"]


async def test_what_is_acknowledged_is_watched_no_more(feed):
    feed.watch.look()
    assert sorted(feed.watch.whole) == [1, 2, 3]
    await feed.acks.acknowledge(2, "", now=NOW)
    await feed.hours(1, first=3)
    feed.watch.look()
    assert sorted(feed.watch.whole) == [3, 4]
    await feed.acks.acknowledge(4, "", now=NOW)
    feed.watch.look()
    assert feed.watch.whole == {}


async def test_the_folder_that_is_gone_is_not_made_again(feed, tmp_path):
    feed.path.rename(tmp_path / "elsewhere")
    feed.path.mkdir()
    with pytest.raises(FileNotFoundError, match="mount it, or make it"):
        await feed.publisher.prepare()
    assert list(feed.path.iterdir()) == []
