"""The pages on metric profiles name every profile and key, and their example works."""

import re
from pathlib import Path

import msgspec
import pytest

from netmon.cli.profile_tests import run_profile_tests
from netmon.config.yaml import parse, read
from netmon.domain.place import Document
from netmon.normalize import packets
from netmon.rulebook.derive import DeriveSchema
from netmon.rulebook.profile import MatchSchema, ProfileSchema, TableSchema, compile_profiles
from netmon.rulebook.profile_rows import JoinSchema, LabelSchema
from netmon.rulebook.profile_table import ColumnSchema
from tests.mibs import shipped_names

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/reference/profiles.md").read_text()
HOW_TO = (ROOT / "docs/how-to/write-a-profile.md").read_text()


def test_every_profile_has_a_row():
    names = [path.stem for path in (ROOT / "rules/metrics").glob("*.yaml") if not path.name.endswith(".test.yaml")]
    assert len(names) > 50
    assert [name for name in names if f"\n| `{name}` |" not in REFERENCE] == []


@pytest.mark.parametrize(
    "schema",
    [ProfileSchema, MatchSchema, TableSchema, ColumnSchema, DeriveSchema, LabelSchema, JoinSchema],
    ids=lambda it: it.__name__,
)
def test_every_key_is_told(schema: type[msgspec.Struct]):
    keys = [field.encode_name for field in msgspec.structs.fields(schema)]
    assert [key for key in keys if not re.search(rf"[`{{ ]{key}[`:]", REFERENCE)] == []


def test_the_examples_are_right_and_the_first_passes_its_test(tmp_path: Path):
    examples = [
        parse(text.encode(), "example.yaml").document for text in re.findall(r"```yaml\n(.*?)```", HOW_TO, re.DOTALL)
    ]
    names = shipped_names()
    profile, limits, test = examples
    others: list[Document] = [read(ROOT / f"rules/metrics/{name}.yaml").document for name in ("system", "if-mib")]
    compiled = compile_profiles([profile, limits, *others], names)
    assert compiled.problems == ()
    tested = run_profile_tests([test], compiled.profiles, names)
    assert tested.problems == ()
    assert [case.differences for case in tested.tested] == [()]


def test_every_derived_metric_is_told():
    profiles = [path.read_text() for path in (ROOT / "rules/metrics").glob("*.yaml")]
    names = {name for text in profiles for name in re.findall(r"\bnetmon_\w+", text)} | {
        name for name, _ in packets.NAMES
    }
    assert len(names) > 30
    assert sorted(name for name in names if f"`{name}`" not in REFERENCE) == []
