"""The paths of the usage page over the real store and the files that the real publisher made."""

import asyncio

import msgspec
import pytest

from netmon.outputs.usage.publish import Feed, Publisher
from netmon.usage.periods import utc_text
from netmon.web import usage_feed, usage_folder, usage_list
from netmon.web.usage_day import sum_up
from netmon.web.usage_feed import DayRead, UsageMemory, read_day
from tests.storage.batches import batch, settle
from tests.usage.metered import QUARTER, SERIES, START
from tests.web.served import served
from tests.web.test_usage_api import OTHER, metered

END = START + 8 * QUARTER


class Desk:
    """Somebody of billing before a web process, and the publisher of its feed."""

    def __init__(self, made, client):
        self.made, self.client = made, client
        self.folder = made.web.data_dir / "usage"
        self.out = self.folder / "main" / "out"
        self.publisher = Publisher(Feed("main", "nm1", compress=False), store=made.store, folder=self.folder)

    async def get(self, path, *, status=200, **query):
        answer = await self.client.get(f"/api/v1/usage/{path}", params=query)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def post(self, what, **body):
        return await self.client.post(f"/api/v1/usage/feeds/main/{what}", json=body)

    async def files(self, **query):
        return (await self.get("feeds/main/files", **query))["files"]


@pytest.fixture
async def desk(tmp_path):
    async with served(tmp_path) as made:
        token = await made.token("billing", "read usage")
        async with made.client(token=token) as client:
            yield Desk(made, client)


@pytest.fixture
async def told(desk):
    """A feed whose records came in three files, the first and last of them empty."""
    await desk.publisher.prepare()
    store = desk.made.store
    await store.commit(batch(1, 1, records=metered()))
    for through, last in ((START - QUARTER, 0), (START, 0), (END, len(metered())), (END + QUARTER, len(metered()))):
        await settle(store, through, last)
        await desk.publisher.publish_due(through)
    return desk


async def test_no_feed_is_an_empty_list_and_an_unknown_one_is_told(desk):
    assert (await desk.get("feeds"))["feeds"] == []
    for path in ("files", "series", "proof"):
        refused = await desk.get(f"feeds/main/{path}", status=404)
        assert refused["detail"] == "there is no feed main; none has a record or a file yet"


async def test_a_feed_says_how_far_it_is(told):
    [feed] = (await told.get("feeds"))["feeds"]
    last = metered()[-1]
    assert (feed["first_rec_seq"], feed["last_rec_seq"], feed["chain_head"]) == (1, last.rec_seq, last.hash)
    assert (feed["files"], feed["published"], feed["last_file_seq"], feed["unfiled"]) == (3, 3, 3, 0)
    assert (feed["last_published"], feed["after_holes"]) == (END + QUARTER, [])
    assert feed["day"] == (await told.get("feeds/main/series"))["day"]["sums"]


def test_the_day_of_a_series_keeps_what_is_unknown_apart_from_zero():
    day = sum_up(metered(), since=START, until=END)
    whole, broken = day.series
    assert (whole.series, whole.cells, whole.at_least) == (SERIES, "m" * 8, False)
    lines = [msgspec.json.decode(record.line) for record in metered() if record.series == SERIES]
    assert whole.octets_in == str(sum(line["octets_in"] for line in lines))
    assert (broken.series, broken.element, broken.name) == (OTHER, "r1", "xe-0/0/2")
    assert (broken.service, broken.party) == ("svc-2", "cust-2")
    assert set(broken.cells) > {"m"}
    assert day.sums.adjusted == broken.adjusted > 0
    assert day.sums.by_quality["measured"] == 8 + broken.cells.count("m")
    assert (day.sums.newest_end, day.sums.metered) == (END, 2)


def test_an_interval_that_nobody_read_has_no_octets_and_its_neighbor_that_has_no_record_a_point():
    first = next(record for record in metered() if record.kind == "usage")
    line = msgspec.json.decode(first.line) | {
        "octets_in": None, "octets_out": None, "octets_in_estimated": None, "octets_out_estimated": None,
        "quality": "unknown", "coverage_ms": 0, "flags": ["agent_restart"],
    }  # fmt: skip
    unknown = msgspec.structs.replace(first, line=msgspec.json.encode(line))
    day = sum_up([unknown], since=START - QUARTER, until=START + QUARTER)
    [series] = day.series
    assert (series.octets_in, series.octets_out, series.at_least, series.coverage_ppm) == (None, None, True, 0)
    assert (series.cells, series.flags, day.sums.missing) == (".u", {"agent_restart": 1}, {"agent_restart": 1})


def test_a_day_without_records_says_that_nothing_is_known(tmp_path):
    day = sum_up([], since=START, until=END)
    assert (day.sums.coverage_ppm, day.sums.newest_end, day.series, day.sums.interval_ms) == (None, None, [], 0)


async def test_the_day_is_read_from_the_store(told):
    day = read_day(told.made.store, "main", END + 7)
    assert day == sum_up(metered(), since=END - 86_400_000, until=END)


async def test_files_tell_their_sums_and_how_they_lie_in_the_folder(told):
    last, full, first = await told.files()
    assert [one["file_seq"] for one in (last, full, first)] == [3, 2, 1]
    assert (full["records"], full["state"], full["folder"], full["hole"]) == (len(metered()), "published", "whole", "")
    lines = [msgspec.json.decode(record.line) for record in metered()]
    usage = [line for line in lines if line["kind"] == "usage"]
    assert full["octets_in"] == str(sum(line["octets_in"] or 0 for line in usage))
    assert full["at_least"] is any(line["quality"] in ("partial", "unknown") for line in usage)
    assert (first["records"], first["octets_in"], first["hole"]) == (0, None, "")
    [page] = await told.files(limit=1)
    assert page == last
    assert [one["file_seq"] for one in await told.files(before=2)] == [1]


async def test_a_file_in_which_all_is_unknown_has_no_sum(told):
    path = next(told.out.glob("*0000000002*.manifest.json"))
    manifest = msgspec.json.decode(path.read_bytes())
    manifest |= {"by_quality": {"unknown": manifest["by_kind"]["usage"]}, "sum_octets_in": "0", "sum_octets_out": "0"}
    path.write_bytes(msgspec.json.encode(manifest))
    full = (await told.files())[1]
    assert (full["octets_in"], full["octets_out"], full["at_least"]) == (None, None, True)


async def test_proof_finds_what_was_changed_or_taken_away(told):
    proof = await told.get("feeds/main/proof")
    assert (proof["ok"], proof["files"], proof["first"], proof["last"], proof["older"]) == (True, 3, 1, 3, 0)
    data = next(told.out.glob("*0000000002*.jsonl"))
    kept = data.read_bytes()
    data.write_bytes(kept.replace(b'"quality":"measured"', b'"quality":"Measured"', 1))
    changed = await told.get("feeds/main/proof")
    assert not changed["ok"]
    assert {(one["check"], one["file"]) for one in changed["findings"]} >= {("R3", data.name)}
    data.unlink()
    gone = await told.get("feeds/main/proof")
    assert [one["text"] for one in gone["findings"] if one["file"] == data.name] == ["is missing in the folder"]
    assert [one["folder"] for one in await told.files()] == ["whole", "missing", "whole"]


async def test_a_missing_number_is_told(told):
    files = told.made.store.usage.files_before("main", before=1 << 40, limit=1)
    await told.made.store.bind_usage_file(msgspec.structs.replace(files[0], file_seq=5, prev_file_sha256="0" * 64))
    [feed] = (await told.get("feeds"))["feeds"]
    assert feed["after_holes"] == [5]
    assert (await told.files())[0]["hole"] == "file 5 follows 3"


async def test_records_come_with_their_evidence_and_every_octet_exact(told):
    found = await told.get("feeds/main/records", series=OTHER, since=START)
    mine = [record for record in metered() if record.series == OTHER]
    assert found["total"] == len(mine)
    starts = [one["line"]["start"] for one in found["records"]]
    assert starts == sorted(starts, reverse=True)
    by_id = {one["line"]["id"]: one for one in found["records"]}
    for record in mine:
        line = msgspec.json.decode(record.line)
        shown = by_id[record.id]
        assert shown["hash"] == record.hash
        assert shown["line"]["octets_in"] == (None if line["octets_in"] is None else str(line["octets_in"]))
        assert shown["line"]["evidence"]["first"] == line["evidence"]["first"]
    one = await told.get("feeds/main/records", series=SERIES, since=START, until=START + 1)
    assert [row["line"]["start"] for row in one["records"]] == [utc_text(START)]
    await told.get("feeds/main/records", status=400, series=SERIES, since=-1)


async def test_records_of_a_series_are_found_without_a_look_at_all_others(told, monkeypatch):
    monkeypatch.setattr(usage_list, "MOST_LOOKED_AT", 2)
    mine = [record for record in metered() if record.series == SERIES]
    found = await told.get("feeds/main/records", series=SERIES, since=START, limit=3)
    assert found["total"] == len(mine) > 3
    newest = sorted(mine, key=lambda record: (record.start, record.rec_seq))[:-4:-1]
    assert [row["line"]["id"] for row in found["records"]] == [record.id for record in newest]


async def test_a_day_is_summed_up_anew_only_when_a_record_came_or_a_quarter_began(told, monkeypatch):
    monkeypatch.setattr(usage_feed, "_REST", 0)
    clock, web = [END + 1], told.made.web
    memory = UsageMemory(now_ms=lambda: clock[0])

    async def day(later_ms):
        clock[0] += later_ms
        return await memory.day(web.slow, web.store, "main")

    first = await day(0)
    assert await day(QUARTER - 2) is first
    second = await day(1)
    assert (first.sums.until, second.sums.until, second.sums.records) == (END, END + QUARTER, len(metered()))
    more = msgspec.structs.replace(metered()[-1], rec_seq=second.sums.records + 1, id="another")
    number, seq = told.made.store.position()
    await told.made.store.commit(batch(number + 1, seq + 1, records=(more,)))
    assert await day(5_000) is second
    assert (await day(5_000)).sums.records == second.sums.records + 1


def test_a_day_that_costs_much_is_summed_up_seldom():
    made = DayRead(sum_up([], since=START, until=END), 7, 2_000)
    assert made.holds(8, END, age_ms=99_999)
    assert not made.holds(8, END, age_ms=100_000)
    assert not made.holds(7, END + QUARTER, age_ms=100_000)
    assert made.holds(7, END, age_ms=100_000)


async def test_a_proof_is_not_made_again_while_the_files_lie_as_they_did(told):
    first = await told.get("feeds/main/proof")
    assert await told.get("feeds/main/proof") == first
    await settle(told.made.store, END + 2 * QUARTER, len(metered()))
    await told.publisher.publish_due(END + 2 * QUARTER)
    second = await told.get("feeds/main/proof")
    assert (first["last"], second["last"]) == (3, 4)
    manifest = max(told.out.glob("*.manifest.json"))
    manifest.unlink()
    assert not (await told.get("feeds/main/proof"))["ok"]


async def test_what_a_proof_reads_is_bound_by_its_records_not_by_packed_octets(told, monkeypatch):
    monkeypatch.setattr(usage_folder, "_MOST_RECORDS", len(metered()) - 1)
    proof = await told.get("feeds/main/proof")
    assert (proof["files"], proof["first"], proof["last"], proof["older"]) == (1, 3, 3, 2)
    full = told.made.store.usage.files_before("main", before=3, limit=2)[::-1]
    alone = usage_folder.prove(told.out, full, now=END)
    assert (alone.files, alone.first, alone.older) == (1, 2, 1)


async def test_proofs_are_made_one_at_a_time(told):
    memory, under_way, most = UsageMemory(now_ms=lambda: END), [], []
    proof = usage_folder.prove(told.out, [], now=END)

    async def make():
        under_way.append(1)
        most.append(len(under_way))
        await asyncio.sleep(0)
        under_way.pop()
        return proof

    await asyncio.gather(*(memory.proof(name, make) for name in ("one", "other", "third")))
    assert most == [1, 1, 1]


def test_intervals_that_were_made_shorter_stand_in_the_strip_as_well():
    first = next(record for record in metered() if record.kind == "usage" and record.series == SERIES)
    short = QUARTER // 3
    after = [
        msgspec.structs.replace(first, start=at, end=at + short)
        for at in range(START + QUARTER, START + 2 * QUARTER, short)
    ]
    day = sum_up([first, after[0], after[2]], since=START, until=START + 3 * QUARTER)
    assert (day.sums.interval_ms, day.cell_ms) == (QUARTER, short)
    assert [series.cells for series in day.series] == ["mmmm.m..."]


async def test_the_folder_is_named_without_the_place_of_the_data(told):
    assert (await told.get("feeds/main/files"))["folder"] == "usage/main/out"


async def test_exceptions_are_listed_page_by_page_with_what_to_do(told):
    path = "feeds/main/exceptions"
    first = await told.get(path, since=START, limit=1)
    assert (first["feed"], first["since"]) == ("main", START)
    rows, before = first["exceptions"], first["before"]
    while before is not None:
        more = await told.get(path, since=START, before=before)
        rows, before = rows + more["exceptions"], more["before"]
    assert {row["series"] for row in rows} == {OTHER}
    assert all(row["reasons"] and row["advice"] for row in rows)
    estimated = await told.get(path, since=START, quality="estimated", reason="estimated_split", series=OTHER)
    assert estimated["exceptions"] == [row for row in rows if row["quality"] == "estimated"] != []
    assert (await told.get(path, since=START, series=SERIES))["exceptions"] == []
    for query in ({"reason": "agent_restrat"}, {"before": "1"}, {"quality": "good"}):
        await told.get(path, status=400, **query)
