"""Groups follow what polls show of how an element is built, at once: as a core that is restored sees them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.output import Output
from tests.correlate.built import FAILED, MENDED, Router
from tests.correlate.stage import DOWN, UP, changes
from tests.examples import examples

BUNDLE = "r1/if:ge8"


def router() -> Router:
    known = Router()
    known.ports(*range(1, 9))
    known.tick()
    return known


def test_a_port_that_was_down_when_its_bundle_was_found_degrades_it() -> None:
    known = router()
    known.trap(DOWN, 1)
    assert known.active("degraded") == []
    known.bundled({1: 8, 2: 8})
    assert known.active("degraded") == [(BUNDLE, "minor", "1 of 2 links are down")]
    assert known.active("bundles") == [("r1", "minor", "1 of 8 interfaces")]


def test_ports_that_join_and_leave_a_bundle_count() -> None:
    known = router()
    known.bundled({1: 8, 2: 8})
    known.trap(DOWN, 1)
    said = []
    for members in ({1: 8, 2: 8, 3: 8}, {1: 8}, {1: 7, 2: 8}, {1: 0, 2: 8}):
        known.bundled(members)
        said.append(known.active("degraded"))
    assert said == [
        [(BUNDLE, "minor", "1 of 3 links are down")],
        [(BUNDLE, "major", "1 of 1 links are down")],
        [("r1/if:ge7", "major", "1 of 1 links are down")],
        [],
    ]
    assert known.active("bundles") == []


def test_a_port_that_left_a_bundle_means_nothing_to_it() -> None:
    known = router()
    known.bundled({1: 8, 2: 8})
    known.trap(DOWN, 1)
    known.bundled({1: 0, 2: 8})
    assert [one.after.type for one in changes(known.trap(UP, 1))] == ["link-alarm"]


def test_power_supplies_that_are_found_and_go_count() -> None:
    known = router()
    known.supplies(1)
    known.trap(FAILED, 1)
    said = [known.active("supplies")]
    for indexes in ((1, 2), (1,), (1, 2, 3)):
        known.supplies(*indexes)
        said.append(known.active("supplies"))
    assert said == [
        [("r1", "critical", "1 of 1 power supplies failed")],
        [("r1", "minor", "1 of 2 power supplies failed")],
        [("r1", "critical", "1 of 1 power supplies failed")],
        [("r1", "minor", "1 of 3 power supplies failed")],
    ]


def test_a_group_without_members_in_alarm_clears_when_enough_are_found() -> None:
    known = router()
    known.supplies(1)
    known.trap(FAILED, 1)
    known.trap(MENDED, 1)
    assert known.active("supplies") == [("r1", "critical", "1 of 1 power supplies failed")]
    known.supplies(1, 2)
    assert known.active("supplies") == []


def test_a_member_that_ends_in_the_first_step_after_a_restart_counts() -> None:
    known = router()
    known.bundled({1: 8, 2: 8})
    known.trap(DOWN, 1)
    known.restart()
    known.trap(UP, 1)
    assert known.active("degraded") == []


def test_interfaces_that_are_found_count() -> None:
    known = Router()
    known.ports(1, 2, 8)
    known.bundled({1: 8, 2: 8})
    known.trap(DOWN, 1)
    assert known.active("bundles") == [("r1", "minor", "1 of 3 interfaces")]
    known.ports(1, 2, 3, 4, 8)
    assert known.active("bundles") == [("r1", "minor", "1 of 5 interfaces")]


def test_what_was_known_already_tells_nothing() -> None:
    known = router()
    known.bundled({1: 8, 2: 8})
    known.supplies(1, 2)
    known.trap(DOWN, 1)
    known.trap(FAILED, 1)
    again = [*known.ports(*range(1, 9)), *known.bundled({1: 8, 2: 8}), *known.supplies(1, 2)]
    assert changes(again) == []


Step = tuple[str, Any]
PORTS = st.integers(1, 4)
SOME = st.lists(st.integers(1, 4), unique=True, max_size=4)
STEPS = st.one_of(
    st.tuples(st.sampled_from([DOWN, UP, FAILED, MENDED]), PORTS),
    st.tuples(st.just("ports"), SOME),
    st.tuples(st.just("supplies"), SOME),
    st.tuples(st.just("bundled"), st.dictionaries(PORTS, st.sampled_from([0, 7, 8]), max_size=4)),
    st.just(("tick", None)),
)


def take(known: Router, step: Step) -> list[Output]:
    kind, what = step
    match kind:
        case "tick":
            return known.tick()
        case "ports":
            return known.ports(*what, 7, 8)
        case "supplies":
            return known.supplies(*what)
        case "bundled":
            return known.bundled(what)
    return known.trap(kind, what)


@pytest.mark.slow
@examples(200)
@given(st.lists(st.tuples(STEPS, st.booleans()), max_size=20))
def test_i12_a_restart_at_any_point_judges_groups_as_they_stand(feed: list[tuple[Step, bool]]) -> None:
    live, cut = router(), router()
    for step, restarts in [*feed, (("tick", None), True)]:
        if restarts:
            cut.restart()
        assert take(cut, step) == take(live, step)
        assert cut.core.digest() == live.core.digest()
