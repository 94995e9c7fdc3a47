from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.event import Event
from netmon.rulebook.index import Index, Pair
from netmon.rulebook.kinds import (
    AbsentRule,
    CompositeRule,
    CountRule,
    EventCondition,
    EventMapping,
    EventRule,
    GroupRule,
    MetricCondition,
    PairRule,
    Rule,
    Rulebook,
    SequenceRule,
    StateCondition,
    StateRule,
    ThresholdRule,
    TrapCondition,
)
from netmon.rulebook.scope import Scope
from tests.examples import examples


def rule(id_: str, *, fallback: bool = False) -> Rule:
    def nothing(_: Scope) -> str:
        return ""

    return Rule(id_, "rev", id_, nothing, None, None, nothing, nothing, nothing, nothing, fallback=fallback)


def trap(position: int, *names: str, equals: tuple[tuple[str, tuple[Any, ...]], ...] = ()) -> TrapCondition:
    demands = dict(equals)

    def when(scope: Scope) -> bool:
        return all(scope.vb.get(field) in values for field, values in demands.items())

    return TrapCondition(position, names, when if equals else None, equals=equals)


def event(name: str, *aliases: str, **fields: Any) -> Event:
    return Event(1, 0, 0, "r1", "r1", "trap", name, aliases, fields)


def found(candidates: tuple[Pair, ...]) -> list[tuple[str, list[int], list[int]]]:
    return [
        (one.kind.rule.id, [c.position for c in one.raises], [c.position for c in one.clears]) for one in candidates
    ]


def test_rules_come_in_the_order_of_their_ids_with_the_conditions_that_name_the_input():
    b = PairRule(rule("b"), (trap(0, "1.1"), trap(1, "1.2")), (trap(0, "1.1"),))
    a = PairRule(rule("a"), (trap(0, "1.1"),), (trap(0, "1.3"),))
    index = Index(Rulebook("", (b, a)))
    assert found(index.events(event("1.1"))) == [("a", [0], []), ("b", [0], [0])]
    assert found(index.events(event("1.2"))) == [("b", [1], [])]
    assert found(index.events(event("1.9"))) == []
    assert not index.named(event("1.9"))


def test_an_alias_finds_a_rule_once():
    one = PairRule(rule("a"), (trap(0, "1.0.1", "1.1"),), (trap(0, "1.1"),))
    index = Index(Rulebook("", (one,)))
    assert found(index.events(event("1.0.1", "1.1"))) == [("a", [0], [0])]


def test_prefixes_end_at_an_arc():
    one = PairRule(rule("a"), (trap(0, "1.3.6.1.4.1.2636.*"),), ())
    index = Index(Rulebook("", (one,)))
    assert found(index.events(event("1.3.6.1.4.1.2636.4.1"))) == [("a", [0], [])]
    assert found(index.events(event("1.3.6.1.4.1.26361.4.1"))) == []
    assert found(index.events(event("1.3.6.1.4.1.2636"))) == []


def test_fallback_rules_are_apart():
    exact = PairRule(rule("a"), (trap(0, "1.1"),), ())
    wide = PairRule(rule("b", fallback=True), (trap(0, "*"),), ())
    index = Index(Rulebook("", (exact, wide)))
    assert found(index.events(event("1.1"))) == [("a", [0], [])]
    assert found(index.fallbacks(event("1.1"))) == [("b", [0], [])]
    assert found(index.fallbacks(event("1.2"))) == [("b", [0], [])]
    # What is written for whatever comes names nothing: such a trap may still be unknown.
    assert not index.named(event("1.2"))


def test_a_literal_field_leaves_out_what_cannot_match():
    rules = [
        PairRule(rule(f"r{number:03}"), (trap(0, "1.1", equals=(("code", (number,)),)),), ()) for number in range(500)
    ]
    always = PairRule(rule("r250x"), (trap(0, "1.1"),), ())
    index = Index(Rulebook("", (*rules, always)))
    assert found(index.events(event("1.1", code=250))) == [("r250", [0], []), ("r250x", [0], [])]
    assert found(index.events(event("1.1", code=9_999))) == [("r250x", [0], [])]
    assert len(index.events(event("1.1"))) == 501
    assert len(index.events(event("1.1", code=b"\x01"))) == 501


def test_states_metrics_and_mappings():
    state = StateRule(rule("s"), (StateCondition(0, ("reachability",)),), ())
    level = ThresholdRule(rule("t"), (MetricCondition(0, ("m",)),), (MetricCondition(0, ("n",)),))
    mapping = EventMapping("gone", ("1.1", "1.0.1"), None, None, ())
    common = PairRule(rule("e"), (EventCondition(0, ("gone",)),), ())
    index = Index(Rulebook("", (state, level, common), (mapping,)))
    assert [one.kind.rule.id for one in index.states("reachability")] == ["s"]
    assert index.states("agent") == ()
    assert [len(one.raises) for one in index.metrics("m")] == [1]
    assert [len(one.clears) for one in index.metrics("n")] == [1]
    assert index.metrics("x") == ()
    assert index.mappings(event("1.1")) == index.mappings(event("1.0.1", "1.1")) == (mapping,)
    assert index.events(event("1.1")) == ()
    assert index.named(event("1.1"))
    made = msgspec.structs.replace(event("gone"), kind="event")
    assert found(index.events(made)) == [("e", [0], [])]
    assert index.fallbacks(made) == ()
    assert index.events(event("gone")) == ()


NAMES = st.sampled_from(["1.1", "1.2", "1.1.5", "1.1.6", "1.2.5", "1.1.*", "1.*", "1.2.*", "*"])
EXACT = st.sampled_from(["1.1", "1.2", "1.1.5", "1.1.6", "1.2.5", "1.10", "2.1"])
VALUES = st.one_of(st.integers(0, 2), st.sampled_from(["a", "b"]))
EQUALS = st.lists(
    st.tuples(st.sampled_from(["x", "y"]), st.lists(VALUES, min_size=1, max_size=2).map(tuple)),
    max_size=2,
    unique_by=lambda pair: pair[0],
).map(tuple)
CONDITION = st.tuples(st.lists(NAMES, min_size=1, max_size=2), EQUALS)
RULES = st.lists(
    st.tuples(st.lists(CONDITION, max_size=3), st.lists(CONDITION, max_size=2), st.booleans(), st.integers(0, 3)),
    max_size=5,
)
EVENTS = st.tuples(
    EXACT,
    st.lists(EXACT, max_size=1),
    st.dictionaries(st.sampled_from(["x", "y"]), st.one_of(VALUES, st.sampled_from([1.0, b"a"])), max_size=2),
)


KINDS: list[Callable[..., EventRule]] = [
    PairRule,
    partial(CountRule, count=2, within_ms=1_000, below=1, distinct=None, shape=""),
    partial(SequenceRule, counts=(1, 1), within_ms=1_000, ordered=True, position=0, for_ms=0, shape=""),
    partial(AbsentRule, absent_ms=1_000, expect=None, qualifier="", shape=""),
]


def names_it(name: str, event_: Event) -> bool:
    """The meaning of a name, without any index."""
    if name == "*":
        return True
    known = (event_.name, *event_.aliases)
    return any(one.startswith(name[:-1]) for one in known) if name.endswith(".*") else name in known


def true_ones(conditions: Any, event_: Event) -> list[int]:
    scope = Scope()
    scope.vb = event_.fields
    return [
        condition.position
        for condition in conditions
        if any(names_it(name, event_) for name in condition.names) and (condition.when is None or condition.when(scope))
    ]


@examples(400)
@given(RULES, st.lists(EVENTS, min_size=1, max_size=3))
@pytest.mark.slow
def test_dispatch_equals_trying_every_rule(rules: Any, events: Any):
    kinds = tuple(
        KINDS[which](
            rule(f"r{number}", fallback=fallback),
            tuple(trap(at, *names, equals=equals) for at, (names, equals) in enumerate(raises)),
            tuple(trap(at, *names, equals=equals) for at, (names, equals) in enumerate(clears)),
        )
        for number, (raises, clears, fallback, which) in enumerate(rules)
    )
    index = Index(Rulebook("", tuple(reversed(kinds))))
    for name, aliases, fields in events:
        given_event = event(name, *aliases, **fields)
        for fallback, candidates in ((False, index.events(given_event)), (True, index.fallbacks(given_event))):
            expected = [
                (kind.rule.id, true_ones(kind.raises, given_event), true_ones(kind.clears, given_event))
                for kind in kinds
                if kind.rule.fallback is fallback
            ]
            got = [
                (one.kind.rule.id, true_ones(one.raises, given_event), true_ones(one.clears, given_event))
                for one in candidates
            ]
            assert [one for one in got if one[1] or one[2]] == [one for one in expected if one[1] or one[2]]
        named = any(
            condition_name != "*" and names_it(condition_name, given_event)
            for kind in kinds
            for condition in kind.raises + kind.clears
            for condition_name in condition.names
        )
        assert index.named(given_event) is named


ON_ALARMS = st.lists(
    st.tuples(st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True), st.integers(1, 3)), max_size=6
)


@given(ON_ALARMS)
def test_rules_on_alarms_are_found_by_stratum_and_type(rules: Any):
    kinds = tuple(
        GroupRule(rule(f"r{number}"), (), (), types[0], "site", "element", None, worst=False, stratum=stratum)
        if len(types) == 1
        else CompositeRule(rule(f"r{number}"), (), (), tuple(types), "", stratum)
        for number, (types, stratum) in enumerate(rules)
    )
    index = Index(Rulebook("", tuple(reversed(kinds))))
    assert index.alarm_strata == max((stratum for _, stratum in rules), default=0)
    for stratum in range(1, 4):
        for type_ in "abcd":
            wanted = [number for number, (types, own) in enumerate(rules) if own == stratum and type_ in types]
            assert list(index.alarms(stratum, type_)) == wanted
