"""TMF771 and TMF635 over the real store, on records that the real meter made."""

from functools import cache
from typing import Any

import msgspec
import pytest

from netmon.domain.usage import UsageRecord
from netmon.web import usage_list
from netmon.web.usage_list import MOST_LOOKED_AT
from tests.storage.batches import batch
from tests.usage.metered import QUARTER, SERIES, START, Daemon, assignment, sample
from tests.web.served import served

V5, V4 = "/tmf-api/resourceUsageManagement/v5", "/tmf-api/usageManagement/v4"
LISTS = pytest.mark.parametrize("path", [f"{V5}/resourceUsage", f"{V4}/usage"])
OTHER = "r1|ifName:xe-0/0/2"


@cache
def metered() -> list[UsageRecord]:
    """Two ports over two hours; one of them was not read for half an hour, which comes as adjustments."""
    daemon = Daemon(assignment(), assignment(OTHER, party="cust-2", service="svc-2"))
    for at in range(START, START + 8 * QUARTER + 1, 60_000):
        daemon.tick(at)
        daemon.take(sample(at, (at - START) // 10))
        if not START + 2 * QUARTER < at < START + 4 * QUARTER:
            daemon.take(sample(at, (at - START) // 5, ifindex=6, ifname="xe-0/0/2"), OTHER)
    daemon.run(START + 8 * QUARTER, START + 9 * QUARTER)
    return daemon.records


class Api:
    """A web process on the records, and a caller that may read."""

    def __init__(self, made, client):
        self.made, self.client = made, client
        self.records: list[UsageRecord] = []
        self.batches = 0

    async def commit(self, *records):
        self.records += records
        self.batches += 1
        await self.made.store.commit(batch(self.batches, self.batches, records=records))

    async def get(self, path, *, status=200, **query):
        answer = await self.client.get(path, params={name.replace("__", "."): value for name, value in query.items()})
        assert answer.status_code == status, answer.text
        return answer

    async def ids(self, path, **query):
        return [one["id"] for one in (await self.get(path, **query)).json()]


@pytest.fixture
async def api(tmp_path):
    async with served(tmp_path) as made:
        token = await made.token("viewer", "read")
        async with made.client(token=token) as client:
            api = Api(made, client)
            await api.commit(*metered())
            yield api


def characteristics(one: dict[str, Any]) -> dict[str, Any]:
    return {item["name"]: item["value"] for item in one["usageCharacteristic"]}


async def test_a_record_by_tmf771_says_what_its_line_says(api):
    [record, *_] = api.records
    line = msgspec.json.decode(record.line)
    [one] = (await api.get(f"{V5}/resourceUsage", id=record.id)).json()
    assert one == (await api.get(f"{V5}/resourceUsage/{record.id}")).json()
    assert one["href"] == f"http://netmon.test{V5}/resourceUsage/{record.id}"
    assert (one["@type"], one["usageType"], one["usageDate"]) == ("ResourceUsage", "interfaceTraffic", line["start"])
    assert one["resource"] == {"id": record.series, "@type": "ResourceRef"}
    assert one["relatedParty"] == [{"id": line["party_ref"], "role": "subscriber", "@type": "PartyRef"}]
    assert one["usageSpecification"]["id"] == "netmon.usage.1"
    told = {"owner": "netmon", "externalIdentifierType": "recSeq", "id": str(record.rec_seq)}
    assert one["externalIdentifier"] == [told]
    assert "status" not in one
    apart = ("id", "start", "series", "party_ref", "rec_seq", "schema")
    assert characteristics(one) == {
        name: value for name, value in line.items() if name not in apart and value is not None
    }
    octets = next(item for item in one["usageCharacteristic"] if item["name"] == "octets_in")
    assert octets == {
        "@type": "IntegerCharacteristic", "name": "octets_in", "valueType": "integer", "value": line["octets_in"],
    }  # fmt: skip


async def test_the_same_record_by_tmf635(api):
    [record, *_] = api.records
    one = (await api.get(f"{V4}/usage/{record.id}")).json()
    assert (one["@type"], one["status"]) == ("Usage", "received")
    values = characteristics(one)
    assert (values["series"], values["recSeq"]) == (record.series, record.rec_seq)
    assert one["relatedParty"][0]["@referredType"] == "Customer"
    assert not {"resource", "externalIdentifier"} & set(one)


@LISTS
async def test_an_adjustment_names_what_it_adjusts(api, path):
    found = (await api.get(path, usageCharacteristic__kind="adjustment")).json()
    assert found
    by_id = {record.id: record for record in api.records}
    for one in found:
        [delta] = [item for item in one["usageCharacteristic"] if item["name"] == "delta_octets_in"]
        [relation] = delta["characteristicRelationship"]
        assert relation["relationshipType"] == "adjusts"
        assert by_id[relation["id"]].revision == 0
        assert by_id[relation["id"]].start == by_id[one["id"]].start


@LISTS
async def test_following_by_the_cursor_loses_and_doubles_nothing_while_the_list_grows(api, path):
    seen: list[str] = []
    answer = await api.get(path, limit=5, recSeq__gt=0)
    total = len(api.records)
    assert answer.headers["X-Total-Count"] == str(total)
    grown = False
    while True:
        seen += [one["id"] for one in answer.json()]
        assert answer.headers["X-Result-Count"] == str(len(answer.json()))
        if not grown:
            first, *_ = api.records
            await api.commit(*(_copy(first, total + number) for number in (1, 2, 3)))
            grown = True
        if "next" not in answer.links:
            break
        answer = await api.client.get(answer.links["next"]["url"])
    assert seen == [record.id for record in api.records]
    assert await api.ids(path, recSeq__gt=len(api.records)) == []
    assert await api.ids(path, recSeq__gt=total, usageCharacteristic__kind="usage", limit=1) == [f"copy-{total + 1}"]


def _copy(record, number):
    line = msgspec.json.decode(record.line) | {"rec_seq": number, "id": f"copy-{number}"}
    return msgspec.structs.replace(record, rec_seq=number, id=line["id"], line=msgspec.json.encode(line))


@LISTS
async def test_pages_by_offset_and_the_tag_of_a_list(api, path):
    answer = await api.get(path, limit=7)
    seen = []
    while True:
        seen += [one["id"] for one in answer.json()]
        assert answer.headers["X-Total-Count"] == str(len(api.records))
        if "next" not in answer.links:
            break
        answer = await api.client.get(answer.links["next"]["url"])
    assert seen == [record.id for record in api.records]
    tag = (await api.get(path)).headers["ETag"]
    again = await api.client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    await api.commit(_copy(api.records[0], len(api.records) + 1))
    assert (await api.client.get(path, headers={"If-None-Match": tag})).status_code == 200
    assert await api.ids(path, offset=10_000) == []


@LISTS
async def test_filters(api, path):
    line = {record.id: msgspec.json.decode(record.line) for record in api.records}

    def those(fits):
        return [record.id for record in api.records if fits(line[record.id])]

    assert await api.ids(path, resource__id=OTHER) == those(lambda one: one["series"] == OTHER)
    assert await api.ids(path, relatedParty__id="cust-1") == those(lambda one: one["party_ref"] == "cust-1")
    both = await api.ids(path, resource__id=f"{OTHER},{SERIES}")
    assert both == [record.id for record in api.records]
    assert await api.ids(path, usageCharacteristic__revision="0", usageCharacteristic__kind="usage") == those(
        lambda one: one["kind"] == "usage"
    )
    flagged = next(flag for one in line.values() for flag in one["flags"])
    assert await api.ids(path, usageCharacteristic__flags=flagged) == those(lambda one: flagged in one["flags"])
    octets = next(one["octets_in"] for one in line.values() if one["octets_in"])
    assert await api.ids(path, usageCharacteristic__octets_in=octets) == those(lambda one: one["octets_in"] == octets)
    assert await api.ids(path, usageCharacteristic__feed="other") == []
    second = {"usageDate__gte": "2026-03-02T00:15:00Z", "usageDate__lt": "2026-03-02T00:30:00.000+00:00"}
    found = await api.get(path, **second)
    starts = {one["usageDate"] for one in found.json()}
    assert starts == {"2026-03-02T00:15:00.000Z"}
    assert found.headers["X-Total-Count"] == str(len(found.json()))
    half = await api.ids(path, **second, resource__id=OTHER, recSeq__gt=0)
    assert set(half) < {one["id"] for one in found.json()}


@LISTS
async def test_fields(api, path):
    [one] = (await api.get(path, fields="usageDate", limit=1)).json()
    assert set(one) == {"id", "href", "usageDate"}
    [one] = (await api.get(path, fields="none", limit=1)).json()
    assert set(one) == {"id", "href"}


@LISTS
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"usageDate.gt": "2026-03-02T00:00:00Z"}, "did you mean 'usageDate.gte'"),
        ({"status": "rated"}, "status: unknown attribute or operator"),
        ({"limit": "10001"}, "limit: 10001 is not in 1..10000"),
        ({"limit": "0"}, "limit: 0 is not in 1..10000"),
        ({"offset": "-1"}, 'offset: "-1" is not a whole number'),
        ({"recSeq.gt": "x"}, 'recSeq.gt: "x" is not a whole number'),
        ({"recSeq.gt": "1" * 30}, "is too large"),
        ({"recSeq.gt": "0", "offset": "5"}, "offset: does not go with recSeq.gt"),
        ({"usageDate.lt": "yesterday"}, "is not a time"),
        ({"usageDate.lt": "2026-03-02T00:00:00"}, "has no time zone"),
        ({"usageCharacteristic.octets": "5"}, "unknown attribute"),
        ({"usageCharacteristic.evidence": "5"}, "unknown attribute"),
        ({"usageCharacteristic.octets_in": "many"}, 'usageCharacteristic.octets_in: "many" is not a whole number'),
        ({"fields": "usageDates"}, "did you mean 'usageDate'"),
    ],
)
async def test_what_is_wrong_is_said(api, path, query, message):
    answer = await api.client.get(path, params=query)
    body = answer.json()
    assert answer.status_code == 400, answer.text
    assert set(body) == {"code", "reason", "message", "status"}
    assert message in body["message"].replace('"usageD', "'usageD").replace('gte"', "gte'").replace('Date"', "Date'")


@LISTS
async def test_a_cursor_counts_in_one_feed(api, path):
    await api.commit(*(msgspec.structs.replace(_copy(api.records[0], number), feed="wholesale") for number in (1, 2)))
    answer = await api.get(path, status=400, recSeq__gt=0)
    assert "add usageCharacteristic.feed (main, wholesale)" in answer.json()["message"]
    assert await api.ids(path, recSeq__gt=1, usageCharacteristic__feed="wholesale") == ["copy-2"]
    everything = await api.get(path, offset=len(api.records) - 3, limit=10)
    assert everything.headers["X-Total-Count"] == str(len(api.records))
    assert [one["id"] for one in everything.json()][-2:] == ["copy-1", "copy-2"]


@pytest.mark.slow
async def test_a_list_that_would_read_too_much_is_refused_but_a_cursor_gets_through(api):
    first = api.records[0]
    more = (msgspec.structs.replace(first, rec_seq=number, id=f"copy-{number}") for number in _numbers(api))
    await api.commit(*more)
    path = f"{V5}/resourceUsage"
    answer = await api.get(path, status=400, relatedParty__id="nobody")
    assert answer.json()["code"] == "tooMany"
    answer = await api.get(path, relatedParty__id="nobody", recSeq__gt=0)
    assert (answer.json(), "X-Total-Count" in answer.headers) == ([], False)
    rest = await api.client.get(answer.links["next"]["url"])
    assert (rest.json(), "next" in rest.links) == ([], False)
    assert len(await api.ids(path, offset=MOST_LOOKED_AT, limit=10_000)) == len(api.records) - MOST_LOOKED_AT


def _numbers(api):
    return range(len(api.records) + 1, MOST_LOOKED_AT + 100)


@pytest.mark.parametrize("path", [f"{V5}/resourceUsageSpecification", f"{V4}/usageSpecification"])
async def test_there_is_one_specification(api, path):
    answer = await api.get(path)
    [one] = answer.json()
    assert (one["id"], one["name"], answer.headers["X-Total-Count"]) == ("netmon.usage.1", "netmon.usage", "1")
    assert (await api.get(f"{path}/netmon.usage.1")).json() == one
    assert {item["name"] for item in one["specCharacteristic"]} >= {"octets_in", "evidence", "quality"}
    assert (await api.get(path, name="other")).json() == []
    assert (await api.get(path, fields="name")).json() == [
        {"id": one["id"], "href": one["href"], "name": "netmon.usage"}
    ]
    await api.get(path, status=400, version="1")
    await api.get(f"{path}/netmon.usage.2", status=404)


@LISTS
async def test_usage_is_read_only(api, path):
    one = f"{path}/{api.records[0].id}"
    assert (await api.client.patch(one, json={})).status_code == 405
    assert (await api.client.delete(one)).status_code == 405
    refused = await api.client.post(path, json={"usageType": "voice"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await api.get(f"{path}/nothing", status=404)).json()["code"] == "notFound"
    await api.get(one, status=400, limit=1)
    async with api.made.client() as nobody:
        assert (await nobody.get(path)).status_code == 401
    async with api.made.client(token=await api.made.token("viewer", "wallboard")) as wallboard:
        assert (await wallboard.get(path)).status_code == 403


@LISTS
async def test_a_list_of_a_series_looks_at_its_records_alone_and_the_cursor_ends_with_them(api, path, monkeypatch):
    mine = [record.id for record in api.records if record.series == OTHER]
    monkeypatch.setattr(usage_list, "MOST_LOOKED_AT", len(mine))
    assert len(mine) < len(api.records)
    assert await api.ids(path, resource__id=OTHER) == mine
    dated = await api.ids(path, resource__id=OTHER, usageDate__gte="2026-03-02T00:15:00Z")
    by_start = sorted((record.start, record.rec_seq, record.id) for record in api.records if record.series == OTHER)
    assert dated == [id_ for start, _, id_ in by_start if start >= START + QUARTER]
    answer = await api.get(path, resource__id=OTHER, recSeq__gt=0)
    assert ([one["id"] for one in answer.json()], "next" in answer.links) == (mine, False)
