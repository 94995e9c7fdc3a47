"""Storms of traps over Ticks, reloads and restarts: what is folded, what is asked again (specs/rules.md 6.11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.alarm import Alarm
from netmon.domain.dropped import Dropped
from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import ShedRow, Tick
from netmon.domain.oid import COLD_START
from netmon.domain.output import Output, PollRequest
from tests.correlate.stage import DOWN, UP, Stage, changes, told
from tests.examples import examples

T0 = 1_750_000_000_000
RULES = """version: 1
storms:
  - {id: flood, above: 1/s, burst: 3, below: 1/s, for: 10s, sample: 1/1h}
rules:
  - id: down
    raise: {trap: IF-MIB::linkDown}
    clear: {trap: IF-MIB::linkUp}
    object: "if:{vb.ifIndex}"
    severity: major
    probable_cause: lossOfSignal
    text: down
"""
BOTH_WAYS = (
    RULES.replace("    clear: {trap: IF-MIB::linkUp}\n", "    clear: {after: 1h}\n")
    + """
  - id: other
    raise: {trap: IF-MIB::linkUp}
    clear: {trap: IF-MIB::linkDown}
    object: "if:{vb.ifIndex}"
    severity: major
    probable_cause: lossOfSignal
    text: other
"""
)
WITHOUT = RULES.replace("storms:\n  - {id: flood, above: 1/s, burst: 3, below: 1/s, for: 10s, sample: 1/1h}\n", "")


class Flooded(Stage):
    """A core with a polled element; times in seconds after the start."""

    def __init__(self, rules: str = RULES) -> None:
        elements = {
            "r1": Element("r1", ("192.0.2.1",), credential="ro", site="riga"),
            "r2": Element("r2", ("192.0.2.2",), site="riga"),
        }
        super().__init__(rules, Inventory(elements=elements), at=T0)

    def trap(self, index: int, at: int = 0, *, oid: str = DOWN, element: str = "r1", origin: str = "") -> list[Output]:
        return self.tell(T0 + at * 1000, oid, element=element, index=index, origin=origin)

    def tick(self, at: int, *shed: ShedRow) -> list[Output]:
        return self.core.step(Tick(T0 + at * 1000, shed=shed))

    def alarm(self, object_: str = "r1") -> Alarm:
        return next(one for one in self.core.book.alarms() if (one.object, one.type) == (object_, "flood"))


def dropped(outputs: list[Output]) -> list[str]:
    return [out.reason for out in outputs if isinstance(out, Dropped)]


def test_what_is_folded_is_told_as_given_up_and_the_element_is_polled_when_it_is_over():
    flood = Flooded()
    for index in range(1, 4):
        flood.trap(index)
    assert told(flood.trap(4)) == [("raised", "r1"), ("raised", "r1/if:#4")]
    outputs = flood.trap(5)
    assert (told(outputs), dropped(outputs)) == ([], ["folded"])
    assert told(flood.tick(1)) == []
    outputs = flood.tick(11)
    assert told(outputs) == [("updated", "r1"), ("cleared", "r1")]
    assert [out.element for out in outputs if isinstance(out, PollRequest)] == ["r1"]


@pytest.mark.parametrize("restarts", [False, True])
def test_what_the_listener_shed_begins_a_storm_and_is_in_its_counts(restarts: bool):
    flood = Flooded()
    shed = ShedRow("default", "192.0.2.1", "storm_trap", DOWN, 900)
    assert told(flood.tick(1, shed)) == [("raised", "r1")]
    assert flood.alarm().text == "r1 sends more traps than 1/s, 900 left out"
    if restarts:
        flood.restart()
    unread = ShedRow("default", "192.0.2.1", "storm_unread", "", 40, "r1")
    assert told(flood.tick(12, shed, unread)) == [("updated", "r1")]
    assert flood.alarm().additional_info == {"IF-MIB::linkDown r1": "1800", "unread r1": "40"}
    assert told(flood.tick(21)) == []
    assert told(flood.tick(22)) == [("cleared", "r1")]


def test_rejected_messages_are_no_part_of_it():
    flood = Flooded()
    outputs = flood.tick(1, ShedRow("default", "192.0.2.1", "bad_community", "", 900))
    assert [one.after.type for one in changes(outputs)] == ["snmp-auth"]


def test_restarts_of_an_agent_and_what_it_says_again_pass():
    flood = Flooded()
    for index in range(1, 6):
        flood.trap(index)
    assert dropped(flood.trap(0, oid=COLD_START)) == ["unknown_trap"]
    assert dropped(flood.trap(1)) == []
    flood.restart()
    assert dropped(flood.trap(1)) == []
    assert dropped(flood.trap(6)) == ["folded"]


def test_an_inform_that_comes_again_is_a_duplicate_in_a_storm_too():
    flood = Flooded()
    for index in range(1, 5):
        flood.trap(index)
    assert dropped(flood.trap(6, origin="one")) == ["folded"]
    assert dropped(flood.trap(6, origin="one")) == ["duplicate"]


def test_a_trap_that_counts_for_one_alarm_clears_another_one_too():
    flood = Flooded(BOTH_WAYS)
    flood.trap(1)
    flood.trap(1, oid=UP)
    for index in (2, 3):
        flood.trap(index)
    assert dropped(flood.trap(4)) == ["folded"]
    outputs = flood.trap(1)
    assert ([(one.kind, one.after.type) for one in changes(outputs)], dropped(outputs)) == ([("cleared", "other")], [])


def test_a_trap_that_counts_for_one_alarm_and_would_raise_another_one_is_left_out():
    flood = Flooded(
        BOTH_WAYS.replace("linkUp}\n    clear: {trap: IF-MIB::linkDown}", "linkDown}\n    clear: {after: 1s}")
    )
    flood.trap(1)
    flood.tick(1)
    flood.trap(1, oid=UP)
    for index in range(2, 6):
        flood.trap(index, at=1)
    outputs = flood.trap(1, at=1)
    assert (told(outputs), dropped(outputs)) == ([], ["folded"])
    assert [one.count for one in flood.core.book.alarms() if (one.object, one.type) == ("r1/if:#1", "down")] == [1]
    outputs = flood.tick(12)
    assert [
        one.after.count for one in changes(outputs) if (one.after.object, one.after.type) == ("r1/if:#1", "down")
    ] == [2]


def test_a_storm_goes_on_over_a_reload():
    flood = Flooded()
    for index in range(1, 5):
        flood.trap(index)
    flood.load(RULES.replace("text: down", "text: gone").replace("for: 10s", "for: 20s"))
    assert dropped(flood.trap(6)) == ["folded"]
    assert told(flood.tick(11)) == [("updated", "r1")]
    flood.tick(12)
    assert told(flood.tick(31)) == [("cleared", "r1")]


def test_a_storm_of_no_entry_is_none_and_its_alarm_clears_after_five_minutes():
    flood = Flooded()
    for index in range(1, 5):
        flood.trap(index)
    flood.load(WITHOUT)
    assert told(flood.trap(6)) == [("raised", "r1/if:#6")]
    assert told(flood.tick(301)) == [("cleared", "r1")]
    assert flood.alarm().clear_reason == "rule_removed"


def polled(outputs: list[Output]) -> list[str]:
    return [out.element for out in outputs if isinstance(out, PollRequest)]


@pytest.mark.parametrize("restarts", [False, True])
def test_what_an_entry_that_is_gone_left_out_is_asked_again_once(restarts: bool):
    flood = Flooded()
    for index in range(1, 6):
        flood.trap(index)
    flood.load(WITHOUT)
    if restarts:
        flood.restart()
    assert polled(flood.tick(1)) == ["r1"]
    assert polled(flood.tick(2)) == []
    assert told(flood.tick(301)) == [("cleared", "r1")]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_storm_whose_entry_was_gone_for_a_while_ends(restarts: bool):
    flood = Flooded()
    for index in range(1, 6):
        flood.trap(index)
    flood.load(WITHOUT)
    flood.tick(1)
    if restarts:
        flood.restart()
    flood.load(RULES)
    assert ("cleared", "r1") in told(flood.tick(20))
    assert flood.alarm().clear_reason == "condition_gone"


def test_time_in_which_netmon_saw_nothing_is_no_calm():
    flood = Flooded()
    for index in range(1, 5):
        flood.trap(index)
    flood.tick(1)
    assert told(flood.tick(100)) == []
    assert told(flood.tick(108)) == []
    assert told(flood.tick(109)) == [("cleared", "r1")]


def test_a_site_has_one_storm():
    flood = Flooded(RULES.replace("{id: flood,", "{id: flood, by: site,"))
    for number in range(3):
        flood.trap(number + 1, element="r1" if number % 2 else "r2")
    assert told(flood.trap(4)) == [("raised", "site:riga"), ("raised", "r1/if:#4")]
    assert dropped(flood.trap(5, element="r2")) == ["folded"]
    flood.tick(30)
    assert flood.alarm("site:riga").text == "riga sends more traps than 1/s, 1 left out"


def test_an_element_without_alarms_of_its_own_is_polled_after_the_storm_of_its_site():
    flood = Flooded(RULES.replace("{id: flood,", "{id: flood, by: site,"))
    for index in range(1, 5):
        flood.trap(index, element="r2")
    assert dropped(flood.trap(1)) == ["folded"]
    outputs = flood.tick(11)
    assert [out.element for out in outputs if isinstance(out, PollRequest)] == ["r1"]


SENT = st.lists(
    st.tuples(st.sampled_from((DOWN, UP, COLD_START, "1.3.6.1.4.1.99999.0.1")), st.integers(0, 4), st.integers(0, 2)),
    min_size=20,
    max_size=60,
)
"""(trap, interface, seconds since the one before)."""


FALLBACK = """
  - id: any
    raise: {trap: "1.3.6.1.*", when: vb.ifIndex != 4}
    clear: {trap: "1.3.6.1.*", when: vb.ifIndex == 4}
    fallback: true
    severity: minor
    probable_cause: indeterminate
    text: any
"""


@examples(30)
@given(sent=SENT, both_ways=st.booleans())
def test_what_came_before_means_the_same_as_if_the_rules_were_asked(sent: list[tuple[str, int, int]], both_ways: bool):
    """Of an inform the rules are always asked: it may be one that was counted already."""
    traps, informs = (Flooded(BOTH_WAYS if both_ways else RULES) for _ in range(2))
    at = 0
    for number, (oid, index, passed) in enumerate(sent):
        at += passed
        told_of_trap = traps.trap(index, at, oid=oid)
        assert told_of_trap == informs.trap(index, at, oid=oid, origin=f"inform {number}")
        if passed:
            assert traps.tick(at) == informs.tick(at)
    assert traps.core.engine.outcomes == informs.core.engine.outcomes
    assert list(traps.core.book.alarms()) == list(informs.core.book.alarms())


@examples(30)
@given(sent=SENT, restarts=st.sets(st.integers(0, 60), max_size=5), both_ways=st.booleans())
def test_a_restart_amid_a_storm_changes_nothing(sent: list[tuple[str, int, int]], restarts: set[int], both_ways: bool):
    rules = (BOTH_WAYS if both_ways else RULES) + FALLBACK
    living, killed = Flooded(rules), Flooded(rules)
    at = 0
    for number, (oid, index, passed) in enumerate(sent):
        at += passed
        if number in restarts:
            killed.restart()
        assert living.trap(index, at, oid=oid) == killed.trap(index, at, oid=oid)
        if passed:
            assert living.tick(at) == killed.tick(at)
    assert living.core.digest() == killed.core.digest()


def test_a_fallback_rule_clears_in_a_storm():
    flood = Flooded(RULES + FALLBACK)
    other = "1.3.6.1.4.1.99999.0.1"
    flood.trap(1, oid=other)
    for _ in range(6):
        flood.trap(2)
    assert told(flood.trap(4, 1, oid=other)) == [("cleared", "r1")]


def test_an_agent_that_starts_again_is_read_again_though_its_trap_came_before():
    quiet = Flooded(WITHOUT + FALLBACK)
    wished = [
        [out.reason for out in quiet.trap(0, at, oid=COLD_START) if isinstance(out, PollRequest)] for at in (0, 30, 61)
    ]
    assert wished == [["relearn"], [], ["relearn"]]
