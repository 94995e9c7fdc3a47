"""The steps of charts: a ladder that people read easily, aligned to the epoch (specs/dashboard.md 2.2)."""

LADDER_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400)


def step_ms(span_ms: int, *, max_points: int, interval_ms: int = 0, wished_ms: int = 0) -> int:
    """Return the step of a chart over ``span_ms``: the first of the ladder that is long enough.

    Args:
        span_ms: length of the range.
        max_points: most points that are wanted.
        interval_ms: between two samples of the series; a shorter step would only make holes.
        wished_ms: what was asked for; 0: as short as may be.
    """
    # One point more than span / step fits when the range begins within a step.
    least = max(-(-span_ms // max(max_points - 1, 1)), interval_ms, wished_ms, 1)
    for step_s in LADDER_S:
        if step_s * 1000 >= least:
            return step_s * 1000
    day = LADDER_S[-1] * 1000
    return -(-least // day) * day


def grid(start: int, end: int, step: int) -> tuple[int, int]:
    """Return (first point, number of points) that cover [start, end)."""
    first = start // step * step
    return first, max(1, -(-(end - first) // step))
