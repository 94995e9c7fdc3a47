from netmon.sources.poller.lateness import Lateness

INTERVAL_MS = 60_000


def began(lateness: Lateness, late_ms: int, *, at_ms: int = 0) -> float:
    return lateness.began(due_ms=at_ms - late_ms, now_ms=at_ms, interval_ms=INTERVAL_MS)


def test_one_in_a_hundred_may_be_later():
    lateness = Lateness()
    for _ in range(99):
        began(lateness, 100)
    assert lateness.permille(0) == 0, "of few runs nothing can be said"
    assert began(lateness, 30_000) == 30
    assert lateness.permille(0) == 500
    for _ in range(100):
        began(lateness, 6_600)
    assert lateness.permille(0) == 110
    assert (lateness.latest_ms(), lateness.latest_ms()) == (30_000, 0)


def test_what_is_long_past_counts_no_more():
    lateness = Lateness()
    for _ in range(100):
        began(lateness, 30_000, at_ms=1_000)
    assert lateness.permille(601_000) == 500
    assert lateness.permille(601_001) == 0
