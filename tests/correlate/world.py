"""One element and a few rules, fed with traps, Ticks and requests by a test."""

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.config import yaml
from netmon.domain.alarm import Alarm, AlarmChange
from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import OperatorRequest, Tick, Trap
from netmon.domain.output import Output
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.mibs import shipped_names

DOWN, UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
T0, S = 1_700_000_000_000, 1_000
LINK = "raise: {trap: IF-MIB::linkDown}, clear: {trap: IF-MIB::linkUp}, object: 'if:{vb.ifIndex}'"


def _severe(rule: str) -> str:
    return rule if "severity" in rule else f"severity: major, {rule}"


class World:
    """One element and one rule, which may be another one from time to time."""

    def __init__(self, *rules: str) -> None:
        self.core = self._new()
        self.now = T0
        self.core.step(Tick(T0))
        change = inventory_change(Inventory(), Inventory(elements={"r1": Element("r1", ("192.0.2.1",))}), T0)
        assert change is not None
        self.core.step(change)
        self.use(*rules)

    def use(self, *rules: str) -> None:
        lines = "\n".join(f"  - {{probable_cause: lossOfSignal, text: down, {_severe(rule)}}}" for rule in rules)
        document = yaml.parse(f"version: 1\nrules:\n{lines}\n".encode(), "rules.yaml").document
        self.core.step(bare_rules_change([document], shipped_names(), self.now))

    def wait(self, seconds: int, *, step_s: int = 1) -> list[AlarmChange]:
        """Let time pass, with a Tick every so many seconds."""
        out = []
        for _ in range(0, seconds, step_s):
            self.now += step_s * S
            out += self.core.step(Tick(self.now))
        return [one for one in out if isinstance(one, AlarmChange)]

    def feed(self, oid: str, index: int = 1) -> list[Output]:
        varbinds = ((f"1.3.6.1.2.1.2.2.1.1.{index}", 0x02, index),)
        trap = Trap(self.now, "default", "192.0.2.1", 162, "t", "2c", "t", "r1", "address", oid, varbinds)
        return self.core.step(trap)

    def trap(self, oid: str, index: int = 1) -> list[str]:
        return [out.kind for out in self.feed(oid, index) if isinstance(out, AlarmChange)]

    def ask(self, action: str, *, until: int = 0) -> None:
        ids = tuple(alarm.alarm_id for alarm in self.alarms())
        self.core.step(OperatorRequest(self.now, f"{action}{self.now}", "ann", action, ids, "", until))

    def alarms(self) -> list[Alarm]:
        return [alarm for alarm in self.core.book.alarms() if alarm.state == "active"]

    def restart(self) -> None:
        """Go on from a snapshot, as after a kill."""
        sections = decode(encode(self.core.dump()))
        self.core = self._new()
        self.core.load(sections)

    def _new(self) -> Core:
        view = shipped_names()
        return Core(lambda change, known: compile_change(change, known, view), view)
