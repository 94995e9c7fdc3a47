"""Traps that came before: the Edges are those that the rules would give again."""

from collections.abc import Callable
from typing import Any

import pytest

from netmon.correlate.engine import Engine
from netmon.domain.alarm import Edge
from netmon.domain.event import Event
from netmon.domain.inventory import Element, Inventory
from netmon.rulebook.kinds import PairRule, Rulebook, TrapCondition
from netmon.rulebook.scope import Scope
from tests.correlate.by_hand import DOWN, INVENTORY, T0, UP, Step, by_index, rule

INDEX = (("1.3.6.1.2.1.2.2.1.1.17", 2, 17),)


def link(when: Callable[[Scope], bool] | None = None, **more: Any) -> PairRule:
    of_rule = rule("link", type="link-alarm", object=by_index, **more)
    return PairRule(of_rule, (TrapCondition(0, (DOWN,), when),), (TrapCondition(0, (UP,)),))


class Asked:
    """A part of a rule that counts how often it was asked."""

    def __init__(self, answer: Callable[[Scope], Any]) -> None:
        self.times = 0
        self.answer = answer

    def __call__(self, scope: Scope) -> Any:
        self.times += 1
        return self.answer(scope)


def trap(step: Step, name: str, at: int, *, element: str = "r1", is_memorable: bool = True) -> list[Edge]:
    """Step over a trap of port 17 whose varbinds are known, and return its Edges."""
    fields: dict[str, Any] = {"ifIndex": 17}
    more: dict[str, Any] = {"varbinds": INDEX, "is_memorable": is_memorable}
    step.take(lambda seq: Event(seq, T0 + at, T0 + at, element, element, "trap", name, fields=fields, **more))
    return step.found.edges


def test_large_traps_are_not_remembered() -> None:
    text = Asked(lambda _: "down")
    step = Step(link(text=text))
    for at in range(3):
        trap(step, DOWN, at, is_memorable=False)
    asked = text.times
    trap(step, DOWN, 10)
    assert text.times > asked


def plainly(step: Step, name: str, at: int) -> list[Edge]:
    """Return the Edges an engine gives that has never seen a trap."""
    engine = Engine()
    engine.load(step.rulebook, INVENTORY)
    event = Event(step.seq, T0 + at, T0 + at, "r1", "r1", "trap", name, fields={"ifIndex": 17})
    return engine.edges(0, [event], now=step.now, states=step.book, names=step.names).edges


def test_a_repeat_asks_no_rule_and_says_the_same_at_its_own_time() -> None:
    text = Asked(lambda _: "down")
    step = Step(link(text=text))
    trap(step, DOWN, 0)
    asked = text.times
    trap(step, DOWN, 10)
    [edge] = trap(step, DOWN, 20)
    assert text.times == asked
    assert (edge.order, edge.seq) == ((T0 + 20, 3), 3)
    assert [edge] == plainly(step, DOWN, 20)


@pytest.mark.parametrize("names", ["DDDUDDUUD", "UUDDUDUDDD", "DUDUDUDU"])
def test_any_order_of_raises_and_clears_gives_what_plain_judging_gives(names: str) -> None:
    step, plain = Step(link()), Step(link())
    for number, letter in enumerate(names):
        name = DOWN if letter == "D" else UP
        trap(step, name, number)
        plain.trap(name, number, ifIndex=17)
        assert step.found == plain.found, (number, letter)
    assert step.book.dump() == plain.book.dump()


def test_a_name_learned_in_between_moves_the_alarm() -> None:
    step = Step(link())
    step.names.known.clear()
    for at in range(3):
        [edge] = trap(step, DOWN, at)
        assert edge.key[0] == "r1/if:#17"
    step.names.known["r1", "if", "17"] = "xe-0/0/1"
    [edge] = trap(step, DOWN, 3)
    assert edge.key[0] == "r1/if:xe-0/0/1"


def test_a_raise_after_a_clear_brings_its_varbinds_along_and_asks_no_rule() -> None:
    text = Asked(lambda _: "down")
    step = Step(link(text=text))
    for at, name in enumerate([DOWN, DOWN, UP, DOWN, UP, DOWN]):
        [edge] = trap(step, name, at)
    assert edge.content is not None
    assert edge.content.additional_info == (("ifIndex", "17"),)
    assert text.times == 1


def test_polled_values_and_other_alarms_are_looked_at_every_time() -> None:
    for look in (lambda scope: scope.polled("ifAdminStatus") != 2, lambda scope: not scope.active("other")):
        when = Asked(look)
        step = Step(link(when), polled=("ifAdminStatus",))
        for at in range(4):
            trap(step, DOWN, at)
        assert when.times == 4


def test_elements_are_told_apart() -> None:
    step = Step(link())
    for at in range(4):
        for element, object_ in (("r1", "r1/if:xe-0/0/1"), ("r2", "r2/if:#17")):
            [edge] = trap(step, DOWN, at, element=element)
            assert (edge.element, edge.key[0]) == (element, object_)


def test_new_rules_and_a_new_inventory_are_asked() -> None:
    step = Step(link())
    trap(step, DOWN, 0)
    trap(step, DOWN, 1)
    step.engine.load(Rulebook("h2", (link(severity=lambda _: "minor"),)), INVENTORY)
    [edge] = trap(step, DOWN, 2)
    assert edge.content is not None
    assert edge.content.severity == "minor"
    step.engine.load(step.rulebook, Inventory(elements={"r1": Element("r1", ("192.0.2.1",), "Renamed")}))
    [edge] = trap(step, DOWN, 3)
    assert edge.content is not None
    assert edge.content.text.endswith("Renamed")


def test_a_false_condition_is_counted_each_time() -> None:
    step = Step(link(lambda _: False))
    for at in range(3):
        assert trap(step, DOWN, at) == []
    assert step.engine.outcomes["condition_false"] == 3
