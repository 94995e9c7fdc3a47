"""A link that is there no more ends its alarm, and rules on alarms hear of that."""

from netmon.domain.inventory import Element, Inventory, Link
from netmon.domain.observation import Tick
from netmon.normalize.neighborhood import STALE_MS
from tests.correlate.stage import DOWN, Stage
from tests.normalize.telling import block, interfaces, lldp, run

T0 = 1_750_000_000_000
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


def known(*links: Link) -> Inventory:
    elements = {id_: Element(id_, (f"192.0.2.{id_[1:]}",), credential="ro") for id_ in ("r1", "r2")}
    return Inventory(elements=elements, links={link.id: link for link in links})


def down(stage: Stage) -> None:
    for element in ("r1", "r2"):
        stage.tell(stage.core.now, DOWN, element=element, index=1)


def active(stage: Stage) -> set[str]:
    alarms = stage.core.book.alarms()
    return {one.type for one in alarms if one.state == "active" and one.object.startswith("link:")}


def test_a_link_that_was_found_and_is_gone() -> None:
    stage = Stage(RULES, known(), at=T0)
    core = stage.core
    for element, far in (("r1", "r2"), ("r2", "r1")):
        core.identity.learn(element, "if", [block(T0, "ifTable", interfaces()["ifTable"])], complete=True)
        core.step(run(element, T0, lldp(element, {1: (far, 1)}) | interfaces()))
    core.step(Tick(T0 + 10_000))
    down(stage)
    assert active(stage) == {"link-alarm", "cut"}
    for element in ("r1", "r2"):
        core.step(run(element, T0 + 20_000, lldp(element, {}) | interfaces()))
    core.step(Tick(T0 + 30_000 + STALE_MS))
    assert active(stage) == set()


def test_a_link_that_is_no_more_in_the_inventory() -> None:
    stage = Stage(RULES, known(Link("l1", "r1/if:#1", "r2/if:#1")), at=T0)
    down(stage)
    assert active(stage) == {"link-alarm", "cut"}
    stage.know(known())
    stage.core.step(Tick(T0 + 1_000))
    assert active(stage) == set()
