"""Rules that change while alarms stand, wait and are counted: a snapshot at any point changes nothing (9.2, I12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.alarm import AlarmChange
from tests.correlate.stage import DOWN, UP
from tests.correlate.world import World
from tests.examples import examples

COLD = "1.3.6.1.6.3.1.1.5.1"
_LINK = "clear: {trap: IF-MIB::linkUp}, object: 'if:{vb.ifIndex}'"
SETS = (
    (f"id: a1, raise: {{trap: IF-MIB::linkDown}}, {_LINK}",),
    (f"id: a1, raise: {{trap: IF-MIB::linkDown, for: 10s}}, qualifier: q, {_LINK}",),
    (f"id: a2, formerly: [a1], raise: {{trap: IF-MIB::linkDown, for: 10s}}, {_LINK}",),
    (
        f"id: a1, type: both, raise: {{trap: IF-MIB::linkDown, count: 2, within: 1m}}, {_LINK}",
        f"id: a3, type: both, raise: {{trap: SNMPv2-MIB::coldStart}}, {_LINK}",
    ),
    (f"id: a4, formerly: [a1, a3], order_by: sysuptime, raise: {{trap: SNMPv2-MIB::coldStart}}, {_LINK}",),
    (),
)
STEPS = st.one_of(
    st.tuples(st.just("trap"), st.sampled_from([DOWN, UP, COLD]), st.integers(1, 2)),
    st.tuples(st.just("wait"), st.sampled_from([1, 9, 60, 299, 2_000])),
    st.tuples(st.just("use"), st.integers(0, len(SETS) - 1)),
)
_NONE = "id: none, raise: {trap: SNMPv2-MIB::authenticationFailure}, clear: {after: 1h}"


def take(world: World, step: tuple[object, ...]) -> list[AlarmChange]:
    match step:
        case ("trap", str(oid), int(index)):
            return [one for one in world.feed(oid, index) if isinstance(one, AlarmChange)]
        case ("wait", int(seconds)):
            return world.wait(seconds, step_s=seconds)
        case ("use", int(number)):
            world.use(*(SETS[number] or (_NONE,)))
    return []


@examples(200)
@given(st.lists(st.tuples(STEPS, st.booleans()), max_size=14))
@pytest.mark.slow
def test_i12_rules_that_change_while_alarms_stand(feed: list[tuple[tuple[object, ...], bool]]) -> None:
    whole, cut = World(*SETS[0]), World(*SETS[0])
    for step, restarts in feed:
        if restarts:
            cut.restart()
        assert take(cut, step) == take(whole, step)
        assert cut.core.digest() == whole.core.digest()


@examples(200)
@given(st.lists(STEPS, max_size=14))
@pytest.mark.slow
def test_no_alarm_outlives_its_rule_by_more_than_five_minutes(feed: list[tuple[object, ...]]) -> None:
    world, rules = World(*SETS[0]), {"a1"}
    for step in feed:
        take(world, step)
        if step[0] == "use":
            rules = {text.partition(",")[0].removeprefix("id: ") for text in SETS[int(str(step[1]))]}
    world.wait(310)
    assert {alarm.rule for alarm in world.alarms()} <= rules
