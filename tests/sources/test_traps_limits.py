"""Storm limits: what one source sends too much is shed, exactly and of nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.duration import Rate
from netmon.sources.traps import limits as limits_module
from netmon.sources.traps.limits import Bucket, LimitConfig, Limits, LimitsConfig, Reports

S = 1_000_000_000
DOWN, UP, OTHER = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4", "1.3.6.1.4.1.9.9"
SMALL = LimitsConfig(
    source=LimitConfig(Rate("100/s"), 50),
    trap=LimitConfig(Rate("20/s"), 10),
    v3_crypto_rate=Rate("50/s"),
    v3_crypto_total=Rate("100/s"),
)


def flood(limits: Limits, source: str, oid: str, *, number: int, at: int = 0, per_s: int = 1_000) -> list[str | None]:
    return [limits.shed(source, oid, at + number * S // per_s) for number in range(number)]


def test_a_burst_passes_and_the_rest_is_shed_by_the_limit_of_its_trap() -> None:
    answers = flood(Limits(SMALL), "192.0.2.1", DOWN, number=1_000)
    # 10 at once and 20 in the second that this takes.
    assert answers.count(None) == 29
    assert answers[:10] == [None] * 10
    assert "storm_trap" in answers


def test_many_kinds_of_traps_meet_the_limit_of_the_source() -> None:
    limits = Limits(SMALL)
    answers = [limits.shed("192.0.2.1", f"{OTHER}.{number}", number * S // 1_000) for number in range(1_000)]
    assert answers.count(None) == 149
    assert answers.count("storm_source") == 851


def test_a_flood_of_one_trap_leaves_room_for_the_others_of_its_source() -> None:
    limits = Limits(SMALL)
    flood(limits, "192.0.2.1", DOWN, number=10_000)
    answers = [limits.shed("192.0.2.1", f"{OTHER}.{number}", 10 * S) for number in range(30)]
    assert answers == [None] * 30


def test_a_storm_of_one_takes_nothing_from_another() -> None:
    limits = Limits(SMALL)
    flood(limits, "192.0.2.1", DOWN, number=5_000)
    assert limits.shed("192.0.2.2", DOWN, 5 * S) is None


def test_what_only_clears_passes_up_to_ten_times_the_rate() -> None:
    limits = Limits(SMALL, [UP])
    flood(limits, "192.0.2.1", DOWN, number=2_000)
    assert limits.shed("192.0.2.1", UP, 2 * S) is None
    answers = flood(limits, "192.0.2.1", UP, number=4_000, at=3 * S, per_s=4_000)
    assert 1_450 <= answers.count(None) <= 1_500
    assert "storm_source" in answers


def test_a_storm_ends_after_half_a_minute_of_calm_and_only_once() -> None:
    limits = Limits(SMALL)
    flood(limits, "192.0.2.1", DOWN, number=2_000)
    assert limits.over(2 * S) == ()
    for second in range(2, 40):
        limits.shed("192.0.2.1", DOWN, second * S)
        if second < 32:
            assert limits.over(second * S) == ()
    assert limits.over(40 * S) == ("192.0.2.1",)
    assert limits.over(41 * S) == ()


def test_a_rate_of_a_third_keeps_a_storm_alive() -> None:
    limits = Limits(SMALL)
    flood(limits, "192.0.2.1", DOWN, number=2_000)
    for tick in range(20, 900):
        limits.shed("192.0.2.1", DOWN, tick * S // 10)
    assert limits.over(90 * S) == ()
    assert limits.over(121 * S) == ("192.0.2.1",)
    assert limits.over(122 * S) == ()


def test_too_many_sources_share_the_bucket_of_their_network() -> None:
    limits = Limits(SMALL, most=4)
    for number in range(1, 3):
        assert limits.shed(f"198.51.100.{number}", DOWN, 0) is None
    answers = [limits.shed(f"203.0.113.{number}", DOWN, 0) for number in range(200)]
    assert answers.count(None) < 60
    assert limits.shed("2001:db8::1", DOWN, 0) is None


def test_sources_that_share_a_bucket_are_charged_once() -> None:
    limits = Limits(SMALL, most=4)
    for number in range(1, 3):
        limits.shed(f"198.51.100.{number}", DOWN, 0)
    answers = [limits.shed(f"203.0.113.{number}", DOWN, 0) for number in range(100)]
    assert answers == [None] * 50 + ["storm_source"] * 50
    assert limits.shed("203.0.114.1", DOWN, 0) is None


def test_networks_are_of_24_bits_and_of_64() -> None:
    limits = Limits(SMALL, most=40)
    for number in range(20):
        limits.shed(f"198.51.100.{number}", DOWN, 0)
    sources = ["203.0.113.1", "203.0.113.9", "203.0.114.1", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "core1"]
    for source in [*sources, "core2"]:
        assert limits.shed(source, DOWN, 0) is None
    shared = {source for source, _ in limits._buckets if not source.startswith("198.51.100.")}
    assert shared == {"203.0.113.0/24", "203.0.114.0/24", "2001:db8::/64", "2001:db8:0:1::/64", "elements"}


def test_no_flood_of_addresses_fills_anything() -> None:
    limits = Limits(SMALL, [UP], most=40)
    for number in range(500):
        source = f"10.{number >> 8}.{number & 255}.1"
        for oid in (DOWN, UP, OTHER):
            for _ in range(3):
                limits.shed(source, oid, number * 1_000)
        limits.may_decrypt(source, number * 1_000)
    assert len(limits._buckets) <= 52
    assert len(limits._crypto) <= 51
    assert len(limits._storms) <= 40
    assert len(limits._raging) <= 40


def test_a_storm_is_over_for_whoever_shared_its_bucket() -> None:
    limits = Limits(SMALL, most=4)
    limits.shed("192.0.2.1", DOWN, 0)
    limits.shed("192.0.2.1", UP, 0)
    for number in range(400):
        limits.shed(f"203.0.113.{number % 4}", DOWN, number)
    assert "203.0.113.1" in limits.storms
    assert limits.over(29 * S) == ()
    assert limits.over(62 * S) == tuple(f"203.0.113.{number}" for number in range(4))
    assert "203.0.113.1" not in limits.storms


def test_a_source_is_judged_early_only_while_it_is_in_a_storm() -> None:
    limits = Limits(SMALL)
    flood(limits, "192.0.2.1", DOWN, number=2_000)
    assert "192.0.2.1" in limits.storms
    assert "192.0.2.2" not in limits.storms
    assert limits.over(40 * S) == ("192.0.2.1",)
    assert "192.0.2.1" not in limits.storms


def test_idle_buckets_are_forgotten_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits_module, "_SWEPT", 30)
    limits = Limits(SMALL)
    for number in range(50):
        limits.shed(f"198.51.100.{number}", DOWN, 0)
        limits.may_decrypt(f"198.51.100.{number}", 0)
    left = []
    while limits._buckets:
        limits.over(31 * S)
        left.append(len(limits._buckets))
    assert left == [70, 40, 10, 0]
    limits.over(31 * S)
    assert limits._crypto == {}


def test_idle_buckets_are_forgotten() -> None:
    limits = Limits(SMALL)
    for number in range(200):
        limits.shed(f"198.51.100.{number}", DOWN, 0)
    limits.over(31 * S)
    assert limits._buckets == {}


def test_half_of_the_work_of_all_is_kept_for_sources_that_proved_themselves() -> None:
    limits = Limits(SMALL)
    limits.proved("192.0.2.1", 0)
    forged = sum(limits.may_decrypt(f"203.0.113.{number % 250}", 0) for number in range(10_000))
    assert forged == 50
    assert all(limits.may_decrypt("192.0.2.1", 0) for _ in range(40))


def test_one_source_may_not_make_all_the_work() -> None:
    limits = Limits(SMALL)
    limits.proved("192.0.2.1", 0)
    assert sum(limits.may_decrypt("192.0.2.1", 0) for _ in range(1_000)) == 50


def test_what_polls_look_into_is_work_of_all_as_well() -> None:
    limits = Limits(SMALL)
    limits.proved("192.0.2.1", 0)
    assert limits.may_decrypt("192.0.2.1", 0)
    limits.spend(90, 0)
    assert sum(limits.may_decrypt("192.0.2.1", 0) for _ in range(40)) == 9
    # What was spent beyond the limit is paid back: as long as polls do more than is allowed, traps wait.
    limits.spend(1_000, 0)
    assert not limits.may_decrypt("192.0.2.1", S)
    assert limits.may_decrypt("192.0.2.1", 2 * S)


def test_reports_go_to_one_source_and_to_all_at_a_bounded_rate() -> None:
    reports = Reports()
    assert sum(reports.may("192.0.2.1", S) for _ in range(100)) == 10
    assert sum(reports.may(f"203.0.113.{number % 200}", S) for number in range(1_000)) == 90
    assert sum(reports.may(f"198.51.100.{number % 200}", 2 * S) for number in range(1_000)) == 100


@given(st.lists(st.integers(0, 50_000_000), min_size=1, max_size=300))
def test_never_more_passes_than_burst_and_rate_allow(gaps: list[int]) -> None:
    bucket, at, passed = Bucket(100.0, 20, 0), 0, 0
    for gap in gaps:
        at += gap
        passed += bucket.take(at)
    assert passed <= 20 + at / S * 100 + 1
