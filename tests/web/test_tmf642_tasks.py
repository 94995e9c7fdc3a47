"""TMF642 tasks over a real store and a real alarm book: patterns, what is done, what is refused and how."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from netmon.storage.store import StoreError
from tests.web.site import Site

pytestmark = pytest.mark.slow

BASE = "/tmf-api/alarmManagement/v4"
BASES = [BASE, "/tmf-api/alarm/v4"]
BY = {"ackSystemId": "oss", "ackUserId": "noc-7"}


async def post(site: Site, pattern: Any, *, task: str = "ackAlarms", base: str = BASE, **more: Any) -> httpx.Response:
    return await site.client.post(f"{base}/{task}", json={**BY, "alarmPattern": pattern, **more})


def ids(answer: httpx.Response, member: str = "ackedAlarm") -> list[str]:
    assert answer.status_code == 201, answer.text
    return [one["id"] for one in answer.json()[member]]


@pytest.mark.parametrize("base", BASES)
async def test_acknowledged_by_a_pattern_and_read_again(site: Site, base: str) -> None:
    one, two, three = await site.engine.raised(1, 2, 3)
    await site.seen()
    answer = await post(site, [{"alarmedObject": {"id": "r2/if:xe-0"}}, {"id": one}], base=base)
    task = answer.json()
    assert ids(answer) == [one, two]
    assert task["ackedAlarm"][0]["href"] == f"http://127.0.0.1{base}/alarm/{one}"
    assert (task["state"], task["ackUserId"], task["ackSystemId"], task["skippedAlarm"]) == ("done", "noc-7", "oss", [])
    assert task["href"] == answer.headers["Location"] == f"http://127.0.0.1{base}/ackAlarms/{task['id']}"
    assert (await site.client.get(task["href"])).json() == task
    listed = await site.client.get(f"{base}/ackAlarms")
    assert (listed.json(), listed.headers["X-Total-Count"]) == ([task], "1")
    assert (await site.client.get(f"{base}/unAckAlarms")).json() == []
    states = {alarm["id"]: alarm for alarm in (await site.client.get(f"{base}/alarm")).json()}
    assert [states[id_]["ackState"] for id_ in (one, two, three)] == ["acknowledged"] * 2 + ["unacknowledged"]
    assert (states[one]["ackUserId"], states[one]["ackSystemId"]) == ("ann", "oss")
    [audited] = [row for row in site.engine.store.audit() if row.action == "acknowledge"]
    assert (audited.user, audited.on_behalf_of, set(audited.targets)) == ("ann", "noc-7", {one, two})


async def test_taken_back(site: Site) -> None:
    one, two = await site.engine.raised(1, 2)
    await post(site, [{"id": one}])
    answer = await post(site, [{"ackState": "acknowledged"}], task="unAckAlarms")
    assert ids(answer, "unAckedAlarm") == [one]
    again = (await post(site, [{"id": one}, {"id": two}], task="unAckAlarms")).json()
    assert (again["unAckedAlarm"], again["state"]) == ([], "done")
    assert again["skippedAlarm"] == [{"id": one, "reason": "unchanged"}, {"id": two, "reason": "unchanged"}]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ([{"perceivedSeverity": "major"}], ["r1", "r2"]),
        ([{"perceivedSeverity": "minor", "alarmedObject": {"id": "r3/if:xe-0"}}], ["r3"]),
        ([{"perceivedSeverity": "minor", "alarmedObject": {"id": "r1/if:xe-0"}}], []),
        ([{"alarmDetails": "Fan failed"}, {"alarmDetails": "Link down"}], ["r1", "r2", "r3", "r4"]),
        ([{"state": "cleared"}], ["r4"]),
        ([{"alarmType": "communicationsAlarm", "isRootCause": False, "state": "raised"}], ["r1", "r2", "r3"]),
        ([{"probableCause": "lossOfSignal", "alarmTypeId": "link-alarm", "owner": "nobody"}], []),
        ([{"changeSeq": 1}], ["r1"]),
    ],
)
async def test_patterns(site: Site, pattern: Any, found: list[str]) -> None:
    await site.engine.raised(1, 2)
    await site.engine.raised(3, severity="minor", text="Fan failed")
    await site.engine.raised(4)
    await site.engine.cleared(4)
    await site.seen()
    answer = await post(site, pattern)
    elements = {alarm.alarm_id: alarm.element for alarm in site.engine.store.alarms()}
    assert [elements[id_] for id_ in ids(answer)] == found


async def test_every_alarm_only_when_that_is_said(site: Site) -> None:
    raised = await site.engine.raised(*range(1, 1_201))
    patterns: list[Any] = [[], [{}], [{"alarmedObject": {}}]]
    for pattern in patterns:
        refused = await post(site, pattern)
        assert (refused.status_code, refused.json()["code"]) == (400, "emptyPattern")
    assert site.engine.asked == []
    answer = await post(site, [], task="ackAlarms?confirmAll=true")
    assert ids(answer) == raised
    assert len(site.engine.asked) == 3, "the engine is asked in parts"


@pytest.mark.parametrize(
    ("body", "code", "texts"),
    [
        ({}, "missingAttribute", ["ackSystemId: is missing", "ackUserId: is missing", "alarmPattern: is missing"]),
        ({**BY, "alarmPattern": 7}, "badValue", ["alarmPattern: is not a list of partial alarms"]),
        (
            {**BY, "alarmPattern": [{"perceivedSeverity": "severe"}, {"perceivedSeverty": "major"}], "ackTime": "noon"},
            "unknownAttribute",
            [
                'alarmPattern[0].perceivedSeverity: "severe" is not one of critical, major, minor, warning',
                'alarmPattern[1].perceivedSeverty: unknown attribute (did you mean "perceivedSeverity"?)',
                'ackTime: "noon" is not a time',
            ],
        ),
        (
            {"ackSystemId": 5, "ackUserId": "x" * 65, "alarmPattern": [{"id": "x"}]},
            "badValue",
            ["ackSystemId: is not a text"],
        ),
    ],
)
async def test_all_faults_in_one_answer(site: Site, body: dict[str, Any], code: str, texts: list[str]) -> None:
    answer = await site.client.post(f"{BASE}/ackAlarms", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    for text in texts:
        assert text in answer.json()["message"]


async def test_other_refusals(site: Site) -> None:
    url = f"{BASE}/ackAlarms"
    bad = await site.client.post(url, content=b"{", headers={"Content-Type": "application/json"})
    assert (bad.status_code, bad.json()["code"]) == (400, "badJson")
    text = await site.client.post(url, content=b"x", headers={"Content-Type": "text/plain"})
    assert (text.status_code, text.json()["code"]) == (415, "notJson")
    long = await site.client.post(url, json={**BY, "alarmPattern": "x" * (1 << 20)})
    assert (long.status_code, long.json()["code"]) == (413, "tooLarge")
    viewer = await site.client.post(url, json={**BY, "alarmPattern": []}, headers=site.headers["vic"])
    assert (viewer.status_code, viewer.json()["code"]) == (403, "forbidden")
    unknown = await site.client.get(f"{url}/none")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "notFound")
    other = await site.client.put(url)
    assert (other.status_code, other.json()["code"]) == (405, "methodNotAllowed")
    assert set(other.headers["Allow"].replace(",", " ").split()) == {"GET", "HEAD", "POST"}
    extra = await post(site, [{"id": "none"}], somethingElse=1)
    assert ids(extra) == []


async def test_engine_gone_changes_nothing(site: Site) -> None:
    await site.engine.raised(1)
    await site.stop_engine()
    answer = await post(site, [{"state": "raised"}])
    assert (answer.status_code, answer.json()["code"]) == (503, "engineDown")
    assert answer.json()["message"] == "engine is not answering; nothing was changed"
    assert len((await site.client.get(f"{BASE}/alarm")).json()) == 1


async def test_what_was_done_before_a_fault_is_told_and_kept(site: Site) -> None:
    raised = await site.engine.raised(*range(1, 1_201))

    def second_is_not_kept() -> None:
        if len(site.engine.asked) == 2:
            raise StoreError("no room on the disk")

    site.engine.on_request = second_is_not_kept
    answer = await post(site, [{"state": "raised"}])
    task = answer.json()
    assert (ids(answer), task["state"]) == (raised[:500], "terminatedWithError")
    reasons = [(one["id"], one["reason"]) for one in task["skippedAlarm"]]
    assert reasons == [(id_, "badValue" if n < 500 else "notAsked") for n, id_ in enumerate(raised[500:])]
    assert (await site.client.get(task["href"])).json() == task
    acknowledged = [alarm.alarm_id for alarm in site.engine.store.alarms() if alarm.ack]
    assert acknowledged == raised[:500]


@pytest.mark.parametrize("count", [3, 600])
async def test_an_engine_that_goes_midway_leaves_no_claim_that_nothing_changed(
    site: Site, tmp_path: Path, count: int
) -> None:
    raised = await site.engine.raised(*range(1, count + 1))
    site.engine.on_request = (tmp_path / "engine.sock").unlink
    answer = await post(site, [{"state": "raised"}])
    assert (answer.status_code, answer.json()["code"]) == (504, "noAnswer")
    assert sum(alarm.ack for alarm in site.engine.store.alarms()) == min(len(raised), 500)


async def test_tasks_in_pages(site: Site) -> None:
    one, two, three = await site.engine.raised(1, 2, 3)
    tasks = [(await post(site, [{"id": id_}])).json() for id_ in (one, two, three)]
    tasks.sort(key=lambda task: (task["ackTime"], task["id"]))
    await post(site, [{"id": one}], task="unAckAlarms")
    for offset, limit, status in ((0, 1, 206), (1, 2, 200), (2, 5, 200), (3, 1, 200)):
        page = await site.client.get(f"{BASE}/ackAlarms?offset={offset}&limit={limit}")
        assert page.json() == tasks[offset : offset + limit]
        told = (page.status_code, page.headers["X-Total-Count"], page.headers["X-Result-Count"])
        assert told == (status, "3", str(len(page.json())))


async def test_list_is_the_same_whether_the_view_knows_or_not(site: Site) -> None:
    await site.engine.raised(1, 2, severity="minor")
    await site.engine.raised(3)
    await site.seen()
    await site.engine.cleared(1)  # the view does not know of it yet
    site.web.view.entries.pop(next(iter(site.web.view.entries)))
    for query, found in (
        ("perceivedSeverity=minor", ["r2"]),
        ("perceivedSeverity=cleared", ["r1"]),
        ("perceivedSeverity.ne=minor", ["r1", "r3"]),
        ("changeSeq.gt=2", ["r1", "r3"]),
        ("alarmRaisedTime.gt=2020-01-01T00:00:00Z&state=raised", ["r2", "r3"]),
        ("sort=-id&perceivedSeverity=major", ["r3"]),
    ):
        answer = await site.client.get(f"{BASE}/alarm?{query}")
        listed = [one["alarmedObject"]["id"].partition("/")[0] for one in answer.json()]
        assert (listed, answer.headers["X-Total-Count"]) == (found, str(len(found))), query
