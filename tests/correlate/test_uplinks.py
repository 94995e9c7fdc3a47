"""Ways up of an element that are gone: with the element above, while it answers itself, and never in planned work."""

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.config import yaml
from netmon.config.shipped import shipped
from netmon.domain.alarm import Alarm
from netmon.domain.inventory import Element, Inventory, Link
from netmon.domain.observation import PollFailed, PollResult, Tick
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.mibs import shipped_names

T0, S = 1_700_000_000_000, 1_000
ELEMENTS = {name: Element(name, (f"192.0.2.{n}",), credential="ro") for n, name in enumerate(("r1", "r2", "a1"), 1)}
LINKS = {
    "l1": Link("l1", "r1/if:1", "a1/if:1", "uplink"),
    "l2": Link("l2", "r2/if:1", "a1/if:2", "uplink"),
    "card": Link("card", "a1/entity:Card", "a1/if:1", "uplink"),
}


class Watch:
    """A core with the shipped rules on links and elements."""

    def __init__(self) -> None:
        self.now = T0
        self.core = self._new()
        self.core.step(Tick(T0))
        change = inventory_change(Inventory(), Inventory(elements=ELEMENTS, links=LINKS), T0)
        assert change is not None
        self.core.step(change)
        files = [shipped("rules") / "correlation" / f"{name}.yaml" for name in ("element-unreachable", "link-down")]
        documents = [yaml.parse(one.read_bytes(), one.name).document for one in files]
        self.core.step(bare_rules_change(documents, shipped_names(), T0))
        for element in ELEMENTS:
            self.answers(element)

    def answers(self, element: str) -> None:
        self.core.step(PollResult(self.now, element, "", "g", self.now, 0, True, True, "snmp", "run", ()))

    def falls_silent(self, element: str) -> None:
        for _ in range(3):
            self.core.step(PollFailed(self.now, element, "", "g", self.now, "snmp", "timeout", 1, 2_000))

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += S
            self.core.step(Tick(self.now))

    def restart(self) -> None:
        sections = decode(encode(self.core.dump()))
        self.core = self._new()
        self.core.load(sections)

    def lost(self) -> Alarm | None:
        found = (alarm for alarm in self.core.book.alarms() if alarm.type == "redundancy-lost")
        return next((alarm for alarm in found if alarm.state == "active"), None)

    def _new(self) -> Core:
        view = shipped_names()
        return Core(lambda change, known: compile_change(change, known, view), view)


def test_an_element_above_that_does_not_answer_is_a_lost_way() -> None:
    watch = Watch()
    watch.falls_silent("r1")
    watch.wait(60)
    lost = watch.lost()
    assert lost is not None
    assert (lost.object, lost.severity, lost.text) == ("a1", "minor", "a1 has 1 of 2 uplinks left")
    assert not lost.hidden_by
    assert not lost.root_cause
    watch.answers("r1")
    watch.wait(2)
    assert watch.lost() is None


def test_of_an_element_that_does_not_answer_itself_no_redundancy_is_lost() -> None:
    watch = Watch()
    watch.falls_silent("r1")
    watch.wait(60)
    watch.falls_silent("a1")
    watch.wait(12)
    assert watch.lost() is None


def test_it_is_the_same_after_a_restart() -> None:
    watch = Watch()
    watch.falls_silent("r1")
    watch.wait(60)
    watch.restart()
    watch.wait(2)
    assert watch.lost() is not None
    watch.answers("r1")
    watch.wait(2)
    assert watch.lost() is None
