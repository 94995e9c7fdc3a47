"""Planned work over reloads, outages of netmon and links (specs/rules.md 6.13, specs/alarms.md 8.5)."""

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.config import yaml
from netmon.domain.alarm import AlarmChange
from netmon.domain.inventory import Element, Inventory, Link
from netmon.domain.observation import HealthRow, Tick, Trap
from netmon.domain.output import Output
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.mibs import shipped_names

T0 = 1_750_000_000_000
"""2025-06-15T15:06:40Z."""
DOWN = "1.3.6.1.6.3.1.1.5.3"
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


class Worked:
    """A core with two elements; times in seconds after the start."""

    def __init__(self, rules: str, *links: Link) -> None:
        self.core = self._new()
        elements = {id_: Element(id_, (f"192.0.2.{number}",)) for number, id_ in enumerate(("r1", "r2"), 1)}
        inventory = Inventory(elements=elements, links={link.id: link for link in links})
        change = inventory_change(Inventory(), inventory, T0)
        assert change is not None
        self.core.step(Tick(T0))
        self.core.step(change)
        self.use(rules)

    def _new(self) -> Core:
        view = shipped_names()
        return Core(lambda change, known: compile_change(change, known, view), view)

    def use(self, rules: str) -> list[tuple[str, str]]:
        document = yaml.parse(rules.encode(), "one.yaml").document
        return told(self.core.step(bare_rules_change([document], shipped_names(), T0)))

    def tick(self, at: int, *health: HealthRow) -> list[tuple[str, str]]:
        return told(self.core.step(Tick(T0 + at * 1000, health=health)))

    def down(self, at: int, element: str = "r1") -> list[tuple[str, str]]:
        varbinds = (("1.3.6.1.2.1.2.2.1.1.1", 0x02, 1),)
        source = self.core.inventory.elements[element].addresses[0]
        at_ms = T0 + at * 1000
        trap = Trap(at_ms, "default", source, 162, "t", "2c", "t", element, "address", DOWN, varbinds, None)
        return told(self.core.step(trap))

    def restart(self) -> None:
        state = decode(encode(self.core.dump()))
        self.core = self._new()
        self.core.load(state)


def told(outputs: list[Output]) -> list[tuple[str, str]]:
    return [(out.kind, out.after.object) for out in outputs if isinstance(out, AlarmChange)]


def test_a_window_that_ends_while_netmon_is_down_shows_what_is_active_once():
    work = Worked(RULE + WINDOW)
    work.tick(OPENS)
    work.down(30)
    work.restart()
    assert work.tick(CLOSES + 300) == [("shown", "r1/if:#1")]
    work.restart()
    assert work.tick(CLOSES + 301) == []


def test_a_window_that_is_taken_out_of_the_rules_ends_at_once_and_one_that_is_put_in_begins():
    work = Worked(RULE)
    work.tick(OPENS)
    work.down(30)
    assert work.use(RULE + WINDOW) == [("hidden", "r1/if:#1")]
    assert work.use(RULE + WINDOW.replace("work,", "other,")) == [("updated", "r1/if:#1")]
    assert work.use(RULE + WINDOW.replace("'r1'", "'r2'")) == [("shown", "r1/if:#1")]
    assert work.down(31, "r2") == [("raised", "r2/if:#1")]
    assert [alarm.hidden_by for alarm in work.core.book.alarms()] == [(), ("maint:work",)]
    assert work.use(RULE) == [("shown", "r2/if:#1")]


def test_another_text_of_the_rules_shows_nothing_of_what_is_hidden():
    work = Worked(RULE + WINDOW)
    work.tick(OPENS)
    work.down(30)
    assert work.use(RULE.replace("text: down", "text: gone") + WINDOW) == []
    assert [alarm.hidden_by for alarm in work.core.book.alarms()] == [("maint:work",)]


def test_a_link_is_worked_on_where_one_of_its_ends_is():
    work = Worked(RULE + WINDOW, Link("l1", "r1/if:p1", "r2/if:p1"))
    work.core.identity.load_state([("r1", "if", "1", "p1"), ("r2", "if", "1", "p1")])
    work.tick(OPENS)
    work.down(30, "r1")
    work.down(30, "r2")
    alarms = {alarm.object: alarm for alarm in work.core.book.alarms()}
    assert alarms["link:l1"].hidden_by == ("maint:work",)
    assert alarms["link:l1"].flags == ("planned",)
    assert "maint:work" not in alarms["r2/if:p1"].hidden_by


def test_alarms_of_netmon_itself_are_never_hidden():
    work = Worked(RULE + WINDOW.replace("where: element.id == 'r1', ", ""))
    work.tick(OPENS)
    work.tick(OPENS + 1, HealthRow("traps", "kernel_drops", 0))
    assert work.tick(OPENS + 2, HealthRow("traps", "kernel_drops", 7)) == [("raised", "netmon")]
    assert [alarm.hidden_by for alarm in work.core.book.alarms()] == [()]
