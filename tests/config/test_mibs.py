"""A reload reads MIBs again where a file of them stands otherwise, and only there."""

import json
from pathlib import Path

import pytest

from netmon.config.data_dir import prepare_data_dir, share_mib_cache
from netmon.config.load import Loaded, load
from netmon.config.mibs import mibs_of
from netmon.config.rules import judge
from netmon.rulebook.memory import Memory

ACME = """ACME-MIB DEFINITIONS ::= BEGIN
IMPORTS enterprises FROM SNMPv2-SMI;
acme OBJECT IDENTIFIER ::= {{ enterprises 32473 {number} }}
END
"""


def loaded(folder: Path) -> Loaded:
    if not (folder / "data").exists():
        prepare_data_dir(folder / "data")
        share_mib_cache(folder / "data")
    (folder / "mibs").mkdir(exist_ok=True)
    config = {"version": 1, "data_dir": "data", "mibs": ["mibs"], "web": {"enabled": False}}
    (folder / "config.yaml").write_text(json.dumps(config))
    return load(folder / "config.yaml")


def write(folder: Path, number: int) -> None:
    (folder / "mibs" / "ACME-MIB").write_text(ACME.format(number=number))


def test_files_that_stand_as_they_stood_give_the_same_names(tmp_path: Path) -> None:
    first = judge(loaded(tmp_path))
    assert judge(loaded(tmp_path), memory=first.memory).names is first.names


@pytest.mark.slow
def test_a_changed_file_a_new_one_and_one_that_is_gone_are_seen(tmp_path: Path) -> None:
    memory, here = Memory(), loaded(tmp_path)
    before = mibs_of(here, memory).names
    write(tmp_path, 7)
    memory.turn()
    assert mibs_of(here, memory).names.symbol("acme").oid == "1.3.6.1.4.1.32473.7"
    write(tmp_path, 8)
    memory.turn()
    assert mibs_of(here, memory).names.symbol("acme").oid == "1.3.6.1.4.1.32473.8"
    (tmp_path / "mibs" / "ACME-MIB").unlink()
    memory.turn()
    after = mibs_of(here, memory).names
    assert after.find("acme") is None
    assert after.hash == before.hash


@pytest.mark.slow
def test_a_broken_module_is_told_each_time(tmp_path: Path) -> None:
    memory, here = Memory(), loaded(tmp_path)
    (tmp_path / "mibs" / "ACME-MIB").write_text(ACME.format(number="{"))
    for _ in range(2):
        assert [status.module for status in mibs_of(here, memory).broken] == ["ACME-MIB"]
        memory.turn()
