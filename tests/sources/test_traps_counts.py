"""Counts of rejections are written a little at a time, and go on where they were."""

from netmon.sources.traps.counts import Counts, Key

HOUR, DAY = 3_600_000, 86_400_000
NOW = 1_000 * DAY
ONE: Key = ("default", "192.0.2.1", "malformed")
TWO: Key = ("cust a", "r1", "storm_trap")


def kept(counts: Counts) -> dict[str, bytes]:
    return {name: value for name, value in counts.learned(100_000).items() if value is not None}


def found(counts: Counts, now: int) -> dict[Key, tuple[int, int]]:
    return {key: (last, count) for key, last, count in counts.of_day(now)}


def restored(rows: dict[str, bytes], now: int) -> Counts:
    made = Counts()
    made.restore(rows, now)
    return made


def test_hours_leave_the_day_one_by_one_whether_or_not_there_was_a_restart() -> None:
    counts = Counts()
    for hour in range(20):
        counts.count(ONE, at=NOW + hour * HOUR, count=hour)
    counts.count(TWO, at=NOW)
    again = restored(kept(counts), NOW + 20 * HOUR)
    for hour in range(20, 31):
        now = NOW + hour * HOUR
        assert found(again, now) == found(counts, now)
    assert found(again, NOW + 30 * HOUR) == {ONE: (NOW + 19 * HOUR, sum(range(7, 20)))}
    again.count(ONE, at=NOW + 30 * HOUR)
    assert found(again, NOW + 30 * HOUR)[ONE] == (NOW + 30 * HOUR, sum(range(7, 20)) + 1)


def test_only_so_many_hours_are_kept_though_nobody_asks() -> None:
    counts = Counts()
    for hour in range(500):
        pair = counts.count(ONE, at=NOW + hour * HOUR)
    assert len(pair.hours) <= 24


def test_only_what_went_on_is_written_and_what_waits_longest_first() -> None:
    counts = Counts()
    for key in (ONE, TWO, ONE):
        counts.count(key, at=NOW)
    [first] = counts.learned(1)
    counts.count(ONE, at=NOW)
    [second, third] = counts.learned(10)
    assert (first, second, third) == ("malformed 192.0.2.1 default", "storm_trap r1 cust a", first)
    assert counts.learned(10) == {}


def test_what_is_of_the_day_before_leaves_the_store() -> None:
    counts = Counts()
    counts.count(ONE, at=NOW)
    rows = kept(counts)
    again = restored(rows, NOW + DAY + 1)
    assert (len(again), again.learned(10)) == (0, dict.fromkeys(rows))
    counts.count(TWO, at=NOW + 2 * DAY)
    assert found(counts, NOW + 2 * DAY) == {TWO: (NOW + 2 * DAY, 1)}
    assert counts.learned(10)["malformed 192.0.2.1 default"] is None


def test_a_clock_that_went_back_over_the_restart_makes_no_count_last_longer() -> None:
    counts = Counts()
    counts.count(ONE, at=NOW + 30 * DAY, count=3)
    again = restored(kept(counts), NOW)
    assert found(again, NOW) == {ONE: (NOW, 3)}
    assert found(again, NOW + DAY + HOUR) == {}


def test_more_pairs_than_there_is_room_for_are_counted_as_one_after_a_restart_too() -> None:
    counts = Counts()
    for number in range(10_500):
        counts.count(("default", str(number), "malformed"), at=NOW)
    again = restored(kept(counts), NOW)
    again.count(("default", "another", "malformed"), at=NOW)
    assert len(again) == 10_001
    assert found(again, NOW)["*", "*", "malformed"] == (NOW, 501)


def test_rows_that_cannot_be_read_are_left_out() -> None:
    counts = Counts()
    counts.count(ONE, at=NOW)
    assert found(restored({**kept(counts), "x": b"\xc1", "y": b"\x90"}, NOW), NOW) == {ONE: (NOW, 1)}
