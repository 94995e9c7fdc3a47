"""What several alarms do in one step means to a rule on alarms what it means at its end."""

from netmon.domain.alarm import Alarm
from tests.correlate.stage import DOWN, UP
from tests.correlate.world import World

HELD = "raise: {trap: IF-MIB::linkDown, for: 3s}, clear: {trap: IF-MIB::linkUp}, object: 'if:{vb.ifIndex}'"
PORT = f"id: port, {HELD}"
REMOTE = f"id: remote, {HELD}"
GROUP = (
    "id: many, group: {of: port, by: element, members: {kind: if}}, raise: {when: n >= 1}, "
    "severity: {critical: n >= 2, else: minor}"
)
ALONE = "id: alone, raise: {alarm: [port, remote], when: active('port') and not active('remote')}"


def one(world: World, type_: str) -> Alarm | None:
    return next((alarm for alarm in world.alarms() if alarm.type == type_), None)


def test_issue_0007_two_members_whose_holds_end_in_one_tick_are_two() -> None:
    world = World(PORT, GROUP)
    world.trap(DOWN, 1)
    world.trap(DOWN, 2)
    world.wait(4)
    many = one(world, "many")
    assert many is not None
    assert (many.severity, many.count) == ("critical", 1)
    world.trap(UP, 2)
    many = one(world, "many")
    assert many is not None
    assert many.severity == "minor"


def test_issue_0007_a_condition_that_came_and_went_in_one_tick_is_none() -> None:
    world = World(PORT, REMOTE, ALONE)
    # The first time the rule reads what there is from the book.
    for oid in (DOWN, UP, DOWN):
        world.trap(oid, 1)
        world.wait(4)
    assert {alarm.type for alarm in world.alarms()} == {"port", "remote"}
