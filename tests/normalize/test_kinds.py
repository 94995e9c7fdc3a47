"""What kind of part an entity is (specs/snmp.md 5.2)."""

from typing import Any

import pytest

from netmon.normalize.kinds import kinds_of
from tests.normalize.telling import block

CONTAINER, SUPPLY, FAN, SENSOR, MODULE, PORT = 5, 6, 7, 8, 9, 10


def part(class_: int, description: str, inside: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "entPhysicalClass": class_,
        "entPhysicalDescr": description.encode(),
        "entPhysicalContainedIn": inside,
        **more,
    }


def test_classes_decide():
    rows = {
        "1": part(SUPPLY, "Power supply"),
        "2": part(FAN, "Fan of the SFP cage"),
        "3": part(SENSOR, "SFP receive power"),
        "4": part(PORT, "SFP port"),
    }
    assert kinds_of([block(1, "entPhysicalTable", rows)]) == {"1": "psu", "2": "fan", "3": "sensor"}


@pytest.mark.parametrize(
    "description", ["SFP+ transceiver", "QSFP28-100G-LR4", "1000BASE-LX SFP", "Xcvr 3", "CFP2 DCO", "10G XFP module"]
)
def test_a_module_that_is_called_a_transceiver_is_an_optic(description: str):
    rows = {"1": part(CONTAINER, "slot"), "7": part(MODULE, description, 1), "8": part(SENSOR, "power", 7)}
    assert kinds_of([block(1, "entPhysicalTable", rows)]) == {"7": "optic", "8": "sensor"}


@pytest.mark.parametrize("description", ["24-port SFP line card", "SFP slot 3", "Routing engine", "8x10GE SFP+"])
def test_what_only_takes_transceivers_is_none(description: str):
    assert kinds_of([block(1, "entPhysicalTable", {"7": part(MODULE, description)})]) == {}


def test_a_card_that_holds_transceivers_is_none():
    rows = {"6": part(MODULE, "SFP uplink"), "7": part(MODULE, "SFP", 6)}
    assert kinds_of([block(1, "entPhysicalTable", rows)]) == {"7": "optic"}


def test_the_model_tells_as_well():
    rows = {"7": part(MODULE, "unknown", entPhysicalModelName=b"SFP-10G-SR")}
    assert kinds_of([block(1, "entPhysicalTable", rows)]) == {"7": "optic"}
