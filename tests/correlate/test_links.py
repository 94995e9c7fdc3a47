"""Both ends of a link are one alarm: when it comes and goes, what it hides, and by what it is hidden itself."""

from typing import Any

import msgspec
import pytest

from netmon.alarms.book import Book
from netmon.alarms.snapshot import Item
from netmon.correlate.engine import Engine
from netmon.domain.alarm import Alarm, AlarmChange, Content, Edge, Severity, alarm_id
from netmon.domain.inventory import Element, Inventory, Link
from netmon.domain.manner import Hides, Manner
from netmon.rulebook.kinds import Rulebook

A, B, CARD, LINK = "r1/if:xe-0", "r2/if:xe-1", "r1/entity:Card 3", "link:l1"
NAMES = {"r1": "Router 1"}


def inventory(*links: Link) -> Inventory:
    elements = {id_: Element(id_, ("192.0.2.1",), NAMES.get(id_, "")) for id_ in ("r1", "r2", "r3")}
    return Inventory(elements=elements, links={link.id: link for link in links})


L1 = Link("l1", A, B)


class Wire:
    """An engine that knows the links and a book; what an alarm does is said to both, as ``step.py`` does."""

    def __init__(self, *links: Link) -> None:
        self.book, self.engine = Book(), Engine()
        self.seq = 0
        self.use(*links)

    def use(self, *links: Link) -> list[AlarmChange]:
        self.engine.load(Rulebook("h", ()), inventory(*links))
        self.seq += 1
        gone = self.engine.without_object(self.book, now=self.seq, seq=self.seq)
        return self.book.apply(gone, now=self.seq, seq=self.seq)

    def on(self, object_: str, severity: Severity = "major", **more: Any) -> list[tuple[str, str]]:
        content = Content(severity, f"{object_} is down", "lossOfSignal", "communicationsAlarm")
        return self.edge(object_, True, content=content, **more)

    def off(self, object_: str, **more: Any) -> list[tuple[str, str]]:
        return self.edge(object_, False, **more)

    def edge(self, object_: str, on: bool, *, type_: str = "link-alarm", **more: Any) -> list[tuple[str, str]]:
        self.seq += 1
        order, element = (self.seq, self.seq), object_.partition("/")[0]
        edge = Edge((object_, type_, ""), on, order, self.seq, "link-down", "r", element, 0, **more)
        return self.above(self.book.apply([edge], now=self.seq, seq=self.seq))

    def tick(self, at: int) -> list[tuple[str, str]]:
        self.seq = at
        return self.above(self.book.tick(at, at))

    def above(self, changes: list[AlarmChange]) -> list[tuple[str, str]]:
        for stratum in range(1, self.engine.strata):
            found = self.engine.edges(stratum, changes, now=self.seq, states=self.book, names=None)  # type: ignore[arg-type]
            changes = [*changes, *self.book.apply(found.edges, now=self.seq, seq=self.seq)]
        return [(one.kind, one.after.object) for one in changes]

    def alarm(self, object_: str) -> Alarm:
        return [one for one in self.book.alarms() if one.object == object_][-1]


@pytest.fixture
def wire() -> Wire:
    return Wire(L1)


def test_one_end_is_no_alarm_of_the_link(wire: Wire) -> None:
    assert wire.on(A) == [("raised", A)]
    assert wire.off(A) == [("cleared", A)]


def test_both_ends_are_one_alarm_that_hides_them(wire: Wire) -> None:
    wire.on(A)
    assert ("raised", LINK) in wire.on(B)
    link = wire.alarm(LINK)
    assert (link.text, link.element, link.rule) == ("Link Router 1 xe-0 to r2 xe-1 is down", LINK, "link-down")
    assert link.children == tuple(sorted(wire.alarm(end).alarm_id for end in (A, B)))
    for end in (A, B):
        assert wire.alarm(end).hidden_by == ("alarm:link:l1|link-alarm|",)
        assert wire.alarm(end).parents == (link.alarm_id,)


def test_an_end_that_is_still_held_counts_and_is_never_shown(wire: Wire) -> None:
    wire.on(B, for_ms=3_000)
    assert wire.on(A) == [("raised", A), ("raised", LINK), ("hidden", A), ("updated", LINK)]
    assert wire.tick(4_000) == [("raised", B), ("updated", LINK)]
    assert not wire.alarm(B).ever_shown


def test_it_lasts_until_no_end_is_down(wire: Wire) -> None:
    wire.on(A)
    wire.on(B)
    assert ("cleared", LINK) not in wire.off(A)
    assert wire.alarm(B).hidden_by
    assert wire.off(B) == [("cleared", B), ("updated", LINK), ("cleared", LINK)]
    assert wire.alarm(LINK).clear_reason == "condition_gone"


def test_an_end_that_falls_again_meanwhile_is_hidden_again(wire: Wire) -> None:
    wire.on(A)
    wire.on(B)
    wire.off(A)
    assert ("raised", LINK) not in wire.on(A)
    assert wire.alarm(A).hidden_by == ("alarm:link:l1|link-alarm|",)


def test_it_is_as_bad_as_the_worse_end(wire: Wire) -> None:
    wire.on(A, "major")
    wire.on(B, "critical")
    assert wire.alarm(LINK).severity == "critical"
    wire.off(B)
    assert wire.alarm(LINK).severity == "major"


def test_other_alarms_of_a_port_are_none_of_the_link(wire: Wire) -> None:
    wire.on(A, type_="if-errors")
    assert wire.on(B) == [("raised", B)]


def test_what_explains_an_end_explains_the_link(wire: Wire) -> None:
    wire.on(A)
    wire.on(B)
    card = wire.on(CARD, type_="entity-oper", manner=Manner(Hides(objects=(A,))))
    assert ("hidden", LINK) in card
    assert wire.alarm(LINK).hidden_by == ("alarm:r1/entity:Card 3|entity-oper|",)
    assert wire.alarm(B).hidden_by == ("alarm:link:l1|link-alarm|",)
    assert ("shown", LINK) in wire.off(CARD, type_="entity-oper")


def test_a_link_that_falls_after_what_explains_it_is_never_shown(wire: Wire) -> None:
    wire.on("r1", type_="node-unreachable", manner=Manner(Hides(parts=True)))
    wire.on(A)
    wire.on(B)
    assert wire.alarm(LINK).hidden_by == ("alarm:r1|node-unreachable|",)
    assert not wire.alarm(LINK).ever_shown


def test_links_that_share_a_port_do_not_hide_each_other() -> None:
    wire = Wire(L1, Link("l2", A, "r3/if:xe-2"))
    for end in (A, B, "r3/if:xe-2"):
        wire.on(end)
    assert [wire.alarm(link).hidden_by for link in ("link:l1", "link:l2")] == [(), ()]
    assert len(wire.alarm(A).hidden_by) == 2


def test_a_link_that_leaves_the_inventory_has_no_alarm_any_more(wire: Wire) -> None:
    wire.on(A)
    wire.on(B)
    kinds = [(one.kind, one.after.object) for one in wire.use()]
    assert kinds[0] == ("cleared", LINK)
    assert {("shown", A), ("shown", B)} <= set(kinds)
    assert wire.alarm(LINK).clear_reason == "object_removed"


def test_new_rules_do_not_change_what_it_hides(wire: Wire) -> None:
    wire.on(A)
    wire.on(B)
    wire.book.rules_loaded(Rulebook("h", ()), now=wire.seq, seq=wire.seq)
    assert wire.alarm(A).hidden_by == ("alarm:link:l1|link-alarm|",)


def test_it_is_the_same_after_a_restart(wire: Wire) -> None:
    wire.on(A)
    wire.on(B)
    wire.on(CARD, type_="entity-oper", manner=Manner(Hides(objects=(A,))))
    items = msgspec.msgpack.decode(msgspec.msgpack.encode(wire.book.dump()), type=list[Item])
    wire.book = Book()
    wire.book.load_state(items)
    assert ("shown", LINK) in wire.off(CARD, type_="entity-oper")
    assert wire.off(B) == [("cleared", B), ("updated", LINK)]
    assert wire.off(A)[-1] == ("cleared", LINK)


def test_what_was_committed_is_taken_over_with_its_ends(wire: Wire) -> None:
    wire.on(A)
    wire.on(B)
    committed = wire.book.alarms()
    wire.book = Book()
    wire.book.adopt(committed, last_change=99)
    assert wire.alarm(A).hidden_by == ("alarm:link:l1|link-alarm|",)
    wire.off(A)
    assert wire.off(B)[-1] == ("cleared", LINK)


def test_its_id_follows_from_its_key(wire: Wire) -> None:
    wire.on(A)
    wire.on(B)
    assert wire.alarm(LINK).alarm_id == alarm_id((LINK, "link-alarm", ""), wire.seq)
