import gzip
import hashlib
import json
import re
from collections import deque
from itertools import islice

import pytest

from netmon import __version__
from netmon.domain.observation import Tick
from netmon.outputs.usage.publish import Feed, IntegrityError, Publisher
from netmon.outputs.usage.render import MANIFEST
from netmon.outputs.usage.verify import verify
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import Batch
from netmon.usage.record_line import canonical
from tests.usage.metered import QUARTER, START, Daemon, sample


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path / "netmon.db", gather_s=0)
    yield store
    store.close()


class Bench:
    """A feed in a temporary folder, fed by a metered interface."""

    def __init__(self, store, folder):
        self.store, self.folder = store, folder
        self.daemon = Daemon()
        self.committed = self.batches = 0

    @property
    def out(self):
        return self.folder / "main" / "out"

    async def publisher(self, now=START, **limits):
        feed = Feed(**({"id": "main", "node_id": "n1"} | limits))
        publisher = Publisher(feed, store=self.store, folder=self.folder)
        await publisher.prepare()
        await publisher.publish_due(now)
        return publisher

    async def polled(self, since, until):
        """Poll every five minutes and commit what came of it; the counter goes back once."""
        for t in range(since, until + 1, 300_000):
            self.daemon.tick(t)
            self.daemon.take(sample(t, 0 if t == since + 600_000 else t - START))
        self.daemon.tick(until + 1)
        records = tuple(self.daemon.records[self.committed :])
        self.committed += len(records)
        self.batches += 1
        await self.store.commit(Batch(self.batches, self.batches, until, (Tick(until),), records=records))

    def names(self):
        return sorted(path.name for path in self.out.iterdir() if not path.name.endswith(MANIFEST))

    def octets(self):
        return {path.name: path.read_bytes() for path in self.out.iterdir()}

    def lines(self, name):
        octets = (self.out / name).read_bytes()
        content = gzip.decompress(octets) if name.endswith(".gz") else octets
        return [json.loads(line) for line in content.splitlines()]


@pytest.fixture
def bench(store, tmp_path):
    return Bench(store, tmp_path / "usage")


async def three_files(bench, **limits):
    """Publish three files with records and one without."""
    publisher = await bench.publisher(**limits)
    for number in range(3):
        await bench.polled(START + 4 * number * QUARTER, START + 4 * (number + 1) * QUARTER - 300_000)
        await publisher.publish_due(START + 4 * (number + 1) * QUARTER + 7)
    await publisher.publish_due(START + 13 * QUARTER + 2_000)
    return publisher


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
    await bench.polled(START, START + 8 * QUARTER)
    count = await publisher.publish_due(START + 60_000)
    assert count == len(bench.names()) == bench.committed // 3
    assert {bench.lines(name)[-1]["closure_reason"] for name in bench.names()} == {3}
    publisher = await bench.publisher(max_octets=3_000, compress=False)
    await bench.polled(START + 8 * QUARTER + 300_000, START + 16 * QUARTER)
    await publisher.publish_due(START + 120_000)
    assert bench.lines(bench.names()[-1])[-1]["closure_reason"] == 1
    assert verify([bench.out]) == []


@pytest.mark.parametrize("stopped_after", range(5))
async def test_a_stop_between_any_two_steps_changes_nothing(bench, tmp_path, stopped_after):
    await three_files(bench)
    other_store = open_store(tmp_path / "other.db")
    other = Bench(other_store, tmp_path / "other")
    publisher = await other.publisher()
    for number in range(3):
        await other.polled(START + 4 * number * QUARTER, START + 4 * (number + 1) * QUARTER - 300_000)
        now = START + 4 * (number + 1) * QUARTER + 7
        steps = publisher.steps(await publisher.bind_due(now))
        deque(islice(steps, stopped_after), maxlen=0)
        steps.close()
        publisher = await other.publisher(now)
    await publisher.publish_due(START + 13 * QUARTER + 2_000)
    other_store.close()
    assert other.octets() == bench.octets()
    assert verify([other.out]) == []
    assert list((other.folder / "main" / ".tmp").iterdir()) == []


async def test_what_was_published_before_a_kill_keeps_its_octets_whatever_netmon_starts_then(bench, tmp_path):
    publisher = await bench.publisher()
    await bench.polled(START, START + 3 * QUARTER)
    deque(publisher.steps(await publisher.bind_due(START + 4 * QUARTER)), maxlen=0)
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
    publisher = await bench.publisher(START + 4 * QUARTER)
    assert bench.octets() == before
    await bench.polled(START + 3 * QUARTER + 300_000, START + 7 * QUARTER)
    await publisher.publish_due(START + 8 * QUARTER)
    assert len(bench.names()) == 2
    assert verify([bench.out]) == []


async def of_another_database(bench, tmp_path, *, until):
    """Return a bench whose folder holds what another database made of more records, and whose own has fewer."""
    await bench.publisher()
    await bench.polled(START, START + 3 * QUARTER)
    publisher = await bench.publisher()
    await publisher.publish_due(START + 4 * QUARTER)
    store = open_store(tmp_path / "restored.db", gather_s=0)
    restored = Bench(store, bench.folder)
    await restored.polled(START, until)
    return restored


@pytest.mark.parametrize(
    ("until", "told"),
    [
        (START + 2 * QUARTER, r"last_rec_seq \d+, not \d+; chain_head"),
        (START - 1, r"last_rec_seq \d+, not None; chain_head"),
    ],
)
async def test_a_file_of_other_records_than_the_bound_ones_is_not_taken_for_it(bench, tmp_path, until, told):
    restored = await of_another_database(bench, tmp_path, until=until)
    before = bench.octets()
    publisher = await restored.publisher()
    with pytest.raises(IntegrityError, match=told):
        await publisher.publish_due(START + 4 * QUARTER)
    with pytest.raises(IntegrityError, match=told):
        await restored.publisher(START + 8 * QUARTER)
    assert bench.octets() == before
    assert [file.published for file in restored.store.usage_files("main")] == [None]
    [name] = bench.names()
    (bench.out / name).rename(tmp_path / name)
    (bench.out / (name + MANIFEST)).rename(tmp_path / (name + MANIFEST))
    await publisher.publish_due(START + 8 * QUARTER)
    assert [restored.lines(name)[-1]["closure_reason"] for name in restored.names()] == [2, 131]
    assert verify([bench.out]) == []
    restored.store.close()


async def test_a_database_that_begins_anew_publishes_nothing_beside_the_files_of_the_one_before(bench, tmp_path):
    await three_files(bench)
    before = bench.octets()
    store = open_store(tmp_path / "new.db", gather_s=0)
    anew = Bench(store, bench.folder)
    publisher = await anew.publisher(START + QUARTER)
    await anew.polled(START + QUARTER, START + 3 * QUARTER)
    with pytest.raises(IntegrityError, match=f"^{re.escape(bench.names()[0])} stands in .*/out already"):
        await publisher.publish_due(START + 4 * QUARTER)
    assert bench.octets() == before
    store.close()


async def test_a_file_without_its_manifest_or_with_other_octets_is_written_anew(bench):
    publisher = await bench.publisher()
    await bench.polled(START, START + 3 * QUARTER)
    for spoil in (
        lambda name: (bench.out / (name + MANIFEST)).unlink(),
        lambda name: (bench.out / name).write_bytes(b""),
    ):
        file = await publisher.bind_due(START + 4 * QUARTER)
        deque(publisher.steps(file), maxlen=0)
        spoil(bench.names()[0])
    await bench.publisher(START + 4 * QUARTER)
    assert verify([bench.out]) == []


async def test_a_folder_that_takes_nothing_delays_but_loses_nothing(bench):
    publisher = await bench.publisher()
    await bench.polled(START, START + 3 * QUARTER)
    parked = bench.out.rename(bench.folder / "main" / "parked")
    bench.out.write_text("in the way")
    with pytest.raises(OSError):
        await publisher.publish_due(START + 4 * QUARTER)
    await bench.polled(START + 3 * QUARTER + 300_000, START + 7 * QUARTER)
    with pytest.raises(OSError):
        await publisher.publish_due(START + 8 * QUARTER)
    bench.out.unlink()
    parked.rename(bench.out)
    assert await publisher.publish_due(START + 9 * QUARTER) == 2
    assert [bench.lines(name)[-1]["closure_reason"] for name in bench.names()] == [2, 129]
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
