"""Alarms and what rules remember when a rule is called otherwise, or is about something else (specs/rules.md 9.2)."""

from typing import Any

import pytest

from netmon.domain.alarm import Alarm, AlarmChange
from netmon.domain.oid import COLD_START, WARM_START
from tests.correlate.stage import DOWN, UP
from tests.correlate.world import LINK, T0, S, World

ON_ELEMENT = "raise: {trap: IF-MIB::linkDown}, clear: {trap: IF-MIB::linkUp}"
HELD = LINK.replace("linkDown}", "linkDown, for: 10s}")
COUNTED = "raise: {trap: IF-MIB::linkDown, count: 3, within: 5m}, clear: {below: 1}, object: 'if:{vb.ifIndex}'"
FIVE_MINUTES = 300


def told(world: World, seconds: int) -> list[tuple[str, str, int]]:
    """Let time pass; return kind, clear reason and second of each change."""
    changes = world.wait(seconds)
    return [(one.kind, one.after.clear_reason, (one.at - T0) // S) for one in changes]


def use(world: World, *rules: str) -> list[tuple[str, dict[str, Any]]]:
    """Take other rules; return what changed of alarms at once."""
    before = {alarm.alarm_id: alarm for alarm in world.core.book.alarms()}
    world.use(*rules)
    after: dict[str, Alarm] = {alarm.alarm_id: alarm for alarm in world.core.book.alarms()}
    fields = ("object", "type", "qualifier", "rule", "state")
    return [
        (id_, {name: getattr(now, name) for name in fields if getattr(now, name) != getattr(before[id_], name)})
        for id_, now in after.items()
        if now != before.get(id_)
    ]


def test_an_alarm_moves_to_the_rule_that_its_rule_is_now() -> None:
    world = World(f"id: old, {LINK}")
    world.trap(DOWN)
    [alarm] = world.alarms()
    assert use(world, f"id: new, formerly: [old], {LINK}") == [(alarm.alarm_id, {"type": "new", "rule": "new"})]
    assert told(world, FIVE_MINUTES + 60) == []
    assert world.trap(DOWN) == []
    assert world.trap(UP) == ["cleared"]
    assert [one.alarm_id for one in world.core.book.alarms()] == [alarm.alarm_id]


def test_an_alarm_with_a_type_of_its_own_keeps_it() -> None:
    world = World(f"id: old, type: link-alarm, {LINK}")
    world.trap(DOWN)
    [(_, changed)] = use(world, f"id: new, type: link-alarm, formerly: [old], {LINK}")
    assert changed == {"rule": "new"}
    assert told(world, FIVE_MINUTES + 60) == []


def test_two_rules_that_become_one_have_one_alarm() -> None:
    world = World(f"id: one, {LINK}", f"id: two, {LINK}")
    world.trap(DOWN)
    assert len(world.alarms()) == 2
    world.use(f"id: both, formerly: [one, two], {LINK}")
    assert [alarm.rule for alarm in world.alarms()] == ["both"]
    assert sorted(alarm.clear_reason for alarm in world.core.book.alarms()) == ["", "merged"]


def test_two_rules_become_one_where_the_key_of_one_was_cleared() -> None:
    one, two = "raise: {trap: SNMPv2-MIB::coldStart}", "raise: {trap: SNMPv2-MIB::warmStart}"
    world = World(f"id: one, {one}, clear: {{after: 1h}}", f"id: two, {two}, clear: {{after: 10s}}")
    world.trap(WARM_START)
    world.wait(11)
    world.trap(COLD_START)
    both = "raise: {trap: [SNMPv2-MIB::coldStart, SNMPv2-MIB::warmStart]}, clear: {after: 1h}"
    world.use(f"id: both, type: two, formerly: [one, two], {both}")
    assert [(alarm.type, alarm.rule) for alarm in world.alarms()] == [("two", "both")]
    assert world.trap(WARM_START) == []
    assert "cleared" not in [kind for kind, _, _ in told(world, FIVE_MINUTES + 60)]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_hold_goes_on_at_the_rule_that_its_rule_is_now(*, restarts: bool) -> None:
    world = World(f"id: old, {HELD}")
    world.trap(DOWN)
    world.wait(5)
    world.use(f"id: new, formerly: [old], {HELD}")
    if restarts:
        world.restart()
    assert told(world, 10) == [("raised", "", 10)]
    assert [(alarm.type, alarm.rule) for alarm in world.alarms()] == [("new", "new")]


def test_what_was_counted_moves_too() -> None:
    world = World(f"id: old, {COUNTED}")
    assert world.trap(DOWN) == world.trap(DOWN) == []
    world.use(f"id: new, formerly: [old], {COUNTED}")
    assert world.trap(DOWN) == ["raised"]


def test_alarms_of_keys_that_a_rule_no_longer_makes_clear_after_five_minutes() -> None:
    world = World(f"id: link, {LINK}")
    world.trap(DOWN)
    world.use(f"id: link, qualifier: port, {LINK}")
    world.wait(60)
    assert world.trap(DOWN) == ["raised"]
    assert told(world, FIVE_MINUTES) == [("cleared", "rule_changed", FIVE_MINUTES)]
    assert [alarm.qualifier for alarm in world.alarms()] == ["port"]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_change_of_keys_that_is_taken_back_clears_nothing(*, restarts: bool) -> None:
    world = World(f"id: link, {LINK}")
    world.trap(DOWN)
    for qualifier in ("port", "side", ""):
        world.wait(60)
        world.use(f"id: link, qualifier: '{qualifier}', {LINK}" if qualifier else f"id: link, {LINK}")
        if restarts:
            world.restart()
    assert told(world, FIVE_MINUTES + 60) == []
    assert [alarm.qualifier for alarm in world.alarms()] == [""]
    world.use(f"id: link, qualifier: port, {LINK}")
    assert told(world, FIVE_MINUTES) == [("cleared", "rule_changed", 2 * FIVE_MINUTES + 240)]


def test_alarms_that_are_raised_again_stay_though_their_template_is_another_one() -> None:
    world = World(f"id: link, {LINK}")
    world.trap(DOWN, 1)
    world.trap(DOWN, 2)
    world.use(f"id: link, {LINK.replace('vb.ifIndex', 'vb.ifIndex:d')}")
    world.wait(60)
    world.trap(DOWN, 1)
    world.restart()
    assert ("cleared", "rule_changed", FIVE_MINUTES) in told(world, FIVE_MINUTES)
    assert [alarm.object for alarm in world.alarms()] == ["r1/if:#1"]


def test_another_text_or_hold_ends_nothing() -> None:
    world = World(f"id: link, {LINK}")
    world.trap(DOWN)
    world.use(f"id: link, {HELD}, text: otherwise")
    assert told(world, FIVE_MINUTES + 60) == []
    assert len(world.alarms()) == 1


def test_a_hold_of_another_input_is_forgotten() -> None:
    world = World(f"id: held, {HELD}")
    world.trap(DOWN)
    world.use(f"id: held, {HELD.replace('IF-MIB::linkDown', 'SNMPv2-MIB::coldStart')}")
    assert told(world, 60) == []
    assert world.trap(COLD_START) == []
    assert [kind for kind, _, _ in told(world, 11)] == ["raised"]


def test_changes_say_why_an_alarm_moved() -> None:
    world = World(f"id: old, {LINK}")
    world.trap(DOWN)
    text = f"version: 1\nrules:\n  - {{severity: major, text: down, id: new, formerly: [old], {LINK}}}\n"
    [change] = [one for one in world.load(text) if isinstance(one, AlarmChange)]
    assert (change.kind, change.because) == ("updated", "rule_renamed")
    assert change.before["type"] == "old"
