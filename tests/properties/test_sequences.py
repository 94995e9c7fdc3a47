"""Sequences for any events, against trying every choice of them (specs/rules.md 6.7)."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from netmon.rulebook.kinds import EventCondition, SequenceRule
from tests.correlate.by_hand import T0, Step, rule
from tests.examples import examples

W = 10
NAMES = "abc"
FEED = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 4)), min_size=1, max_size=10)
STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(1, 2)), min_size=2, max_size=3)


def of(steps: list[tuple[str, int]], *, ordered: bool = True) -> SequenceRule:
    conditions = tuple(EventCondition(number, (name,)) for number, (name, _) in enumerate(steps))
    counts = tuple(count for _, count in steps)
    return SequenceRule(rule("seq"), conditions, (), counts, W * 1000, ordered, 0, 0, "shape")


def raised(step: Step, feed: list[tuple[str, int]]) -> list[int]:
    """Feed events; return the numbers of those that completed a sequence."""
    found, at = [], 0
    for number, (name, wait) in enumerate(feed):
        at += wait
        step.event(name, at * 1000)
        found += [number for edge in step.found.edges if edge.on]
    return found


@examples(400)
@given(STEPS, FEED)
def test_it_is_raised_exactly_when_some_events_of_the_window_are_the_steps_in_order(
    steps: list[tuple[str, int]], feed: list[tuple[str, int]]
) -> None:
    wanted = [name for name, count in steps for _ in range(count)]
    expected, begin, at = [], 0, 0
    seen: list[tuple[int, str]] = []
    for number, (name, wait) in enumerate(feed):
        at += wait
        seen.append((at, name))
        held = [name_ for at_, name_ in seen[begin:] if at_ > at - W]
        if any(list(chosen) == wanted for chosen in combinations(held, len(wanted))):
            expected.append(number)
            begin = number + 1
    assert raised(Step(of(steps)), feed) == expected


@examples(100)
@given(st.permutations([("a", 0), ("a", 0), ("b", 0), ("c", 0)]))
def test_a_set_of_them_is_complete_in_any_order(feed: list[tuple[str, int]]) -> None:
    assert raised(Step(of([("b", 1), ("a", 2), ("c", 1)], ordered=False)), feed) == [3]


def test_what_is_open_is_explained() -> None:
    step = Step(of([("a", 1), ("b", 1)]))
    step.event("a", 0)
    step.event("b", 1_000)
    [edge] = step.found.edges
    assert edge.words.endswith("2 of 2 steps")
    assert edge.order == (T0 + 1_000, 2)
