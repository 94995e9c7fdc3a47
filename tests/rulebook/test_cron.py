"""When a cron expression names a moment, in zones that change their clocks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.rulebook.cron import instant, parse_cron
from tests.examples import examples

RIGA = ZoneInfo("Europe/Riga")
MINUTE_MS = 60_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    ("cron", "after", "start"),
    [
        ("0 2 * * SUN", "2026-06-01 00:00", "2026-06-06 23:00"),  # Sunday the 7th, 02:00 in Riga
        ("0 2 * * 7", "2026-06-01 00:00", "2026-06-06 23:00"),
        ("*/15 * * * *", "2026-06-01 00:00", "2026-06-01 00:15"),
        ("0 0 1 jan *", "2026-06-01 00:00", "2026-12-31 22:00"),
        ("0 12 29 2 *", "2026-06-01 00:00", "2028-02-29 10:00"),
        ("0 12 13 * FRI", "2026-06-01 00:00", "2026-06-05 09:00"),  # the 13th, or any Friday
        ("0 12 * * 1-3/2", "2026-06-01 10:00", "2026-06-03 09:00"),
    ],
)
def test_the_next_start(cron: str, after: str, start: str):
    assert parse_cron(cron).first_after(ms(after), RIGA) == ms(start)


def test_a_local_time_that_does_not_exist_starts_at_the_next_valid_instant():
    # On 2026-03-29 the clocks of Riga go from 03:00 to 04:00.
    assert parse_cron("30 3 * * *").first_after(ms("2026-03-28 12:00"), RIGA) == ms("2026-03-29 01:00")
    assert parse_cron("0 4 * * *").first_after(ms("2026-03-28 12:00"), RIGA) == ms("2026-03-29 01:00")


def test_a_local_time_that_exists_twice_starts_at_the_first():
    # On 2026-10-25 they go from 04:00 back to 03:00.
    cron = parse_cron("30 3 * * *")
    first = ms("2026-10-25 00:30")
    assert cron.first_after(ms("2026-10-24 12:00"), RIGA) == first
    assert cron.first_after(first, RIGA) == ms("2026-10-26 01:30")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0 2 * *", "'0 2 * *' has 4 fields, not 5 (minute, hour, day, month, day of week)"),
        ("60 * * * *", "minute: '60' is not within 0 and 59"),
        ("* * * * SUM", "day of week: unknown name 'SUM' (did you mean 'SUN'?)"),
        ("*/0 * * * *", "minute: '*/0' has no whole step"),
        ("* 5-1 * * *", "hour: '5-1' ends before it begins"),
        ("* * 30 2 *", "'* * 30 2 *' never comes"),
        ("x * * * *", "minute: 'X' is not within 0 and 59"),
        ("-1 * * * *", "minute: '' is not within 0 and 59"),
    ],
)
def test_what_is_wrong(text: str, why: str):
    with pytest.raises(ValueError) as raised:
        parse_cron(text)
    assert str(raised.value) == why


NUMBERS = st.sampled_from(["*", "*/7", "0", "30", "5,50", "10-20/5"])
HOURS = st.sampled_from(["*", "3", "2-4", "*/6", "23"])
DAYS = st.sampled_from(["*", "*", "29", "25", "1-7"])
WEEKDAYS = st.sampled_from(["*", "*", "SUN", "1-5"])
MOMENTS = st.one_of(
    st.integers(ms("2026-03-28 00:00"), ms("2026-03-30 00:00")),
    st.integers(ms("2026-10-24 00:00"), ms("2026-10-26 00:00")),
)


@examples(100)
@given(st.tuples(NUMBERS, HOURS, DAYS, st.just("*"), WEEKDAYS), MOMENTS, st.sampled_from([1, 60, 600, 3_000]))
def test_last_and_first_agree_over_both_changes_of_the_clocks(fields: tuple[str, ...], at: int, minutes: int):
    cron, within_ms = parse_cron(" ".join(fields)), minutes * MINUTE_MS
    last, following = cron.last_until(at, RIGA, within_ms=within_ms), cron.first_after(at, RIGA)
    assert following is not None
    assert following > at
    if last is not None:
        assert at - within_ms < last <= at
        assert (cron.first_after(last, RIGA) or 0) > at
        assert cron.first_after(last - 1, RIGA) == last
    else:
        assert (cron.first_after(at - within_ms, RIGA) or 0) > at


@examples(100)
@given(MOMENTS)
def test_an_instant_is_the_first_that_shows_its_local_time(at: int):
    at -= at % MINUTE_MS
    local = datetime.fromtimestamp(at // 1000, RIGA).replace(tzinfo=None, fold=0)
    found = instant(local, RIGA)
    assert found <= at
    assert datetime.fromtimestamp(found // 1000, RIGA).replace(tzinfo=None, fold=0) == local
