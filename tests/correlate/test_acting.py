"""Actions and what operators do, over restarts and reloads (specs/rules.md 6.16)."""

from netmon.alarms.book import Book
from netmon.domain.alarm import Content, Edge
from netmon.domain.inventory import Element, Inventory
from netmon.domain.manner import Action, Manner
from netmon.domain.observation import OperatorRequest, Tick
from netmon.domain.oid import COLD_START
from netmon.domain.output import Output
from tests.correlate.stage import Stage, changes

T0 = 1_750_000_000_000
RULES = """version: 1
rules:
  - id: cold
    raise: {trap: SNMPv2-MIB::coldStart}
    clear: {after: 1h}
    severity: minor
    probable_cause: lossOfRealTime
    text: cold
    actions:
      - {do: pager, on: [raised, acknowledged, cleared], after: 5m}
      - {do: log, on: [acknowledged, raised], throttle: 2/1m}
"""

Told = list[tuple[str, str, str]]


class Acting(Stage):
    """A core with five elements; times in seconds after the start."""

    def __init__(self) -> None:
        elements = {f"r{number}": Element(f"r{number}", (f"192.0.2.{number}",)) for number in range(1, 6)}
        super().__init__(RULES, Inventory(elements=elements), at=T0)

    def use(self, rules: str) -> Told:
        return acted(self.load(rules))

    def cold(self, element: str = "r1") -> Told:
        return acted(self.tell(self.core.now, COLD_START, element=element))

    def ask(self, action: str, *, until: int = 0) -> Told:
        ids = tuple(alarm.alarm_id for alarm in self.core.book.alarms() if alarm.state == "active")
        return acted(self.core.step(OperatorRequest(self.core.now, "q", "ann", action, ids, until=until)))

    def tick(self, at: int) -> Told:
        return acted(self.core.step(Tick(T0 + at * 1000)))


def acted(outputs: list[Output]) -> Told:
    return [(one.action.do, one.action.on, one.after.object) for one in changes(outputs) if one.action is not None]


def test_who_acknowledges_in_time_is_not_paged():
    acting = Acting()
    assert acting.cold() == [("log", "raised", "r1")]
    acting.tick(200)
    assert acting.ask("acknowledge") == [("log", "acknowledged", "r1")]
    acting.restart()
    assert acting.tick(300) == []
    acting.ask("unacknowledge")
    assert acting.tick(900) == []


def test_who_was_paged_is_told_of_the_acknowledgment_and_the_end():
    acting = Acting()
    acting.cold()
    acting.restart()
    assert acting.tick(299) == []
    assert acting.tick(300) == [("pager", "raised", "r1")]
    acting.restart()
    assert acting.ask("acknowledge") == [("pager", "acknowledged", "r1"), ("log", "acknowledged", "r1")]
    assert acting.tick(3_600) == [("pager", "cleared", "r1")]


def test_what_is_shelved_is_over_for_whoever_was_told_and_begins_anew():
    acting = Acting()
    acting.cold()
    acting.tick(300)
    assert acting.ask("shelve", until=T0 + 900_000) == [("pager", "cleared", "r1")]
    assert acting.tick(900) == [("log", "raised", "r1")]
    assert acting.tick(1_200) == [("pager", "raised", "r1")]


def test_a_throttle_counts_what_it_keeps_back_also_over_a_restart():
    acting = Acting()
    told = [acting.cold(f"r{number}") for number in (1, 2, 3)]
    assert [len(one) for one in told] == [1, 1, 0]
    acting.restart()
    assert acting.cold("r4") == []
    assert acting.core.book.actions == {"written": 2, "throttled": 2}
    acting.tick(30)
    assert acting.cold("r5") == [("log", "raised", "r5")]


def test_a_reload_keeps_what_waits_and_new_actions_wait_for_what_stands():
    acting = Acting()
    acting.cold()
    acting.tick(100)
    assert acting.use(RULES.replace("after: 5m", "after: 4m")) == []
    assert acting.tick(239) == []
    assert acting.tick(240) == [("pager", "raised", "r1")]


def test_the_version_of_the_alarm_is_that_of_its_action():
    acting = Acting()
    acting.cold()
    alarm = acting.core.book.alarms()[0]
    assert alarm.version == acting.core.book.next_seq - 1


PAGER = "{do: pager, on: [raised, acknowledged, cleared], after: 5m}"
LOG = "      - {do: log, on: [acknowledged, raised], throttle: 2/1m}\n"
NO_ACTIONS = RULES.partition("    actions:")[0]


def paged() -> Acting:
    acting = Acting()
    acting.cold()
    acting.tick(300)
    return acting


def test_an_action_that_goes_ends_for_whoever_was_told_and_a_new_one_never_began():
    acting = paged()
    assert acting.use(RULES.replace("do: pager", "do: other")) == [("pager", "cleared", "r1")]
    assert acting.tick(300) == [("other", "raised", "r1")]
    assert acting.use(NO_ACTIONS) == [("other", "cleared", "r1")]
    assert acting.use(RULES.replace(", after: 5m", "")) == []
    acting.restart()
    assert acting.tick(3_600) == []


def test_who_was_told_stays_so_where_actions_change_places():
    acting = paged()
    assert acting.use(NO_ACTIONS + f"    actions:\n{LOG}      - {PAGER.replace('5m', '1m')}\n") == []
    assert acting.tick(400) == []
    acting.restart()
    assert acting.tick(3_600) == [("pager", "cleared", "r1")]


def test_an_alarm_of_a_rule_that_is_gone_ends_for_whoever_was_told():
    for restarts in (False, True):
        acting = paged()
        assert acting.use("version: 1\nrules: []\n") == []
        if restarts:
            acting.restart()
        assert acting.tick(600) == [("pager", "cleared", "r1")]


def test_an_occurrence_that_another_one_follows_at_once_has_ended():
    book = Book()
    manner = Manner(actions=(Action("pager", ("raised", "cleared")),))
    content = Content("major", "down", "lossOfSignal", "communicationsAlarm")

    def edge(seq: int, *, on: bool) -> Edge:
        said = content if on else None
        return Edge(("r1", "down", ""), on, (seq, seq), seq, "down", "r", "r1", 0, said, manner=manner)

    assert acted([*book.apply([edge(1, on=True)], now=1, seq=1)]) == [("pager", "raised", "r1")]
    changes = book.apply([edge(2, on=False), edge(3, on=True)], now=3, seq=3)
    assert acted([*changes]) == [("pager", "cleared", "r1"), ("pager", "raised", "r1")]
    assert [one.kind for one in changes] == ["cleared", "action", "raised", "action"]
