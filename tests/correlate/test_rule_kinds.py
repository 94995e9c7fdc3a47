"""Each rule kind by the rule tests of ``tests/correlate/rules``, run as ``netmon rules test`` does."""

from pathlib import Path

import pytest

from netmon.app.rule_tests import run_rule_tests
from netmon.config import yaml
from netmon.domain.place import Document
from netmon.mib.names import MibView
from tests.mibs import shipped_names

FOLDER = Path(__file__).parent / "rules"
RULES = sorted(path for path in FOLDER.glob("*.yaml") if not path.stem.endswith(".test"))


@pytest.fixture(scope="session")
def standard_names() -> MibView:
    return shipped_names()


def read(path: Path) -> Document:
    result = yaml.read(path, name=str(path))
    assert not result.problems, result.problems
    return result.document


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_kind(path: Path, standard_names: MibView) -> None:
    found = run_rule_tests([read(path.with_suffix(".test.yaml"))], [read(path)], standard_names)
    assert found.problems == ()
    assert [(one.case.name, one.differences) for one in found.tested if one.differences] == []
