"""Absence over gaps in which netmon saw nothing (specs/rules.md 3, blind gap)."""

import pytest

from netmon.rulebook.kinds import AbsentRule, EventCondition
from tests.correlate.by_hand import T0, Step, rule

MINUTE = 60_000


def heartbeat() -> AbsentRule:
    return AbsentRule(rule("hb"), (EventCondition(0, ("hb",)),), (), 3 * MINUTE, lambda _: True, "", "shape")


def raised_at(step: Step, first: int, last: int) -> list[int]:
    """Tick each second; return when an alarm was raised, in s."""
    found = []
    for at in range(first, last):
        step.tick(at * 1000)
        found += [(edge.order[0] - T0) // 1000 for edge in step.found.edges if edge.on]
    return found


def test_a_gap_puts_it_off_by_as_much() -> None:
    step = Step(heartbeat())
    assert raised_at(step, 0, 100) == []
    assert raised_at(step, 700, 1_000) == [180 + 601]


@pytest.mark.parametrize("gap", [1_801, 50_000])
def test_after_more_than_half_an_hour_it_begins_anew(gap: int) -> None:
    step = Step(heartbeat())
    assert raised_at(step, 0, 100) == []
    assert raised_at(step, 99 + gap, 99 + gap + 300) == [99 + gap + 180]
