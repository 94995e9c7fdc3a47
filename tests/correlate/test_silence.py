"""Samples that stop for many objects at once: a few of them in each Tick, in the same order after a restart."""

from typing import Any

import pytest

from netmon.correlate.dispatch import SILENT_PER_TICK
from netmon.correlate.engine import Engine
from netmon.correlate.runs import Run, RunKey, forget
from netmon.domain.alarm import Edge
from netmon.rulebook.kinds import Level, LevelsRule, MetricCondition, RuleKind, ThresholdRule
from tests.correlate.by_hand import INVENTORY, Step, rule

MINUTE = 60_000
OBJECTS = 2 * SILENT_PER_TICK + 50
OVER = MetricCondition(0, ("load",), lambda scope: scope.value >= 90)
UNDER = MetricCondition(0, ("load",), lambda scope: scope.value < 80)
THRESHOLD = ThresholdRule(rule("cpu", nodata="clear"), (OVER,), (UNDER,))
LEVELS = LevelsRule(rule("cpu", nodata="clear"), (OVER,), (UNDER,), (Level("", (0,), (0,)),))


class Unwalked(dict[RunKey, Run]):
    """Runs of so many objects that nobody may walk over them for one."""

    def __iter__(self) -> Any:
        raise AssertionError


def silent(kind: RuleKind) -> Step:
    """Return a step in which all objects were measured three minutes ago."""
    step = Step(kind)
    step.block(0, {"load": [95] * OBJECTS})
    for at in range(0, 3 * MINUTE, MINUTE // 6):
        step.tick(at)
    return step


def ends(step: Step, *, restarts: bool) -> list[list[Edge]]:
    """Return what each Tick says from the moment on at which samples are too old."""
    told = []
    for n in range(4):
        step.tick(3 * MINUTE + n)
        told.append(step.found.edges)
        if restarts:
            state, step.engine = step.engine.dump(), Engine()
            step.engine.load(step.rulebook, INVENTORY)
            step.engine.load_state(state)
    return told


@pytest.mark.parametrize("kind", [THRESHOLD, LEVELS])
def test_so_many_objects_fall_silent_in_each_tick_and_no_restart_changes_that(kind: RuleKind) -> None:
    told = ends(step := silent(kind), restarts=False)
    assert [len(edges) for edges in told] == [SILENT_PER_TICK, SILENT_PER_TICK, 50, 0]
    keys = [edge.key for edges in told for edge in edges]
    assert keys == sorted(set(keys))
    assert ends(silent(kind), restarts=True) == told
    assert [item for item in step.engine.dump() if item[0] == "run"] == []


def test_what_waits_asks_for_a_tick_and_is_heard_no_more_once_it_is_measured_again() -> None:
    step = silent(THRESHOLD)
    step.tick(3 * MINUTE)
    assert step.engine.left_over
    step.block(3 * MINUTE, {"load": [95] * OBJECTS})
    step.tick(3 * MINUTE + 1)
    assert (step.found.edges, step.engine.left_over) == ([], False)


def test_runs_of_an_object_are_forgotten_without_a_look_at_others() -> None:
    one, other = ("r1/cpu:1", "cpu", ""), ("r1/cpu:2", "cpu", "")
    runs = Unwalked({(one, 0): Run(1, 2), (one, 2): Run(1, 2), (other, 0): Run(1, 2)})
    forget(runs, one, (0, 1, 2))
    assert runs.keys() == {(other, 0): None}.keys()
