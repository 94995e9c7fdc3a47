"""``/api/v1/usage/feeds/{feed}/table``: every record of a span once, as CSV that a loader can add up."""

import csv
import io
import json

from netmon.usage.periods import utc_text
from tests.usage.metered import SERIES, START
from tests.web.test_usage_native import END, desk, told

__all__ = ["desk", "told"]


async def table(told, **query):
    answer = await told.client.get("/api/v1/usage/feeds/main/table", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_every_record_of_a_span_stands_once_with_its_numbers(told):
    rows = await table(told, since=START, until=END)
    lines = [json.loads(record.line) for record in told.made.store.records("main", 0, 1_000)]
    inside = [line for line in lines if utc_text(START) <= line["start"] < utc_text(END)]
    assert sorted(int(row["rec_seq"]) for row in rows) == [line["rec_seq"] for line in inside]
    assert [row["start"] for row in rows] == sorted(row["start"] for row in rows)
    by_id = {line["id"]: line for line in lines}
    for row in rows:
        line = by_id[row["id"]]
        for name in ("octets_in", "delta_octets_out", "quality", "service_id", "reason"):
            assert row[name] == ("" if line[name] is None else str(line[name]))
    assert {row["kind"] for row in rows} == {"usage", "adjustment"}


async def test_one_series_and_less_time(told):
    rows = await table(told, since=START, until=START + 1, series=SERIES)
    assert {(row["series"], row["start"]) for row in rows} == {(SERIES, utc_text(START))}


async def test_a_span_must_be_told_and_the_feed_known(told):
    for path, query, status in (("main", {}, 400), ("mian", {"since": 0, "until": 1}, 404)):
        answer = await told.client.get(f"/api/v1/usage/feeds/{path}/table", params=query)
        assert answer.status_code == status
