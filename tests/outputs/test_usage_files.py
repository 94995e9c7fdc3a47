import gzip
import hashlib
import json
import re
from collections import deque
from itertools import islice

import msgspec
import pytest

from netmon import __version__
from netmon.domain.observation import Tick
from netmon.outputs.usage.publish import Feed, IntegrityError, Publisher
from netmon.outputs.usage.render import MANIFEST
from netmon.outputs.usage.verify import verify
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import Batch
from netmon.usage.periods import utc_text
from netmon.usage.record_line import canonical
from tests.usage.metered import QUARTER, SERIES, START, Daemon, assignment, sample


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path / "netmon.db", gather_s=0)
    yield store
    store.close()


HOUR = 4 * QUARTER
STEP = 300_000


class Bench:
    """A feed in a temporary folder, fed by a metered interface; a file tells of an hour."""

    def __init__(self, store, folder, *assignments, started=START):
        self.store, self.folder = store, folder
        self.daemon = Daemon(*assignments, started=started)
        self.committed = self.stated = self.batches = 0

    @property
    def out(self):
        return self.folder / "main" / "out"

    async def publisher(self, **limits):
        feed = msgspec.structs.replace(Feed("main", "n1", open_ms=HOUR), **limits)
        publisher = Publisher(feed, store=self.store, folder=self.folder)
        await publisher.prepare()
        return publisher

    async def polled(self, since, until):
        """Poll every five minutes after ``since`` up to ``until``, commit what came; the counter goes back once."""
        for t in range(since + STEP, until + 1, STEP):
            self.daemon.tick(t)
            self.daemon.take(sample(t, 0 if t == since + 2 * STEP else t - START))
        await self.ticked(until + 1)

    async def ticked(self, at):
        """Let time come to ``at`` and commit what the core says then."""
        self.daemon.tick(at)
        records, settled = tuple(self.daemon.records[self.committed :]), tuple(self.daemon.settled[self.stated :])
        self.committed += len(records)
        self.stated += len(settled)
        self.batches += 1
        batch = Batch(self.batches, self.batches, at, (Tick(at),), records=records, settled=settled)
        await self.store.commit(batch)

    def names(self):
        return sorted(path.name for path in self.out.iterdir() if not path.name.endswith(MANIFEST))

    def octets(self):
        return {path.name: path.read_bytes() for path in self.out.iterdir()}

    def lines(self, name):
        octets = (self.out / name).read_bytes()
        content = gzip.decompress(octets) if name.endswith(".gz") else octets
        return [json.loads(line) for line in content.splitlines()]

    def trailers(self):
        return [self.lines(name)[-1] for name in self.names()]


@pytest.fixture
def bench(store, tmp_path):
    return Bench(store, tmp_path / "usage", assignment(valid_to=START + 3 * HOUR))


async def three_files(bench, **limits):
    """Publish three files with records and one without."""
    publisher = await bench.publisher(**limits)
    for number in range(3):
        await bench.polled(START + number * HOUR, START + (number + 1) * HOUR)
        await publisher.publish_due(START + (number + 1) * HOUR + 7)
    await bench.ticked(START + 4 * HOUR)
    await publisher.publish_due(START + 4 * HOUR + 2_000)
    return publisher


async def test_a_file_is_closed_when_the_records_of_all_that_ended_are_in(store, tmp_path):
    silent = "r1|ifName:xe-0/0/2"
    bench = Bench(store, tmp_path / "usage", assignment(), assignment(silent))
    publisher = await bench.publisher(open_ms=QUARTER)
    await bench.polled(START, START + QUARTER)
    assert [record.series for record in bench.daemon.records if record.kind == "usage"] == [SERIES]
    assert await publisher.publish_due(START + QUARTER + 1) == 0
    for minute in (1, 2):
        await bench.ticked(START + QUARTER + minute * 60_000)
        assert await publisher.publish_due(START + QUARTER + minute * 60_000) == 0
    await bench.ticked(START + QUARTER + 180_000)
    assert await publisher.publish_due(START + QUARTER + 180_000) == 1
    header, *records, trailer = bench.lines(bench.names()[0])
    assert (header["opened"], trailer["closed"]) == (utc_text(START), utc_text(START + QUARTER))
    usage = [record for record in records if record["kind"] == "usage"]
    assert [(record["series"], record["start"]) for record in usage] == [
        (SERIES, header["opened"]),
        (silent, header["opened"]),
    ]
    assert trailer["closure_reason"] == 2


async def test_what_is_recorded_after_the_statement_comes_in_the_next_file(bench):
    publisher = await bench.publisher()
    await bench.polled(START, START + HOUR)
    last = bench.daemon.settled[-1]
    assert last.through == START + HOUR
    await bench.polled(START + HOUR, START + 2 * HOUR)
    assert await publisher.publish_due(START + 3 * HOUR) == 2
    assert [(one["closed"], one["last_rec_seq"]) for one in bench.trailers()] == [
        (utc_text(START + HOUR), last.rec_seq),
        (utc_text(START + 2 * HOUR), bench.committed),
    ]


async def test_what_ended_when_its_file_was_full_comes_in_another_one_at_once(bench):
    publisher = await bench.publisher(max_records=2)
    await bench.polled(START, START + HOUR)
    await publisher.publish_due(START + HOUR + 800)
    assert sum(one["records"] for one in bench.trailers()) == bench.committed == 5
    assert [one["closure_reason"] for one in bench.trailers()] == [3, 3, 2]
    assert {one["closed"] for one in bench.trailers()} == {utc_text(START + HOUR)}
    await bench.ticked(START + HOUR + 60_000)
    assert await publisher.publish_due(START + HOUR + 60_000) == 0


async def test_a_feed_that_was_not_published_for_long_gives_a_file_for_each_time_it_was_due(bench):
    for number in range(3):
        await bench.polled(START + number * HOUR, START + (number + 1) * HOUR)
    assert await (await bench.publisher()).publish_due(START + 4 * HOUR) == 3
    assert [one["closed"] for one in bench.trailers()] == [utc_text(START + many * HOUR) for many in (1, 2, 3)]
    assert verify([bench.out]) == []


async def test_a_file_has_header_records_trailer_and_manifest(bench):
    await three_files(bench)
    name = bench.names()[0]
    assert name == "n1_-_0000000001.20260302_-_0000+0000.jsonl.gz"
    header, *records, trailer = bench.lines(name)
    assert header["first_rec_seq"] == 1
    assert header["chain_prev"] == header["prev_file_sha256"] == "0" * 64
    assert [record["rec_seq"] for record in records] == list(range(1, len(records) + 1))
    assert trailer["records"] == len(records) == sum(trailer["by_kind"].values())
    assert trailer["closure_reason"] == 2
    usage = [record for record in records if record["kind"] == "usage"]
    assert trailer["sum_octets_in"] == str(sum(record["octets_in"] or 0 for record in usage))
    manifest = json.loads((bench.out / (name + MANIFEST)).read_bytes())
    octets = (bench.out / name).read_bytes()
    assert trailer.items() <= manifest.items()
    assert manifest["bytes"] == len(octets)
    assert manifest["sha256"] == hashlib.sha256(octets).hexdigest()
    assert (bench.out / name).stat().st_mode & 0o777 == 0o640
    assert verify([bench.out]) == []


async def test_silence_is_a_file_too(bench):
    await three_files(bench)
    header, trailer = bench.lines(bench.names()[-1])
    assert (trailer["records"], trailer["first_rec_seq"], trailer["first_start"]) == (0, None, None)
    assert trailer["chain_head"] == header["chain_prev"]
    assert trailer["sum_octets_in"] == "0"
    last = bench.lines(bench.names()[-2])[-1]["last_rec_seq"]
    assert header["first_rec_seq"] == last + 1


async def test_size_and_number_close_a_file_early(bench):
    publisher = await bench.publisher(max_records=3, compress=False)
    await bench.polled(START, START + 2 * HOUR)
    await publisher.publish_due(START + 60_000)
    assert {one["closure_reason"] for one in bench.trailers()} == {2, 3}
    assert max(one["records"] for one in bench.trailers()) == 3
    assert sum(one["records"] for one in bench.trailers()) == bench.committed
    publisher = await bench.publisher(max_octets=3_000, compress=False)
    await bench.polled(START + 2 * HOUR, START + 3 * HOUR)
    await publisher.publish_due(START + 2 * HOUR + 60_000)
    assert [one["closure_reason"] for one in bench.trailers()][-2:] == [1, 2]
    assert sum(one["records"] for one in bench.trailers()) == bench.committed
    assert verify([bench.out]) == []


@pytest.mark.parametrize("stopped_after", range(5))
async def test_a_stop_between_any_two_steps_changes_nothing(bench, tmp_path, stopped_after):
    await three_files(bench)
    other_store = open_store(tmp_path / "other.db")
    other = Bench(other_store, tmp_path / "other", assignment(valid_to=START + 3 * HOUR))
    publisher = await other.publisher()
    for number in range(3):
        await other.polled(START + number * HOUR, START + (number + 1) * HOUR)
        now = START + (number + 1) * HOUR + 7
        steps = publisher.steps(await publisher.bind_due(now))
        deque(islice(steps, stopped_after), maxlen=0)
        steps.close()
        publisher = await other.publisher()
        await publisher.publish_due(now)
    await other.ticked(START + 4 * HOUR)
    await publisher.publish_due(START + 4 * HOUR + 2_000)
    other_store.close()
    assert other.octets() == bench.octets()
    assert verify([other.out]) == []
    assert list((other.folder / "main" / ".tmp").iterdir()) == []


async def test_what_was_published_before_a_kill_keeps_its_octets_whatever_netmon_starts_then(bench, tmp_path):
    publisher = await bench.publisher()
    await bench.polled(START, START + HOUR)
    deque(publisher.steps(await publisher.bind_due(START + HOUR)), maxlen=0)
    [name] = bench.names()
    # The release before packed, and named itself, in another way.
    content = gzip.decompress((bench.out / name).read_bytes()).replace(
        f"netmon {__version__}".encode(), b"netmon 0.0.9"
    )
    packed = gzip.compress(content, 1, mtime=0)
    (bench.out / name).write_bytes(packed)
    told = json.loads((bench.out / (name + MANIFEST)).read_bytes())
    told |= {"bytes": len(packed), "sha256": hashlib.sha256(packed).hexdigest()}
    told |= {"content_sha256": hashlib.sha256(content).hexdigest()}
    (bench.out / (name + MANIFEST)).write_bytes(canonical(told) + b"\n")
    before = bench.octets()
    publisher = await bench.publisher()
    await publisher.publish_due(START + HOUR)
    assert bench.octets() == before
    await bench.polled(START + HOUR, START + 2 * HOUR)
    await publisher.publish_due(START + 2 * HOUR)
    assert len(bench.names()) == 2
    assert verify([bench.out]) == []


async def of_another_database(bench, tmp_path, assigned):
    """Return a bench whose folder holds what another database made of more records, and whose own has fewer."""
    await bench.polled(START, START + HOUR)
    publisher = await bench.publisher()
    await publisher.publish_due(START + HOUR)
    store = open_store(tmp_path / "restored.db", gather_s=0)
    restored = Bench(store, bench.folder, assigned)
    await restored.polled(START, START + HOUR)
    return restored


@pytest.mark.parametrize(
    ("assigned", "told"),
    [
        (assignment(valid_to=START + 2 * QUARTER), r"last_rec_seq \d+, not \d+; chain_head"),
        (assignment(valid_from=START + 3 * HOUR), r"last_rec_seq \d+, not None; chain_head"),
    ],
)
async def test_a_file_of_other_records_than_the_bound_ones_is_not_taken_for_it(bench, tmp_path, assigned, told):
    restored = await of_another_database(bench, tmp_path, assigned)
    before = bench.octets()
    publisher = await restored.publisher()
    with pytest.raises(IntegrityError, match=told):
        await publisher.publish_due(START + HOUR)
    publisher = await restored.publisher()
    with pytest.raises(IntegrityError, match=told):
        await publisher.publish_due(START + 2 * HOUR)
    assert bench.octets() == before
    assert [file.published for file in restored.store.usage_files("main")] == [None]
    [name] = bench.names()
    (bench.out / name).rename(tmp_path / name)
    (bench.out / (name + MANIFEST)).rename(tmp_path / (name + MANIFEST))
    await restored.polled(START + HOUR, START + 2 * HOUR)
    await publisher.publish_due(START + 2 * HOUR)
    assert [one["closure_reason"] for one in restored.trailers()] == [2, 131]
    assert verify([bench.out]) == []
    restored.store.close()


async def test_a_database_that_begins_anew_publishes_nothing_beside_the_files_of_the_one_before(bench, tmp_path):
    await three_files(bench)
    before = bench.octets()
    store = open_store(tmp_path / "new.db", gather_s=0)
    anew = Bench(store, bench.folder, assignment(valid_from=START + HOUR), started=START + HOUR)
    publisher = await anew.publisher()
    await anew.polled(START + HOUR, START + 2 * HOUR)
    with pytest.raises(IntegrityError, match=f"^{re.escape(bench.names()[0])} stands in .*/out already"):
        await publisher.publish_due(START + 2 * HOUR)
    assert bench.octets() == before
    store.close()


async def test_a_file_without_its_manifest_or_with_other_octets_is_written_anew(bench):
    publisher = await bench.publisher()
    await bench.polled(START, START + HOUR)
    for spoil in (
        lambda name: (bench.out / (name + MANIFEST)).unlink(),
        lambda name: (bench.out / name).write_bytes(b""),
    ):
        file = await publisher.bind_due(START + HOUR)
        deque(publisher.steps(file), maxlen=0)
        spoil(bench.names()[0])
    publisher = await bench.publisher()
    await publisher.publish_due(START + HOUR)
    assert verify([bench.out]) == []


async def test_a_folder_that_takes_nothing_delays_but_loses_nothing(bench):
    publisher = await bench.publisher()
    await bench.polled(START, START + HOUR)
    parked = bench.out.rename(bench.folder / "main" / "parked")
    bench.out.write_text("in the way")
    with pytest.raises(OSError):
        await publisher.publish_due(START + HOUR)
    await bench.polled(START + HOUR, START + 2 * HOUR)
    with pytest.raises(OSError):
        await publisher.publish_due(START + 2 * HOUR)
    bench.out.unlink()
    parked.rename(bench.out)
    assert await publisher.publish_due(START + 3 * HOUR) == 2
    assert [one["closure_reason"] for one in bench.trailers()] == [2, 129]
    assert verify([bench.out]) == []


def _rewritten(path, change):
    """Change the lines of a file and mend its manifest as a careful forger would not."""
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join(change(lines)))


def _flip(lines):
    return [*lines[:2], lines[2].replace(b'"octets_in":', b'"octets_in":1', 1), *lines[3:]]


TAMPERINGS = {
    "digit added": _flip,
    "line removed": lambda lines: [*lines[:2], *lines[3:]],
    "lines swapped": lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]],
    "line doubled": lambda lines: [*lines[:3], lines[2], *lines[3:]],
    "line appended": lambda lines: [*lines[:-1], lines[2], b""],
    "trailer removed": lambda lines: [*lines[:-2], b""],
    "not json": lambda lines: [*lines[:2], b"{", *lines[3:]],
    "header field gone": lambda lines: [lines[0].replace(b'"first_rec_seq"', b'"first_rec_sfq"'), *lines[1:]],
    "record field gone": lambda lines: [*lines[:2], lines[2].replace(b'"series"', b'"serjes"'), *lines[3:]],
    "text for a number": lambda lines: [*lines[:2], lines[2].replace(b'"rec_seq":', b'"rec_seq":"x",'), *lines[3:]],
}


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_tampering_is_found_with_file_and_line(bench, name):
    await three_files(bench, compress=False)
    path = bench.out / bench.names()[1]
    _rewritten(path, TAMPERINGS[name])
    found = verify([bench.out])
    assert found
    assert {finding.file.removesuffix(MANIFEST) for finding in found} <= set(bench.names()[1:3])
    assert any(finding.file == path.name and finding.line for finding in found)


async def test_every_changed_octet_of_a_packed_file_is_found(bench):
    await three_files(bench)
    path = bench.out / bench.names()[1]
    octets = path.read_bytes()
    for place in range(0, len(octets), len(octets) // 60):
        path.write_bytes(octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :])
        assert verify([bench.out]), place


async def test_a_missing_file_or_manifest_is_found(bench):
    await three_files(bench)
    first, second, *_ = bench.names()
    (bench.out / second).unlink()
    assert {finding.file for finding in verify([bench.out])} == {second}
    (bench.out / (second + MANIFEST)).unlink()
    assert "R1" in {finding.check for finding in verify([bench.out])}
    (bench.out / (first + MANIFEST)).unlink()
    assert first + MANIFEST in {finding.file for finding in verify([bench.out])}
