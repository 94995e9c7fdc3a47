"""netmon's own alarms of rules: one at its limit, one that cannot judge its inputs (specs/rules.md 4.5, 6)."""

import pytest

from netmon.alarms import bounds
from netmon.alarms.condition import apply_edge
from netmon.alarms.ledger import KEYS, Ledger
from netmon.alarms.register import Register
from netmon.alarms.shade import MOST_CHILDREN
from netmon.correlate.own import OWN_ALARMS
from netmon.domain.alarm import Alarm, Edge
from netmon.domain.managed_object import NETMON
from netmon.domain.observation import HealthRow
from tests.alarms.book_feed import NODE, Feed
from tests.correlate.stage import DOWN, UP
from tests.correlate.world import LINK, T0, World

MINUTE_S = 60
FULL = f"id: link, limit: 2, {LINK}"


def own(world: World) -> list[Alarm]:
    return [alarm for alarm in world.alarms() if alarm.object == NETMON]


def filled() -> World:
    world = World(FULL)
    for index in (1, 2, 3):
        world.trap(DOWN, index)
    return world


def test_a_rule_at_its_limit_is_a_major_alarm_that_names_it_and_the_count() -> None:
    world = filled()
    assert own(world) == []
    assert [change.kind for change in world.wait(1)] == ["raised"]
    (alarm,) = own(world)
    assert (alarm.type, alarm.qualifier, alarm.severity) == ("rule-limit", "link", "major")
    assert (alarm.probable_cause, alarm.event_type) == ("softwareProgramError", "processingErrorAlarm")
    assert alarm.text == "link: 2 alarms of this rule are active, which is its limit; it raises no new ones"
    assert {one.object for one in world.alarms()} == {NETMON, "r1/if:#1", "r1/if:#2"}


def test_a_rule_that_is_just_full_has_refused_nothing() -> None:
    world = World(FULL)
    world.trap(DOWN, 1)
    world.trap(DOWN, 2)
    assert world.trap(DOWN, 2) == []
    assert world.wait(2) == []


def test_there_is_one_alarm_however_much_is_refused() -> None:
    world = filled()
    world.wait(1)
    for index in range(4, 40):
        world.trap(DOWN, index)
        assert world.wait(1) == []
    (alarm,) = own(world)
    assert alarm.count == 1


def test_it_ends_when_there_has_been_room_for_a_minute() -> None:
    world = filled()
    world.wait(5)
    assert world.trap(UP, 1) == ["cleared"]
    assert world.wait(MINUTE_S) == []
    (cleared,) = world.wait(2)
    assert (cleared.kind, cleared.after.type, cleared.after.clear_reason) == ("cleared", "rule-limit", "condition_gone")
    assert world.trap(DOWN, 3) == ["raised"]


def test_a_rule_that_comes_and_goes_at_its_limit_does_not_flicker() -> None:
    world = filled()
    world.wait(1)
    for index in range(4, 10):
        assert world.trap(UP, index - 2) == ["cleared"] or index > 4
        world.wait(5)
        world.trap(DOWN, index)
        world.trap(DOWN, index + 100)
        assert [one.kind for one in world.wait(5) if one.after.object == NETMON and one.kind != "updated"] == []
    assert len(own(world)) == 1


def test_a_higher_limit_ends_it() -> None:
    world = filled()
    world.wait(1)
    world.use(FULL.replace("limit: 2", "limit: 20"))
    assert [one.kind for one in world.wait(MINUTE_S + 2)] == ["cleared"]
    assert world.trap(DOWN, 3) == ["raised"]


@pytest.mark.parametrize("seconds", [0, 1, 30])
def test_what_is_full_survives_a_restart(seconds: int) -> None:
    runs = []
    for restarts in (False, True):
        world = filled()
        world.wait(seconds)
        if restarts:
            world.restart()
        told = world.wait(3)
        world.trap(UP, 1)
        told += world.wait(MINUTE_S + 2)
        runs.append(([(one.kind, one.after.type, one.at) for one in told], world.core.digest()))
    assert runs[0] == runs[1]
    assert ("cleared", "rule-limit") in {told[:2] for told in runs[0][0]}


def test_a_hold_that_ends_over_the_limit_has_had_its_outcome() -> None:
    world = World(FULL.replace("linkDown}", "linkDown, for: 10s}"))
    for index in (1, 2, 3):
        world.trap(DOWN, index)
    assert [one.after.type for one in world.wait(12)] == ["link", "link", "rule-limit"]
    assert world.core.book.outcomes == {"pending": 3, "raised": 1}


@pytest.mark.slow
def test_a_parent_without_room_for_another_child_is_an_alarm_until_there_is_room() -> None:
    family = Feed()
    family.on("r1", "node-unreachable", hides=NODE)
    for number in range(MOST_CHILDREN):
        family.on(f"r1/if:{number}")
    assert family.book.bounds() == []
    family.on("r1/if:more", "if-errors")
    name = "r1|node-unreachable|"
    family.restart()
    assert family.book.bounds() == [HealthRow(name, "children_full", MOST_CHILDREN)]
    family.off("r1/if:7", at=1)
    assert family.book.bounds() == [HealthRow(name, "children_full", 0)]
    assert family.book.bounds() == []


@pytest.mark.slow
def test_no_room_for_another_alarm_key_is_an_alarm_which_has_room() -> None:
    ledger = Ledger()
    other = Register(("r", "t", ""), "cleared", "rule", (T0, 1))
    ledger.registers.update(((f"r{number}", "t", ""), other) for number in range(KEYS))
    say = Edge(("new", "t", ""), True, (T0, 2), 2, "rule", "v", "new", 0, None)
    apply_edge(ledger, say)
    assert ledger.told.outcomes.totals() == {"limit": 1}
    assert bounds.reports(ledger) == [HealthRow("alarm keys", "keys_full", KEYS)]
    told = Edge((NETMON, "rule-limit", "alarm keys"), True, (T0, 3), 3, "rule-limit", "", NETMON, 0)
    assert not ledger.refuses(told)
    del ledger.registers["r7", "t", ""]
    assert bounds.reports(ledger) == [HealthRow("alarm keys", "keys_full", 0)]
    assert bounds.reports(ledger) == []


def test_each_bound_that_is_reported_has_its_alarm() -> None:
    parts = {one.part for one in OWN_ALARMS if one.type == "rule-limit"}
    assert parts == {"rule_full", "keys_full", "children_full"}


HOUR_S = 3_600
NAMELESS = f"id: broken, {LINK.replace('vb.ifIndex', 'vb.ifAlias')}"
"""Its traps do not carry what its object is made of."""


def test_a_rule_that_cannot_judge_an_input_is_a_warning_that_names_it() -> None:
    world = World(NAMELESS)
    assert world.trap(DOWN) == ["raised"]
    (alarm,) = world.alarms()
    assert (alarm.object, alarm.type, alarm.qualifier, alarm.severity) == (NETMON, "rule-error", "broken", "warning")
    assert (alarm.probable_cause, alarm.event_type) == ("softwareProgramError", "processingErrorAlarm")
    assert alarm.text == "broken: this rule could not judge what it was given: missing part of object or qualifier"
    assert world.core.engine.outcomes == {"error": 1}


def test_more_of_it_counts_and_each_rule_has_its_own() -> None:
    world = World(NAMELESS, NAMELESS.replace("broken", "as-broken"), f"id: link, {LINK}")
    assert sorted(world.trap(DOWN)) == ["raised", "raised", "raised"]
    assert world.trap(DOWN) == []
    world.wait(11)
    assert {alarm.qualifier: alarm.count for alarm in own(world)} == {"broken": 2, "as-broken": 2}


@pytest.mark.parametrize("restarts", [False, True])
def test_it_ends_an_hour_after_the_last_error(restarts: bool) -> None:
    world = World(NAMELESS)
    world.trap(DOWN)
    world.wait(HOUR_S // 2, step_s=20)
    world.trap(DOWN)
    if restarts:
        world.restart()
    assert [one.kind for one in world.wait(HOUR_S - 20, step_s=20)] == ["updated"]
    assert [(one.kind, one.after.clear_reason) for one in world.wait(20)] == [("cleared", "timeout")]
