"""One element and a few rules, fed with traps, Ticks and requests by a test."""

from collections.abc import Iterable

from netmon.domain.alarm import Alarm, AlarmChange
from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import OperatorRequest, Tick
from netmon.domain.output import Output
from tests.correlate.stage import Stage, changes

T0, S = 1_700_000_000_000, 1_000
LINK = "raise: {trap: IF-MIB::linkDown}, clear: {trap: IF-MIB::linkUp}, object: 'if:{vb.ifIndex}'"


def _text(rules: Iterable[str], storms: str) -> str:
    severe = (rule if "severity" in rule else f"severity: major, {rule}" for rule in rules)
    lines = "\n".join(f"  - {{probable_cause: lossOfSignal, text: down, {rule}}}" for rule in severe)
    return f"version: 1\nstorms: [{storms}]\nrules:\n{lines}\n"


class World(Stage):
    """One element and a few rules, which may be others from time to time."""

    def __init__(self, *rules: str, storms: str = "") -> None:
        self._storms = storms
        self.now = T0
        super().__init__(_text(rules, self._storms), Inventory(elements={"r1": Element("r1", ("192.0.2.1",))}), at=T0)

    def use(self, *rules: str) -> None:
        self.load(_text(rules, self._storms))

    def wait(self, seconds: int, *, step_s: int = 1) -> list[AlarmChange]:
        """Let time pass, with a Tick every so many seconds."""
        out: list[Output] = []
        for _ in range(0, seconds, step_s):
            self.now += step_s * S
            out += self.core.step(Tick(self.now))
        return changes(out)

    def feed(self, oid: str, index: int = 1) -> list[Output]:
        return self.tell(self.now, oid, index=index)

    def trap(self, oid: str, index: int = 1) -> list[str]:
        return [one.kind for one in changes(self.feed(oid, index))]

    def ask(self, action: str, *, until: int = 0) -> None:
        ids = tuple(alarm.alarm_id for alarm in self.alarms())
        self.core.step(OperatorRequest(self.now, f"{action}{self.now}", "ann", action, ids, "", until))

    def alarms(self) -> list[Alarm]:
        return [alarm for alarm in self.core.book.alarms() if alarm.state == "active"]
