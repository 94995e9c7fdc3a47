"""The evidence table of specs/snmp.md 4.9."""

import msgspec
import pytest

from netmon.domain.observation import REFUSALS, PollResult
from netmon.normalize.reachability import Reachability
from tests.normalize.blocks import failed, result


def words(states):
    return [(state.name, state.previous, state.value) for state in states]


def ping(at: int, *, answered: bool) -> PollResult:
    return msgspec.structs.replace(
        result(at), protocol="icmp", icmp=(1, int(answered), 100, 100, 100) if answered else (1, 0, 0, 0, 0)
    )


def test_any_answer_is_up_at_once():
    states = Reachability().answered(1, result(1000))
    assert words(states) == [("reachability", "unknown", "up"), ("agent", "unknown", "up")]


def test_third_failure_is_down_where_nobody_pings():
    reach = Reachability()
    reach.answered(1, result(0))
    assert reach.failed(2, failed(1)) == []
    assert reach.failed(3, failed(2)) == []
    assert words(reach.failed(4, failed(3))) == [("reachability", "up", "down"), ("agent", "up", "unknown")]
    assert reach.failed(5, failed(4)) == []


def test_answer_between_failures_starts_the_count_anew():
    reach = Reachability()
    for at in range(10):
        assert reach.failed(at, failed(at)) == []
        assert reach.failed(at, failed(at)) == []
        reach.answered(at, result(at))


def test_ping_answered_means_only_the_agent_is_unreachable():
    reach = Reachability()
    reach.answered(1, result(0))
    reach.answered(2, ping(1000, answered=True))
    states = [reach.failed(3 + n, failed(2000 + n)) for n in range(3)]
    assert words(states[2]) == [("agent", "up", "unreachable")]


def test_down_needs_three_lost_pings_where_they_are_sent():
    reach = Reachability()
    reach.answered(1, ping(0, answered=True))
    for n in range(3):
        reach.failed(n, failed(40_000 + n))
    lost = [words(reach.answered(9, ping(50_000 + n, answered=False))) for n in range(3)]
    assert lost == [[], [], [("reachability", "up", "down")]]


def test_icmp_port_unreachable_means_the_host_is_alive():
    reach = Reachability()
    states = [words(reach.failed(n, failed(n, "refused"))) for n in range(3)]
    assert states[2] == [("reachability", "unknown", "up"), ("agent", "unknown", "unreachable")]


def test_a_refusal_of_our_credentials_never_counts_as_down():
    reach = Reachability()
    states = words(reach.failed(1, failed(1, "wrong_digest")))
    assert states == [("reachability", "unknown", "up"), ("agent", "unknown", "refused")]


@pytest.mark.parametrize("reason", sorted(REFUSALS))
def test_the_state_of_a_refusing_agent_names_the_report(reason):
    reach = Reachability()
    reach.answered(1, result(0))
    [state] = reach.failed(2, failed(1, reason))
    assert (state.value, state.reason) == ("refused", reason)


def test_a_refusal_is_an_answer_and_ends_a_row_of_failures():
    reach = Reachability()
    reach.answered(1, result(0))
    for at in (1_000, 2_000):
        assert reach.failed(2, failed(at)) == []
    assert words(reach.failed(3, failed(3_000, "unknown_user"))) == [("agent", "up", "refused")]
    assert reach.failed(4, failed(4_000)) == []


def test_three_groups_that_fail_at_once_wait_for_pings():
    reach = Reachability()
    reach.answered(1, ping(0, answered=True))
    assert [reach.failed(2 + n, failed(40_000)) for n in range(3)] == [[], [], []]


def test_pings_that_were_switched_off_do_not_keep_an_element_up():
    """After a reload with ``ping: off``, or a start without the right to ping, only SNMP tells."""
    reach = Reachability()
    reach.answered(1, ping(0, answered=True))
    reach.answered(2, result(10_000))
    times = (60_000, 67_000, 74_000)
    assert [words(reach.failed(3, failed(at))) for at in times] == [[], [], []]
    assert words(reach.failed(6, failed(75_000))) == [("reachability", "up", "down"), ("agent", "up", "unknown")]


@pytest.mark.parametrize("reason", ["agent_error", "unknown_context", "unavailable_context"])
def test_a_context_that_is_not_there_says_only_that_the_agent_is(reason):
    reach = Reachability()
    missing = msgspec.structs.replace(failed(0, reason), context="vrf-a")
    assert words(reach.failed(1, missing)) == [("reachability", "unknown", "up")]
    reach.answered(2, result(1_000))
    assert reach.failed(3, missing) == []
    assert reach.state("r1") == ("up", "up")


@pytest.mark.parametrize("reason", ["overrun", "budget"])
def test_our_own_lateness_says_nothing(reason):
    reach = Reachability()
    assert [reach.failed(n, failed(n, reason)) for n in range(5)] == [[]] * 5


def test_snapshot_keeps_the_count():
    reach, other = Reachability(), Reachability()
    reach.answered(1, result(0))
    reach.failed(2, failed(1))
    reach.failed(3, failed(2))
    other.load_state(msgspec.to_builtins(reach.dump()))
    assert words(other.failed(4, failed(3))) == words(reach.failed(4, failed(3)))


def test_an_element_without_snmp_is_down_after_three_lost_pings_and_up_with_the_first_answer():
    reach = Reachability()
    assert words(reach.answered(1, ping(0, answered=True), polled=False)) == [("reachability", "unknown", "up")]
    lost = [words(reach.answered(2 + n, ping(1_000 + n, answered=False), polled=False)) for n in range(3)]
    assert lost == [[], [], [("reachability", "up", "down")]]
    assert words(reach.answered(9, ping(9_000, answered=True), polled=False)) == [("reachability", "down", "up")]
