"""A link that is there no more ends its alarm, and rules on alarms hear of that."""

from typing import Any

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.config import yaml
from netmon.domain.inventory import Element, Inventory, Link
from netmon.domain.observation import Tick, Trap
from netmon.normalize.neighborhood import STALE_MS
from netmon.step import Core
from tests.mibs import shipped_names
from tests.normalize.telling import block, interfaces, lldp, run

T0 = 1_750_000_000_000
DOWN = "1.3.6.1.6.3.1.1.5.3"
RULES = """version: 1
rules:
  - id: down
    type: link-alarm
    raise: {trap: IF-MIB::linkDown}
    clear: {trap: IF-MIB::linkUp}
    object: "if:{vb.ifIndex}"
    severity: major
    probable_cause: lossOfSignal
    text: down
  - id: cut
    raise: {alarm: link-alarm, when: "active('link-alarm')"}
    severity: critical
    probable_cause: lossOfSignal
    text: cut
"""


def core() -> Core:
    view = shipped_names()
    core = Core(lambda change, known: compile_change(change, known, view), view)
    core.step(Tick(T0))
    document = yaml.parse(RULES.encode(), "one.yaml").document
    core.step(bare_rules_change([document], view, T0))
    return core


def know(core: Core, *links: Link) -> None:
    elements = {id_: Element(id_, (f"192.0.2.{id_[1:]}",), credential="ro") for id_ in ("r1", "r2")}
    known = Inventory(elements=elements, links={link.id: link for link in links})
    change = inventory_change(core.inventory, known, core.now)
    assert change is not None
    core.step(change)


def down(core: Core, element: str) -> None:
    varbinds: Any = (("1.3.6.1.2.1.2.2.1.1.1", 0x02, 1),)
    source = core.inventory.elements[element].addresses[0]
    core.step(Trap(core.now, "default", source, 162, "t", "2c", "t", element, "address", DOWN, varbinds))


def active(core: Core) -> set[str]:
    alarms = core.book.alarms()
    return {one.type for one in alarms if one.state == "active" and one.object.startswith("link:")}


def test_a_link_that_was_found_and_is_gone() -> None:
    one = core()
    know(one)
    for element, far in (("r1", "r2"), ("r2", "r1")):
        one.identity.learn(element, "if", [block(T0, "ifTable", interfaces()["ifTable"])], complete=True)
        one.step(run(element, T0, lldp(element, {1: (far, 1)}) | interfaces()))
    one.step(Tick(T0 + 10_000))
    for element in ("r1", "r2"):
        down(one, element)
    assert active(one) == {"link-alarm", "cut"}
    for element in ("r1", "r2"):
        one.step(run(element, T0 + 20_000, lldp(element, {}) | interfaces()))
    one.step(Tick(T0 + 30_000 + STALE_MS))
    assert active(one) == set()


def test_a_link_that_is_no_more_in_the_inventory() -> None:
    one = core()
    know(one, Link("l1", "r1/if:#1", "r2/if:#1"))
    for element in ("r1", "r2"):
        down(one, element)
    assert active(one) == {"link-alarm", "cut"}
    know(one)
    one.step(Tick(T0 + 1_000))
    assert active(one) == set()
