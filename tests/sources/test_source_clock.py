from netmon.sources.clock import Clock
from tests.sources.taking import HandClock


def test_steps_of_the_wall_clock_move_nothing():
    hands = HandClock(at_ms=1_000_000)
    clock = Clock(hands.wall_ns, hands.monotonic_ns)
    hands.move(250)
    hands.wall -= 3_600_000 * 1_000_000
    assert clock.now_ms() == 1_000_250
    assert clock.offset_ms() == -3_600_000
    [row] = clock.health()
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
