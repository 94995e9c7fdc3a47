"""``netmon check`` of metered ports that cannot be billed: told at the line to mend, for as long as it is so."""

import asyncio
from pathlib import Path

import pytest

from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Inventory
from netmon.domain.observation import HealthRow, RulesChange, Tick
from netmon.mib.names import MibView
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import Batch
from tests.command_line import call

CONFIG = """\
version: 1
data_dir: data
credentials: [{id: ro, version: v2c, community: {file: community}}]
inventory:
  elements:
    - {id: r1, addresses: [192.0.2.1], credential: ro}
    - {id: r2, addresses: [192.0.2.2]}
  services:
    - id: s1
      members:
        - {object: "r1/if:a", facing: customer, valid_from: 2036-03-01T00:00:00Z}
        - {object: "r2/if:b", facing: customer, valid_from: 2036-03-01T00:00:00Z}
rules: [usage.yaml]
usage: {feeds: [{id: main}]}
"""
METERING = 'version: 1\nmetering:\n  - {id: all, services: [s1], objects: ["r1/if:x"], feed: main}\n'
TEXT = "octets cannot be billed: "


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "usage.yaml").write_text(METERING)
    (tmp_path / "community").write_text("public")
    (tmp_path / "data").mkdir()
    return tmp_path


def warnings() -> list[str]:
    result = call("check")
    assert result.exit_code == 0, result.stdout
    told = result.stdout.splitlines()
    assert told[-1].startswith(f"0 errors, {len(told) - 1} warning"), told
    return [line.replace("warning: ", "") for line in told[:-1] if "receive_buffer" not in line]


def store(path: Path, *reports: HealthRow) -> None:
    """Keep what a netmon that reported this has committed."""

    def compiled(change: RulesChange, inventory: Inventory) -> Ruleset:
        raise AssertionError("no rules come")

    tick = Tick(1, health=reports)
    changes = tuple(one for one in Core(compiled, MibView(())).step(tick) if isinstance(one, AlarmChange))
    opened = open_store(path)
    asyncio.run(opened.commit(Batch(1, 1, 1, (tick,), changes)))
    opened.close()


@pytest.mark.slow
def test_an_element_that_is_not_polled_is_told_at_its_line() -> None:
    text = "missing, so r2 is not polled and nothing can be metered of r2/if:b"
    assert warnings() == [f"config.yaml:7:7: inventory.elements[1].credential: {text}"]


@pytest.mark.slow
def test_ports_that_netmon_did_not_find_are_told_at_the_member_and_at_the_rule(folder: Path) -> None:
    (folder / "config.yaml").write_text(CONFIG.replace("[192.0.2.2]}", "[192.0.2.2], credential: ro}"))
    names = ("a", "x", "gone")
    reports = [HealthRow(f"r1|ifName:{name}", "unbillable", 1, f"r1 has no port named {name}") for name in names]
    store(folder / "data/netmon.db", *reports)
    assert warnings() == [
        f"config.yaml:11:20: r1|ifName:a: {TEXT}r1 has no port named a",
        f"usage.yaml:3:41: r1|ifName:x: {TEXT}r1 has no port named x",
    ]


@pytest.mark.slow
def test_a_description_that_no_port_has_is_told_where_it_stands(folder: Path) -> None:
    followed = CONFIG.replace('object: "r1/if:a"', 'match: {element: r1, ifAlias: "CUST 1"}')
    (folder / "config.yaml").write_text(followed.replace("[192.0.2.2]}", "[192.0.2.2], credential: ro}"))
    (folder / "usage.yaml").write_text(
        "version: 1\nmetering:\n  - {id: all, services: [s1], feed: main, basis: ifAlias}\n"
    )
    about = 'r1 has no port described "CUST 1"'
    store(folder / "data/netmon.db", HealthRow("r1|ifAlias:CUST 1", "unbillable", 1, about))
    assert warnings() == [f"config.yaml:11:42: r1|ifAlias:CUST 1: {TEXT}{about}"]


@pytest.mark.slow
def test_a_store_that_cannot_be_read_is_no_matter_of_the_check(folder: Path) -> None:
    (folder / "data/netmon.db").write_bytes(b"no database")
    assert len(warnings()) == 1
