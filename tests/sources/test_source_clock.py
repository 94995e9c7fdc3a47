import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.sources.clock import Clock
from tests.sources.taking import HandClock

QUARTER_MS = 900_000
HOUR_MS = 3_600_000


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
    assert clock.billed_ms(clock.now_ms()) == 12 * QUARTER_MS + step_ms
    assert clock.now_ms() == 12 * QUARTER_MS + max(0, step_ms)
    assert clock.run != before
    assert not clock.follow_wall()
    # Times that were told before come again until the clock has passed them.
    assert clock.spent_ms == 12 * QUARTER_MS
    assert [row.value for row in clock.health()] == [min(0, step_ms), max(0, -step_ms)]


def followed(hands: HandClock, clock: Clock, step_ms: int) -> None:
    """Step the wall clock, and let that last until it is followed."""
    hands.wall += step_ms * 1_000_000
    clock.follow_wall()
    hands.move(2 * QUARTER_MS)
    assert clock.follow_wall()


def test_after_a_step_back_time_goes_on_at_half_the_pace_until_the_wall_clock_has_caught_up() -> None:
    hands = HandClock()
    clock = Clock(hands.wall_ns, hands.monotonic_ns)
    followed(hands, clock, -HOUR_MS)
    began, mono = clock.now_ms(), clock.mono_ms(clock.now_ms())
    for minute in range(0, 240, 10):
        now = clock.now_ms()
        assert now - began == (minute // 2 if minute < 120 else minute - 60) * 60_000
        # Rates are of the time that passed, whatever it is called.
        assert clock.mono_ms(now) - mono == minute * 60_000
        billed = clock.billed_ms(now)
        assert billed == hands.wall // 1_000_000
        assert clock.line_ms(billed) == now
        # Usage waits for an hour; then it has the times of the wall clock.
        assert now - clock.behind_ms(now) == max(began, billed)
        assert clock.health()[0].value == -max(0, 60 - minute // 2) * 60_000
        hands.move(600_000)


def test_a_step_ahead_while_time_goes_slowly_ends_that() -> None:
    hands = HandClock()
    clock = Clock(hands.wall_ns, hands.monotonic_ns)
    followed(hands, clock, -HOUR_MS)
    followed(hands, clock, 2 * HOUR_MS)
    assert clock.now_ms() == hands.wall // 1_000_000
    assert clock.behind_ms(clock.now_ms()) == 0


def test_a_start_under_a_clock_that_is_behind_goes_on_from_what_was_told() -> None:
    hands = HandClock()
    clock = Clock(hands.wall_ns, hands.monotonic_ns)
    told = hands.wall // 1_000_000 + HOUR_MS
    clock.resume(told, billed_ms=told)
    assert clock.now_ms() == clock.spent_ms == told
    assert clock.billed_ms(told) == hands.wall // 1_000_000
    hands.move(HOUR_MS)
    assert (clock.now_ms(), clock.behind_ms(clock.now_ms())) == (told + HOUR_MS // 2, HOUR_MS // 2)
    hands.move(HOUR_MS)
    assert clock.now_ms() == hands.wall // 1_000_000
    clock.resume(told - HOUR_MS, billed_ms=told - HOUR_MS)
    assert clock.now_ms() == hands.wall // 1_000_000


def test_a_start_while_time_goes_slowly_makes_usage_wait_no_longer() -> None:
    hands = HandClock()
    clock = Clock(hands.wall_ns, hands.monotonic_ns)
    followed(hands, clock, -HOUR_MS)
    began = clock.now_ms()
    for minutes in (30, 60):
        hands.move(minutes * 60_000)
        told = clock.now_ms()
        usage = told - clock.behind_ms(told)
        clock = Clock(hands.wall_ns, hands.monotonic_ns)
        clock.resume(told, billed_ms=usage)
        assert clock.now_ms() == told
        assert told - clock.behind_ms(told) == usage
    assert usage == hands.wall // 1_000_000 == began + 30 * 60_000
    hands.move(30 * 60_000)
    assert clock.now_ms() == hands.wall // 1_000_000


@given(st.lists(st.tuples(st.integers(-3 * HOUR_MS, 3 * HOUR_MS), st.integers(1, 3 * HOUR_MS)), max_size=8))
def test_whatever_the_wall_clock_does_time_never_goes_back_and_comes_to_it(steps: list[tuple[int, int]]) -> None:
    hands = HandClock()
    clock = Clock(hands.wall_ns, hands.monotonic_ns)
    told, usage = clock.now_ms(), 0
    for step_ms, for_ms in steps:
        hands.wall += step_ms * 1_000_000
        for part_ms in (1, for_ms // 2, for_ms - for_ms // 2):
            hands.move(part_ms)
            clock.follow_wall()
            now = clock.now_ms()
            assert now >= told
            assert clock.billed_ms(now) <= now
            assert 0 <= clock.line_ms(clock.billed_ms(now)) - now <= 2
            assert now - clock.behind_ms(now) >= usage
            told, usage = now, now - clock.behind_ms(now)
    for _ in range(3):
        hands.move(100 * HOUR_MS)
        clock.follow_wall()
    assert abs(clock.now_ms() - hands.wall // 1_000_000) <= 1_000


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
