"""Traps that are too large to be remembered tell of their objects all the same."""

from pathlib import Path

import pytest

from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import Trap
from netmon.domain.oid import Varbind
from tests.correlate.stage import Stage, changes
from tests.mibs import shipped_names

T0 = 1_700_000_000_000
RULES = (Path(__file__).parents[2] / "rules/traps/any/vendor-alarm.yaml").read_text()
ENABLED, DISABLED = "1.3.6.1.2.1.131.0.1", "1.3.6.1.2.1.131.0.2"
"""entStateOperEnabled and entStateOperDisabled: of which part, only the row says (RFC 4268)."""
TEXT = "1.3.6.1.2.1.1.1.0"


def tell(stage: Stage, at: int, oid: str, row: int, *rest: Varbind) -> list[AlarmChange]:
    """Let a part be told of, and return what became of alarms."""
    varbinds = ((f"{shipped_names().oid_of('entStateAdmin')}.{row}", 0x02, 4), *rest)
    trap = Trap(T0 + at, "default", "192.0.2.1", 162, "t", "2c", "t", "r1", "address", oid, varbinds)
    return changes(stage.core.step(trap))


@pytest.mark.parametrize("large", [((TEXT, 0x04, b"x" * 300),), ((TEXT, 0x04, b"x"),) * 40], ids=["long", "many"])
def test_each_object_has_its_own_alarm_and_its_own_end(large: tuple[Varbind, ...]) -> None:
    stage = Stage(RULES, Inventory(elements={"r1": Element("r1", ("192.0.2.1",))}), at=T0)
    [seventh] = tell(stage, 1, DISABLED, 7, *large)
    [ninth] = tell(stage, 2, DISABLED, 9, *large)
    assert seventh.alarm_id != ninth.alarm_id
    [cleared] = tell(stage, 3, ENABLED, 7, (TEXT, 0x04, b"short"))
    assert (cleared.kind, cleared.alarm_id) == ("cleared", seventh.alarm_id)


def test_what_nobody_can_read_in_a_large_trap_may_name_another_object() -> None:
    stage = Stage(RULES, Inventory(elements={"r1": Element("r1", ("192.0.2.1",))}), at=T0)
    assert tell(stage, 1, DISABLED, 7, ("1.3.6.1.4.1.99999.1.7", 0x04, b"x" * 300)) == []
