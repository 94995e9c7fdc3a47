"""Sliding windows and counting rules for any events, against what the words of the rules say (specs/rules.md 6.7)."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from netmon.correlate.window import Window
from tests.examples import examples

W = 10
ENTRIES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), min_size=1, max_size=25)


@examples(400)
@given(ENTRIES)
def test_a_window_holds_each_value_of_the_span_before_the_newest_once(feed: list[tuple[int, int]]) -> None:
    window, newest = Window(W), 0
    for number, (value, at) in enumerate(feed):
        window.add(value, at)
        newest = max(newest, at)
        seen = feed[: number + 1]
        wanted = {value_ for value_, at_ in seen if newest - W < at_ <= newest}
        assert set(window.entries) == wanted
        assert list(window.entries.values()) == sorted(window.entries.values())


@examples(400)
@given(ENTRIES, st.integers(1, 5))
def test_it_falls_below_a_number_exactly_when_it_holds_fewer(feed: list[tuple[int, int]], number: int) -> None:
    window = Window(W)
    for value, at in feed:
        window.add(value, at)
    held, newest = dict(window.entries), window.newest
    due = window.falls_below(number)
    for to in range(newest, newest + W + 1):
        fewer = sum(to - W < at for at in held.values()) < number
        assert fewer == (to >= due)
    window.slide(due)
    assert len(window.entries) < number


@examples(400)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, W - 1)), min_size=1, max_size=12), st.randoms())
def test_the_order_of_arrival_does_not_matter(feed: list[tuple[int, int]], random: Random) -> None:
    one, other = Window(W), Window(W)
    for value, at in feed:
        one.add(value, at)
    for value, at in sorted(feed, key=lambda _: random.random()):
        other.add(value, at)
    assert one.entries == other.entries
