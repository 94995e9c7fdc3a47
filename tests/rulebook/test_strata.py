"""Which rules stand above which (specs/rules.md 4.1)."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from netmon.config import yaml
from netmon.rulebook.compile import compile_rules
from netmon.rulebook.kinds import GroupRule
from netmon.rulebook.strata import cycle, inputs_of, layered
from tests.mibs import shipped_names
from tests.rulebook.test_index import rule

ABOVE = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=8, unique_by=lambda pair: pair[0])


def groups(above: Any) -> tuple[GroupRule, ...]:
    return tuple(
        GroupRule(rule(f"r{own}"), (), (), f"r{of}", "site", "element", None, worst=False) for own, of in above
    )


@given(ABOVE)
def test_a_circle_is_found_exactly_where_a_rule_reaches_itself(above: Any) -> None:
    of = dict(above)

    def reaches_itself(own: int) -> bool:
        at = of.get(own)
        for _ in range(len(of)):
            if at == own:
                return True
            at = of.get(at) if at is not None else None
        return False

    circle = cycle(groups(above))
    assert bool(circle) == any(map(reaches_itself, of))
    if circle:
        assert circle[0] == circle[-1]
        pairs = pairwise(circle)
        assert all(of[int(upper[1:])] == int(lower[1:]) for lower, upper in pairs)


@given(ABOVE)
def test_each_rule_stands_above_what_it_looks_at(above: Any) -> None:
    kinds = groups([(own, of) for own, of in above if of < own])
    strata = {kind.rule.type: kind.stratum for kind in layered(kinds) if isinstance(kind, GroupRule)}
    for kind in kinds:
        assert strata[kind.rule.type] == 1 + max(strata.get(type_, 0) for type_ in inputs_of(kind))


def test_the_error_names_the_circle() -> None:
    shared = "raise: {when: n > 1}, severity: major, probable_cause: powerProblem, text: a"
    text = f"""version: 1
rules:
  - {{id: site-outage, group: {{of: region-outage, by: site}}, {shared}}}
  - {{id: region-outage, group: {{of: site-outage, by: site}}, {shared}}}
"""
    document = yaml.parse(text.encode(), "site.yaml").document
    [error] = compile_rules([document], shipped_names()).errors
    assert str(error).endswith("rule cycle: region-outage -> site-outage -> region-outage")


def test_a_type_that_nobody_makes_is_a_warning() -> None:
    text = """version: 1
rules:
  - id: site
    group: {of: nobody, by: site}
    raise: {when: n > 1}
    severity: major
    probable_cause: powerProblem
    text: a
"""
    compiled = compile_rules([yaml.parse(text.encode(), "site.yaml").document], shipped_names())
    assert [problem.message for problem in compiled.problems] == [
        "rule 'site': raise: no rule makes alarms of the type 'nobody'"
    ]
    assert compiled.errors == ()
