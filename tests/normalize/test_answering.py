"""What runs say of the element itself: up, round trip, duration."""

import msgspec
import pytest

from netmon.normalize.answering import silent
from netmon.normalize.identity import Identity
from netmon.normalize.samples import Samples
from tests.normalize.blocks import PROFILE, block, failed, result


def told(block_) -> dict[str, float]:
    return {name: column[0] for name, column in zip(block_.names, block_.columns, strict=True)}


def test_a_complete_run_tells_round_trip_and_duration():
    made = Samples(Identity())
    made.configure([PROFILE])
    one = block(60_000, {"7": {"ifName": b"a"}})
    run = msgspec.structs.replace(result(60_000, msgspec.structs.replace(one, rtt_us=9_000), one), elapsed_ms=1_500)
    *_, of_element = made.read(1, run).blocks
    assert (of_element.objects, of_element.interval_ms) == (("r1",), 60_000)
    assert told(of_element) == {
        "netmon_element_up": 1,
        "netmon_element_rtt_seconds": 0.004,
        "netmon_poll_duration_seconds": 1.5,
    }


def test_a_cut_run_has_no_duration():
    made = Samples(Identity())
    cut = msgspec.structs.replace(result(60_000, complete=False), elapsed_ms=48_000)
    [of_element] = made.read(1, cut).blocks
    assert told(of_element) == {"netmon_element_up": 1}


def test_a_failed_run_says_how_the_element_is_judged():
    assert told(silent(1, failed(60_000), "up")[0]) == {"netmon_element_up": 1}
    assert told(silent(1, failed(60_000), "down")[0]) == {"netmon_element_up": 0}


@pytest.mark.parametrize(("reason", "state"), [("overrun", "up"), ("budget", "down"), ("timeout", "unknown")])
def test_what_says_nothing_gives_no_sample(reason, state):
    assert silent(1, failed(60_000, reason), state) == []
