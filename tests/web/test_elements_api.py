"""Elements, their parts, sites and services as the dashboard reads them: real store, real series, real alarm book."""

import asyncio
import threading
from typing import Any

import msgspec
import pytest

from netmon.domain.element import (
    ElementDetail,
    ElementState,
    Facts,
    Kpi,
    Network,
    ObjectState,
    PollGroup,
    PollState,
    Reading,
    Run,
    UnmatchedTrap,
)
from netmon.domain.inventory import Group, Link, Member, Service, Site
from netmon.domain.output import PollRequest
from netmon.storage.series import SeriesStore
from netmon.web.context import now_ms
from netmon.web.network import NetworkView
from netmon.web.rows import Row
from tests.patience import PATIENCE_S
from tests.storage.test_series_query import gauge
from tests.web.site import Site as WebSite
from tests.web.site import client_of

pytestmark = pytest.mark.slow

MINUTE, HOUR = 60_000, 3_600_000
ERRORS_OUT = "netmon_if_out_errors_ratio"


def port(name: str, element: str = "r1", **more: Any) -> ObjectState:
    return ObjectState(f"{element}/if:{name}", "if", name, admin="up", oper="up", **more)


def bps(inward: float, outward: float = 0.0) -> dict[str, float]:
    return {"netmon_if_in_bits_per_second": inward, "netmon_if_out_bits_per_second": outward}


def fill(site: WebSite) -> None:
    """Two elements of which r1 has three ports, and a sender that nobody knows."""
    now = now_ms()
    r1 = ElementDetail(
        at=now,
        state=ElementState(
            "r1", "core one", site="ber1", addresses=("192.0.2.1",), type="Juniper", software="Junos 21.4",
            reachability="up", agent="up", last_poll=now - 5_000, poll_ms=120, if_down=1, tags={"rack": "7"},
            unmatched=3,
        ),
        facts=Facts("Junos 21.4", "core one", "1.3.6.1.4.1.2636.1", "Room 3", "noc", booted=now - 90_000_000),
        poll=PollState(
            60_000, "ok", Run(now - 5_000, 120, 55), rtt_ms=1.23456, timeout_ms=1000, profiles=("if-mib",),
            groups=(PollGroup("60s", 60_000, ("if-mib:ifTable",)),),
        ),
        kpi=Kpi(cpu=Reading(12.5, "r1/cpu:1", at=now - 5_000)),
        credential="lab",
        realm="default",
        unmatched=(UnmatchedTrap("1.3.6.1.9", 3, now - 9_000, now),),
        objects=(
            port("xe-2", values=bps(5.0)),
            port("xe-10", values={**bps(1.0, 9.0), "netmon_if_in_errors_ratio": 0.01, ERRORS_OUT: 0.2}),
            port("xe-0", values=bps(1.0), description="uplink", speed_bps=10**10, last=now),
            ObjectState("r1/sensor:a", "sensor", "a", values={"netmon_sensor_celsius": 40.5}),
        ),
    )  # fmt: skip
    site.engine.elements.elements_ = {
        "r1": r1,
        "r2": ElementDetail(now, ElementState("r2", site="ber1", reachability="down"), objects=()),
        "addr:default:192.0.2.77": ElementDetail(
            now, ElementState("addr:default:192.0.2.77", addresses=("192.0.2.77",), unmatched=2, unknown=True)
        ),
    }
    site.engine.elements.around = Network(
        now,
        (),
        sites=(Site("ber1", "Berlin 1", 52.5, 13.4, "de"), Site("muc1")),
        links=(Link("l1", "r1/if:xe-2", "r2/if:xe-0"),),
        groups=(Group("g1", ("l1",)),),
        services=(
            Service("s1", "Metro 1", "cust-1", (Member("r1/if:xe-0"),)),
            Service("s2", "Metro 2", "", (Member("r9/if:xe-0"),), depends_on=("g1",)),
        ),
    )


@pytest.fixture
async def filled(site: WebSite) -> WebSite:
    # The web process asks at its start, before anything is there.
    await site.web.network.network()
    fill(site)
    site.web.network._networks._values.clear()
    return site


def series_of(site: WebSite) -> SeriesStore:
    return SeriesStore(site.web.data_dir / "series")


async def test_list_joins_inventory_polls_and_alarms(filled: WebSite):
    await filled.engine.raised(1, severity="minor")
    await filled.engine.raised(2, severity="critical")
    await filled.seen()
    answer = await filled.get("elements")
    one, two, stranger = answer["elements"]
    assert abs(answer["now"] - now_ms()) < 60_000
    assert (one["id"], one["name"], one["site"], one["site_name"]) == ("r1", "core one", "ber1", "Berlin 1")
    assert (one["type"], one["software"], one["reachability"], one["agent"]) == ("Juniper", "Junos 21.4", "up", "up")
    assert (one["worst"], one["alarms"], one["unacked"], one["if_down"], one["poll_ms"]) == ("minor", 1, 1, 1, 120)
    assert (one["addresses"], one["tags"], one["unmatched"]) == (["192.0.2.1"], {"rack": "7"}, 3)
    assert (two["worst"], two["reachability"]) == ("critical", "down")
    assert (stranger["unknown"], stranger["unmatched"], stranger["alarms"]) == (True, 2, 0)


async def test_many_who_ask_at_once_ask_the_engine_once(filled: WebSite):
    before = filled.engine.elements.asked
    await asyncio.gather(*(filled.get("elements") for _ in range(10)))
    assert filled.engine.elements.asked - before <= 1


async def test_the_last_answer_stands_while_the_engine_is_away(filled: WebSite):
    listed = await filled.get("elements")
    page = await filled.get("elements/r1")
    await filled.stop_engine()
    for kept in (filled.web.network._networks, filled.web.network._details, filled.web.network.lists):
        kept._for_ms = 0
    assert (await filled.get("elements"))["elements"] == listed["elements"]
    assert (await filled.get("elements/r1"))["facts"]["sys_name"] == page["facts"]["sys_name"]
    never = await filled.client.get("/api/v1/elements/r2")
    assert (never.status_code, never.json()["code"]) == (503, "engineDown")
    refused = await filled.client.post("/api/v1/elements/r1/poll")
    assert refused.status_code == 503
    assert refused.json()["detail"] == "engine is not answering; nothing was changed"


async def test_one_element_has_facts_polling_figures_and_its_day(filled: WebSite):
    await filled.engine.raised(1, severity="minor")
    await filled.seen()
    page = await filled.get("elements/r1")
    assert page["facts"] | {"uptime_s": 0} == {
        "sys_descr": "Junos 21.4", "sys_name": "core one", "sys_object_id": "1.3.6.1.4.1.2636.1",
        "location": "Room 3", "contact": "noc", "uptime_s": 0,
    }  # fmt: skip
    assert 90_000 <= page["facts"]["uptime_s"] < 90_100
    poll = page["poll"]
    assert (poll["every_s"], poll["state"], poll["elapsed_ms"], poll["cells"]) == (60.0, "ok", 120, 55)
    assert (poll["rtt_ms"], poll["groups"]) == (1.23, ["60s: if-mib:ifTable"])
    assert page["kpi"] == {"cpu": {"value": 12.5, "where": "r1/cpu:1", "at": page["poll"]["last"]}}
    assert (page["site"]["name"], page["services"]) == ("Berlin 1", [{"id": "s1", "name": "Metro 1"}])
    assert (page["credential"], page["profiles"], page["by_severity"]) == ("lab", ["if-mib"], {"minor": 1})
    assert page["unmatched_traps"][0]["count"] == 3
    strip = page["strip"]
    assert (strip["to"] - strip["from"], strip["step_s"], len(strip["slots"])) == (24 * HOUR, 600, 144)
    assert strip["slots"][-1] == "minor"
    assert set(strip["slots"][:-1]) == {"no-data"}, "no poll tells that there was none"


async def test_share_of_the_day_that_it_was_up(filled: WebSite):
    now = now_ms()
    blocks = [
        gauge(now - n * MINUTE, float(n >= 10), metric="netmon_element_up", object_="r1") for n in range(39, -1, -1)
    ]
    await asyncio.to_thread(series_of(filled).append, blocks)
    percent = (await filled.get("elements/r1"))["kpi"]["reachability_percent"]
    assert 60 < percent < 90


async def test_the_last_day_tells_no_alarm_from_nobody_watching(filled: WebSite):
    now = now_ms()
    watched = [n for n in range(180, -1, -1) if not 60 <= n < 120]
    blocks = [gauge(now - n * MINUTE, 1.0, metric="netmon_element_up", object_="r1") for n in watched]
    await asyncio.to_thread(series_of(filled).append, blocks)
    page = await filled.get("elements/r1")
    strip = page["strip"]
    ends = [strip["from"] + (slot + 1) * 600_000 for slot in range(144)]
    told = {(end - now) // (10 * MINUTE): slot for slot, end in zip(strip["slots"], ends, strict=True)}
    assert [told[-n] for n in (1, 3, 5)] == ["", "", ""], "the last hour was watched"
    assert [told[-n] for n in (8, 9, 10, 11)] == ["no-data"] * 4, "the hour before was not"
    assert [told[-n] for n in (14, 16)] == ["", ""]
    assert [told[-n] for n in (22, 100)] == ["no-data"] * 2, "before the first poll nobody watched"


async def test_an_element_that_is_not_polled_is_not_said_to_be_unwatched(filled: WebSite):
    assert set((await filled.get("elements/r2"))["strip"]["slots"]) == {""}


async def test_hours_of_a_sender_that_nobody_watches_are_not_said_to_be_quiet(filled: WebSite):
    strip = (await filled.get("elements/addr:default:192.0.2.77"))["strip"]
    assert set(strip["slots"][:-1]) == {"no-data"}


async def test_an_element_nobody_knows_is_404(filled: WebSite):
    for path in ("elements/r9", "elements/r9/objects"):
        answer = await filled.client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["detail"]) == (404, 'there is no element "r9"')


async def test_parts_come_alarmed_first_then_busiest_with_their_last_hour(filled: WebSite):
    await filled.engine.raised(1)
    await filled.seen()
    now = now_ms() // 120_000 * 120_000
    rates = [
        gauge(now - n * MINUTE, float(n), metric="netmon_if_in_bits_per_second", object_="r1/if:xe-0")
        for n in range(59, -1, -1)
        if not 20 <= n < 40
    ]
    await asyncio.to_thread(series_of(filled).append, rates)
    answer = await filled.get("elements/r1/objects")
    assert [one["name"] for one in answer["objects"]] == ["xe-0", "xe-10", "xe-2", "a"]
    first, second, _, sensor = answer["objects"]
    assert (answer["total"], first["sev"], first["alarms"], first["description"]) == (4, "major", 1, "uplink")
    assert (first["speed_bps"], first["in_bps"], first["admin"]) == (10**10, 1.0, "up")
    assert (second["errors_ratio"], second["out_bps"]) == (0.2, 9.0)
    assert 30 <= len(first["spark"]) <= 31
    assert 8 <= first["spark"].count(None) <= 12
    assert sensor["values"] == {"netmon_sensor_celsius": 40.5}


async def test_a_tmf642_alarm_leads_to_its_object(filled: WebSite):
    await filled.engine.raised(1)
    [alarm] = (await filled.client.get("/tmf-api/alarmManagement/v4/alarm")).json()
    answer = await filled.client.get(alarm["alarmedObject"]["href"])
    assert (answer.status_code, [one["object"] for one in answer.json()["objects"]]) == (200, ["r1/if:xe-0"])


async def test_an_operator_has_an_element_polled_and_it_is_audited(filled: WebSite):
    answer = await filled.client.post("/api/v1/elements/r1/poll")
    assert (answer.status_code, answer.json()) == (202, {"requested": True})
    [wish] = filled.engine.wished
    assert isinstance(wish, PollRequest)
    assert (wish.element, wish.reason) == ("r1", "operator ann")
    [row] = [row for row in await asyncio.to_thread(filled.web.store.audit) if row.action == "poll"]
    assert (row.user, row.targets, row.result) == ("ann", ("r1",), "1 done")


async def test_what_cannot_be_polled_is_refused(filled: WebSite):
    missing = await filled.client.post("/api/v1/elements/r9/poll")
    assert (missing.status_code, missing.json()["detail"]) == (404, 'there is no element "r9"')
    bare = await filled.client.post("/api/v1/elements/r2/poll")
    assert (bare.status_code, bare.json()["detail"]) == (409, 'element "r2" has no credential, so it is not polled')
    viewer = await filled.client.post("/api/v1/elements/r1/poll", headers=filled.headers["vic"])
    assert viewer.status_code == 403


async def test_sites_sum_up_their_elements(filled: WebSite):
    await filled.engine.raised(1, severity="minor")
    await filled.engine.raised(2, severity="critical")
    await filled.seen()
    berlin, munich = (await filled.get("sites"))["sites"]
    assert berlin == {
        "id": "ber1", "name": "Berlin 1", "elements": 2, "alarms": 2, "unacked": 2, "down": 1, "worst": "critical",
        "parent": "de", "lat": 52.5, "lon": 13.4,
    }  # fmt: skip
    assert munich == {"id": "muc1", "name": "muc1", "elements": 0, "alarms": 0, "unacked": 0, "down": 0}


async def test_services_know_the_alarms_they_stand_on(filled: WebSite):
    [alarm] = await filled.engine.raised(2, severity="critical")
    await filled.seen()
    one, two = (await filled.get("services"))["services"]
    assert (one["id"], one["alarms"], one["party_ref"], one["elements"]) == ("s1", 0, "cust-1", ["r1"])
    assert (two["alarms"], two["worst"], two["elements"]) == (1, "critical", ["r9", "r1", "r2"])
    assert (one["impact"], two["impact"]) == ("up", "up")  # its rule does not say that it affects service
    page = await filled.get("services/s2")
    assert page["impact"] == "up"
    assert page["objects"] == ["r9/if:xe-0", "r1/if:xe-2", "r2/if:xe-0"]
    assert [row["id"] for row in page["alarms"]] == [alarm]
    missing = await filled.client.get("/api/v1/services/s9")
    assert (missing.status_code, missing.json()["detail"]) == (404, 'there is no service "s9"')


class Gate:
    """An alarm that can be read once it is let, and never by the event loop."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self.read = 0
        self.open = threading.Event()

    @property
    def row(self) -> Row:
        assert threading.current_thread() is not threading.main_thread()
        self.read += 1
        assert self.open.wait(PATIENCE_S)
        return self._row


async def test_what_services_suffer_is_found_beside_the_loop_once_for_all_who_ask(filled: WebSite):
    [alarm] = await filled.engine.raised(2, severity="critical")
    await filled.seen()
    gate: Any = Gate(filled.web.view.entries[alarm].row)
    filled.web.view.entries[alarm] = gate
    standing_clock = NetworkView(filled.web.engine, now_ms=lambda: 0)
    web = msgspec.structs.replace(filled.web, network=standing_clock)
    async with client_of(web, filled.headers["ann"]) as client:
        paths = ("services", "services", "services/s2")
        asking = [asyncio.ensure_future(client.get(f"/api/v1/{path}")) for path in paths]
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not gate.read and not any(one.done() for one in asking):
                    await asyncio.sleep(0)
            names = await client.get("/api/v1/names", params={"kind": "service"})
            assert names.json()["names"] == [{"id": "s1", "name": "Metro 1"}, {"id": "s2", "name": "Metro 2"}]
            assert not any(one.done() for one in asking)
        finally:
            gate.open.set()
        first, second, page = [answer.json() for answer in await asyncio.gather(*asking)]
    assert first == second
    assert ([one["alarms"] for one in first["services"]], [row["id"] for row in page["alarms"]]) == ([0, 1], [alarm])
    assert gate.read == 1


async def test_names_are_told_of_what_has_one(filled: WebSite):
    assert (await filled.get("names", kind="site"))["names"] == [{"id": "ber1", "name": "Berlin 1"}]
    assert (await filled.get("names", kind="element"))["names"] == [{"id": "r1", "name": "core one"}]
    for asked, path in (({"kind": "link"}, "kind"), ({}, "kind")):
        refused = await filled.client.get("/api/v1/names", params=asked)
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, path)


async def test_alarm_rows_know_their_site_once_the_engine_told_it(filled: WebSite):
    await filled.engine.raised(1)
    filled.web.network._networks._values.clear()
    locating = asyncio.create_task(filled.web.network.locate(filled.web.view, filled.web.live.outdated))
    async with asyncio.timeout(PATIENCE_S):
        while [row.get("site") for row in (await filled.get("alarms"))["alarms"]] != ["ber1"]:
            await asyncio.sleep(0)
    locating.cancel()
    [row] = (await filled.get("alarms"))["alarms"]
    assert (row["region"], row["svc"]) == ("de", ["s1"])


def test_structs_of_the_engine_survive_the_wire():
    whole = Network(1, (ElementState("r1"),), sites=(Site("a"),))
    assert msgspec.json.decode(msgspec.json.encode(whole), type=Network) == whole
