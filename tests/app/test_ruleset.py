"""The shipped rules and profiles as one observation, and back."""

from pathlib import Path

from netmon.app.ruleset import compile_change, rules_change
from netmon.config.load import load
from netmon.config.rules import judge
from netmon.domain.inventory import Inventory


def test_what_is_shipped_goes_into_a_rules_change_and_comes_out_the_same(tmp_path: Path):
    config = tmp_path / "config.yaml"
    config.write_text(f"version: 1\ndata_dir: {tmp_path / 'data'}\n")
    judged = judge(load(config))
    assert judged.errors == ()
    change = rules_change(judged, 1)
    rules = compile_change(change, Inventory(), judged.names)
    assert rules.rulebook.profiles == judged.profiles
    assert any(table.derive for profile in rules.rulebook.profiles for table in profile.tables)
