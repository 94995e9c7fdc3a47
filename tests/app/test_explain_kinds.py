"""How an alarm came, stands and went, for what neither a pair nor a hold says: both questions, word by word."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from netmon.domain.observation import OperatorRequest
from tests.app.hours import (
    AUTHENTICATION_FAILURE,
    COLD_START,
    LINK_DOWN,
    LINK_UP,
    START,
    WARM_START,
    Hours,
    link,
    recorded_hours,
    tick,
    trap,
)
from tests.app.test_story import told
from tests.app.why import LINKS, explained

AT_ONCE = LINKS.replace(", for: 3s", "")
LINK = """
version: 1
rules:
  - id: link
    raise: {trap: IF-MIB::linkDown}
    clear: {trap: IF-MIB::linkUp}
    object: "if:{vb.ifIndex}"
    severity: major
    text: down
"""


@pytest.fixture
def hours(tmp_path: Path) -> Iterator[Hours]:
    with recorded_hours(tmp_path) as made:
        yield made


def life(hours: Hours, type_: str) -> list[str]:
    """Return what is told of the alarm of a type, without its id, the day, revisions and columns."""
    [alarm] = [one for one in hours.store.alarms() if one.type == type_]
    first, _, *rows = (" ".join(re.sub(r"@\w+", "", line).split()) for line in told(hours, alarm.alarm_id))
    return [first.replace(f" {alarm.alarm_id[:8]},", ""), *rows]


async def test_an_alarm_that_clears_by_itself(hours: Hours) -> None:
    refused = "raise: {trap: SNMPv2-MIB::authenticationFailure}, clear: {after: 10s}, severity: warning, text: refused"
    await hours.begin(f"version: 1\nrules:\n  - {{id: refused, {refused}}}\n")
    await hours.take(tick(1_000), trap(1_100, AUTHENTICATION_FAILURE))
    early, due = await hours.take(tick(5_000)), await hours.take(tick(12_000))
    assert explained(hours, early) == ["tick", "no timer was due"]
    assert explained(hours, due) == ["tick", "refused r1 refused: refused after 10s -> cleared"]
    assert life(hours, "refused") == [
        "r1 refused, warning, cleared",
        "09:00:01.000 #5 trap authenticationFailure refused raised",
        "09:00:12.000 #7 tick, after 10s due cleared, timeout",
    ]


WILD = """  - id: started
    raise: {trap: SNMPv2-MIB::coldStart}
    clear: {after: 1h}
    severity: warning
    text: started
    clears: {scope: [parts], types: [link]}
"""


async def test_a_raise_that_clears_what_lies_below(hours: Hours) -> None:
    await hours.begin(LINK + WILD)
    await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    seq = await hours.take(tick(2_000), trap(2_100, COLD_START))
    assert explained(hours, seq)[2:] == [
        "started raise: new alarm -> raised",
        "link r1/if:#7 link: started clears -> cleared",
    ]
    assert life(hours, "link")[-1] == "09:00:02.000 #7 trap coldStart, started clears cleared, condition_gone"


async def test_an_alarm_that_rises_by_itself(hours: Hours) -> None:
    await hours.begin(AT_ONCE.replace("major", "minor\n    escalate: [{after: 10s, severity: major}]"))
    await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    seq = await hours.take(tick(12_000))
    assert explained(hours, seq) == [
        "tick",
        "link-down r1/if:#7 link-alarm: link-down escalate[0] after 10s -> severity",
    ]
    assert life(hours, "link-alarm")[-1] == "09:00:12.000 #6 tick, escalate[0] after 10s due major, was minor"


EVIDENCE = """
version: 1
events:
  - {event: cold, trap: SNMPv2-MIB::coldStart}
  - {event: warm, trap: SNMPv2-MIB::warmStart}
rules:
  - id: two
    evidence: all
    raise: [{trap: IF-MIB::linkDown}, {event: cold}]
    clear: [{trap: IF-MIB::linkUp}, {event: warm}]
    severity: major
    text: two
"""


async def test_what_several_inputs_have_raised_says_which_of_them_still_does(hours: Hours) -> None:
    await hours.begin(EVIDENCE)
    await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    await hours.take(tick(2_000), trap(2_100, COLD_START))
    one = await hours.take(tick(3_000), link(3_100, LINK_UP, 7))
    both = await hours.take(tick(4_000), trap(4_100, WARM_START))
    assert explained(hours, one) == [
        "trap linkUp from r1, 1 candidate",
        "two clear without a condition: true",
        "two clear: still raised by event -> clear_only",
    ]
    assert explained(hours, both)[-1] == "two clear: alarm is cleared -> cleared"


GROUP = """  - id: many
    group: {of: link, by: element, members: {kind: if}}
    raise: {when: n >= 1}
    severity: minor
    text: "{n}"
    hides: [members]
"""


async def test_a_group_hides_its_members(hours: Hours) -> None:
    await hours.begin(LINK + GROUP)
    seq = await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    await hours.take(tick(2_000), link(2_100, LINK_UP, 7))
    assert explained(hours, seq)[-3:] == [
        "many raise: new alarm -> raised",
        "link r1/if:#7 link: hidden by r1 -> hidden",
        "many r1 many: children -> updated",
    ]
    assert life(hours, "link")[2] == "09:00:01.000 #5 many of r1 hidden by r1"
    assert life(hours, "many")[1:] == [
        "09:00:01.000 #5 trap linkDown many raised",
        "09:00:01.000 #5 trap linkDown 1 child",
        "09:00:02.000 #7 trap linkUp no children",
        "09:00:02.000 #7 trap linkUp many cleared, condition_gone",
    ]


async def test_what_an_operator_has_set_aside(hours: Hours) -> None:
    await hours.begin(AT_ONCE)
    await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    ids = (hours.store.alarms()[0].alarm_id,)
    shelved = OperatorRequest(START + 2_100, "q1", "ann", "shelve", ids, until=START + 10_000)
    await hours.take(tick(2_000), shelved)
    again = await hours.take(tick(3_000), link(3_100, LINK_DOWN, 7))
    ends = await hours.take(tick(11_000))
    assert explained(hours, again)[-1] == (
        "link-down raise: alarm is active, raised 2 times, shelved by ann -> repeated"
    )
    assert explained(hours, ends) == ["tick", "link-down r1/if:#7 link-alarm: shelf of ann ended -> unshelved"]
    assert life(hours, "link-alarm")[2] == "09:00:02.000 #7 request shelve by ann shelved"


WORK = """
maintenance:
  - {id: core-weekly, at: {from: "2026-01-01T09:00:05Z", to: "2026-01-01T09:00:20Z"}}
"""


async def test_planned_work_that_begins_and_ends(hours: Hours) -> None:
    await hours.begin(AT_ONCE + WORK)
    await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    begins, ends = await hours.take(tick(6_000)), await hours.take(tick(21_000))
    alarm = "link-down r1/if:#7 link-alarm"
    assert explained(hours, begins)[1:] == [f"{alarm}: hidden by maintenance core-weekly -> hidden"]
    assert explained(hours, ends)[1:] == [f"{alarm}: no more hidden by maintenance core-weekly -> shown"]
    assert life(hours, "link-alarm")[2:] == [
        "09:00:06.000 #6 tick hidden by maintenance core-weekly",
        "09:00:21.000 #7 tick shown again, no more hidden by maintenance core-weekly",
    ]


async def test_a_severity_that_says_to_ignore_it(hours: Hours) -> None:
    await hours.begin(AT_ONCE.replace("major", "{from: vb.ifAdminStatus, map: {1: ignore}, else: major}"))
    seq = await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    assert explained(hours, seq)[-1] == "link-down its severity says that it is to be ignored -> ignored"


async def test_a_part_of_the_key_that_is_missing(hours: Hours) -> None:
    await hours.begin(AT_ONCE.replace("severity", 'qualifier: "{vb.ifName}"\n    severity'))
    seq = await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    assert explained(hours, seq)[-2:] == [
        "rule-error raise: new alarm (netmon) -> raised",
        "link-down missing part of object or qualifier -> error",
    ]


async def test_an_object_that_a_rule_does_not_select(hours: Hours) -> None:
    await hours.begin(AT_ONCE.replace("severity", "where: element.id == 'r2'\n    severity"))
    seq = await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    assert explained(hours, seq) == [
        "trap linkDown from r1, 1 candidate",
        "link-down where element.id == 'r2': 'r1' == 'r2' false",
        "no condition is true -> condition_false",
    ]
