import msgspec
import pytest

from netmon.domain.inventory import Element
from netmon.rulebook.profile_values import Column, Profile, Table
from netmon.sources.poller.adapt import ResponseSize, RoundTrip, octets
from netmon.sources.poller.lane import Lane
from netmon.sources.poller.plan import Facts, choose, groups, questions
from netmon.sources.poller.schedule import Agenda, PollingConfig, Ready, first_run, next_slot, offset_ms

NOW = 1_800_000_012_345


def test_defaults_are_those_of_the_specification():
    config = msgspec.convert({}, PollingConfig)
    assert (config.default_every.ms, config.timeout.ms, config.retries) == (60_000, 2_000, 2)
    assert (config.max_in_flight, config.slow_lane_in_flight, config.per_element_in_flight) == (500, 50, 1)
    assert (config.max_response, config.max_rows) == (1_400, 100_000)
    assert config.run_budget_ms(60_000) == 48_000
    assert config.run_budget_ms(3_600_000) == 120_000


@pytest.mark.parametrize("billed", [True, False])
def test_slots_are_wall_clock_multiples_plus_an_offset_of_the_element(billed: bool):
    offset = offset_ms("r1", interval_ms=60_000, billed=billed)
    assert 0 <= offset < (1_000 if billed else 60_000)
    slot = next_slot(NOW, interval_ms=60_000, offset=offset)
    assert NOW < slot <= NOW + 60_000
    assert slot % 60_000 == offset
    assert next_slot(slot, interval_ms=60_000, offset=offset) == slot + 60_000
    assert next_slot(slot - 1, interval_ms=60_000, offset=offset) == slot


def test_a_start_spreads_first_runs_over_a_minute_but_billed_ones_wait_for_their_slot():
    elements = [f"e{number}" for number in range(500)]
    plain = [first_run(one, now_ms=NOW, interval_ms=3_600_000, billed=False) - NOW for one in elements]
    assert 0 <= min(plain) < 1_000
    assert 58_000 < max(plain) < 60_000
    billed = [first_run(one, now_ms=NOW, interval_ms=300_000, billed=True) for one in elements]
    assert max(billed) - min(billed) < 1_000
    assert min(billed) % 300_000 < 1_000


def test_the_agenda_gives_what_is_due_in_order():
    agenda: Agenda[str] = Agenda()
    for due, item in [(30, "c"), (10, "a"), (10, "b"), (40, "d")]:
        agenda.add(due, item)
    assert agenda.next_due() == 10
    assert agenda.due(30) == [(10, "a"), (10, "b"), (30, "c")]
    assert agenda.next_due() == 40
    assert agenda.due(40) == [(40, "d")]
    assert agenda.next_due() is None


def test_billed_goes_before_wishes_and_wishes_before_the_rest():
    ready: Ready[str] = Ready()
    for item, class_, due in [("other", 2, 1), ("wish", 1, 9), ("billed late", 0, 9), ("billed", 0, 5)]:
        ready.add(item, class_=class_, due_ms=due)
    assert [ready.take()[1] for _ in range(4)] == ["billed", "billed late", "wish", "other"]


def test_a_failed_run_is_followed_by_two_probes_then_by_the_slow_lane():
    lane = Lane("r1", interval_ms=60_000)
    assert lane.failed(1_000) == [6_000, 16_000]
    assert lane.wants(6_000)
    assert not lane.wants(6_000)
    assert (lane.failed(8_000), lane.slow) == ([], False)
    assert lane.wants(16_000)
    [slow] = lane.failed(18_000)
    assert 18_000 < slow <= 48_000
    assert (lane.failed(19_000), lane.slow) == ([], True)
    assert lane.wants(slow)
    assert lane.failed(slow + 2_000) == [slow + 30_000]
    assert (lane.answered(), lane.slow) == ("back", False)
    assert not lane.wants(slow + 30_000)


def test_an_answer_calls_probes_off():
    lane = Lane("r1", interval_ms=60_000)
    lane.failed(1_000)
    assert lane.answered() == "usual"
    assert not lane.wants(6_000)
    assert lane.failed(61_000) == [66_000, 76_000]


def test_the_timeout_follows_rfc_6298():
    trip = RoundTrip(2_000)
    assert trip.timeout_ms == 2_000
    trip.measured(800_000)
    assert trip.timeout_ms == 800 + 4 * 400
    for _ in range(100):
        trip.measured(800_000)
    assert trip.timeout_ms == 1_000
    trip.measured(60_000_000)
    assert trip.timeout_ms == 10_000
    near = RoundTrip(100)
    near.measured(1_000)
    assert near.timeout_ms == 100


def pages(size: ResponseSize, number: int, *, now_ms: int) -> None:
    for _ in range(number):
        size.full_page(now_ms=now_ms)


def test_the_size_of_answers_grows_slowly_and_halves_at_once():
    size = ResponseSize(1_400)
    assert (size.varbinds, size.max_repetitions(10), size.max_repetitions(80)) == (50, 5, 1)
    pages(size, 10, now_ms=0)
    assert size.varbinds == 75
    assert size.too_big(10, now_ms=1_000)
    assert size.varbinds == 37
    pages(size, 100, now_ms=2_000)
    assert size.varbinds == 37
    pages(size, 1, now_ms=3_601_000)
    assert size.varbinds == 55
    assert [size.too_big(20, now_ms=0) for _ in range(3)] == [True, True, False]
    assert size.varbinds == 20


def test_large_values_leave_room_for_fewer():
    size = ResponseSize(1_400)
    size.seen([("1.3.6.1.2.1.31.1.1.1.18.7", 4, b"x" * 182)])
    assert octets(("1.3.6.1.2.1.31.1.1.1.18.7", 4, b"x" * 182)) == 200
    assert size.varbinds == 7


def _profile(
    name: str, *, ids: tuple[str, ...] = (), has: tuple[str, ...] = (), every: tuple[int, ...] = (0,)
) -> Profile:
    columns = (Column("c", "1.3", "gauge"),)
    tables = tuple(Table(f"{name}{ms}", columns, every_ms=ms) for ms in every)
    return Profile(name, tables, sysobjectid=ids, has=has)


PROFILES = (
    _profile("generic"),
    _profile("if-mib", has=("1.3.6.1.2.1.2.2.1.1",)),
    _profile("acme", ids=("1.3.6.1.4.1.9.*",)),
    _profile("acme-olt", ids=("1.3.6.1.4.1.9.7.*", "1.3.6.1.4.1.10.1")),
    _profile("acme-pon", ids=("1.3.6.1.4.1.9.7.1.*",), has=("1.3.6.1.4.1.9.1",)),
)


@pytest.mark.parametrize(
    ("sysobjectid", "present", "chosen"),
    [
        ("1.3.6.1.4.1.8072.3", (), ["generic"]),
        ("1.3.6.1.4.1.8072.3", ("1.3.6.1.2.1.2.2.1.1",), ["generic", "if-mib"]),
        ("1.3.6.1.4.1.9.1", (), ["generic", "acme"]),
        ("1.3.6.1.4.1.99", (), ["generic"]),
        ("1.3.6.1.4.1.9.7.1.5", (), ["generic", "acme-olt"]),
        ("1.3.6.1.4.1.9.7.1.5", ("1.3.6.1.4.1.9.1",), ["generic", "acme-pon"]),
        ("1.3.6.1.4.1.10.1", (), ["generic", "acme-olt"]),
        ("1.3.6.1.4.1.10.1.1", (), ["generic"]),
    ],
)
def test_profiles_are_chosen_by_what_the_element_says(sysobjectid: str, present: tuple[str, ...], chosen: list[str]):
    facts = Facts(sysobjectid, present=frozenset(present))
    assert [profile.name for profile in choose(PROFILES, Element("r1", ("::1",)), facts)] == chosen


def test_profiles_named_in_the_inventory_are_taken_as_they_are():
    element = Element("r1", ("::1",), profiles=("acme-pon",))
    assert [profile.name for profile in choose(PROFILES, element, Facts(""))] == ["acme-pon"]
    assert questions(PROFILES) == ("1.3.6.1.2.1.2.2.1.1", "1.3.6.1.4.1.9.1")


def test_tables_of_one_interval_are_one_group():
    found = groups([_profile("a", every=(0, 300_000)), _profile("b", every=(60_000,))], every_ms=60_000)
    assert {ms: [part.table.name for part in parts] for ms, parts in found.items()} == {
        60_000: ["a0", "b60000"],
        300_000: ["a300000"],
    }
    assert groups([], every_ms=60_000) == {60_000: ()}
