"""Steps of charts: the ladder, and points aligned to the epoch."""

import pytest

from netmon.storage.grid import LADDER_S, grid, step_ms

HOUR, DAY = 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("span_ms", "max_points", "interval_ms", "wished_ms", "step_s"),
    [
        (HOUR, 1_500, 0, 0, 5),
        (HOUR, 1_500, 60_000, 0, 60),
        (HOUR, 1_500, 45_000, 0, 60),
        (6 * HOUR, 1_500, 60_000, 0, 60),
        (DAY, 1_500, 60_000, 0, 60),
        (DAY, 1_500, 60_000, 300_000, 300),
        (DAY, 1_500, 60_000, 1_000, 60),
        (30 * DAY, 1_500, 60_000, 0, 1800),
        (400 * DAY, 1_500, 60_000, 0, 86_400),
        (400 * DAY, 100, 60_000, 0, 5 * 86_400),
        (1, 5_000, 0, 0, 1),
    ],
)
def test_step_is_the_next_of_the_ladder(span_ms, max_points, interval_ms, wished_ms, step_s):
    step = step_ms(span_ms, max_points=max_points, interval_ms=interval_ms, wished_ms=wished_ms)
    assert step == step_s * 1000
    assert step_s in LADDER_S or step_s % 86_400 == 0


@pytest.mark.parametrize("begin", [0, 1, 59_999, 1_700_000_000_123])
@pytest.mark.parametrize("max_points", [100, 1_500, 5_000])
def test_never_more_points_than_asked_for(begin, max_points):
    for span_ms in (1, 999, HOUR, 7 * HOUR + 1, 31 * DAY, 400 * DAY):
        step = step_ms(span_ms, max_points=max_points)
        first, n = grid(begin, begin + span_ms, step)
        assert 1 <= n <= max_points
        assert first % step == 0
        assert first <= begin < first + step
        assert first + (n - 1) * step < begin + span_ms <= first + n * step
