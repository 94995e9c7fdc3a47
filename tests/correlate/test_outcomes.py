"""Each input that a rule names has exactly one outcome, also where something has no more room (specs/rules.md 4.5)."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from netmon.correlate.window import MOST
from netmon.domain.dropped import Dropped
from netmon.domain.observation import Tick
from netmon.domain.outcomes import Outcomes
from netmon.telemetry.metrics import Metrics
from netmon.telemetry.rule_events import rendered
from tests.correlate.stage import DOWN, UP
from tests.correlate.world import LINK, S, World

ON_PORT = "object: 'if:{vb.ifIndex}', clear: {after: 1h}"
COUNTED = f"id: counted, raise: {{trap: IF-MIB::linkDown, count: 2, within: 1h}}, {ON_PORT}"
IN_ORDER = (
    f"id: in-order, raise: {{sequence: [{{trap: IF-MIB::linkDown}}, {{trap: IF-MIB::linkUp}}], within: 1h}}, {ON_PORT}"
)


@pytest.mark.slow
@pytest.mark.parametrize("rule", [COUNTED, IN_ORDER])
def test_what_has_to_go_for_want_of_room_is_no_outcome_of_what_came(rule: str) -> None:
    world = World(rule)
    for index in range(1, MOST + 1):
        assert world.feed(DOWN, index) == []
    (gone,) = world.feed(DOWN, MOST + 1)
    assert isinstance(gone, Dropped)
    assert gone.reason == "window_full"
    assert world.core.engine.outcomes == {"pending": MOST + 1}


FALSE = f"id: false-one, {LINK.replace('linkDown}', 'linkDown, when: vb.ifIndex > 99}')}"
LIMITED = f"id: limited, limit: 1, {LINK}"


def test_each_rule_has_the_outcomes_of_its_own_inputs() -> None:
    world = World(f"id: link, {LINK}", FALSE, f"id: held, {LINK.replace('linkDown}', 'linkDown, for: 5s}')}")
    for oid in (DOWN, DOWN, UP, UP):
        world.feed(oid)
    assert world.core.book.told.outcomes.by_rule == {
        ("link", "raised"): 1,
        ("link", "repeated"): 1,
        ("link", "cleared"): 1,
        ("link", "clear_only"): 1,
        ("false-one", "clear_only"): 2,
        ("held", "pending"): 1,
        ("held", "repeated"): 1,
        ("held", "held_off"): 1,
        ("held", "clear_only"): 1,
    }


def test_an_event_that_is_false_to_several_rules_is_one_event_and_one_of_each_rule() -> None:
    world = World(FALSE, FALSE.replace("false-one", "false-two"))
    world.feed(DOWN)
    assert world.core.engine.outcomes == {"condition_false": 1}
    assert world.core.engine.counts.by_rule == {
        ("", "condition_false"): 1,
        ("false-one", "condition_false"): 1,
        ("false-two", "condition_false"): 1,
    }


def test_a_trap_of_a_storm_is_folded_by_its_entry() -> None:
    storm = "{id: trap-storm, by: element, above: 1/s, burst: 1, below: 1/s, for: 60s}"
    world = World(f"id: link, {LINK}", storms=storm)
    for index in range(1, 6):
        world.feed(DOWN, index)
    assert world.core.engine.counts.by_rule["trap-storm", "folded"] > 0


def test_what_was_counted_is_counted_on_after_a_restart() -> None:
    world = World(f"id: link, {LINK}", FALSE)
    world.feed(DOWN)
    before = (world.core.engine.counts.by_rule, world.core.book.told.outcomes.by_rule)
    world.restart()
    assert (world.core.engine.counts.by_rule, world.core.book.told.outcomes.by_rule) == before


def test_a_snapshot_that_does_not_name_the_rule_is_still_read() -> None:
    counts = Outcomes()
    counts.load_state([["raised", 3], ["cleared", "link", 2]])
    assert counts.totals() == {"raised": 3, "cleared": 2}


def test_a_rule_that_is_gone_leaves_its_outcomes_to_no_rule() -> None:
    world = World(f"id: link, {LINK}", FALSE)
    world.feed(DOWN)
    world.feed(UP)
    before = world.core.book.outcomes
    world.use(FALSE)
    assert world.core.book.told.outcomes.by_rule == {
        ("", "raised"): 1,
        ("", "cleared"): 1,
        ("false-one", "clear_only"): 1,
    }
    assert world.core.book.outcomes == before


def test_a_raise_over_the_limit_is_given_up_and_says_so() -> None:
    world = World(LIMITED)
    world.feed(DOWN, 1)
    (dropped,) = (out for out in world.feed(DOWN, 2) if isinstance(out, Dropped))
    assert dropped == Dropped("limit", "limited", world.core.seq)
    assert world.core.book.told.outcomes.by_rule == {("limited", "raised"): 1, ("limited", "limit"): 1}
    assert world.feed(UP, 1) != []
    assert all(not isinstance(out, Dropped) for out in world.feed(DOWN, 2))


def test_a_hold_that_ends_over_the_limit_says_so_too() -> None:
    world = World(LIMITED.replace("linkDown}", "linkDown, for: 5s}"))
    for index in (1, 2):
        world.feed(DOWN, index)
    world.now += 6 * S
    assert Dropped("limit", "limited", world.core.seq + 1) in world.core.step(Tick(world.now))


def test_the_metric_has_a_line_per_rule_and_outcome_in_pieces() -> None:
    metric = Metrics().rule_events
    many = {(f"rule-{number}", "raised"): number for number in range(2_500)}
    pieces = [piece.decode() for piece in rendered(metric, many, {("rule-7", "raised"): 1, ("", "unknown_trap"): 5})]
    assert len(pieces) == 3
    [family] = text_string_to_metric_families("".join(pieces))
    assert (family.name, family.type) == ("netmon_rule_events", "counter")
    values = {(one.labels["rule"], one.labels["outcome"]): one.value for one in family.samples}
    assert values == many | {("rule-7", "raised"): 8, ("", "unknown_trap"): 5}
