"""The metric profiles that ship, run with the cases that ship beside them as ``netmon rules test`` does."""

from pathlib import Path

import pytest

from netmon.cli.profile_tests import run_profile_tests
from netmon.config.shipped import shipped
from netmon.config.yaml import read
from netmon.mib.names import MibView
from netmon.rulebook.profile import Profiles, compile_profiles
from tests.mibs import shipped_names

PATHS = sorted(path for path in (shipped("rules") / "metrics").rglob("*.yaml") if not path.name.endswith(".test.yaml"))


@pytest.fixture(scope="module")
def names() -> MibView:
    return shipped_names()


@pytest.fixture(scope="module")
def profiles(names: MibView) -> Profiles:
    return compile_profiles([read(path).document for path in PATHS], names)


def test_they_have_no_problem(profiles: Profiles):
    assert profiles.problems == ()
    expected = [f"example-{path.stem}" if path.parent.name == "examples" else path.stem for path in PATHS]
    assert [profile.name for profile in profiles.profiles] == expected


def test_each_but_the_first_asks_whether_the_element_has_it(profiles: Profiles):
    assert [profile.name for profile in profiles.profiles if not profile.has and not profile.sysobjectid] == ["system"]


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_what_is_recorded_gives_what_is_expected(path: Path, profiles: Profiles, names: MibView):
    found = run_profile_tests([read(path.with_suffix(".test.yaml")).document], profiles.profiles, names)
    assert found.problems == ()
    assert found.tested
    assert [(case.name, case.differences) for case in found.tested if case.differences] == []
