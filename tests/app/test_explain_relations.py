"""What the inventory says of an alarm, both ends of a link, ways up, samples that stop or come late: word by word."""

import re
from typing import Any

import msgspec
import pytest

from netmon.app.rule_sets import rule_set
from netmon.domain.inventory import Element, Link, Member, Service
from netmon.domain.observation import InventoryChange
from tests.app.hours import LINK_DOWN, LINK_UP, START, Hours, link, rules, tick
from tests.app.test_explain_kinds import LINK, life
from tests.app.test_story import told
from tests.app.test_why_kinds import load
from tests.app.why import LINKS, explained

ROUTERS = tuple(Element(f"r{n}", (f"192.0.2.{n}",), credential="c") for n in (1, 2, 3))
ENDS = LINK.replace("id: link\n", "id: link-down\n    type: link-alarm\n")


def inventory(at: int, **lists: Any) -> InventoryChange:
    return InventoryChange(START + at, "loaded", **lists)


def life_of(hours: Hours, object_: str) -> list[str]:
    """Return what is told of the first alarm of an object, without revisions, columns and the line of its day."""
    alarm = next(one for one in hours.store.alarms() if one.object == object_)
    return [" ".join(re.sub(r"@\w+", "", line).split()) for line in told(hours, alarm.alarm_id)][2:]


async def test_a_tag_from_the_inventory_that_changes(hours: Hours) -> None:
    enriched = LINK.replace("severity", "enrich: {customer: service.party_ref}\n    severity")
    member = Service("vpn", party_ref="P-1", members=(Member("r1"),))
    await hours.take(tick(0), inventory(0, added=ROUTERS, services=(member,)), rules(enriched))
    await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    moved = msgspec.structs.replace(member, party_ref="P-2")
    other = await hours.take(tick(2_000), inventory(2_000, services=(moved,)))
    gone = await hours.take(tick(3_000), inventory(3_000))
    told_twice = "link r1/if:#7 link: the inventory says otherwise: customer is"
    assert explained(hours, other) == ["inventory loaded", f"{told_twice} P-2, was P-1 -> updated"]
    assert explained(hours, gone) == ["inventory loaded", f"{told_twice} missing, was P-2 -> updated"]
    assert life(hours, "link")[1:] == [
        "09:00:01.000 #5 trap linkDown link raised",
        "09:00:02.000 #7 inventory loaded customer is P-2, was P-1",
        "09:00:03.000 #9 inventory loaded customer is missing, was P-2",
    ]


async def test_both_ends_of_a_link(hours: Hours) -> None:
    between = (Link("l1", "r1/if:#7", "r2/if:#8"),)
    await hours.take(tick(0), inventory(0, added=ROUTERS, links=between), rules(ENDS))
    one = await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    both = await hours.take(tick(2_000), link(2_100, LINK_DOWN, 8, element="r2"))
    await hours.take(tick(3_000), link(3_100, LINK_UP, 7))
    none = await hours.take(tick(4_000), link(4_100, LINK_UP, 8, element="r2"))
    assert explained(hours, one)[2:] == ["link-down raise: new alarm -> raised"]
    assert explained(hours, both) == [
        "trap linkDown from r2, 1 candidate",
        "link-down without a condition: true",
        "link-down raise: new alarm -> raised",
        "link-down raise, both ends of the link are down: new alarm (link:l1) -> raised",
        "link-down r1/if:#7 link-alarm: hidden by link:l1 -> hidden",
        "link-down r2/if:#8 link-alarm: hidden by link:l1 -> hidden",
        "link-down link:l1 link-alarm: children -> updated",
    ]
    assert explained(hours, none)[2:4] == [
        "link-down clear: alarm is cleared -> cleared",
        "link-down clear, no end of the link is down any more: alarm is cleared (link:l1) -> cleared",
    ]
    assert life_of(hours, "link:l1") == [
        "09:00:02.000 #7 trap linkDown, both ends of the link are down link-down raised",
        "09:00:02.000 #7 trap linkDown 2 children",
        "09:00:03.000 #9 trap linkUp 1 child",
        "09:00:04.000 #11 trap linkUp no children",
        "09:00:04.000 #11 trap linkUp, no end of the link is down any more link-down cleared, condition_gone",
    ]
    assert life_of(hours, "r1/if:#7")[1] == "09:00:02.000 #7 link-alarm of link:l1 hidden by link:l1"


REDUNDANCY = (
    ENDS
    + """  - id: redundancy-lost
    group: {of: link-alarm, by: element, members: {kind: uplink}}
    raise: {when: n >= 1 and left >= 1}
    severity: minor
    text: "{element.name} has {left} of {m} uplinks left"
"""
)


async def test_one_of_two_ways_up_is_gone_and_then_the_other(hours: Hours) -> None:
    ways = (Link("l1", "r1/if:#7", "r3/if:#1", "uplink"), Link("l2", "r2/if:#8", "r3/if:#2", "uplink"))
    await hours.take(tick(0), inventory(0, added=ROUTERS, links=ways), rules(REDUNDANCY))
    one = await hours.take(tick(1_000), link(1_100, LINK_DOWN, 1, element="r3"))
    both = await hours.take(tick(2_000), link(2_100, LINK_DOWN, 2, element="r3"))
    assert explained(hours, one)[2:] == [
        "redundancy-lost when n >= 1 and left >= 1: 1 >= 1 and 1 >= 1 true",
        "redundancy-lost 1 of 2",
        "link-down raise: new alarm -> raised",
        "redundancy-lost raise: new alarm -> raised",
    ]
    assert explained(hours, both)[2:] == [
        "redundancy-lost when n >= 1 and left >= 1: 2 >= 1 and 0 >= 1 false",
        "link-down raise: new alarm -> raised",
        "redundancy-lost clear: alarm is cleared -> cleared",
    ]
    assert life_of(hours, "r3") == [
        "09:00:01.000 #5 trap linkDown redundancy-lost raised",
        "09:00:02.000 #7 trap linkDown redundancy-lost cleared, condition_gone",
    ]


async def measured(hours: Hours, nodata: str) -> None:
    """Begin with a rule on the load of a processor, beside the shipped ones, which collect it."""
    path = hours.folder / "measured.yaml"
    when = f"raise: {{metric: netmon_cpu_percent, when: value >= 90}}, nodata: {nodata}"
    path.write_text(f"version: 1\nrules:\n  - {{id: busy, {when}, severity: minor, text: busy}}\n")
    await hours.begin(LINKS, ROUTERS[0])
    await hours.take(msgspec.structs.replace(rule_set(hours.loaded(), path).change, at=START))


def busy(hours: Hours, seq: int) -> list[str]:
    return [line for line in explained(hours, seq) if line.startswith(("busy", "tick", "older"))]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("nodata", "percent", "said", "lived"),
    [
        (
            "clear",
            95,
            ["tick", "busy clear, no sample for 3m: alarm is cleared (r1/cpu:1) -> cleared"],
            "tick, no sample for 3m busy cleared, no_data",
        ),
        (
            "raise",
            40,
            [
                "tick",
                "busy raise, metric netmon_cpu_percent when value >= 90: no sample for 3m: new alarm (r1/cpu:1) "
                "-> raised",
            ],
            "tick, metric netmon_cpu_percent when value >= 90: no sample for 3m busy raised",
        ),
        ("keep", 95, ["tick"], "poll of r1, group 900s, metric netmon_cpu_percent when value >= 90: 95 busy raised"),
    ],
)
async def test_samples_that_stop(hours: Hours, nodata: str, percent: int, said: list[str], lived: str) -> None:
    await measured(hours, nodata)
    await hours.take(tick(60_000), load(60_000, percent))
    await hours.each(tick(at) for at in range(80_000, 240_000, 20_000))
    silent = await hours.take(tick(240_000))
    assert busy(hours, silent) == said
    last = life(hours, "busy")[-1]
    assert re.sub(r"^\S+ #\d+ ", "", last) == lived


@pytest.mark.slow
async def test_a_sample_that_comes_late_and_one_that_comes_too_late(hours: Hours) -> None:
    await measured(hours, "keep")
    await hours.take(tick(60_000), load(60_000, 40))
    await hours.each(tick(at) for at in range(80_000, 301_000, 20_000))
    await hours.take(load(300_000, 40))
    late, too_late = await hours.take(load(240_000, 95)), await hours.take(load(120_000, 95))
    assert busy(hours, late)[0] == "busy when value >= 90: 95 >= 90 true (r1/cpu:1)"
    assert busy(hours, too_late) == ["older than two poll intervals: it goes to the time series only -> late"]
