from typing import Any

import msgspec
import pytest

from netmon.domain.alarm import Alarm, AlarmChange
from netmon.domain.duration import Duration
from netmon.domain.inventory import Inventory
from netmon.domain.place import Place
from netmon.mib.names import MibView
from netmon.rulebook.cases import Case, Expect, read_cases
from netmon.rulebook.compile import compile_rules
from netmon.rulebook.feeds import Feed, Series, feed_of, samples_of, trap_of
from netmon.rulebook.verdict import Coverage, Run, coverage, differences, end_state, untested, variants

TEXT = """inventory: {elements: [{id: r1, tags: {role: core}}]}
learned: {r1: {ifName: {17: xe-0/0/1}}}
tests:
  - name: one alarm
    input: |
      0s  trap IF-MIB::linkDown r1 ifIndex=17 ifAdminStatus=up "ifDescr=to Riga"
      # a remark

      1s  state reachability r1 value=down
    series: [{metric: netmon_cpu_percent, object: "r1/cpu:1", every: 60s, values: "10x2 95+1x2 _x1 nan"}]
    expect: [{at: 3s, raised: "r1/if:xe-0/0/1", type: link-alarm, severity: major, count: 2}]
    active_at: {2s: 0, 10s: 1}
    outcomes: {held_off: 1}
    hidden: [b, a]
    permute: 5s
    twice: true
    crash: every
    until: 1h
"""


def test_a_file(document, names: MibView):
    found = read_cases(document(TEXT), names)
    assert found.problems == ()
    (case,) = found.cases
    assert case.inventory.elements["r1"].addresses == ("198.18.0.1",)
    assert case.inventory.elements["r1"].tags == {"role": "core"}
    assert case.learned == (("r1", "ifName", "17", "xe-0/0/1"),)
    assert case.expect == (
        Expect(3_000, "raised", "r1/if:xe-0/0/1", (("count", 2), ("severity", "major"), ("type", "link-alarm"))),
    )
    assert case.active_at == ((2_000, 0), (10_000, 1))
    assert case.outcomes == (("held_off", 1),)
    assert case.hidden == ("a", "b")
    assert (case.permute_ms, case.twice, case.crash, case.until_ms) == (5_000, True, True, 3_600_000)
    assert [(feed.at_ms, feed.kind) for feed in case.feeds[:4]] == [
        (0, "trap"),
        (0, "sample"),
        (1_000, "state"),
        (60_000, "sample"),
    ]
    assert [feed.value for feed in case.feeds if feed.kind == "sample"][:5] == [10, 10, 95, 96, None]


def test_a_trap_line_becomes_varbinds(names: MibView):
    feed = feed_of('5s trap IF-MIB::linkDown r1 ifIndex=17 ifAdminStatus=down "ifDescr=to Riga" uptime=900', names)
    assert feed.name == "1.3.6.1.6.3.1.1.5.3"
    assert feed.varbinds == (
        ("1.3.6.1.2.1.2.2.1.1.17", 2, 17),
        ("1.3.6.1.2.1.2.2.1.7.17", 2, 2),
        ("1.3.6.1.2.1.2.2.1.2.17", 4, b"to Riga"),
    )
    trap = trap_of(feed, at=100, source="198.18.0.1")
    assert (trap.at, trap.element, trap.uptime_cs, trap.trap_oid) == (100, "r1", 900, feed.name)


def test_an_instance_may_be_named(names: MibView):
    feed = feed_of("0s trap 1.2.3 r1 acmeName.4.2=x 1.3.6.1.4.1.7.1.0=5", names)
    assert feed.varbinds == (("1.3.6.1.4.1.99999.1.2.4.2", 4, b"x"), ("1.3.6.1.4.1.7.1.0", 2, 5))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 trap IF-MIB::linkDown r1", "0 has no unit"),
        ("0s trp IF-MIB::linkDown r1", "unknown kind 'trp' (did you mean 'trap'?)"),
        ("0s sample m r1", "unknown kind 'sample'"),
        ("0s trap IF-MIB::linkDown", "write '<time> <kind> <name> <element> [key=value ...]'"),
        ("0s trap IF-MIB::linkDwn r1", "no notification 'linkDwn' in IF-MIB (did you mean 'linkDown'?)"),
        ("0s trap IF-MIB::linkDown r1 ifIndx=3", "no object 'ifIndx' in the MIBs (did you mean 'ifIndex'?)"),
        (
            "0s trap IF-MIB::linkDown r1 ifAdminStatus=dwon",
            "ifAdminStatus: unknown value 'dwon' (did you mean 'down'?)",
        ),
        ("0s trap IF-MIB::linkDown r1 up", "'up' is no key=value"),
        ("0s trap IF-MIB::linkDown 'r1", "No closing quotation"),
    ],
)
def test_broken_lines(names: MibView, line: str, message: str):
    with pytest.raises(ValueError) as raised:
        feed_of(line, names)
    assert str(raised.value).startswith(message)


def values(text: str, names: MibView, metric: str = "m") -> list[Any]:
    return [feed.value for feed in samples_of(Series(metric, "r1", Duration("60s"), text), names)]


def test_series(names: MibView):
    assert values("1 2x2 1+2x3 5-1x2 _ 2.5 -3x2", names) == [1, 2, 2, 1, 3, 5, 5, 4, None, 2.5, -3, -3]
    assert values("up downx2", names, "ifOperStatus") == [1, 2, 2]
    (nan,) = values("nan", names)
    assert nan != nan
    feeds = samples_of(Series("m", "r1/if:1", Duration("60s"), "1 stale 3"), names)
    assert [(feed.at_ms, feed.value, feed.element) for feed in feeds] == [(0, 1, "r1"), (120_000, 3, "r1")]
    for broken in ("1x0", "a+1x2", "1x", "x3x", "1e5", "1x999999999"):
        with pytest.raises(ValueError):
            values(broken, names, "ifOperStatus")


def test_problems_have_places(document, names: MibView):
    text = """tests:
  - name: one
    input: |
      0s  trap IF-MIB::linkDwn r1
    expect: [{at: 3, raised: r1}, {at: 3s}]
  - nam: two
"""
    found = read_cases(document(text), names)
    assert found.cases == ()
    assert [str(problem).split(" (")[0] for problem in found.problems] == [
        "a.yaml:3:12: test 'one': input line 1: no notification 'linkDwn' in IF-MIB",
        "a.yaml:5:19: test 'one': expect[0].at: 3 has no unit",
        "a.yaml:5:35: test 'one': expect[1]: one of raised, updated, severity, cleared, ... with the managed object",
        "a.yaml:6:5: tests[1]: name: missing",
        "a.yaml:6:5: tests[1]: unknown key 'nam'",
    ]


def test_what_an_operator_and_the_inventory_cannot_do_is_told_at_its_line(document, names: MibView):
    lines = """
      0s  mqtt sensors/1 r1
      1s  op acknowlege r1
      2s  op shelve r1 fro=1h
      3s  op shelve r1 for=1
      4s  op clear r1 result=fine
      5s  inventory delete r1
      6s  inventory change r1 tags=x
"""
    text = f"inventory: {{elements: [{{id: r1}}]}}\ntests:\n  - name: one\n    input: |{lines}"
    found = read_cases(document(text), names)
    assert [str(problem).partition("input line ")[2] for problem in found.problems] == [
        "1: mqtt: rules take no messages yet (write the event that one becomes: '<time> event <name> <element>')",
        "2: unknown action 'acknowlege' (did you mean 'acknowledge'?)",
        "3: unknown key 'fro' (did you mean 'for'?)",
        "4: 1 has no unit (write '1s')",
        "5: unknown result 'fine' (one of done, unchanged, refused, gone)",
        "6: unknown change 'delete' (one of add, change, remove)",
        "7: unknown key 'tags' (one of name, site, role, address, tag.<name>)",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1s inventory change r2 name=x", "inventory change: there is no element 'r2'"),
        ("1s inventory remove r2", "inventory remove: there is no element 'r2'"),
        ("1s inventory add r1", "inventory add: there is an element 'r1'"),
    ],
)
def test_a_change_of_an_element_that_is_not_there(document, names: MibView, line: str, message: str):
    text = f'inventory: {{elements: [{{id: r1}}]}}\ntests:\n  - {{name: one, input: "{line}"}}\n'
    assert [str(problem).partition("'one': ")[2] for problem in read_cases(document(text), names).problems] == [message]


def test_an_answer_that_the_case_does_not_say_fails_it():
    run = Run((), {}, ("3s op clear: expected done, got refused",))
    assert differences(case_of(), run) == ("! 3s op clear: expected done, got refused",)


def case_of(**fields: Any) -> Case:
    return msgspec.structs.replace(Case("a", Place("a", 1, 1), "", Inventory(), (), ()), **fields)


def change(kind: Any, object_: str = "r1", **fields: Any) -> AlarmChange:
    alarm = Alarm(
        "id", 1, object_, "r1", "t", "", "active", "major", "major", "", "", "text", "rule", "rev", 1, 0, 0, 0, 0, 1,
        (0, 0),
    )  # fmt: skip
    if kind == "cleared":
        fields.setdefault("state", "cleared")
    return AlarmChange(1, "id", kind, 0, 1, "", {}, msgspec.structs.replace(alarm, **fields))


def test_differences():
    raised, cleared = (3_000, change("raised")), (9_000, change("cleared"))
    case = case_of(
        expect=(Expect(3_000, "raised", "r1", (("severity", "major"),)), Expect(9_000, "cleared", "r1")),
        active_at=((2_000, 0), (5_000, 1), (9_000, 0)),
    )
    assert differences(case, Run((raised, (4_000, change("edge")), cleared))) == ()
    assert differences(case, Run((raised,))) == ("- 9s cleared r1", "! active at 9s: expected 0, got 1")
    late = (3_500, change("raised", severity="minor"))
    assert differences(case, Run((late, cleared))) == ("- 3s raised r1", "+ 3.5s raised r1, t, minor")
    minor = (3_000, change("raised", severity="minor"))
    assert differences(case, Run((minor, cleared))) == ("! 3s raised r1: severity: expected 'major', got 'minor'",)
    counted = case_of(outcomes=(("folded", 12),), hidden=("r1",))
    assert differences(counted, Run((), {"folded": 3})) == (
        "! outcome folded: expected 12, got 3",
        "! hidden: expected r1, got none",
    )


def test_hidden_changes_are_not_sent():
    hidden = (3_000, change("raised", hidden_by=("maint:x",), ever_shown=False))
    assert differences(case_of(hidden=("r1",), active_at=((5_000, 0),)), Run((hidden,))) == ()


def test_variants():
    feeds = tuple(
        Feed(at, "trap", name, "r1", fields=(("origin", "1"),) if at else ()) for at, name in [(0, "a"), (1, "b")]
    )
    far = Feed(9_000, "trap", "c", "r1")
    case = case_of(feeds=(*feeds, far), permute_ms=5_000, twice=True, crash=True)
    found = list(variants(case))
    assert [variant.name for variant in found] == ["", "twice", "crash", "permute 1"]
    assert [feed.name for feed in found[1].feeds] == ["a", "b", "b", "c"]
    assert [feed.kind for feed in found[2].feeds] == ["trap", "restart"] * 3
    assert [(feed.at_ms, feed.name) for feed in found[3].feeds] == [(0, "b"), (1, "a"), (9_000, "c")]
    assert found[3].judged_by == "end"


def test_many_orders_are_seeded():
    feeds = tuple(Feed(at, "trap", str(at), "r1") for at in range(10))
    case = case_of(feeds=feeds, permute_ms=5_000)
    once, again = list(variants(case)), list(variants(case))
    assert len(once) == 721
    assert once == again
    assert len({variant.feeds for variant in once}) > 700


def test_end_state_and_coverage():
    runs = [Run(((0, change("raised")), (1, change("cleared")))), Run(((0, change("raised")),))]
    assert [end_state(run) for run in runs] == [(), (("r1|t|", "active", "major"),)]
    covered = coverage(runs)
    assert covered.raised == covered.cleared == frozenset({"rule"})


def test_rules_without_a_test_are_told(document, names: MibView):
    rules = """version: 1
rules:
  - {id: one, raise: {metric: m}, severity: minor, probable_cause: fire, text: a}
  - {id: two, raise: {metric: m}, severity: minor, probable_cause: fire, text: a}
"""
    compiled = compile_rules([document(rules)], names)
    problems = untested(compiled, Coverage(frozenset({"one"}), frozenset()))
    assert [str(problem) for problem in problems] == [
        "a.yaml:3:5: rule 'one': no test clears it",
        "a.yaml:4:5: rule 'two': no test raises it",
        "a.yaml:4:5: rule 'two': no test clears it",
    ]
    assert all(problem.warning for problem in problems)
