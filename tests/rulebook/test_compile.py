from pathlib import Path
from typing import Any

import pytest

from netmon.domain.duration import Duration
from netmon.domain.oid import COLD_START, WARM_START
from netmon.domain.place import Document
from netmon.mib.names import MibView
from netmon.rulebook.compile import RulesError, canonical, compile_canonical, compile_rules, summary
from netmon.rulebook.kinds import PairRule, StateRule, ThresholdRule
from netmon.rulebook.scope import Scope

RESTARTS = (COLD_START, WARM_START)
REST = "severity: major, probable_cause: lossOfSignal, text: gone"

GOOD = """version: 1
rules:
  - id: link-down
    type: link-alarm
    raise:
      - {trap: IF-MIB::linkDown, when: vb.ifAdminStatus != down, for: 3s}
      - {metric: ifOperStatus, when: "value in [down, lowerLayerDown] and polled(ifAdminStatus) == up", for: 1m}
    clear:
      - {trap: IF-MIB::linkUp}
      - {metric: ifOperStatus, when: value == up}
      - {trap: IF-MIB::linkDown, when: vb.ifAdminStatus == down, reason: admin_down}
      - {after: 24h}
    object: "if:{vb.ifIndex}"
    severity: {critical: tag.role == 'backbone', else: major}
    probable_cause: lossOfSignal
    text: "{object.name} on {element.name} is down"
  - id: unreachable
    raise: {state: reachability, when: "state in [down, unreachable]"}
    clear: {when: state == up}
    where: tag.monitored != 'no'
    severity: critical
    probable_cause: unavailable
    text: "{element.name} does not answer"
"""


def why(span: object) -> str:
    """What a bare number is told where a span of time stands."""
    with pytest.raises(ValueError) as raised:
        Duration(span)
    return str(raised.value)


def scope_of(**values: Any) -> Scope:
    scope = Scope()
    for name, value in values.items():
        setattr(scope, name, value)
    return scope


def test_one_rule_becomes_kinds_that_share_it(document, names: MibView):
    compiled = compile_rules([document(GOOD)], names)
    assert compiled.problems == ()
    pair, threshold, state = compiled.rulebook.kinds
    assert isinstance(pair, PairRule)
    assert isinstance(threshold, ThresholdRule)
    assert isinstance(state, StateRule)
    assert pair.rule is threshold.rule
    assert pair.rule.after_ms == 86_400_000
    assert [(c.position, c.names, c.for_ms) for c in pair.raises] == [(0, ("1.3.6.1.6.3.1.1.5.3",), 3_000)]
    assert [(c.position, c.reason) for c in pair.clears] == [(0, ""), (2, "admin_down")]
    assert pair.clears[1].equals == (("ifAdminStatus", (2,)),)
    assert [(c.position, c.for_ms, c.wants) for c in threshold.raises] == [(1, 60_000, ("ifAdminStatus",))]
    assert state.clears[0].names == ("reachability",)
    assert compiled.rulebook.polled == ("ifAdminStatus",)
    assert compiled.rulebook.protected == (*RESTARTS, "1.3.6.1.6.3.1.1.5.4")
    assert compiled.types == {"link-down": "link-alarm", "unreachable": "unreachable"}
    assert summary(compiled.problems, files=compiled.files, rules=compiled.rules) == (
        "0 errors, 0 warnings in 0 of 1 file; 2 rules"
    )


def test_content_of_an_alarm(document, names: MibView):
    pair, _, state = compile_rules([document(GOOD)], names).rulebook.kinds
    scope = scope_of(tag={"role": "backbone"}, object={"name": "xe-0"}, element={"name": "Riga"}, vb={"ifIndex": 17})
    assert pair.rule.severity(scope) == "critical"
    assert pair.rule.severity(scope_of()) == "major"
    assert pair.rule.text(scope) == "xe-0 on Riga is down"
    assert pair.rule.object is not None
    assert pair.rule.object(scope) == "if:17"
    assert pair.rule.object(scope_of()) is None
    assert pair.rule.qualifier(scope) == ""
    assert pair.rule.probable_cause(scope) == "lossOfSignal"
    assert pair.rule.event_type(scope) == "communicationsAlarm"
    assert state.rule.where is not None
    assert state.rule.where(scope) is True
    assert state.rule.where(scope_of(tag={"monitored": "no"})) is False


def test_severity_from_a_varbind(document, names: MibView):
    text = """version: 1
rules:
  - id: acme-alarm
    raise: {trap: ACME-MIB::acmeAlarm}
    qualifier: "{vb.acmeName}"
    severity: {from: vb.acmeCode, map: {notReported: ignore}, else: minor}
    probable_cause: {powerProblem: vb.acmeType == acmeOnBattery, else: equipmentMalfunction}
    text: "{vb.acmeName}"
"""
    compiled = compile_rules([document(text)], names)
    assert compiled.problems == ()
    rule = compiled.rulebook.kinds[0].rule
    words = [rule.severity(scope_of(vb={"acmeCode": code})) for code in (1, 2, 3, 4, 5, 99, None)]
    assert words == ["critical", "major", "ignore", "cleared", "minor", "minor", "minor"]
    assert rule.probable_cause(scope_of(vb={"acmeType": "1.3.6.1.4.1.99999.2.1"})) == "powerProblem"
    assert rule.event_type(scope_of(vb={})) == "equipmentAlarm"


def test_both_names_of_a_v1_trap_and_numbers_and_prefixes(document, names: MibView):
    text = f"""version: 1
rules:
  - {{id: both, raise: {{trap: ACME-MIB::acmeAlarm}}, clear: {{after: 1h}}, {REST}}}
  - {{id: number, raise: {{trap: .1.3.6.1.4.1.5.0.1}}, clear: {{after: 1h}}, {REST}}}
  - {{id: prefix, raise: {{trap: 1.3.6.1.4.1.5.*}}, clear: {{after: 1h}}, {REST}}}
  - {{id: star, raise: {{trap: "*"}}, clear: {{after: 1h}}, fallback: false, {REST}}}
"""
    compiled = compile_rules([document(text)], names)
    assert compiled.problems == ()
    got = {kind.rule.id: (kind.raises[0].names, kind.rule.fallback) for kind in compiled.rulebook.kinds}
    assert got == {
        "both": (("1.3.6.1.4.1.99999.0.7", "1.3.6.1.4.1.99999.7"), False),
        "number": (("1.3.6.1.4.1.5.0.1",), False),
        "prefix": (("1.3.6.1.4.1.5.*",), True),
        "star": (("*",), False),
    }


def test_defaults_of_a_file(document, names: MibView):
    text = f"""version: 1
defaults: {{clear: {{after: 1h}}, severity: minor, probable_cause: congestion}}
rules:
  - {{id: one, raise: {{trap: IF-MIB::linkDown}}, text: gone}}
  - {{id: two, raise: {{trap: IF-MIB::linkDown}}, {REST}}}
"""
    compiled = compile_rules([document(text)], names)
    assert compiled.problems == ()
    assert [kind.rule.severity(Scope()) for kind in compiled.rulebook.kinds] == ["minor", "major"]
    assert [kind.rule.after_ms for kind in compiled.rulebook.kinds] == [3_600_000, 3_600_000]


def test_events_and_rules_on_them(document, names: MibView):
    text = f"""version: 1
events:
  - {{event: gone, trap: ACME-MIB::acmeAlarm, object: "port:{{vb.acmeName}}", set: {{name: "{{vb.acmeName}}"}}}}
rules:
  - {{id: gone, raise: {{event: gone, when: "field.name == 'x'"}}, clear: {{after: 1h}}, {REST}}}
"""
    compiled = compile_rules([document(text)], names)
    assert compiled.problems == ()
    (mapping,) = compiled.rulebook.events
    scope = scope_of(vb={"acmeName": b"ge-0"})
    assert mapping.object is not None
    assert mapping.object(scope) == "port:ge-0"
    assert [(field, template(scope)) for field, template in mapping.set] == [("name", "ge-0")]
    when = compiled.rulebook.kinds[0].raises[0].when
    assert when is not None
    assert when(scope_of(field={"name": "x"}))


def one_rule(body: str) -> str:
    return f"version: 1\nrules:\n  - {{{body}}}\n"


LINK = "trap: IF-MIB::linkDown"


def broken_rules() -> list[tuple[str, int, str]]:
    """Pairs of lines: the body of a rule; at which column its error is, and how that begins."""
    text = Path(__file__).with_name("broken_rules.txt").read_text()
    blocks = text.replace("$REST", REST).replace("$WHY300", why(300)).strip().split("\n\n")
    pairs = ((body, *told.strip().split(" ", 1)) for body, told in (block.split("\n") for block in blocks))
    return [(body, int(column), message) for body, column, message in pairs]


@pytest.mark.parametrize(("body", "column", "message"), broken_rules())
def test_broken(document, names: MibView, body: str, column: int, message: str):
    compiled = compile_rules([document(one_rule(body))], names)
    errors = [problem.message for problem in compiled.errors]
    shown = [error.split(": ", 1)[1] for error in errors]
    assert any(one.startswith(message) for one in shown), errors
    assert errors[0].startswith("rule 'x1': ") or "X1" in body
    assert len(errors) == 1
    assert (compiled.errors[0].place.line, compiled.errors[0].place.column) == (3, column)
    assert compiled.rulebook.kinds == ()


def test_sixty_mistakes_are_told_at_their_place() -> None:
    assert len({message for _, _, message in broken_rules()}) >= 60


def test_whatever_is_wrong_with_a_required_key_the_other_keys_are_checked_in_the_same_pass(
    document, names: MibView
) -> None:
    text = """version: 1
rules:
  - {id: Bad Id, raise: {trap: linkDwn}, severity: majr, text: "{vb.x"}
  - {clear: {trap: linkUpp}, raise: {trap: linkDown}}
  - {id: no-raise, clear: {trap: linkUpp}, severity: majr, text: t, probable_cause: lossOfSignal}
"""
    compiled = compile_rules([document(text)], names)
    assert [problem.message for problem in compiled.errors] == [
        "rule 'Bad Id': id: 'Bad Id' does not match ^[a-z0-9][a-z0-9-]{1,63}$",
        "rule 'Bad Id': raise.trap: no notification 'linkDwn' in the MIBs (did you mean 'linkDown'?)",
        "rule 'Bad Id': severity: unknown severity 'majr' (did you mean 'major'?)",
        "rule 'Bad Id': text: a '{' without '}' (a brace itself is written '{{')",
        "rules[1]: id: missing",
        "rules[1]: severity: missing",
        "rules[1]: text: missing",
        "rules[1]: clear.trap: no notification 'linkUpp' in the MIBs (did you mean 'linkUp'?)",
        "rule 'no-raise': raise: missing",
        "rule 'no-raise': clear.trap: no notification 'linkUpp' in the MIBs (did you mean 'linkUp'?)",
        "rule 'no-raise': severity: unknown severity 'majr' (did you mean 'major'?)",
    ]
    assert compiled.rulebook.kinds == ()


def test_every_line_in_one_pass_with_its_place(document, names: MibView):
    first = document(
        """version: 1
rules:
  - id: cpu-high
    raise: {metric: netmon_cpu_percent, when: valeu >= 90, for: 300}
    clear: {when: value < 80, for: 2m}
    severty: minor
    severity: minor
    probable_cause: systemResourcesOverload
    text: "{object.name}"
  - id: linked
    raise: {trap: IF-MIB::linkDown}
    severity: minor
    text: gone
storms: [3]
"""
    )
    second = document(
        """version: 2
rules:
  - id: cpu-high
    raise: {trap: JUNIPER-MIB::jnxFanFailure}
    clear: {trap: JUNIPER-MIB::jnxFanOK}
    severity: {minor: vb.jnxState == up, else: major}
    probable_cause: coolingFanFailure
    text: "{vb.jnxContentsDescr}"
  - 3
"""
    )
    compiled = compile_rules([second, first], names)
    assert [str(problem) for problem in compiled.problems] == [
        "a.yaml:4:47: rule 'cpu-high': raise.when: unknown name 'valeu' (did you mean 'value'?)",
        f"a.yaml:4:65: rule 'cpu-high': raise.for: {why(300)}",
        "a.yaml:6:5: rule 'cpu-high': unknown key 'severty' (did you mean 'severity'?)",
        "a.yaml:10:5: rule 'linked': no way to clear (write 'clear:', or 'clearable: true' for an operator)",
        "a.yaml:10:5: rule 'linked': probable_cause: 'indeterminate' tells nobody where to look",
        "a.yaml:14:10: storms[0]: expected a mapping, not a number",
        "b.yaml:1:10: version: expected one of 1, not 2",
        "b.yaml:3:9: rule 'cpu-high': this id is used already (first at a.yaml:3:9)",
        "b.yaml:4:19: rule 'cpu-high': raise.trap: module JUNIPER-MIB is not loaded (a numeric OID works without it)",
        "b.yaml:5:19: rule 'cpu-high': clear.trap: module JUNIPER-MIB is not loaded (a numeric OID works without it)",
        "b.yaml:9:5: rules[1]: expected a mapping, not a number",
    ]
    assert summary(compiled.problems, files=compiled.files, rules=compiled.rules) == (
        "7 errors, 4 warnings in 2 of 2 files; 3 rules"
    )


def test_rules_of_one_type_agree(document, names: MibView):
    text = f"""version: 1
rules:
  - {{id: one, type: t1, raise: {{metric: m}}, {REST}}}
  - {{id: two, type: t1, raise: {{metric: m}}, reopen: 1h, limit: 5, {REST}}}
"""
    compiled = compile_rules([document(text)], names)
    assert [problem.message for problem in compiled.errors] == [
        "rule 'two': reopen: rule 'one' has another reopen for the type 't1'",
        "rule 'two': limit: rule 'one' has another limit for the type 't1'",
    ]


def test_raise_and_clear_equal(document, names: MibView):
    text = one_rule(f"id: x1, raise: {{{LINK}}}, clear: {{{LINK}}}, {REST}")
    compiled = compile_rules([document(text)], names)
    assert [(problem.warning, problem.message) for problem in compiled.problems] == [
        (True, "rule 'x1': clear: is true whenever 'raise' is, so nothing is ever raised")
    ]


def test_a_trap_of_a_module_that_is_not_loaded_never_matches(document, names: MibView):
    text = one_rule(f"id: x1, raise: {{trap: 'ACME2-MIB::gone', when: vb.acmeX == up}}, clear: {{after: 1h}}, {REST}")
    compiled = compile_rules([document(text)], names)
    assert compiled.errors == ()
    assert compiled.rulebook.kinds[0].raises[0].names == ()


def test_canonical_text_compiles_to_the_same_rulebook(document, names: MibView):
    documents = [document(GOOD)]
    compiled = compile_rules(documents, names).rulebook
    text = canonical(documents)
    again = compile_canonical(text, names)
    assert again.hash == compiled.hash
    assert [kind.rule.rev for kind in again.kinds] == [kind.rule.rev for kind in compiled.kinds]
    assert again.protected == compiled.protected
    assert again.polled == compiled.polled


def test_order_files_and_comments_are_no_part_of_the_canonical_text(document):
    one = document(GOOD)
    head, first, second = GOOD.partition("  - id: link-down")[0], GOOD[GOOD.index("  - id: link") :], ""
    first, mark, second = first.partition("  - id: unreachable")
    swapped = [document(f"# a comment\n{head}{mark}{second}"), document(head + first)]
    assert canonical([one]) == canonical(swapped)


def test_order_of_cases_is_meaning(document):
    def text(cases: str) -> Document:
        read: Document = document(one_rule(f"id: x1, raise: {{metric: m}}, text: a, severity: {{{cases}}}"))
        return read

    one = canonical([text("minor: value > 1, major: value > 2, else: warning")])
    other = canonical([text("major: value > 2, minor: value > 1, else: warning")])
    assert one != other


def test_disabled_rules_are_checked_but_not_there(document, names: MibView):
    documents = [document(one_rule(f"id: x1, enabled: false, raise: {{metric: m, when: valeu > 1}}, {REST}"))]
    compiled = compile_rules(documents, names)
    assert len(compiled.errors) == 1
    assert compiled.rulebook.kinds == ()
    assert b"x1" not in canonical(documents)


def test_canonical_text_that_does_not_compile(names: MibView):
    text = (
        b'{"version":1,"rules":[{"id":"x1","raise":{"trap":"IF-MIB::gone"},"severity":"minor","text":"a"}],"events":[]}'
    )
    with pytest.raises(RulesError, match="no notification 'gone' in IF-MIB"):
        compile_canonical(text, names)


def test_what_is_kept_what_only_clears_and_restarts_are_protected(document, names: MibView):
    text = f"""version: 1
rules:
  - {{id: kept, keep: true, raise: {{trap: 1.2.3}}, clear: {{trap: 1.2.4}}, {REST}}}
  - {{id: other, raise: {{trap: 1.2.5}}, clear: {{trap: [1.2.6, 1.2.7]}}, {REST}}}
  - {{id: third, raise: {{trap: 1.2.7}}, clear: {{after: 1h}}, {REST}}}
"""
    compiled = compile_rules([document(text)], names)
    assert compiled.errors == ()
    assert compiled.rulebook.protected == ("1.2.3", "1.2.4", "1.2.6", *RESTARTS)


def test_conditions_count_mismatches_in_the_tally(document, names: MibView):
    tally: dict[str, int] = {}
    text = one_rule(f"id: x1, raise: {{metric: m, when: value > 1}}, {REST}")
    compiled = compile_rules([document(text)], names, tally=tally)
    when = compiled.rulebook.kinds[0].raises[0].when
    assert when is not None
    assert not when(scope_of(value="text"))
    assert tally == {"type_mismatch": 1}


def test_conditions_are_kept_in_the_words_of_the_rule_for_the_story_of_an_alarm(document, names: MibView):
    rule = compile_rules([document(GOOD)], names).rulebook.kinds[0].rule
    assert rule.raise_words == (
        "trap IF-MIB::linkDown when vb.ifAdminStatus != down for 3s",
        "metric ifOperStatus when value in [down, lowerLayerDown] and polled(ifAdminStatus) == up for 1m",
    )
    assert rule.clear_words[1:] == (
        "metric ifOperStatus when value == up",
        "trap IF-MIB::linkDown when vb.ifAdminStatus == down",
        "",
    )
