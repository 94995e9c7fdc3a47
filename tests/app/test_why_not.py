"""What the rules made of an observation: each way to say nothing, word by word."""

from netmon.domain.inventory import Element
from netmon.domain.observation import OperatorRequest, PollFailed
from netmon.storage.sqlite.retention import Limits
from tests.app.hours import COLD_START, LINK_DOWN, LINK_UP, START, Hours, link, tick, trap
from tests.app.why import LINKS, explained


async def test_a_condition_that_is_false_and_a_clear_without_an_alarm(hours: Hours) -> None:
    await hours.begin(LINKS)
    seq = await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7, admin=2))
    assert explained(hours, seq) == [
        "trap linkDown from r1, 1 candidate",
        "link-down when vb.ifAdminStatus != down: 2 != 2 false",
        "link-down clear when vb.ifAdminStatus == down: 2 == 2 true",
        "link-down clear: no alarm -> clear_only",
    ]


async def test_a_hold_begins_ends_in_time_and_raises(hours: Hours) -> None:
    await hours.begin(LINKS)
    down = await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    up = await hours.take(tick(2_000), link(2_100, LINK_UP, 7))
    await hours.take(tick(3_000), link(3_100, LINK_DOWN, 7))
    again = await hours.take(tick(4_000), link(4_100, LINK_DOWN, 7))
    due = await hours.take(tick(6_200))
    repeat = await hours.take(tick(7_000), link(7_100, LINK_DOWN, 7))
    same = await hours.take(tick(8_000))
    asked = [
        "trap linkDown from r1, 1 candidate",
        "link-down clear when vb.ifAdminStatus == down: 1 == 2 false",
        "link-down when vb.ifAdminStatus != down: 1 != 2 true",
    ]
    assert explained(hours, down) == [*asked, "link-down raise: pending 3s, due 09:00:04.100 -> pending"]
    assert explained(hours, up) == [
        "trap linkUp from r1, 1 candidate",
        "link-down clear without a condition: true",
        "link-down clear: it came within the hold, so there is no alarm -> held_off",
    ]
    assert explained(hours, again) == [
        *asked,
        "link-down raise: pending 3s, due 09:00:06.100, raised 2 times -> repeated",
    ]
    assert explained(hours, due) == [
        "tick",
        "link-down r1/if:#7 link-alarm: link-down raise[0] for: trap IF-MIB::linkDown when vb.ifAdminStatus != down "
        "for 3s -> raised",
    ]
    assert explained(hours, repeat) == [*asked, "link-down raise: alarm is active, raised 3 times -> repeated"]
    assert explained(hours, same) == ["tick", "no timer was due"]


async def test_a_trap_that_no_rule_names(hours: Hours) -> None:
    await hours.begin(LINKS)
    seq = await hours.take(tick(1_000), trap(1_100, COLD_START))
    assert explained(hours, seq) == [
        "trap coldStart from r1",
        "no rule and no event entry names this trap -> unknown_trap",
    ]


LIMITED = LINKS.replace(", for: 3s", "").replace("severity", "limit: 1\n    flap: true\n    severity")


async def test_a_rule_at_its_limit(hours: Hours) -> None:
    await hours.begin(LIMITED)
    await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    more = await hours.take(tick(2_000), link(2_100, LINK_DOWN, 8))
    assert explained(hours, more)[3:] == ["link-down raise: link-down has 1 active alarms, its limit -> limit"]


async def test_an_alarm_that_flaps_is_not_cleared(hours: Hours) -> None:
    await hours.begin(LIMITED)
    for at in range(1_000, 9_000, 2_000):
        await hours.take(tick(at), link(at + 100, LINK_DOWN, 7))
        seq = await hours.take(tick(at + 1_000), link(at + 1_100, LINK_UP, 7))
    assert explained(hours, seq)[2:] == [
        "link-down clear: flapping: active until 09:12:09.618 unless it goes on -> cleared",
        "link-down r1/if:#7 link-alarm: link-down clear[0]: trap IF-MIB::linkUp -> edge",
        "link-down r1/if:#7 link-alarm: link-down flap -> flapping",
    ]


STORM = (
    LINKS
    + """
storms:
  - {id: trap-storm, above: 1/s, burst: 2, sample: 1/h}
"""
)


async def test_what_a_storm_leaves_out(hours: Hours) -> None:
    await hours.begin(STORM)
    await hours.take(tick(1_000), *(link(1_100 + n, LINK_DOWN, n) for n in range(4)))
    seq = await hours.take(link(1_200, LINK_DOWN, 9))
    assert explained(hours, seq)[-1] == "trap-storm r1 sends more than 1/s: left out -> folded"


PLANNED = (
    LINKS.replace(", for: 3s", "")
    + """
maintenance:
  - {id: core-weekly, at: {from: "2026-01-01T09:00:00Z", to: "2026-01-01T10:00:00Z"}}
"""
)


async def test_planned_work_hides_what_is_raised(hours: Hours) -> None:
    await hours.begin(PLANNED)
    seq = await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    again = await hours.take(tick(2_000), link(2_100, LINK_DOWN, 7))
    hidden = "hidden by maintenance core-weekly"
    assert explained(hours, seq)[-1] == f"link-down raise: new alarm, {hidden} -> raised"
    assert explained(hours, again)[-1] == f"link-down raise: alarm is active, raised 2 times, {hidden} -> repeated"


ROOT = (
    LINKS.replace(", for: 3s", "")
    + """
  - id: element-unreachable
    type: node-unreachable
    raise: {state: reachability, when: "state in [down, unreachable]"}
    clear: {when: state == up}
    severity: critical
    text: "{element.name} does not answer"
    hides: {scope: [parts, downstream], settle: 10s}
"""
)


async def test_an_element_that_does_not_answer_hides_its_parts(hours: Hours) -> None:
    await hours.begin(ROOT, Element("r1", ("192.0.2.1",), credential="c"))
    await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    await hours.each(lost(at) for at in (2_000, 3_000))
    third = await hours.take(lost(4_000))
    await hours.each(tick(at) for at in range(5_000, 14_000, 1_000))
    settled = await hours.take(tick(14_000))
    later = await hours.take(tick(15_000), link(15_100, LINK_DOWN, 8))
    assert explained(hours, third) == ["poll of r1 failed: timeout", "it changes no alarm"]
    assert explained(hours, settled) == [
        "tick, 1 candidate",
        "element-unreachable clear when state == up: 'down' == 'up' false",
        "element-unreachable when state in [down, unreachable]: 'down' in ['down', 'unreachable'] true",
        "element-unreachable raise: new alarm (r1) -> raised",
        "link-down r1/if:#7 link-alarm: hidden by r1 -> hidden",
        "element-unreachable r1 node-unreachable: children -> updated",
    ]
    assert explained(hours, later)[3] == "link-down raise: new alarm, hidden by r1 -> raised"


def lost(at: int) -> PollFailed:
    return PollFailed(START + at, "r1", "", "if", START + at, "snmp", "timeout", 3, 1_000)


ACTIONS = LINKS.replace(", for: 3s", "").replace(
    "severity", "actions: [{do: noc-chat, on: [raised], throttle: 1/10m}]\n    severity"
)


async def test_an_action_that_comes_too_often(hours: Hours) -> None:
    await hours.begin(ACTIONS)
    first = await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    second = await hours.take(tick(2_000), link(2_100, LINK_DOWN, 8))
    assert explained(hours, first)[3:] == [
        "link-down raise: new alarm -> raised",
        "link-down r1/if:#7 link-alarm: link-down actions[0] raised -> action",
    ]
    assert explained(hours, second)[3:] == [
        "link-down raise: new alarm -> raised",
        "link-down actions[0]: came too often, so it is not told -> throttled",
    ]


async def test_an_inform_that_came_twice_and_a_raise_that_came_late(hours: Hours) -> None:
    await hours.begin(LINKS.replace(", for: 3s", ""))
    await hours.take(tick(1_000), trap(1_100, COLD_START, origin_id="i1"))
    twice = await hours.take(tick(2_000), trap(2_100, COLD_START, origin_id="i1"))
    assert explained(hours, twice) == [
        "inform coldStart from r1",
        "an inform with the same id was counted already -> duplicate",
    ]
    await hours.take(tick(3_000), link(3_100, LINK_UP, 7))
    await hours.take(tick(4_000), link(4_100, LINK_DOWN, 7))
    await hours.take(tick(5_000), link(5_100, LINK_UP, 7))
    late = await hours.take(tick(6_000), link(4_200, LINK_DOWN, 7))
    early = await hours.take(tick(7_000), link(4_300, LINK_UP, 7))
    assert explained(hours, late)[-1] == "link-down raise: older than the clear of 09:00:05.100 -> repeated"
    assert explained(hours, early)[-1] == "link-down clear: cleared already -> clear_only"


async def test_a_request_of_an_operator(hours: Hours) -> None:
    await hours.begin(LINKS.replace(", for: 3s", ""))
    await hours.take(tick(1_000), link(1_100, LINK_DOWN, 7))
    alarm = hours.store.alarms()[0].alarm_id
    seq = await hours.take(tick(2_000), OperatorRequest(START + 2_100, "q1", "ann", "acknowledge", (alarm,)))
    assert explained(hours, seq) == [
        "request acknowledge by ann",
        "link-down r1/if:#7 link-alarm: request q1 acknowledge by ann -> acknowledged",
    ]


async def test_without_samples_is_told_where_polls_are_gone(hours: Hours) -> None:
    await hours.begin(LINKS)
    await hours.take(tick(1_000), lost(0))
    seq = await hours.take(tick(2_000), link(2_100, LINK_DOWN, 7), snapshot=True)
    await hours.take(tick(3_000), snapshot=True)
    while await hours.store.retire(START + 4_000, Limits(polls_ms=0)):
        pass
    assert explained(hours, seq)[0] == "trap linkDown from r1, 1 candidate (without samples)"
