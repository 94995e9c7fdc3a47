"""Rules on samples: runs, hysteresis, order against traps."""

from typing import Any

import msgspec

from netmon.rulebook.kinds import MetricCondition, PairRule, ThresholdRule, TrapCondition
from netmon.rulebook.scope import Scope
from tests.correlate.by_hand import DOWN, INVENTORY, UP, Step, by_index, rule


def over(limit: float, **more: Any) -> MetricCondition:
    return MetricCondition(0, ("load",), lambda s: s.value >= limit, **more)


def under(limit: float, **more: Any) -> MetricCondition:
    return MetricCondition(0, ("load",), lambda s: s.value < limit, **more)


def cpu(raise_for: int = 0, clear_for: int = 0, **more: Any) -> ThresholdRule:
    return ThresholdRule(rule("cpu", **more), (over(90, for_ms=raise_for),), (under(80, for_ms=clear_for),))


def kinds(step: Step, values: list[Any], *, every: int = 60_000, start: int = 0) -> list[tuple[int, str]]:
    """Feed one value each minute; return (minute, kind) of what was said of the first object."""
    told = []
    for n, value in enumerate(values):
        told += [(n, c.kind) for c in step.block(start + n * every, {"load": [value]})]
    return told


def test_hysteresis() -> None:
    assert kinds(Step(cpu()), [10, 95, 85, 96, 79, 85, 90]) == [(1, "raised"), (4, "cleared"), (6, "raised")]


def test_repeated_true_samples_do_not_count() -> None:
    step = Step(cpu())
    kinds(step, [95] * 5)
    assert step.book.outcomes == {"raised": 1}


def test_for_is_decided_at_a_sample() -> None:
    assert kinds(Step(cpu(raise_for=300_000)), [95] * 5) == []
    assert kinds(Step(cpu(raise_for=300_000)), [95] * 6) == [(5, "raised")]
    assert kinds(Step(cpu(raise_for=300_000)), [95, 95, 95, 10, 95, 95, 95, 95, 95, 95]) == [(9, "raised")]


def test_missing_sample_keeps_the_run_and_a_gap_breaks_it() -> None:
    assert kinds(Step(cpu(raise_for=300_000)), [95, None, None, 95, 95, 95]) == [(5, "raised")]
    assert kinds(Step(cpu(raise_for=300_000)), [95, None, None, None, 95, 95]) == []


def test_clear_must_last() -> None:
    told = kinds(Step(cpu(clear_for=120_000)), [95, 70, 70, 85, 70, 70, 70])
    assert told == [(0, "raised"), (6, "cleared")]


def test_without_a_clear_raise_false_clears() -> None:
    step = Step(ThresholdRule(rule("cpu"), (over(90),), ()))
    assert kinds(step, [95, 89, 95]) == [(0, "raised"), (1, "cleared"), (2, "raised")]
    step = Step(ThresholdRule(rule("cpu", after_ms=3_600_000), (over(90),), ()))
    assert kinds(step, [95, 10]) == [(0, "raised")]


def link() -> tuple[PairRule, ThresholdRule]:
    shared = rule("link-down", type="link-alarm", object=by_index)
    return (
        PairRule(shared, (TrapCondition(0, (DOWN,)),), (TrapCondition(0, (UP,)),)),
        ThresholdRule(
            shared,
            (MetricCondition(1, ("oper",), lambda s: s.value == 2 and s.polled("admin") == 1, 60_000),),
            (
                MetricCondition(1, ("oper",), lambda s: s.value == 1),
                MetricCondition(2, ("admin",), lambda s: s.value == 2, reason="admin_down"),
            ),
        ),
    )


def test_poll_heals_a_lost_link_up() -> None:
    step = Step(*link(), polled=("admin",))
    step.trap(DOWN, 0, ifIndex=17)
    assert step.block(1_000, {"oper": [1, 2], "admin": [1, 1]}) == []
    [cleared] = step.block(61_000, {"oper": [1, 1], "admin": [1, 1]})
    assert (cleared.kind, cleared.after.clear_reason) == ("cleared", "polled_clear")
    assert cleared.after.object == "r1/if:xe-0/0/1"


def test_response_under_way_does_not_clear_a_newer_trap() -> None:
    step = Step(*link(), polled=("admin",))
    step.trap(DOWN, 1_000, ifIndex=17)
    assert step.block(1_010, {"oper": [1, 1], "admin": [1, 1]}, sent=999) == []
    assert step.found.edges == []
    [cleared] = step.block(1_020, {"oper": [1, 1], "admin": [1, 1]}, sent=1_000)
    assert cleared.kind == "cleared"


def test_poll_raises_again_what_a_trap_cleared_though_it_is_still_so() -> None:
    step = Step(*link(), polled=("admin",))
    down = {"oper": [1, 2], "admin": [1, 1]}
    assert [c.kind for at in (0, 60_000) for c in step.block(at, down)] == ["raised"]
    step.trap(UP, 60_500, ifIndex=17)
    assert [c.kind for c in step.block(60_400, down)] == []
    assert [c.kind for c in step.block(120_000, down)] == ["raised"]


def test_poll_clears_a_hold_that_a_trap_began() -> None:
    pair, threshold = link()
    held = PairRule(pair.rule, (TrapCondition(0, (DOWN,), for_ms=3_000),), pair.clears)
    step = Step(held, threshold, polled=("admin",))
    step.trap(DOWN, 0, ifIndex=17)
    step.block(2_000, {"oper": [1, 1], "admin": [1, 1]})
    assert step.book.outcomes == {"pending": 1, "held_off": 1}


def test_what_is_true_now_is_not_cleared_by_the_same_block() -> None:
    kind = ThresholdRule(rule("both"), (over(90),), (MetricCondition(0, ("load",), lambda _: True),))
    assert kinds(Step(kind), [95, 96, 10]) == [(0, "raised"), (2, "cleared")]


def test_second_clear_condition_has_its_reason() -> None:
    step = Step(*link(), polled=("admin",))
    step.trap(DOWN, 0, ifIndex=17)
    [cleared] = step.block(1_000, {"oper": [1, 2], "admin": [1, 2]})
    assert cleared.after.clear_reason == "admin_down"


def test_where_is_asked_once_per_object() -> None:
    asked = []

    def where(scope: Scope) -> bool:
        asked.append(scope.object["path"])
        return str(scope.object["name"]).endswith("1")

    kind = cpu(where=where)
    step = Step(kind)
    for at in (0, 60_000):
        step.block(at, {"load": [95, 95]})
    assert asked == ["r1/if:xe-0/0/0", "r1/if:xe-0/0/1"]
    assert [a.object for a in step.book.alarms()] == ["r1/if:xe-0/0/1"]


def test_unwanted_untrusted_and_late_blocks_decide_nothing() -> None:
    step = Step(cpu())
    assert step.block(0, {"other": [95]}) == []
    assert step.block(0, {"load": [95]}, trusted=False) == []
    step.now += 200_000
    assert step.block(79_000, {"load": [95]}) == []
    assert [d.reason for d in step.found.dropped] == ["late"]
    assert [c.kind for c in step.block(80_000, {"load": [95]})] == ["raised"]


def test_runs_go_on_after_a_snapshot_at_any_sample() -> None:
    values = [95, 95, None, 95, 95, 95, 95, 85, 70, 70, 70, 95, 95]
    whole = kinds(Step(cpu(300_000, 120_000)), values)
    assert whole
    told, step = [], Step(cpu(300_000, 120_000))
    for n, value in enumerate(values):
        other = Step(cpu(300_000, 120_000))
        other.engine.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode(step.engine.dump())))
        other.book.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode(step.book.dump())))
        other.now, other.seq = step.now, step.seq
        step = other
        told += [(n, c.kind) for c in step.block(n * 60_000, {"load": [value]})]
    assert told == whole


def test_reload_keeps_runs_and_what_was_said() -> None:
    step = Step(cpu(300_000))
    kinds(step, [95] * 4)
    step.engine.load(step.rulebook, INVENTORY)
    assert kinds(step, [95] * 3, start=240_000) == [(1, "raised")]
