"""The rules that ship, run with the tests that ship beside them as ``netmon rules test`` does."""

from pathlib import Path

import pytest

from netmon.app.rule_tests import run_rule_tests
from netmon.config import yaml
from netmon.domain.oid import COLD_START, WARM_START
from netmon.domain.place import Document
from netmon.mib.names import MibView
from netmon.rulebook.compile import canonical, compile_canonical, compile_rules
from netmon.rulebook.verdict import coverage
from tests.mibs import shipped_names

FOLDER = Path(__file__).parents[2] / "rules"
RULES = sorted(
    path
    for folder in ("correlation", "traps")
    for path in (FOLDER / folder).rglob("*.yaml")
    if not path.stem.endswith(".test")
)


@pytest.fixture(scope="session")
def standard_names() -> MibView:
    return shipped_names()


def read(path: Path) -> Document:
    result = yaml.read(path, name=str(path))
    assert not result.problems, result.problems
    return result.document


def test_the_rules_have_no_problem(standard_names: MibView):
    documents = [read(path) for path in RULES]
    compiled = compile_rules(documents, standard_names)
    assert compiled.problems == ()
    assert compile_canonical(canonical(documents), standard_names).hash == compiled.rulebook.hash


def test_restarts_and_what_only_clears_pass_storm_limits(standard_names: MibView):
    protected = set(compile_rules([read(path) for path in RULES], standard_names).rulebook.protected)
    link_down, link_up = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
    assert {COLD_START, WARM_START, link_up} <= protected
    assert link_down not in protected


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_each_rule_raises_and_clears(path: Path, standard_names: MibView):
    rules = read(path)
    found = run_rule_tests([read(path.with_suffix(".test.yaml"))], [rules], standard_names)
    assert found.problems == ()
    assert [(one.case.name, one.differences) for one in found.tested if one.differences] == []
    covered = coverage([one.run for one in found.tested])
    rulebook = compile_rules([rules], standard_names).rulebook
    wanted = {kind.rule.id for kind in rulebook.kinds} | {storm.id for storm in rulebook.storms}
    assert covered.raised == covered.cleared == wanted
