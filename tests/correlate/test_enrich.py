"""Tags from the inventory follow it (specs/rules.md 6.15)."""

from typing import Any

from netmon.domain.inventory import Element, Inventory, Member, Service
from netmon.domain.oid import WARM_START
from tests.correlate.stage import Stage, changes
from tests.correlate.test_rule_kinds import FOLDER

T0 = 1_700_000_000_000


def inventory(customer: str, **member: Any) -> Inventory:
    service = Service("vpn", party_ref=customer, members=(Member("r1", **member),))
    return Inventory(elements={"r1": Element("r1", ("192.0.2.1",))}, services={"vpn": service})


def started(first: Inventory) -> Stage:
    """Return a stage with the rule on fans and an inventory."""
    return Stage((FOLDER / "enrich.yaml").read_text(), first, at=T0)


def fan_fails(stage: Stage) -> dict[str, str]:
    outputs = stage.tell(T0, WARM_START, index=1)
    [raised] = changes(outputs)
    return raised.after.tags


def test_an_active_alarm_has_the_tags_of_a_new_inventory() -> None:
    stage = started(inventory("P-1"))
    assert fan_fails(stage) == {"team": "field", "customer": "P-1", "service": "vpn"}
    [updated] = changes(stage.know(inventory("P-2")))
    assert (updated.kind, updated.before["tags"]["customer"]) == ("updated", "P-1")
    assert updated.after.tags == {"team": "field", "customer": "P-2", "service": "vpn"}
    assert updated.after.count == 1


def test_an_inventory_that_says_the_same_changes_nothing() -> None:
    stage = started(inventory("P-1"))
    fan_fails(stage)
    assert changes(stage.know(inventory("P-1", valid_from=T0 - 1))) == []


def test_a_member_counts_while_it_is_valid() -> None:
    assert fan_fails(started(inventory("P-1", valid_to=T0))) == {"team": "field"}
    assert fan_fails(started(inventory("P-1", valid_from=T0))) == {"team": "field", "customer": "P-1", "service": "vpn"}
