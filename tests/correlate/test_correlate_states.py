"""Rules on states."""

from netmon.rulebook.kinds import StateCondition, StateRule
from tests.correlate.by_hand import Step, rule


def unreachable(*, clears: bool = True) -> StateRule:
    return StateRule(
        rule("element-unreachable", type="node-unreachable", severity=lambda _: "critical"),
        (StateCondition(0, ("reachability",), lambda s: s.state in ("down", "unreachable")),),
        (StateCondition(0, ("reachability",), lambda s: s.state == "up"),) if clears else (),
    )


def test_state_raises_and_clears_its_object() -> None:
    step = Step(unreachable())
    [raised] = step.state("reachability", "down", 0)
    assert (raised.after.object, raised.after.object_type, raised.after.text) == (
        "r1",
        "element",
        "Router 1 on Router 1",
    )
    assert step.state("reachability", "unreachable", 5) == []
    assert [c.kind for c in step.state("reachability", "up", 10)] == ["cleared"]


def test_without_a_clear_raise_false_clears() -> None:
    step = Step(unreachable(clears=False))
    step.state("reachability", "down", 0)
    assert [c.kind for c in step.state("reachability", "unknown", 10)] == ["cleared"]


def test_other_states_say_nothing() -> None:
    step = Step(unreachable())
    assert step.state("agent", "unreachable", 0) == []
    assert step.found.edges == []
    assert step.state("reachability", "unknown", 0) == []
    assert step.found.edges == []


def test_where_and_unusable_parts() -> None:
    kind = unreachable()
    other = StateRule(rule("x", where=lambda _: False), kind.raises, kind.clears)
    step = Step(other)
    assert step.state("reachability", "down", 0) == []
    step = Step(StateRule(rule("x", qualifier=lambda _: None), kind.raises, kind.clears))
    step.state("reachability", "down", 0)
    assert [d.reason for d in step.found.dropped] == ["error"]
