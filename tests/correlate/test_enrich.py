"""Tags from the inventory follow it (specs/rules.md 6.15)."""

from typing import Any

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.config import yaml
from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Element, Inventory, Member, Service
from netmon.domain.observation import Tick, Trap
from netmon.domain.oid import WARM_START
from netmon.step import Core
from tests.correlate.test_rule_kinds import FOLDER
from tests.mibs import shipped_names

T0 = 1_700_000_000_000


def inventory(customer: str, **member: Any) -> Inventory:
    service = Service("vpn", party_ref=customer, members=(Member("r1", **member),))
    return Inventory(elements={"r1": Element("r1", ("192.0.2.1",))}, services={"vpn": service})


def started(first: Inventory) -> Core:
    """Return a core with the rule on fans and an inventory."""
    view = shipped_names()
    core = Core(lambda change, known: compile_change(change, known, view), view)
    core.step(Tick(T0))
    change = inventory_change(Inventory(), first, T0)
    assert change is not None
    core.step(change)
    rules = yaml.read(FOLDER / "enrich.yaml", name="enrich.yaml").document
    core.step(bare_rules_change([rules], view, T0))
    return core


def fan_fails(core: Core) -> dict[str, str]:
    varbinds = (("1.3.6.1.2.1.2.2.1.1.1", 0x02, 1),)
    trap = Trap(T0, "default", "192.0.2.1", 162, "t", "2c", "t", "r1", "address", WARM_START, varbinds, None)
    [raised] = [out for out in core.step(trap) if isinstance(out, AlarmChange)]
    return raised.after.tags


def test_an_active_alarm_has_the_tags_of_a_new_inventory() -> None:
    core = started(inventory("P-1"))
    assert fan_fails(core) == {"team": "field", "customer": "P-1", "service": "vpn"}
    change = inventory_change(inventory("P-1"), inventory("P-2"), T0)
    assert change is not None
    [updated] = [out for out in core.step(change) if isinstance(out, AlarmChange)]
    assert (updated.kind, updated.before["tags"]["customer"]) == ("updated", "P-1")
    assert updated.after.tags == {"team": "field", "customer": "P-2", "service": "vpn"}
    assert updated.after.count == 1


def test_an_inventory_that_says_the_same_changes_nothing() -> None:
    core = started(inventory("P-1"))
    fan_fails(core)
    change = inventory_change(inventory("P-1"), inventory("P-1", valid_from=T0 - 1), T0)
    assert change is not None
    assert [out for out in core.step(change) if isinstance(out, AlarmChange)] == []


def test_a_member_counts_while_it_is_valid() -> None:
    assert fan_fails(started(inventory("P-1", valid_to=T0))) == {"team": "field"}
    assert fan_fails(started(inventory("P-1", valid_from=T0))) == {"team": "field", "customer": "P-1", "service": "vpn"}
