"""Elements behind a part of one that answers: an ONU behind its PON port, routers behind a card (specs/rules.md 7)."""

import msgspec
import pytest

from netmon.alarms.book import Book
from netmon.alarms.snapshot import Item
from netmon.correlate.engine import Engine
from netmon.domain.alarm import Alarm, Content, Edge
from netmon.domain.event import State
from netmon.domain.inventory import Element, Inventory, Link
from netmon.domain.manner import Hides, Manner
from netmon.rulebook.kinds import Rulebook, StateCondition, StateRule
from tests.correlate.by_hand import Names, rule

T0 = 1_700_000_000_000
PON, CARD = "olt/if:pon1", "olt/entity:Card 1"
UPLINKS = {
    "up": ("core/if:1", "olt/if:up"),
    "onu1": (PON, "onu1"),
    "onu2": (PON, "onu2/if:wan"),
    "r1": ("olt/if:2", "r1/if:1"),
    "r1b": ("core/if:2", "r1/if:2"),
    "r2": ("olt/if:3", "r2/if:1"),
    "card": (CARD, "olt/if:3"),
}
RULES = Rulebook(
    "h",
    (
        StateRule(
            rule("node-unreachable", manner=Manner(Hides(parts=True, downstream=True, settle_ms=10_000))),
            (StateCondition(0, ("reachability",), lambda scope: scope.state in ("down", "unreachable")),),
            (StateCondition(0, ("reachability",), lambda scope: scope.state == "up"),),
        ),
    ),
)


class Watch:
    """An engine and a book; alarms of parts are raised by hand, a Tick comes each second."""

    def __init__(self) -> None:
        self.engine, self.book = Engine(), Book()
        names = sorted({end.partition("/")[0] for ends in UPLINKS.values() for end in ends})
        links = {id_: Link(id_, *ends, "uplink") for id_, ends in UPLINKS.items()}
        self.inventory = Inventory(elements={name: Element(name, ("192.0.2.1",)) for name in names}, links=links)
        self.engine.load(RULES, self.inventory)
        self.now, self.seq = T0, 0
        for name in names:
            self.hear(name, "up")

    def hear(self, element: str, value: str) -> None:
        self.seq += 1
        state = State(self.seq, self.now, element, "reachability", value, "")
        found = self.engine.edges(0, [state], now=self.now, states=self.book, names=Names({}))
        self.book.apply(found.edges, now=self.now, seq=self.seq)

    def part(self, object_: str, *, on: bool) -> None:
        self.seq += 1
        content = Content("major", "down", "lossOfSignal", "communicationsAlarm") if on else None
        manner = Manner(Hides(parts=True, settle_ms=10_000)) if on else None
        order = (self.now, self.seq)
        edge = Edge((object_, "link-alarm", ""), on, order, self.seq, "x", "r", "olt", 0, content, manner=manner)
        self.book.apply([edge], now=self.now, seq=self.seq)

    def wait(self, seconds: int = 12) -> None:
        for _ in range(seconds):
            self.seq += 1
            self.now += 1_000
            found = self.engine.tick(self.now, self.seq, self.book)
            self.book.apply(found.edges, now=self.now, seq=self.seq, behind=found.behind, ways=found.ways)
            self.book.tick(self.now, self.seq)

    def restart(self) -> None:
        dumps = [msgspec.msgpack.encode(part.dump()) for part in (self.engine, self.book)]
        self.engine, self.book = Engine(), Book()
        self.engine.load(RULES, self.inventory)
        self.engine.load_state(msgspec.msgpack.decode(dumps[0]))
        self.book.load_state(msgspec.msgpack.decode(dumps[1], type=list[Item]))

    def active(self) -> list[Alarm]:
        return [alarm for alarm in self.book.alarms() if alarm.state == "active"]

    def shown(self) -> set[str]:
        return {alarm.object for alarm in self.active() if not alarm.hidden_by}

    def roots(self) -> set[str]:
        return {alarm.object for alarm in self.active() if alarm.root_cause}


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.mark.parametrize("port_first", [True, False])
def test_what_hangs_on_a_pon_port_is_hidden_by_its_alarm(watch: Watch, port_first: bool) -> None:
    for step in (0, 1):
        if port_first == (step == 0):
            watch.part(PON, on=True)
        else:
            watch.hear("onu1", "down")
            watch.hear("onu2", "down")
        watch.wait()
    assert (watch.shown(), watch.roots()) == ({PON}, {PON})


def test_one_of_many_that_is_dead_is_the_cause_and_not_its_port(watch: Watch) -> None:
    watch.hear("onu1", "down")
    watch.wait()
    assert (watch.shown(), watch.roots()) == ({"onu1"}, {"onu1"})


def test_what_is_dead_itself_is_shown_when_the_port_is_back(watch: Watch) -> None:
    watch.part(PON, on=True)
    watch.hear("onu1", "down")
    watch.hear("onu2", "down")
    watch.wait()
    watch.part(PON, on=False)
    watch.hear("onu2", "up")
    watch.wait(9)
    assert watch.shown() == set()
    watch.wait(2)
    assert (watch.shown(), watch.roots()) == ({"onu1"}, {"onu1"})


def test_a_port_of_one_element_alone_is_no_cause_of_its_silence(watch: Watch) -> None:
    watch.part("olt/if:3", on=True)
    watch.hear("r2", "down")
    watch.wait()
    assert "r2" in watch.shown()


def test_with_another_way_that_lives_a_part_explains_nothing(watch: Watch) -> None:
    watch.part("olt/if:2", on=True)
    watch.hear("r1", "down")
    watch.wait()
    assert "r1" in watch.shown()


def test_a_port_is_found_after_a_restart_too(watch: Watch) -> None:
    watch.hear("onu1", "down")
    watch.hear("onu2", "down")
    watch.wait()
    watch.restart()
    assert watch.shown() == {"onu1", "onu2"}
    watch.part(PON, on=True)
    assert watch.shown() == {PON}
    watch.restart()
    watch.part(PON, on=False)
    watch.wait()
    assert watch.shown() == {"onu1", "onu2"}


def test_what_is_behind_a_card_is_hidden_by_the_card(watch: Watch) -> None:
    watch.book.contain({CARD: ("olt/if:3", "r2/if:1")}, now=watch.now, seq=watch.seq)
    watch.part(CARD, on=True)
    watch.hear("r2", "down")
    watch.wait()
    assert (watch.shown(), watch.roots()) == ({CARD}, {CARD})
