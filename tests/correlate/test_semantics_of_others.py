"""What netmon does as others do, and what it does otherwise on purpose (specs/rules.md 12): each statement a case."""

from pathlib import Path

import pytest

from netmon.app.rule_tests import run_rule_tests
from netmon.config import yaml
from netmon.domain.place import Document
from tests.correlate.stage import DOWN, UP
from tests.correlate.world import LINK, T0, S, World
from tests.mibs import shipped_names

FOLDER = Path(__file__).parent / "semantics"
DAY_S = 86_400


def read(name: str) -> Document:
    result = yaml.read(FOLDER / name, name=str(FOLDER / name))
    assert not result.problems, result.problems
    return result.document


STATEMENTS = read("others.test.yaml")


@pytest.fixture(scope="module")
def differences() -> dict[str, tuple[str, ...]]:
    """What came out otherwise, by statement."""
    found = run_rule_tests([STATEMENTS], [read("others.yaml")], shipped_names())
    assert found.problems == ()
    return {one.case.name: one.differences for one in found.tested}


@pytest.mark.parametrize("statement", [case["name"] for case in STATEMENTS.data["tests"]])
def test_statement(statement: str, differences: dict[str, tuple[str, ...]]) -> None:
    assert differences[statement] == ()


ON_ELEMENT = LINK.partition(", object")[0]
HELD = LINK.replace("linkDown}", "linkDown, for: 10s}")


def test_unlike_sec_state_belongs_to_the_id_of_a_rule_not_to_its_place() -> None:
    world = World(f"id: held, {HELD}")
    world.trap(DOWN)
    world.wait(5)
    world.use("id: another, raise: {trap: SNMPv2-MIB::coldStart}, clear: {after: 1h}", f"id: held, {HELD}")
    assert [(change.kind, change.at) for change in world.wait(5)] == [("raised", T0 + 10 * S)]


def test_unlike_sec_a_clear_finds_its_alarm_among_all_others() -> None:
    world = World(f"id: link, {LINK}")
    for index in range(1, 200):
        world.trap(DOWN, index)
    assert world.trap(UP, 77) == ["cleared"]
    assert len(world.alarms()) == 198


def test_unlike_opennms_an_active_alarm_is_never_collected() -> None:
    world = World(f"id: link, {LINK}")
    world.trap(DOWN)
    assert world.wait(9 * DAY_S, step_s=DAY_S // 2) == []
    assert len(world.alarms()) == 1


def test_as_opennms_a_trap_that_raises_and_clears_at_once_is_a_clear() -> None:
    world = World("id: both, raise: {trap: IF-MIB::linkDown}, clear: {trap: IF-MIB::linkDown, when: vb.ifIndex == 2}")
    assert world.trap(DOWN, 1) == ["raised"]
    assert world.trap(DOWN, 2) == ["cleared"]


def test_as_netcool_an_older_event_does_not_change_a_newer_state() -> None:
    world = World(f"id: link, {LINK}")
    world.trap(DOWN)
    world.now += 10 * S
    assert world.trap(UP) == ["cleared"]
    world.now -= 5 * S
    assert world.trap(DOWN) == []
    assert world.alarms() == []


def test_as_prometheus_a_hold_goes_on_after_an_outage_with_grace() -> None:
    world = World(f"id: held, {HELD}")
    world.trap(DOWN)
    world.wait(5)
    assert world.wait(300, step_s=300) == []
    changes = world.wait(61)
    assert [(change.kind, change.at - T0) for change in changes] == [("raised", (5 + 300 + 60) * S)]


def test_unlike_prometheus_a_longer_hold_does_not_end_what_is_raised() -> None:
    world = World(f"id: held, {HELD}")
    world.trap(DOWN)
    assert [change.kind for change in world.wait(10)] == ["raised"]
    world.use(f"id: held, {HELD.replace('10s', '1h')}")
    assert world.wait(5) == []
    assert len(world.alarms()) == 1


def test_unlike_prometheus_nothing_that_is_raised_is_lost_over_the_limit() -> None:
    world = World(f"id: link, limit: 2, {LINK}")
    assert [world.trap(DOWN, index) for index in (1, 2, 3)] == [["raised"], ["raised"], []]
    assert len(world.alarms()) == 2
    assert world.core.book.outcomes["limit"] == 1


def test_as_alerta_an_acknowledgment_is_dropped_when_the_severity_rises_and_kept_when_it_falls() -> None:
    severity = "severity: {minor: vb.ifIndex == 1, critical: vb.ifIndex == 3, else: major}"
    world = World(f"id: link, {ON_ELEMENT}, {severity}")
    for index, is_kept in ((2, True), (1, True), (3, False)):
        world.trap(DOWN, index)
        [alarm] = world.alarms()
        assert alarm.ack is (is_kept and index != 2)
        world.ask("acknowledge")


def test_unlike_alerta_a_shelf_ends_by_its_timer() -> None:
    world = World(f"id: link, {LINK}")
    world.trap(DOWN)
    world.ask("shelve", until=world.now + 20 * S)
    assert world.alarms()[0].hidden_by == ("shelf:ann",)
    kinds = [(change.kind, change.at - T0) for change in world.wait(25)]
    assert ("unshelved", 20 * S) in kinds
    assert world.alarms()[0].hidden_by == ()


def test_as_alec_time_and_inventory_are_inputs() -> None:
    one, other = World(f"id: held, {HELD}"), World(f"id: held, {HELD}")
    for world in (one, other):
        world.trap(DOWN)
        world.wait(12)
    assert one.core.digest() == other.core.digest() != World(f"id: held, {HELD}").core.digest()
