"""A core with some elements on which work is planned; times in seconds after the start."""

import msgspec

from netmon.domain.alarm import Alarm
from netmon.domain.inventory import Element, Inventory, Link
from netmon.domain.observation import HealthRow, OperatorRequest, Tick
from netmon.domain.output import Answer
from netmon.domain.plan import BEGIN, END, WorkAnswer, WorkReply
from tests.correlate.stage import DOWN, UP, Stage, told

T0 = 1_750_000_000_000
"""2025-06-15T15:06:40Z."""
RULE = """version: 1
rules:
  - id: down
    type: link-alarm
    raise: {trap: IF-MIB::linkDown}
    clear: {trap: IF-MIB::linkUp}
    object: "if:{vb.ifIndex}"
    severity: major
    probable_cause: lossOfSignal
    text: down
"""
WINDOW = """maintenance:
  - {id: work, where: element.id == 'r1', at: {cron: "7 * * * *", for: 10m}}
"""
"""Open from 15:07:00 to 15:17:00 UTC."""
OPENS, CLOSES = 20, 620


class Worked(Stage):
    """A core with two elements; times in seconds after the start."""

    def __init__(self, rules: str, *links: Link, elements: int = 2) -> None:
        self._requests = 0
        ids = [f"r{number}" for number in range(1, elements + 1)]
        known = {id_: Element(id_, (f"192.0.2.{id_[1:]}",)) for id_ in ids}
        super().__init__(rules, Inventory(elements=known, links={link.id: link for link in links}), at=T0)
        self.core.step(Tick(T0))

    def use(self, rules: str) -> list[tuple[str, str]]:
        """Load rules; what stands already follows with the next Tick."""
        at_once = told(self.load(rules))
        return [*at_once, *told(self.core.step(Tick(self.core.now)))]

    def tick(self, at: int, *health: HealthRow) -> list[tuple[str, str]]:
        return told(self.core.step(Tick(T0 + at * 1000, health=health)))

    def down(self, at: int, element: str = "r1", port: int = 1, *, up: bool = False) -> list[tuple[str, str]]:
        return told(self.tell(T0 + at * 1000, UP if up else DOWN, element=element, index=port))

    def plan(self, at: int, where: str, *, until: int, since: int = 0, mode: str = "") -> tuple[WorkReply, ...]:
        """Ask for a window; the ids of the windows follow from the numbers of the requests."""
        self._requests += 1
        request = OperatorRequest(
            T0 + at * 1000,
            f"ask-{self._requests}",
            "ann",
            BEGIN,
            (),
            until=T0 + until * 1000,
            where=where,
            since=T0 + since * 1000 if since else 0,
            mode=mode,
        )
        return self._ask(request)

    def end(self, at: int, *windows: str) -> tuple[WorkReply, ...]:
        self._requests += 1
        return self._ask(OperatorRequest(T0 + at * 1000, f"ask-{self._requests}", "ann", END, (), windows=windows))

    def _ask(self, request: OperatorRequest) -> tuple[WorkReply, ...]:
        [answer] = self.core.step(request)
        assert isinstance(answer, Answer)
        return msgspec.json.decode(answer.body, type=WorkAnswer).results

    def active(self) -> list[Alarm]:
        return [alarm for alarm in self.core.book.alarms() if alarm.state == "active"]
