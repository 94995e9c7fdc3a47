"""What metrics were in the last while (specs/rules.md 8)."""

from typing import Any

import pytest

from netmon.correlate.windows import EXPIRED_PER_TICK, MOST, Windows
from netmon.domain.sample import SampleBlock
from netmon.rulebook import functions
from netmon.rulebook.kinds import MetricCondition, ThresholdRule
from tests.correlate.by_hand import Step, rule

MINUTE = 60_000


def block(at: int, value: Any, *, kind: Any = "gauge", object_: str = "r1/cpu:1") -> SampleBlock:
    text = ("",)
    return SampleBlock(
        1, at, at, "r1", "t", ("m",), (kind,), text, text, (object_,), ((),), ("1",), ((value,),), MINUTE
    )


def kept(*blocks: SampleBlock) -> Windows:
    windows = Windows()
    windows.use((("m", 3 * MINUTE),), frozenset({"r1"}))
    for one in blocks:
        windows.keep(one, lambda name, seq: pytest.fail(f"{name} {seq}"))
    return windows


def test_a_window_is_open_at_its_begin_and_closed_at_its_end() -> None:
    windows = kept(*(block(n * MINUTE, n) for n in range(5)))
    assert windows.values("m", MINUTE, "r1/cpu:1", 4 * MINUTE) == [4]
    assert windows.values("m", 2 * MINUTE, "r1/cpu:1", 3 * MINUTE) == [2, 3]
    assert windows.values("m", 3 * MINUTE, "r1/cpu:1", 4 * MINUTE) == [2, 3, 4]
    assert windows.values("m", MINUTE, "r1/cpu:2", 4 * MINUTE) == windows.values("n", 1, "r1/cpu:1", 4 * MINUTE) == []


def test_a_late_sample_is_put_in_order_and_what_is_no_number_is_none() -> None:
    windows = kept(block(MINUTE, 1.5), block(3 * MINUTE, 3), block(2 * MINUTE, 2), block(3 * MINUTE + 1, None))
    windows.keep(block(3 * MINUTE + 2, float("nan")), lambda name, seq: None)
    windows.keep(block(3 * MINUTE + 3, "up"), lambda name, seq: None)
    windows.keep(block(3 * MINUTE + 4, 9, kind="counter"), lambda name, seq: None)
    assert windows.values("m", 3 * MINUTE, "r1/cpu:1", 3 * MINUTE + 9) == [1.5, 2, 3]


def test_a_window_that_is_full_lets_the_oldest_go_and_says_so() -> None:
    windows, full = kept(*(block(n, n) for n in range(MOST))), list[tuple[str, int]]()
    windows.keep(block(MOST, MOST), lambda name, seq: full.append((name, seq)))
    assert full == [("m", 1)]
    values = windows.values("m", 3 * MINUTE, "r1/cpu:1", MOST)
    assert (len(values), values[0], values[-1]) == (MOST, 1, MOST)


def test_what_is_asked_no_more_is_forgotten_and_a_snapshot_has_the_rest() -> None:
    windows, again = kept(*(block(n, n) for n in range(2_500))), Windows()
    again.use((("m", 3 * MINUTE),), frozenset({"r1"}))
    for item in windows.dump():
        again.load_item(item)
    assert list(again.dump()) == list(windows.dump())
    windows.use((("n", MINUTE),), frozenset({"r1"}))
    assert list(windows.dump()) == []
    again.use((("m", 3 * MINUTE),), frozenset({"r2"}))
    assert list(again.dump()) == []


def test_objects_that_are_measured_no_more_are_forgotten_some_in_each_tick() -> None:
    windows = kept(*(block(MINUTE, n, object_=f"r1/session:{n}") for n in range(EXPIRED_PER_TICK + 50)))
    windows.keep(block(8 * MINUTE, 1, object_="r1/session:0"), lambda name, seq: None)
    windows.expire(10 * MINUTE - 1)
    assert len(list(windows.dump())) == EXPIRED_PER_TICK + 50
    windows.expire(10 * MINUTE)
    assert len(list(windows.dump())) == 50
    again = Windows()
    again.use((("m", 3 * MINUTE),), frozenset({"r1"}))
    for item in windows.dump():
        again.load_item(item)
    for one in (windows, again):
        one.expire(10 * MINUTE)
        assert list(one.dump()) == [["m", "r1/session:0", [[8 * MINUTE, 1]]]]


def test_a_tick_forgets_windows() -> None:
    measured = MetricCondition(0, ("m",), lambda scope: False)
    step = Step(ThresholdRule(rule("busy"), (measured,), ()), spans=(("m", MINUTE),))
    step.block(0, {"m": [1, 2]}, kinds=("gauge",))
    assert [item[0] for item in step.engine.dump()].count("window") == 2
    step.tick(3 * MINUTE)
    assert "window" not in [item[0] for item in step.engine.dump()]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([], (None, None, None, None, 0)),
        ([7], (7, 7, 7, 7, 1)),
        ([3, 1, 2], (2, 1, 3, 3, 3)),
        (list(range(1, 101)), (50.5, 1, 100, 95, 100)),
        ([1e308, 1e308], (None, 1e308, 1e308, 1e308, 2)),
    ],
)
def test_functions_of_windows(values: list[float], told: tuple[Any, ...]) -> None:
    known = (functions.average, functions.lowest, functions.highest, functions.percentile95, functions.size)
    assert tuple(one(values) for one in known) == told
