import pytest

from netmon.sources.clock import Clock
from tests.sources.taking import HandClock

QUARTER_MS = 900_000


def test_steps_of_the_wall_clock_move_nothing():
    hands = HandClock(at_ms=1_000_000)
    clock = Clock(hands.wall_ns, hands.monotonic_ns)
    hands.move(250)
    hands.wall -= 3_600_000 * 1_000_000
    assert clock.now_ms() == 1_000_250
    assert clock.offset_ms() == -3_600_000
    row, behind = clock.health()
    assert behind.value == 0
    assert (row.name, row.part, row.value) == ("clock", "offset_ms", -3_600_000)


def test_monotonic_time_of_a_moment_moves_with_the_line():
    hands = HandClock()
    clock = Clock(hands.wall_ns, hands.monotonic_ns)
    first = clock.now_ms()
    hands.move(1_234)
    assert clock.mono_ms(clock.now_ms()) - clock.mono_ms(first) == 1_234
    assert clock.mono_ms(first) == 5_000


def test_each_anchor_is_a_run_of_its_own():
    assert Clock().run != Clock().run


@pytest.mark.parametrize("step_ms", [3_600_000, -3_600_000, 1_001])
def test_where_the_wall_clock_stays_time_begins_anew_at_the_end_of_an_interval(step_ms: int) -> None:
    hands = HandClock(at_ms=10 * QUARTER_MS + 60_000)
    clock = Clock(hands.wall_ns, hands.monotonic_ns)
    before = clock.run
    hands.wall += step_ms * 1_000_000
    assert not clock.follow_wall()
    hands.move(QUARTER_MS)
    assert not clock.follow_wall(), "no interval has ended since"
    hands.move(QUARTER_MS - 60_001)
    assert not clock.follow_wall()
    hands.move(1)
    assert clock.follow_wall()
    assert clock.offset_ms() == 0
    assert clock.now_ms() == 12 * QUARTER_MS + step_ms
    assert clock.run != before
    assert not clock.follow_wall()
    # Times that were told before come again until the clock has passed them.
    assert clock.spent_ms == 12 * QUARTER_MS
    assert clock.health()[1].value == max(0, -step_ms)


def test_a_wall_clock_that_comes_back_moves_nothing():
    hands = HandClock(at_ms=10 * QUARTER_MS)
    clock = Clock(hands.wall_ns, hands.monotonic_ns)
    before = clock.run
    for step_ms in (5_000, -5_000, 5_000):
        hands.wall += step_ms * 1_000_000
        assert not clock.follow_wall()
        hands.move(QUARTER_MS - 1)
    # The last step is not old enough.
    assert not clock.follow_wall()
    assert (clock.run, clock.offset_ms()) == (before, 5_000)
