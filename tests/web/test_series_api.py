"""Charts over HTTP: limits, texts of errors, gaps, alarms and limits in the drawing; exact samples."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from netmon.domain.duration import Duration
from netmon.domain.element import Network, Threshold
from netmon.storage.series import SeriesStore
from netmon.web.config import WebConfig
from netmon.web.context import now_ms
from netmon.web.error import Refusal
from netmon.web.query import Queries, instant, time_range, unit_text
from tests.patience import PATIENCE_S
from tests.storage.test_series_query import MINUTE, NOON, gauge, polled, reset_within
from tests.web.site import Site

pytestmark = pytest.mark.slow

__all__ = ("polled", "reset_within")

NO_TIME = "is neither a time of RFC 3339 nor like now-6h (s m h d w)"


def text(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat()


def write(site: Site, values: dict[int, float], **more: Any) -> None:
    store = SeriesStore(site.web.data_dir / "series")
    store.append([gauge(at, value, **more) for at, value in sorted(values.items())])


async def test_a_chart_with_a_hole_an_alarm_and_a_limit(site: Site):
    await site.web.network.network()
    site.engine.elements.around = Network(
        0, (), thresholds=(Threshold("load", 90.0, "major", "hot"), Threshold("other", 1.0, "minor", "x"))
    )
    site.web.network._networks._values.clear()
    now = now_ms() // MINUTE * MINUTE
    values = {now - n * MINUTE: float(n) for n in range(60) if not 20 <= n < 30}
    await asyncio.to_thread(write, site, values, object_="r1/if:xe-0")
    [alarm] = await site.engine.raised(1, severity="critical")
    await site.seen()
    drawn = await site.get("query", metric="load", element="r1", **{"from": "now-1h"})
    [line] = drawn["series"]
    assert (drawn["step"], drawn["unit"], drawn["t0"] % MINUTE) == (60, "%", 0)
    assert (line["element"], line["object"], line["interval_s"]) == ("r1", "r1/if:xe-0", 60.0)
    assert line["id"] == "load@r1/if:xe-0"
    assert len(line["avg"]) == len(line["min"]) == len(line["max"]) == drawn["n"]
    assert line["gaps"] == [[now - 30 * MINUTE, now - 19 * MINUTE]]
    assert line["last_s"] == drawn["newest_s"] == now / 1000
    [band] = drawn["bands"]
    assert (band["alarm"], band["severity"], "to" in band) == (alarm, "critical", False)
    assert drawn["thresholds"] == [{"metric": "load", "value": 90.0, "severity": "major", "rule": "hot"}]
    await site.engine.cleared(1)
    await site.seen()
    [band] = (await site.get("query", metric="load", object="r1/if:xe-0"))["bands"]
    assert (band["alarm"], band["severity"], band["to"] >= band["from"]) == (alarm, "critical", True)


async def test_bands_of_alarms_that_something_hides_say_so(site: Site):
    now = now_ms() // MINUTE * MINUTE
    await asyncio.to_thread(write, site, {now - n * MINUTE: float(n) for n in range(9)}, object_="r1/if:xe-0")
    [alarm] = await site.engine.raised(1)
    answer = await site.act("shelve", alarm, until=now + 60 * MINUTE, comment="planned work")
    assert answer.status_code == 200, answer.text
    await site.seen()
    [band] = (await site.get("query", metric="load", element="r1"))["bands"]
    assert (band["alarm"], band["hidden"]) == (alarm, True)


async def test_a_reset_is_a_hole_of_one_step_and_no_spike(site: Site, reset_within: SeriesStore, tmp_path: Path):

    for file in sorted(tmp_path.glob("2023-*/*.parquet")):
        to = site.web.data_dir / "series" / file.parent.name
        to.mkdir(parents=True, exist_ok=True)
        file.rename(to / file.name)
    drawn = await site.get(
        "query",
        metric="ifHCInOctets",
        object="r1/if:*",
        fn="rate",
        **{"from": text(NOON), "to": text(NOON + 10 * MINUTE)},
    )
    [line] = drawn["series"]
    assert [None if value is None else round(value) for value in line["avg"]] == [
        None, 1000, 1000, 1000, 1000, None, 1000, 1000, 1000, 1000,
    ]  # fmt: skip
    samples = await site.get(
        "series/ifHCInOctets@r1/if:xe-0/samples", **{"from": text(NOON), "to": text(NOON + 10 * MINUTE)}
    )
    assert samples["samples"][0] == {"time": NOON, "value": 1e15, "count": "1000000000000000"}
    assert len(samples["samples"]) == 10


async def test_which_series_there_are(site: Site):
    now = now_ms()
    await asyncio.to_thread(write, site, {now - MINUTE: 1.0, now: 2.0}, object_="r1/if:xe-0")
    [one] = (await site.get("series", element="r1"))["series"]
    assert one == {
        "id": "load@r1/if:xe-0", "element": "r1", "object": "r1/if:xe-0", "metric": "load", "unit": "%",
        "labels": {"ifName": "a"}, "interval_s": 60.0, "first": now - MINUTE, "last": now,
    }  # fmt: skip
    assert [one["element"] for one in (await site.get("series", metric="load"))["series"]] == ["r1"]
    assert (await site.get("series", element="r2"))["series"] == []


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"metric": "a"}, "element is needed, or an object with its element"),
        ({"metric": "a", "object": "*/if:x"}, "element is needed, or an object with its element"),
        ({"metric": "a", "element": "r1", "from": "yesterday"}, f"from: \"yesterday\" {NO_TIME}"),
        ({"metric": "a", "element": "r1", "from": "2023-11-15T12:00:00"}, f"from: \"2023-11-15T12:00:00\" {NO_TIME}"),
        ({"metric": "a", "element": "r1", "from": "now-1h", "to": "now-2h"}, "from: now-1h is not before to, now-2h"),
        ({"metric": "a", "element": "r1", "from": "now-401d"}, "from: the range is longer than 400 days"),
        ({"metric": "a", "element": [f"r{n}" for n in range(51)]}, "element: 51 are more than 50 series"),
        ({"element": "r1"}, "metric: object missing required field metric"),
        ({"metric": "a", "element": "r1", "metrik": "b"}, 'unknown parameter "metrik"; did you mean "metric"?'),
    ],
)  # fmt: skip
async def test_what_cannot_be_drawn_is_said_in_words(site: Site, asked: dict[str, Any], detail: str):
    answer = await site.client.get("/api/v1/query", params=asked)
    assert (answer.status_code, answer.json()["detail"]) == (400, detail)


async def test_limits_of_a_query(site: Site):
    now = now_ms()
    blocks = [gauge(now, 1.0, object_=f"r1/if:{n}") for n in range(51)]
    await asyncio.to_thread(SeriesStore(site.web.data_dir / "series").append, blocks)
    many = await site.client.get("/api/v1/query", params={"metric": "load", "element": "r1"})
    assert (many.status_code, many.json()["detail"]) == (400, "more than 50 series fit; name elements or objects")
    for bad in ({"max_points": 5001}, {"max_points": 0}, {"step": -1}, {"fn": "median"}):
        refused = await site.client.get("/api/v1/query", params={"metric": "load", "element": "r1", **bad})
        assert refused.status_code == 400, bad
    gauges = await site.client.get("/api/v1/query", params={"metric": "load", "object": "r1/if:1", "fn": "rate"})
    assert (gauges.status_code, gauges.json()["detail"]) == (400, 'fn: "load" is no counter')
    assert (await site.client.get("/api/v1/series")).status_code == 400


async def test_400_days_are_a_short_answer(site: Site):
    now = now_ms()
    await asyncio.to_thread(write, site, {now - n * 86_400_000: 1.0 for n in range(400)})
    drawn = await site.get("query", metric="load", element="r1", **{"from": "now-400d"})
    assert (drawn["step"], 400 <= drawn["n"] <= 401) == (86_400, True)


async def test_two_queries_at_a_time_eight_wait_the_others_are_turned_away(tmp_path: Path):
    queries = Queries(tmp_path, WebConfig())
    go, running = threading.Event(), []

    def slow(_: object) -> int:
        running.append(1)
        go.wait(PATIENCE_S)
        return 1

    tasks = [asyncio.create_task(queries.run(slow)) for _ in range(10)]
    async with asyncio.timeout(PATIENCE_S):
        while len(running) < 2:
            await asyncio.sleep(0)
    with pytest.raises(Refusal) as refused:
        await queries.run(slow)
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "2"})
    assert len(running) == 2
    go.set()
    assert await asyncio.gather(*tasks) == [1] * 10


async def test_a_query_that_takes_too_long_is_given_up_and_its_room_is_free_when_it_ends(tmp_path: Path):
    queries = Queries(tmp_path, WebConfig(query_timeout=Duration("1s")))
    go = threading.Event()
    with pytest.raises(Refusal) as refused:
        await queries.run(lambda _: go.wait(PATIENCE_S))
    assert refused.value.status == 504
    assert str(refused.value) == "query took longer than 1 s; choose a shorter range or fewer series"
    go.set()
    assert [await queries.run(lambda _: "done") for _ in range(3)] == ["done"] * 3


@pytest.mark.parametrize(
    ("written", "before_ms"),
    [
        ("now", 0),
        ("now-90s", 90_000),
        ("now-5m", 300_000),
        ("now-6h", 21_600_000),
        ("now-2d", 172_800_000),
        ("now-1w", 604_800_000),
    ],
)
def test_times_before_now(written: str, before_ms: int):
    assert instant("from", written, now=NOON) == NOON - before_ms


def test_times_of_rfc_3339_name_their_zone():
    assert instant("from", "2023-11-15T12:00:00Z", now=0) == NOON
    assert instant("from", "2023-11-15T13:00:00.250+01:00", now=0) == NOON + 250
    assert time_range("2023-11-15T12:00:00Z", "2023-11-15T12:00:01Z", now=0) == (NOON, NOON + 1000)


@pytest.mark.parametrize(
    ("unit", "shown"), [("celsius", "°C"), ("percent", "%"), ("octets/s", "octets/s"), ("", ""), ("bit/s", "bit/s")]
)
def test_units_are_written_as_beside_numbers(unit: str, shown: str):
    assert unit_text(unit) == shown
