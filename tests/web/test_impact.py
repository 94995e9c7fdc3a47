"""What alarms do to services, hidden or not: members stand in series, groups bear losses (specs/snmp.md 5.6)."""

from typing import Any

import pytest

from netmon.domain.element import Network
from netmon.domain.inventory import Group, Link, Member, Service
from netmon.web.affected import Affected
from netmon.web.impact import Impact
from netmon.web.rows import NOWHERE, Row, entry_of

PORT = "pe/if:xe-1"
NETWORK = Network(
    0,
    (),
    links=(Link("l1", "c1/if:1", "pe/if:up1", "uplink"), Link("l2", "c2/if:1", "pe/if:up2", "uplink")),
    groups=(Group("ups", ("l1", "l2"), 1), Group("both", ("l1", "l2"), 2)),
)


def row(obj: str, *, id_: str = "", **more: Any) -> Row:
    element = obj.partition("/")[0]
    fields: dict[str, Any] = {"affects": True, "cleared": None, **more}
    return Row(id_ or obj, element, obj, "major", "t", "e", "c", "x", 1, 1, 1, "r", 1, **fields)


def service(*members: str, depends_on: tuple[str, ...] = ()) -> Service:
    return Service("s", members=tuple(Member(one) for one in members), depends_on=depends_on)


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        ([], "up"),
        ([row(PORT)], "down"),
        ([row("pe")], "down"),
        ([row("pe", affects=False)], "up"),
        ([row("pe", cleared=5)], "up"),
        ([row("pe/if:xe-2")], "up"),
        ([row("pe", hidden=("alarm:c1|node-unreachable|",))], "down"),
        ([row("c1")], "at_risk"),
        ([row("link:l1", ends=("c1/if:1", "pe/if:up1"))], "at_risk"),
        ([row("c1"), row("pe/if:up2")], "down"),
    ],
)
def test_a_service_is_as_its_members_and_what_it_depends_on(rows: list[Row], state: str) -> None:
    assert Impact(NETWORK, rows).state(service(PORT, depends_on=("ups",))) == state


def test_a_group_that_needs_all_its_members_bears_no_loss() -> None:
    assert Impact(NETWORK, [row("c1/if:1")]).state(service(depends_on=("both",))) == "down"


def test_what_a_service_shares_with_others_without_a_group_is_needed() -> None:
    impact = Impact(NETWORK, [row("c1")])
    assert impact.state(service(depends_on=("l1",))) == "down"
    assert impact.state(service(depends_on=("c1/if:1",))) == "down"
    assert impact.state(service(depends_on=("l2",))) == "up"


def test_the_cause_of_an_outage_is_found_above_what_hides_it() -> None:
    root = row("core", id_="root")
    behind = row("agg", id_="behind", hidden=("alarm:core|t|",), parents=("root",))
    port = row(PORT, id_="port", hidden=("alarm:agg|t|",), parents=("behind", "gone"))
    impact = Impact(NETWORK, [root, behind, port, row("other")])
    assert [one.id for one in impact.roots([PORT])] == ["root"]
    assert impact.roots(["pe/if:xe-2"]) == []


def test_the_services_of_a_root_cause_are_those_of_all_that_it_explains() -> None:
    rows = [
        row("core", id_="root", svc=("s1",)),
        row("agg", id_="behind", parents=("root",), svc=("s3",)),
        row(PORT, id_="port", parents=("behind", "root"), svc=("s2", "s3")),
        row("agg/cpu:1", id_="cpu", parents=("root",), svc=("s4",), affects=False),
        row("agg/if:2", id_="old", parents=("root",), svc=("s5",), cleared=7),
        row("other", svc=("s6",)),
    ]
    entries = [entry_of(one) for one in rows]
    affected = Affected(entries, lambda element, object_: NOWHERE)
    assert affected.below("root") == ["s2", "s3"]
    assert affected.below("port") == []
