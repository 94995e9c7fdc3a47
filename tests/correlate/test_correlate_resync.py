"""When the engine wishes to poll again: what is polled of an element's alarms then clears, or is kept."""

import msgspec

from netmon.domain.inventory import Element, Inventory, Link
from netmon.domain.manner import Clears, Hides, Manner
from netmon.domain.observation import ShedRow
from netmon.rulebook.kinds import PairRule, StateCondition, StateRule, TrapCondition
from tests.correlate.by_hand import DOWN, T0, UP, Step, rule

COLD = "1.3.6.1.6.3.1.1.5.1"
NETWORK = Inventory(
    elements={name: Element(name, ("192.0.2.1",), credential="c") for name in ("r1", "r2", "r3")},
    links={"l1": Link("l1", "r1/if:1", "r2/if:1", "uplink")},
)


def network() -> Step:
    step = Step(
        PairRule(rule("restart", manner=Manner(clears=Clears((), True))), (TrapCondition(0, (COLD,)),), ()),
        PairRule(rule("link"), (TrapCondition(0, (DOWN,)),), ()),
        StateRule(
            rule("node", manner=Manner(Hides(parts=True, downstream=True, settle_ms=10_000))),
            (StateCondition(0, ("reachability",), lambda scope: scope.state in ("down", "unreachable")),),
            (StateCondition(0, ("reachability",), lambda scope: scope.state == "up"),),
        ),
    )
    step.engine.load(step.rulebook, NETWORK)
    return step


def wanted(step: Step) -> list[tuple[str, str]]:
    return [(wish.element, wish.reason) for wish in step.found.wanted]


def test_a_restart_of_the_agent_asks_for_the_element_each_time() -> None:
    step = network()
    for at in (0, 1000, 2000):
        step.trap(COLD, at)
        assert wanted(step) == [("r1", "resync restart")]


def test_an_element_that_answers_again_is_asked_for_its_alarms() -> None:
    step = network()
    step.state("reachability", "up", 0)
    assert wanted(step) == [], "it has none"
    step.trap(DOWN, 1000)
    step.state("reachability", "up", 2000)
    assert wanted(step) == [("r1", "resync reachability")]


def test_a_blind_gap_asks_for_every_element_with_alarms() -> None:
    step = network()
    step.tick(0)
    step.trap(DOWN, 1000)
    step.trap(DOWN, 1000, element="r3")
    step.tick(30_000)
    assert wanted(step) == []
    step.tick(60_001)
    assert wanted(step) == [("r1", "resync gap"), ("r3", "resync gap")]
    assert all(wish.deadline == T0 + 120_001 for wish in step.found.wanted)


def test_half_a_minute_after_a_storm_its_element_is_asked_for_what_was_lost() -> None:
    step = network()
    elements = {**NETWORK.elements, "r1": Element("r1", ("192.0.2.7",), credential="c")}
    step.engine.load(step.rulebook, msgspec.structs.replace(NETWORK, elements=elements))
    step.trap(DOWN, 1_000)
    step.trap(DOWN, 1_000, element="r2")
    step.tick(2_000, ShedRow("default", "192.0.2.7", "storm_trap", DOWN, 40))
    # Of r2 nothing was lost, only refused; an element of another realm is another one.
    others = ShedRow("default", "192.0.2.1", "bad_community", "", 9), ShedRow("cust-a", "r2", "storm_trap", "", 1)
    step.tick(12_000, *others)
    step.tick(22_000, ShedRow("default", "192.0.2.7", "storm_source", UP, 1))
    for at in range(23_000, 52_000, 1_000):
        step.tick(at)
        assert wanted(step) == []
    step.tick(52_000)
    assert wanted(step) == [("r1", "resync storm")]
    # Behind a proxy the element is the source.
    step.tick(53_000, ShedRow("default", "r2", "queue_full", "", 1))
    for at in range(54_000, 84_000, 1_000):
        assert wanted(step) == []
        step.tick(at)
    assert wanted(step) == [("r2", "resync storm")]


def test_an_element_that_its_source_does_not_tell_is_asked_too() -> None:
    """Found by a prefix, its engine, its credential, an address in the message or a name: the listener knew."""
    step = network()
    step.trap(DOWN, 1_000)
    step.trap(DOWN, 1_000, element="r2")
    nat = ("default", "203.0.113.9", "storm_trap", DOWN)
    step.tick(2_000, ShedRow(*nat, 1, "r1"), ShedRow(*nat, 1, "r2"), ShedRow(*nat, 1, "gone"))
    # The rest of the storm was not decoded.
    step.tick(12_000, ShedRow(*nat, 40_000))
    step.tick(13_000, ShedRow("default", "203.0.113.10", "storm_trap", DOWN, 40))
    for at in range(14_000, 42_000, 1_000):
        step.tick(at)
        assert wanted(step) == []
    again = network()
    again.engine.load_state(step.engine.dump())
    again.trap(DOWN, 41_000)
    again.trap(DOWN, 41_000, element="r2")
    again.tick(42_000)
    assert wanted(again) == [("r1", "resync storm"), ("r2", "resync storm")]


def test_a_storm_is_remembered_over_a_restart() -> None:
    step = network()
    step.tick(2_000, ShedRow("default", "r1", "storm_trap", DOWN, 40))
    again = network()
    again.engine.load_state(step.engine.dump())
    again.trap(DOWN, 3_000)
    for at in range(4_000, 33_000, 1_000):
        again.tick(at)
    assert wanted(again) == [("r1", "resync storm")]
