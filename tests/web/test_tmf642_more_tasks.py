"""TMF642 tasks that clear, comment, group and ungroup, over a real store and a real alarm book."""

from typing import Any

import httpx
import pytest

from tests.web.site import Site

pytestmark = pytest.mark.slow

BASES = ["/tmf-api/alarmManagement/v4", "/tmf-api/alarm/v4"]
BASE = BASES[0]
AT = "2026-01-02T03:04:05.000Z"
CLEAR = {"clearSystemId": "oss", "clearUserId": "noc-7", "alarmClearedTime": AT}
GROUP = {"sourceSystemId": "oss", "alarmChangedTime": AT}


async def post(site: Site, task: str, body: dict[str, Any], *, base: str = BASE, **query: str) -> httpx.Response:
    return await site.client.post(f"{base}/{task}", json=body, params=query)


async def alarm(site: Site, id_: str) -> Any:
    return (await site.client.get(f"{BASE}/alarm/{id_}")).json()


def done(answer: httpx.Response, member: str) -> list[str]:
    assert answer.status_code == 201, answer.text
    return [one["id"] for one in answer.json()[member]]


def skipped(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(one["id"], one["reason"]) for one in answer.json()["skippedAlarm"]]


@pytest.mark.parametrize("base", BASES)
async def test_commented_and_read_again(site: Site, base: str) -> None:
    one, two = await site.engine.raised(1, 2)
    said = {"comment": "on site at 14:00", "userId": "noc-7", "systemId": "oss"}
    answer = await post(site, "commentAlarms", {"comment": said, "alarmPattern": [{"id": one}]}, base=base)
    task = answer.json()
    assert done(answer, "commentedAlarm") == [one]
    assert (task["comment"], task["state"]) == (said, "done")
    assert task["href"] == answer.headers["Location"] == f"http://127.0.0.1{base}/commentAlarms/{task['id']}"
    assert (await site.client.get(task["href"])).json() == task
    assert (await site.client.get(f"{base}/commentAlarms")).json() == [task]
    [comment] = (await alarm(site, one))["comment"]
    assert (comment["comment"], comment["userId"], comment["systemId"]) == ("on site at 14:00", "ann", "oss")
    assert not (await alarm(site, two)).get("comment")
    [audited] = [row for row in site.engine.store.audit() if row.action == "comment"]
    assert (audited.user, audited.on_behalf_of, audited.targets) == ("ann", "noc-7", (one,))


async def test_cleared_only_where_the_condition_is_not_observed(site: Site) -> None:
    one, two = await site.engine.raised(1, 2)
    await site.engine.cleared(2)
    observed = await post(site, "clearAlarms", {**CLEAR, "alarmPattern": [{"id": one}]})
    assert (observed.status_code, observed.json()["code"]) == (409, "conditionObserved")
    again = await post(site, "clearAlarms", {**CLEAR, "alarmPattern": [{"id": two}]})
    assert (done(again, "clearedAlarm"), skipped(again)) == ([], [(two, "unchanged")])
    both = await post(site, "clearAlarms", {**CLEAR, "alarmPattern": [{"id": one}, {"id": two}]})
    assert both.json()["state"] == "terminatedWithError"
    assert skipped(both) == [(one, "conditionObserved"), (two, "unchanged")]


async def test_grouped_under_a_parent_and_taken_apart(site: Site) -> None:
    parent, one, two = await site.engine.raised(1, 2, 3)
    refs = {"parentAlarm": [{"id": parent}], "correlatedAlarm": [{"id": one, "href": "x"}, {"id": two}, {"id": "gone"}]}
    grouped = await post(site, "groupAlarms", {**GROUP, **refs})
    assert done(grouped, "groupedAlarm") == [one, two]
    assert (grouped.json()["state"], skipped(grouped)) == ("terminatedWithError", [("gone", "notFound")])
    assert [ref["id"] for ref in (await alarm(site, one))["parentAlarm"]] == [parent]
    assert {ref["id"] for ref in (await alarm(site, parent))["correlatedAlarm"]} >= {one, two}
    cycle = await post(site, "groupAlarms", {**GROUP, "parentAlarm": {"id": one}, "correlatedAlarm": [{"id": parent}]})
    assert (cycle.status_code, cycle.json()["code"]) == (409, "cycle")
    apart = await post(
        site, "unGroupAlarms", {**GROUP, "parentAlarm": {"id": parent}, "correlatedAlarm": [{"id": one}]}
    )
    assert done(apart, "unGroupedAlarm") == [one]
    assert not (await alarm(site, one)).get("parentAlarm")
    assert [ref["id"] for ref in (await alarm(site, two))["parentAlarm"]] == [parent]


REF = [{"id": "x"}]
FAULTY: list[tuple[str, dict[str, Any], str, str]] = [
    ("clearAlarms", {}, "missingAttribute", "clearSystemId clearUserId alarmClearedTime alarmPattern"),
    ("clearAlarms", {**CLEAR, "alarmClearedTime": "noon", "alarmPattern": REF}, "badValue", "alarmClearedTime"),
    ("clearAlarms", {**CLEAR, "alarmPattern": []}, "emptyPattern", "alarmPattern"),
    ("commentAlarms", {}, "missingAttribute", "comment alarmPattern"),
    ("commentAlarms", {"comment": "words", "alarmPattern": REF}, "badValue", "comment"),
    ("commentAlarms", {"comment": {"comment": " "}, "alarmPattern": REF}, "badValue", "comment.comment"),
    ("commentAlarms", {"comment": {"comment": "a"}, "alarmPattern": [{}]}, "emptyPattern", "alarmPattern"),
    ("groupAlarms", {}, "missingAttribute", "sourceSystemId alarmChangedTime parentAlarm correlatedAlarm"),
    ("groupAlarms", {**GROUP, "parentAlarm": REF + REF, "correlatedAlarm": 1}, "badValue", "correlatedAlarm"),
    ("groupAlarms", {**GROUP, "parentAlarm": [*REF, {"id": "y"}], "correlatedAlarm": REF}, "badValue", "parentAlarm"),
    ("unGroupAlarms", {**GROUP, "parentAlarm": [], "correlatedAlarm": []}, "badValue", "parentAlarm correlatedAlarm"),
]


@pytest.mark.parametrize(("task", "body", "code", "paths"), FAULTY)
async def test_all_faults_in_one_answer(site: Site, task: str, body: dict[str, Any], code: str, paths: str) -> None:
    answer = await post(site, task, body)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (400, code)
    assert [path for path in paths.split() if path not in told["message"]] == []


async def test_tasks_need_the_right_to_operate(site: Site) -> None:
    for task in ("clearAlarms", "commentAlarms", "groupAlarms", "unGroupAlarms"):
        answer = await site.client.post(f"{BASE}/{task}", json={}, headers=site.headers["vic"])
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
