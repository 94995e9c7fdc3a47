"""``/api/v1/maintenance`` over a real store: windows are made, listed and ended, by whom may do that."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from netmon.storage.account import AddOperator, AddToken, Operator
from netmon.web.tokens import make_token
from tests.web.site import Site

pytestmark = pytest.mark.slow

PATH = "/api/v1/maintenance"
R1 = "element.id == 'r1'"


def soon(**span: float) -> str:
    return (datetime.now(UTC) + timedelta(**span)).isoformat()


async def plan(site: Site, who: str = "ann", key: str = "", **body: Any) -> httpx.Response:
    headers = site.headers[who] | ({"Idempotency-Key": key} if key else {})
    return await site.client.post(PATH, json={"where": R1, "to": soon(hours=1), **body}, headers=headers)


async def end(site: Site, id_: str, who: str = "ann") -> httpx.Response:
    return await site.client.delete(f"{PATH}/{id_}", headers=site.headers[who])


async def administrator(site: Site) -> None:
    text, token = make_token("ada", "read operate admin", now=1)
    await site.engine.store.account(AddOperator(Operator("ada", "admin", "", 1)), AddToken(token))
    site.headers["ada"] = {"Authorization": f"Bearer {text}"}


async def test_a_window_is_made_listed_and_ended(site: Site) -> None:
    made = await plan(site, comment="new line card")
    assert made.status_code == 201, made.text
    [window] = (await site.get("maintenance"))["windows"]
    assert window["id"] == made.json()["id"]
    assert {name: window[name] for name in ("where", "mode", "open", "comment", "by")} == {
        "where": R1,
        "mode": "hide",
        "open": True,
        "comment": "new line card",
        "by": "ann",
    }
    assert datetime.fromisoformat(window["from"]) < datetime.now(UTC) < datetime.fromisoformat(window["to"])
    assert (await site.get("maintenance", element="r1"))["windows"] == [window]
    assert (await site.get("maintenance", element="r2"))["windows"] == []
    assert (await end(site, window["id"])).status_code == 204
    gone = await end(site, window["id"])
    assert (gone.status_code, gone.json()["code"]) == (404, "notFound")


async def test_the_same_key_makes_no_second_window(site: Site) -> None:
    first, second = await plan(site, key="night-7"), await plan(site, key="night-7")
    assert first.json() == second.json()
    assert len((await site.get("maintenance"))["windows"]) == 1


async def test_a_key_is_of_one_operation(site: Site) -> None:
    [alarm] = await site.engine.raised(1)
    acted = await site.act("acknowledge", alarm, key="night-7")
    made = await plan(site, key="night-7")
    assert (acted.status_code, made.status_code) == (200, 201)
    assert [window["id"] for window in (await site.get("maintenance"))["windows"]] == [made.json()["id"]]
    assert (await site.act("acknowledge", alarm, key="night-7")).json() == acted.json()


async def test_what_is_wrong_is_told_at_its_place(site: Site) -> None:
    wrong = await plan(site, where="elemnt.id == 'r1'", to=soon(hours=-1))
    assert wrong.status_code == 400
    assert [fault["path"] for fault in wrong.json()["errors"]] == ["where", "to"]
    [where, to] = [fault["message"] for fault in wrong.json()["errors"]]
    assert ("'elemnt'" in where, to) == (True, "is not in the future")
    for body, path in (
        ({"mode": "drop"}, "mode"),
        ({"to": "tomorrow"}, "to"),
        ({"to": "2026-01-01T00:00:00"}, "to"),
        ({"where": ""}, "where"),
        ({"until": soon(hours=1)}, "until"),
    ):
        refused = await plan(site, **body)
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, path), body
    assert (await site.get("maintenance"))["windows"] == []


async def test_who_may_plan_and_end_what(site: Site) -> None:
    await administrator(site)
    viewer = await plan(site, "vic")
    assert (viewer.status_code, viewer.json()["detail"]) == (403, "role viewer may not plan maintenance")
    too_long = await plan(site, to=soon(days=7, minutes=5))
    told = "role operator may not plan maintenance of more than 7 days"
    assert (too_long.status_code, too_long.json()["detail"]) == (403, told)
    assert (await plan(site, **{"from": soon(days=30), "to": soon(days=36)})).status_code == 201
    long = (await plan(site, "ada", to=soon(days=90))).json()["id"]
    refused = await end(site, long)
    told = "role operator may not end maintenance of more than 7 days"
    assert (refused.status_code, refused.json()["detail"]) == (403, told)
    assert (await end(site, long, "vic")).status_code == 403
    assert (await end(site, long, "ada")).status_code == 204


async def test_who_did_it_is_in_the_audit(site: Site) -> None:
    made = (await plan(site, comment="new line card", where='element.id == "r1"')).json()["id"]
    await end(site, made)
    await plan(site, where="1 +")
    ended, begun = (site.engine.store.audit(action=f"maintenance-{what}") for what in ("end", "begin"))
    assert [(row.user, row.role, row.result, row.targets) for row in ended] == [("ann", "operator", "1 done", (made,))]
    wrong, row = begun
    assert (row.user, row.result, row.targets, row.comment) == ("ann", "1 done", (made,), "new line card")
    assert row.after.startswith("hide element.id == 'r1' from 20")
    assert wrong.result == "1 refused badValue"


async def test_without_an_engine_nothing_is_planned(site: Site) -> None:
    await site.stop_engine()
    refused = await plan(site)
    assert (refused.status_code, refused.json()["code"]) == (503, "engineDown")
