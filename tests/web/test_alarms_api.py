"""The native API of alarms over a real store and a real alarm book: lists, one alarm, its story, what operators do."""

import asyncio
import csv
import io
from typing import Any

import msgspec
import pytest

from netmon import __version__
from tests.patience import PATIENCE_S
from tests.web.site import Site

pytestmark = pytest.mark.slow


async def test_full_list_packed_and_not_sent_again(site: Site) -> None:
    await site.engine.raised(*range(1, 21))
    await site.seen()
    answer = await site.client.get("/api/v1/alarms")
    assert (answer.headers["Content-Encoding"], answer.headers["ETag"]) == ("gzip", '"20"')
    told = answer.json()
    assert (told["seq"], told["total"], told["limited"], len(told["alarms"])) == (20, 20, False, 20)
    plain = await site.client.get("/api/v1/alarms", headers={"Accept-Encoding": "identity"})
    assert plain.json() == told
    assert "Content-Encoding" not in plain.headers
    again = await site.client.get("/api/v1/alarms", headers={"If-None-Match": '"20"'})
    assert (again.status_code, again.content) == (304, b"")


async def test_filter_order_and_pages(site: Site) -> None:
    await site.engine.raised(1, 2, severity="minor")
    await site.engine.raised(3, severity="critical", text="Fan failed")
    await site.engine.raised(4, 5)
    await site.seen()
    assert await site.listed(q="severity:minor", sort="element") == ["r1", "r2"]
    assert await site.listed(q="fan") == ["r3"]
    assert await site.listed(sort="-element") == ["r5", "r4", "r3", "r2", "r1"]
    assert await site.listed(sort="severity,-element") == ["r2", "r1", "r5", "r4", "r3"]
    seen, after = [], ""
    for _ in range(3):
        page = await site.get("alarms", sort="-severity,element", limit=2, after=after)
        seen.append([row["el"] for row in page["alarms"]])
        assert page["total"] == 5
        after = page.get("after", "")
    assert (seen, after) == ([["r3", "r4"], ["r5", "r1"], ["r2"]], "")


@pytest.mark.parametrize(
    ("params", "detail"),
    [
        ({"q": "sevrity:critical"}, 'unknown key "sevrity"; did you mean "severity"?'),
        ({"sort": "sevrity"}, 'sort: unknown key "sevrity"; did you mean "severity"?'),
        ({"sevrity": "critical"}, 'unknown parameter "sevrity"'),
        ({"limit": "0"}, "limit: expected int >= 1"),
        ({"limit": "10001"}, "limit: expected int <= 10000"),
        ({"after": "%%%"}, "after: is not what a list gave"),
        ({"after": "WzFd"}, "after: is not from a list in this order"),
        ({"scope": "history", "after": "WzFd"}, "after: is not from a list of this scope"),
        ({"scope": "history", "sort": "id"}, "sort: ended alarms come in the order of their clears"),
        ({"format": "xml"}, "format: invalid enum value 'xml'"),
    ],
)
async def test_refused_lists(site: Site, params: dict[str, str], detail: str) -> None:
    answer = await site.client.get("/api/v1/alarms", params=params)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert detail in answer.json()["detail"]


async def test_history_and_all(site: Site) -> None:
    for n in range(1, 6):
        await site.engine.raised(n)
        await site.engine.cleared(n)
    purged = [
        change for change in site.engine.book.tick(site.engine.now + 2 * 86_400_000, 99) if change.kind == "purged"
    ]
    site.engine.seq += 1
    await site.engine.commit(purged[:3])
    await site.engine.raised(7, 8)
    await site.seen()
    await newest_first(site, "history", ["r5", "r4", "r3", "r2", "r1"])
    await newest_first(site, "all", ["r8", "r7", "r5", "r4", "r3", "r2", "r1"])
    assert await site.listed(scope="history", q="element:r2") == ["r2"]
    row = (await site.get("alarms", scope="history", q="element:r1"))["alarms"][0]
    assert (row["sev"], row["was"]) == ("cleared", "major")
    assert (await site.get(f"alarms/{row['id']}"))["state"] == "cleared"


async def newest_first(site: Site, scope: str, wanted: list[str]) -> None:
    """Walk the pages; ended alarms come by the time of their clear, which may be the same."""
    seen: list[dict[str, Any]] = []
    after = ""
    while True:
        page = await site.get("alarms", scope=scope, limit=2, after=after)
        seen += page["alarms"]
        after = page.get("after", "")
        if not after:
            break
    assert sorted(row["el"] for row in seen) == sorted(wanted)
    clears = [row["cleared"] for row in seen if "cleared" in row]
    assert clears == sorted(clears, reverse=True)
    assert ["cleared" in row for row in seen] == sorted("cleared" in row for row in seen)


async def test_csv_holds_the_filtered_set_and_no_formula(site: Site) -> None:
    await site.engine.raised(1, text="=cmd|' /C calc'!A0")
    await site.engine.raised(2, text='<img src=x onerror=alert(1)>, "quoted"\nline \u202e')
    await site.engine.raised(3, severity="minor", text="@sum")
    await site.seen()
    answer = await site.client.get("/api/v1/alarms", params={"format": "csv", "q": "severity:major", "sort": "element"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["element"] for row in rows] == ["r1", "r2"]
    assert rows[0]["text"] == "'=cmd|' /C calc'!A0"
    assert rows[1]["text"] == '<img src=x onerror=alert(1)>, "quoted"\nline \u202e'
    assert rows[0]["raised"].endswith("Z")
    everything = await site.client.get("/api/v1/alarms", params={"format": "csv", "scope": "all"})
    assert len(list(csv.DictReader(io.StringIO(everything.text, newline="")))) == 3


async def test_detail_and_story(site: Site) -> None:
    [first] = await site.engine.raised(1, additional_info=(("ifIndex", "7"),))
    await site.engine.cleared(1)
    [id_] = await site.engine.raised(1)
    await site.act("comment", id_, key="8f1c acknowledge by nobody", comment="on my way")
    await site.act("assign", id_, owner="bob")
    await site.act("acknowledge", id_, comment="seen")
    detail = await site.get(f"alarms/{id_}")
    assert (detail["ack_user"], detail["owner"], detail["previous_id"], detail["count"]) == ("ann", "bob", first, 2)
    assert [one["text"] for one in detail["comments"]] == ["on my way", "seen"]
    assert detail["raised"].endswith("Z")
    story = await site.get(f"alarms/{id_}/timeline")
    told = [(one["kind"], one.get("by", ""), one.get("text", "")) for one in story]
    assert told == [
        ("acknowledged", "ann", "seen"),
        ("assigned", "ann", ""),
        ("commented", "ann", "on my way"),
        ("raised", "", "Link down"),
        ("occurrence", "", "Link down"),
    ]
    assert (story[1]["before"], story[1]["after"]) == ({"owner": ""}, {"owner": "bob"})
    assert (story[-1]["id"], story[3]["after"]["severity"]) == (first, "major")
    assert (await site.client.get("/api/v1/alarms/nothing/timeline")).status_code == 404
    assert (await site.client.get("/api/v1/alarms/nothing")).status_code == 404


async def test_every_action(site: Site) -> None:
    [id_] = await site.engine.raised(1, clearable=True)
    [other] = await site.engine.raised(2)
    until = site.engine.now + 3_600_000
    for action, more in (
        ("acknowledge", {}),
        ("unacknowledge", {}),
        ("assign", {"owner": "ann"}),
        ("comment", {"comment": "x"}),
        ("shelve", {"until": until, "comment": "known"}),
        ("unshelve", {}),
        ("group", {"parent": other}),
        ("ungroup", {}),
        ("close", {}),
        ("clear", {"comment": "repaired"}),
    ):
        answer = await site.act(action, id_, **more)
        [done] = answer.json()["results"]
        assert (answer.status_code, done["result"], done["v"]) == (200, "done", answer.json()["seq"]), (action, done)
        await site.seen()
        assert site.web.view.entries[id_].row.v == done["v"]
    last = site.web.view.entries[id_].row
    assert (last.sev, last.closed, last.owner, last.shelved_until) == ("cleared", True, "ann", None)


async def test_answers_say_why_not(site: Site) -> None:
    [one, two] = await site.engine.raised(1, 2)
    answer = await site.act("acknowledge", one, "2a071565-60d1-5edd-99a7-38900f87784f")
    assert [result["result"] for result in answer.json()["results"]] == ["done", "gone"]
    assert answer.json()["results"][1]["reason"] == "there is no such alarm any more"
    [again] = (await site.act("acknowledge", one)).json()["results"]
    assert again["result"] == "unchanged"
    [kept] = (await site.act("clear", two, comment="gone?")).json()["results"]
    assert (kept["result"], kept["code"]) == ("refused", "conditionObserved")
    assert kept["reason"].startswith("the condition may still be there: link-down raised it last at ")


async def test_what_overwrites_asks_first(site: Site) -> None:
    [id_] = await site.engine.raised(1)
    await site.act("comment", id_, comment="mine")
    [old] = (await site.act("assign", (id_, 1), owner="bob")).json()["results"]  # type: ignore[arg-type]
    assert (old["result"], old["code"], old["reason"], old["v"]) == (
        "refused",
        "changed",
        "the alarm changed since you saw it",
        2,
    )
    [new] = (await site.act("assign", (id_, 2), owner="bob")).json()["results"]  # type: ignore[arg-type]
    assert new["result"] == "done"


async def test_the_same_key_twice_has_one_effect(site: Site) -> None:
    [id_] = await site.engine.raised(1)
    answers = await asyncio.gather(*(site.act("comment", id_, comment="once", key="k1") for _ in range(2)))
    answers.append(await site.act("comment", id_, comment="once", key="k1"))
    assert len({answer.text for answer in answers}) == 1
    assert [one["text"] for one in (await site.get(f"alarms/{id_}"))["comments"]] == ["once"]
    await site.act("comment", id_, comment="twice", key="k2")
    assert len((await site.get(f"alarms/{id_}"))["comments"]) == 2


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"action": "comment"}, "comment: comment needs a comment"),
        ({"action": "clear", "comment": " "}, "comment: clear needs a comment"),
        ({"action": "shelve", "comment": "x"}, "until: shelve needs an end, at most 7 days from now"),
        ({"action": "sing"}, "action: invalid enum value 'sing'"),
        ({"action": "acknowledge", "alarms": []}, "alarms: expected array of length >= 1"),
        ({"action": "acknowledge", "alarms": [{"id": "x"}] * 1001}, "alarms: expected array of length <= 1000"),
        ({"action": "comment", "comment": "x" * 2001}, "comment: expected str of length <= 2000"),
        ({"action": "acknowledge", "sevrity": 1}, 'unknown member "sevrity"'),
    ],
)
async def test_refused_actions(site: Site, body: dict[str, Any], detail: str) -> None:
    answer = await site.client.post(
        "/api/v1/alarms/actions", json={"alarms": [{"id": "x"}], **body}, headers=site.headers["ann"]
    )
    assert (answer.status_code, detail in answer.json()["detail"]) == (400, True), answer.text
    assert site.engine.asked == []


async def test_a_viewer_may_not(site: Site) -> None:
    [id_] = await site.engine.raised(1)
    answer = await site.act("acknowledge", id_, who="vic")
    assert (answer.status_code, site.engine.asked) == (403, [])


async def test_thousand_alarms_with_one_comment(site: Site) -> None:
    ids = await site.engine.raised(*range(1_000))
    answer = await site.act("acknowledge", *ids, comment="storm")
    assert {result["result"] for result in answer.json()["results"]} == {"done"}
    await site.seen()
    assert {one.row.ack for one in site.web.view.entries.values()} == {"ann"}
    counts = await site.get("alarms/counters")
    assert (counts["sev"]["major"]["total"], counts["sev"]["major"]["unack"]) == (1_000, 0)


async def test_changes_for_pages_without_a_stream(site: Site) -> None:
    await site.engine.raised(1)
    await site.seen()
    await site.engine.raised(2)
    await site.seen()
    changes = await site.get("live/changes", since=1)
    assert (changes["prev"], changes["seq"], [row["el"] for row in changes["alarms"]]) == (1, 2, ["r2"])
    assert (changes["engine"], changes["version"], changes["lag_ms"] >= 0) == ("up", __version__, True)
    assert abs(changes["now"] - site.engine.now) < 60_000
    behind = await site.get("live/changes", since=77)
    assert (behind["seq"], behind["resync"], behind["engine"], "alarms" in behind) == (2, True, "up", False)
    assert msgspec.json.decode((await site.client.get("/api/v1/live/changes")).content)["status"] == 400


async def test_a_page_without_a_stream_learns_that_the_engine_is_gone(site: Site) -> None:
    await site.stop_engine()
    async with asyncio.timeout(PATIENCE_S):
        while site.web.engine.up:
            await site.web.engine.moved()
    for since in (0, 77):
        assert (await site.get("live/changes", since=since))["engine"] == "down"


async def test_the_story_of_an_alarm_tells_what_was_refused(site: Site) -> None:
    [one, two] = await site.engine.raised(1, 2)
    await site.act("acknowledge", one, two)
    await site.act("clear", one, two, comment="gone?")
    await site.act("comment", one, comment="still there")
    story = await site.get(f"alarms/{one}/timeline")
    assert [moment["kind"] for moment in story] == ["commented", "refused", "acknowledged", "raised"]
    told = story[1]
    assert (told["by"], told["text"].partition(" raised it last at ")[0]) == ("ann", "clear: link-down")
    assert told["because"].endswith(" clear by ann")
    await site.act("clear", two, comment="first")
    await site.act("clear", two, comment="second")
    requests = [
        moment["because"].split()[1]
        for moment in await site.get(f"alarms/{two}/timeline")
        if moment["kind"] == "refused"
    ]
    asked = [row.request_id for row in site.engine.store.audit(action="clear") if two in row.targets]
    assert requests == asked, "the last first"
    row = site.engine.store.audit(action="clear")[-1]
    assert set(msgspec.json.decode(row.after)) == {one, two}
    # Another occurrence of the same key has a story of its own.
    await site.engine.cleared(1)
    [again] = await site.engine.raised(1)
    assert "refused" not in [moment["kind"] for moment in await site.get(f"alarms/{again}/timeline")]


async def test_a_group_is_seen_and_refused_in_words(site: Site) -> None:
    [one, two, three] = await site.engine.raised(1, 2, 3)
    assert (await site.act("group", two)).status_code == 400
    answer = await site.act("group", two, three, parent=one, comment="one cable")
    assert [done["result"] for done in answer.json()["results"]] == ["done", "done"]
    await site.seen()
    assert (site.web.view.entries[two].row.parents, site.web.view.entries[one].row.kids) == ((one,), 2)
    assert (await site.get(f"alarms/{two}"))["group_parent"] == one
    [ring] = (await site.act("group", one, parent=three)).json()["results"]
    assert (ring["result"], ring["code"]) == ("refused", "cycle")
    assert ring["reason"].startswith("no alarm can be its own parent: it would be")
    [done] = (await site.act("acknowledge", one)).json()["results"]
    assert done["children"] == 2
