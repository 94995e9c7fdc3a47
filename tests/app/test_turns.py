"""A thread that computes pauses after so much work, however often it is asked."""

from netmon.app.turns import Turns


def test_a_pause_follows_each_millisecond_of_work() -> None:
    worked_s = iter([5.0, 5.0005, 5.0009, 5.0011, 5.0012, 5.0020, 5.0030])
    slept: list[float] = []
    turns = Turns(lambda: next(worked_s), slept.append)
    counts = []
    for _ in range(7):
        turns()
        counts.append(len(slept))
    assert counts == [1, 1, 1, 2, 2, 2, 3]
    assert set(slept) == {0.001}
