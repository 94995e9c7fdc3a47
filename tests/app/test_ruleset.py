"""The shipped rules and profiles as one observation, and back."""

import hashlib
from pathlib import Path

from netmon.app.ruleset import compile_change, inventory_change, rules_change
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


def test_a_reload_of_the_same_files_compiles_nothing_again_and_pauses_between_them(tmp_path: Path):
    config = tmp_path / "config.yaml"
    config.write_text(f"version: 1\ndata_dir: {tmp_path / 'data'}\n")
    judged = judge(load(config))
    pauses: list[str] = []
    loaded = load(config, pause=lambda: pauses.append("load"))
    again = judge(loaded, memory=judged.memory, pause=lambda: pauses.append("judge"))
    assert rules_change(again, 1) == rules_change(judged, 1)
    assert (again.problems, again.compiled.places) == (judged.problems, judged.compiled.places)
    assert all(new is old for new, old in zip(again.profiles, judged.profiles, strict=True))
    without = {problem.place.file for problem in judged.problems}
    kinds = {id(kind.rule) for kind in judged.compiled.rulebook.kinds}
    for kind in again.compiled.rulebook.kinds:
        assert id(kind.rule) in kinds or judged.compiled.places[kind.rule.id].file in without
    assert pauses.count("load") >= len(loaded.files.names())
    assert pauses.count("judge") > again.compiled.rules + len(again.profiles)


def test_a_loaded_inventory_says_what_changed_and_of_which_file_it_is(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("version: 1\ninventory: inventory.yaml\n")
    file = tmp_path / "inventory.yaml"
    changes, before = [], Inventory()
    for ids in (["r1", "r2"], ["r2", "r3"]):
        file.write_text(f"elements: [{', '.join(f'{{id: {id_}, addresses: [192.0.2.{id_[1]}]}}' for id_ in ids)}]\n")
        loaded = load(tmp_path / "config.yaml")
        change = inventory_change(before, loaded.inventory, 1, hash_=loaded.inventory_document.sha256)
        assert change is not None
        assert (change.kind, change.hash) == ("loaded", hashlib.sha256(file.read_bytes()).hexdigest())
        changes.append(([one.id for one in change.added], [one.id for one in change.changed], change.removed))
        before = loaded.inventory
    assert changes == [(["r1", "r2"], [], ()), (["r3"], [], ("r1",))]
    assert inventory_change(before, before, 2) is None
