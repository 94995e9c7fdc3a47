"""Traps and common events: dispatch, objects, outcomes, Edges."""

import msgspec
import pytest

from netmon.domain.output import PollRequest
from netmon.rulebook.kinds import EventCondition, EventMapping, PairRule, Rulebook, TrapCondition
from netmon.rulebook.scope import Scope
from tests.correlate.by_hand import DOWN, INVENTORY, T0, UP, Step, by_index, rule


def link_down(hold: int = 0) -> PairRule:
    return PairRule(
        rule("link-down", type="link-alarm", object=by_index),
        (TrapCondition(0, (DOWN,), lambda scope: scope.vb.get("ifAdminStatus") != 2, hold),),
        (
            TrapCondition(0, (UP,)),
            TrapCondition(1, (DOWN,), lambda scope: scope.vb.get("ifAdminStatus") == 2, reason="admin_down"),
        ),
    )


def test_trap_pair_raises_and_clears_at_the_learned_name() -> None:
    step = Step(link_down())
    [raised] = step.trap(DOWN, 0, ifIndex=17, ifAdminStatus=1)
    alarm = raised.after
    assert (alarm.object, alarm.type, alarm.element) == ("r1/if:xe-0/0/1", "link-alarm", "r1")
    assert (alarm.text, alarm.object_type, alarm.flags) == ("xe-0/0/1 on Router 1", "interface", ())
    assert alarm.additional_info == {"ifIndex": "17", "ifAdminStatus": "1"}
    assert raised.because == "link-down raise[0]"
    assert step.trap(DOWN, 10, ifIndex=17, ifAdminStatus=1) == []
    [cleared] = step.trap(UP, 20, ifIndex=17)
    assert (cleared.kind, cleared.alarm_id, cleared.after.count) == ("cleared", raised.alarm_id, 2)


def test_raise_and_clear_true_for_one_input_is_a_clear() -> None:
    both = PairRule(rule("both"), (TrapCondition(0, (DOWN,)),), (TrapCondition(0, (DOWN,), reason="same"),))
    step = Step(both)
    assert step.trap(DOWN, 0) == []
    assert [edge.on for edge in step.found.edges] == [False]


def test_hold_travels_on_the_edge() -> None:
    step = Step(link_down(hold=3000))
    assert step.trap(DOWN, 0, ifIndex=17) == []
    assert step.found.edges[0].for_ms == 3000
    assert step.tick(2999) == []
    [raised] = step.tick(3000)
    assert raised.after.raised == T0


def test_unresolved_index_is_flagged_and_asked_for_once() -> None:
    step = Step(link_down())
    [raised] = step.trap(DOWN, 0, ifIndex=99)
    assert (raised.after.object, raised.after.flags) == ("r1/if:#99", ("unstable_identity",))
    assert step.found.wanted == [PollRequest("r1", "if", "unresolved_index", T0 + 60_000)]
    step.trap(DOWN, 1, ifIndex=99)
    assert step.found.wanted == []


def test_learned_name_is_encoded_where_it_would_start_a_segment() -> None:
    step = Step(link_down())
    step.names.known["r1", "if", "18"] = "100%/odd:name"
    [raised] = step.trap(DOWN, 0, ifIndex=18)
    assert raised.after.object == "r1/if:100%25%2Fodd:name"
    assert raised.after.text.startswith("100%/odd:name")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"object": lambda _: None}, "object"),
        ({"object": lambda _: "if:" + "x" * 260}, "object"),
        ({"object": lambda _: "if:"}, "object"),
        ({"qualifier": lambda _: None}, "qualifier"),
        ({"severity": lambda _: "loud"}, "severity"),
    ],
)
def test_unusable_identity_is_an_error(changes: dict[str, object], what: str) -> None:
    step = Step(PairRule(rule("r", **changes), (TrapCondition(0, (DOWN,)),), ()))
    assert [change.after.type for change in step.trap(DOWN, 0)] == ["rule-error"]
    [dropped] = step.found.dropped
    assert dropped.reason == "error"
    assert what in dropped.what
    assert step.engine.outcomes == {"error": 1}


def test_severity_may_be_the_clear_or_nothing() -> None:
    words = {1: "major", 2: "cleared", 3: "ignore"}
    step = Step(PairRule(rule("r", severity=lambda s: words[s.vb["code"]]), (TrapCondition(0, (DOWN,)),), ()))
    assert [c.kind for c in step.trap(DOWN, 0, code=1)] == ["raised"]
    assert step.trap(DOWN, 1, code=3) == []
    assert step.engine.outcomes == {"ignored": 1}
    assert [c.kind for c in step.trap(DOWN, 2, code=2)] == ["cleared"]


def test_outcomes_of_traps_that_mean_nothing() -> None:
    step = Step(link_down())
    step.trap("1.3.6.1.4.1.9.9.1", 0)
    step.trap("1.3.6.1.4.1.9.9.1", 5)
    assert [d.reason for d in step.found.dropped] == ["unknown_trap"]
    [unknown] = step.engine.unknown
    assert (unknown.element, unknown.count, unknown.first, unknown.last, unknown.sample_seq) == ("r1", 2, T0, T0 + 5, 2)
    only_admin = PairRule(rule("r"), (TrapCondition(0, (DOWN,), lambda _: False),), ())
    step = Step(only_admin)
    step.trap(DOWN, 0)
    assert step.found.dropped == []
    assert step.engine.outcomes == {"condition_false": 1}


def test_where_selects_by_inventory() -> None:
    kind = PairRule(
        rule("r", where=lambda scope: scope.tag.get("role") == "backbone"), (TrapCondition(0, (DOWN,)),), ()
    )
    step = Step(kind)
    assert len(step.trap(DOWN, 0)) == 1
    assert step.trap(DOWN, 0, element="addr:default:192.0.2.77") == []
    assert step.engine.outcomes == {"condition_false": 1}


def test_fallback_applies_when_no_other_condition_was_true() -> None:
    wide = PairRule(rule("wide", fallback=True), (TrapCondition(0, ("*",)),), ())
    narrow = PairRule(rule("narrow"), (TrapCondition(0, (DOWN,), lambda s: s.vb.get("x") == 1),), ())
    step = Step(wide, narrow)
    assert [c.after.rule for c in step.trap(DOWN, 0, x=1)] == ["narrow"]
    assert [c.after.rule for c in step.trap(DOWN, 1, x=2)] == ["wide"]


def test_vendor_trap_becomes_a_common_event() -> None:
    mapping = EventMapping(
        "onu-los",
        (DOWN,),
        lambda s: f"pon:{s.vb['pon']}/onu:{s.vb['onu']}",
        lambda s: s.vb["onu"] > 0,
        (("serial", lambda s: s.vb.get("serial")),),
    )
    kind = PairRule(
        rule("los", text=lambda s: f"{s.object['name']} {s.field.get('serial')}"),
        (EventCondition(0, ("onu-los",)),),
        (),
    )
    step = Step(kind, events=(mapping,))
    [raised] = step.trap(DOWN, 0, pon="0/1", onu=17, serial="S1")
    assert (raised.after.object, raised.after.text, raised.after.object_type) == ("r1/pon:0/1/onu:17", "17 S1", "onu")
    assert step.trap(DOWN, 1, pon="0/1", onu=0) == []
    assert step.engine.outcomes == {"condition_false": 1}


def test_an_inform_counts_once_in_150_s() -> None:
    step = Step(link_down())
    assert len(step.trap(DOWN, 0, ifIndex=17, origin_id="a")) == 1
    assert step.trap(DOWN, 149_000, ifIndex=17, origin_id="a") == []
    assert [d.reason for d in step.found.dropped] == ["duplicate"]
    step.trap(DOWN, 150_001, ifIndex=17, origin_id="a")
    assert [edge.on for edge in step.found.edges] == [True]


def test_active_and_polled_are_asked_at_the_object_of_the_rule() -> None:
    seen = []

    def when(scope: Scope) -> bool:
        seen.append((scope.active("r"), scope.polled("ifOperStatus")))
        return True

    kind = PairRule(rule("r", object=by_index), (TrapCondition(0, (DOWN,), when),), ())
    step = Step(kind, polled=("ifOperStatus",))
    step.block(0, {"ifOperStatus": [1, 2]})
    step.trap(DOWN, 10, ifIndex=17)
    step.trap(DOWN, 20, ifIndex=17)
    step.trap(DOWN, 180_001, ifIndex=17)
    assert seen == [(False, 2), (True, 2), (True, None)]


def test_state_goes_on_after_a_snapshot() -> None:
    step = Step(link_down(), polled=("ifOperStatus",))
    step.block(0, {"ifOperStatus": [1, 2]})
    step.trap(DOWN, 0, ifIndex=17, origin_id="a")
    step.trap("1.3.6.1.4.1.9.9.1", 0)
    items = msgspec.msgpack.decode(msgspec.msgpack.encode(step.engine.dump()))
    other = Step(link_down(), polled=("ifOperStatus",))
    other.engine.load_state(items)
    assert other.engine.dump() == items
    other.trap(DOWN, 10, ifIndex=17, origin_id="a")
    assert [d.reason for d in other.found.dropped] == ["duplicate"]


def test_rules_that_are_gone_are_forgotten() -> None:
    step = Step(link_down(), polled=("ifOperStatus",))
    step.block(0, {"ifOperStatus": [1, 2]})
    step.engine.load(Rulebook("h2", ()), INVENTORY)
    assert step.engine.dump() == []
