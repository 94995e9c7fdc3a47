"""netmon's own module, for managers above it."""

import subprocess
from pathlib import Path

import pytest

from netmon.config.shipped import shipped
from netmon.mib.names import MibView
from netmon.mib.node import Module
from tests.mibs import shipped_modules

NAME = "NETMON-MIB"
CHANGED = ("netmonAlarmRaised", "netmonAlarmChanged", "netmonAlarmCleared")


@pytest.fixture(scope="module")
def modules() -> dict[str, Module]:
    return {module.name: module for module in shipped_modules()}


def test_it_compiles_as_it_is(modules: dict[str, Module]) -> None:
    assert modules[NAME].repairs == ()
    assert len(modules[NAME].nodes) > 60


def test_notifications_carry_rows_of_the_table_of_changes(modules: dict[str, Module]) -> None:
    view = MibView(modules.values())
    columns = {node.name for node in modules[NAME].nodes if node.oid.startswith(view.oid_of("netmonChangeEntry") + ".")}
    for name in CHANGED:
        node, objects = view.notification(name), view.notification(name).objects
        assert objects[0] == f"{NAME}::netmonNodeId", node
        assert {*objects[1:]} == columns - {f"{NAME}::netmonChangeIndex"}
    assert [view.oid_of(name).rpartition(".")[2] for name in (*CHANGED, "netmonHeartbeat")] == ["1", "2", "3", "4"]


def test_an_alarm_is_known_by_its_identifier(modules: dict[str, Module]) -> None:
    view = MibView(modules.values())
    index = ".".join(str(octet) for octet in range(16))
    assert view.index_values(view.symbol("netmonAlarmSeverity"), index) == {"netmonAlarmId": bytes(range(16))}
    assert view.render(view.oid_of("netmonAlarmSeverity"), 3) == "critical"


@pytest.mark.wire
def test_net_snmp_reads_it_without_a_warning() -> None:
    folders = f"{shipped('mibs') / 'standard'}:{shipped('mibs') / NAME}"
    asked = ["snmptranslate", "-Pw", "-M", folders, "-m", NAME, "-On", f"{NAME}::netmonHeartbeat"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.strip() == ".1.3.6.1.4.1.32473.1.0.4"
    # Of the macros of the base modules it always says that it knows them by itself.
    assert [line for line in told.stderr.splitlines() if "MACRO" not in line] == []


def test_it_is_part_of_the_package() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert f'"mibs/{NAME}" = "netmon/shipped/mibs/{NAME}"' in text
