"""What rules remember stays over a reload, unless what it is about has changed (specs/rules.md 9.2)."""

import pytest

from netmon.domain.inventory import Element, Inventory
from netmon.domain.oid import COLD_START, WARM_START
from tests.correlate.stage import Stage, changes

T0 = 1_700_000_000_000
COUNT = "raise: {trap: SNMPv2-MIB::coldStart, count: 2, within: 5m}, text: a"
SEQUENCE = "raise: {sequence: [{trap: SNMPv2-MIB::coldStart}, {trap: SNMPv2-MIB::warmStart}], within: 5m}, text: a"


class Reloaded(Stage):
    """A core whose rule is another one from time to time."""

    def __init__(self, rule: str) -> None:
        super().__init__(_text(rule), Inventory(elements={"r1": Element("r1", ("192.0.2.1",))}), at=T0)

    def use(self, rule: str) -> None:
        self.load(_text(rule))

    def trap(self, oid: str) -> list[str]:
        return [one.kind for one in changes(self.tell(T0, oid))]


def _text(rule: str) -> str:
    common = "id: one, severity: minor, probable_cause: powerProblem, clear: {after: 1h}"
    return f"version: 1\nrules:\n  - {{{common}, {rule}}}\n"


@pytest.mark.parametrize("rule", [COUNT, SEQUENCE])
def test_another_text_changes_nothing_of_what_was_counted(rule: str) -> None:
    one = Reloaded(rule)
    assert one.trap(COLD_START) == []
    one.use(rule.replace("text: a", "text: b"))
    assert one.trap(COLD_START if rule == COUNT else WARM_START) == ["raised"]


@pytest.mark.parametrize("rule", [COUNT, SEQUENCE])
def test_another_window_begins_anew(rule: str) -> None:
    one = Reloaded(rule)
    assert one.trap(COLD_START) == []
    one.use(rule.replace("within: 5m", "within: 6m"))
    assert one.trap(COLD_START if rule == COUNT else WARM_START) == []


def test_another_limit_counts_what_is_there() -> None:
    one = Reloaded(COUNT.replace("count: 2", "count: 3"))
    assert one.trap(COLD_START) == one.trap(COLD_START) == []
    one.use(COUNT)
    assert one.trap(COLD_START) == ["raised"]


def test_a_rule_that_was_away_begins_anew_and_what_is_raised_stays_raised() -> None:
    one = Reloaded(COUNT)
    one.trap(COLD_START)
    assert one.trap(COLD_START) == ["raised"]
    one.use(SEQUENCE)
    one.use(COUNT)
    assert [alarm.state for alarm in one.core.book.alarms()] == ["active"]
    assert one.trap(COLD_START) == []
