"""``counters_survive_agent_restart`` of an element of the inventory reaches the judgment of its counters."""

import pytest

from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import InventoryChange, RulesChange
from netmon.domain.usage import Assignment, UsageSettings
from netmon.mib.names import MibView
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from tests.normalize.blocks import block, result

BILLED = Assignment("r1|ifName:xe-0/0/1", "r1", "r1/if:xe-0/0/1", "xe-0/0/1", "ifName", "main", "rule")


def told(at: int, *elements: Element) -> InventoryChange:
    return InventoryChange(
        at=at, kind="loaded", added=elements, changed=(), removed=(), sites=(), links=(), groups=(), services=(),
        hash="",
    )  # fmt: skip


def compiled(change: RulesChange, inventory: Inventory) -> Ruleset:
    return Ruleset(Rulebook("", ()), (BILLED,), UsageSettings(), MibView(()))


def judged(core: Core) -> list[tuple[bool, str]]:
    """Read the port before and after a restart of the agent."""
    pairs = []
    for at, uptime_cs, octets in ((60_000, 900_000, 1_000), (120_000, 3_000, 4_000)):
        row = {"ifName": b"xe-0/0/1", "ifHighSpeed": 1000, "ifHCInOctets": octets, "ifHCOutOctets": octets}
        read = core.samples.read(at, result(at, block(at, {"7": row}, uptime_cs=uptime_cs, table="usage")))
        pairs += read.pairs
    return [(pair.ok, pair.reason) for pair in pairs]


@pytest.mark.parametrize(("survive", "expected"), [(True, (True, "")), (False, (False, "agent_restart"))])
@pytest.mark.parametrize("rules_first", [True, False])
def test_issue_the_option_of_an_element_is_heard(survive: bool, expected: tuple[bool, str], rules_first: bool) -> None:
    core = Core(compiled, MibView(()))
    element = Element("r1", ("192.0.2.1",), counters_survive_agent_restart=survive)
    rules, inventory = RulesChange(1, b"", "h", ""), told(1, element)
    for observation in (rules, inventory) if rules_first else (inventory, rules):
        core.step(observation)
    assert judged(core) == [expected]
