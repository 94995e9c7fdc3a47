"""An alarm of a session is hidden by what explains the interface that it runs over (specs/rules.md 7: ``over``)."""

from typing import Any

import msgspec
import pytest

from netmon.alarms import visits
from netmon.alarms.book import Book
from netmon.alarms.snapshot import Item
from netmon.domain.alarm import Alarm, Content, Edge
from netmon.domain.manner import Hides, Manner

PORT, CARD, SESSION = "r1/if:xe-0", "r1/entity:Card", "r1/bgp:192.0.2.2"
PARTS = Manner(Hides(parts=True))


class Wire:
    """A book that knows over which interface the sessions run, and edges by hand."""

    def __init__(self) -> None:
        self.interface = PORT
        self.seq = 0
        self.book = Book(self.over)

    def over(self, path: str) -> str:
        session = path.removeprefix("r1/")
        return f"{self.interface}/{session}" if session.startswith("bgp:") and self.interface else ""

    def edge(self, object_: str, *, on: bool, manner: Manner | None = None) -> None:
        self.seq += 1
        content = Content("major", "down", "lossOfSignal", "communicationsAlarm") if on else None
        edge: Any = Edge(
            (object_, "t", ""), on, (self.seq, self.seq), self.seq, "x", "r", "r1", 0, content, manner=manner
        )
        self.book.apply([edge], now=self.seq, seq=self.seq)

    def restart(self) -> None:
        items = msgspec.msgpack.decode(msgspec.msgpack.encode(self.book.dump()), type=list[Item])
        self.book = Book(self.over)
        self.book.load_state(items)

    def moves(self, interface: str) -> None:
        self.interface = interface
        self.book.readdress("r1")

    def tick(self) -> int:
        self.seq += 1
        return len(self.book.tick(self.seq, self.seq))

    def session(self) -> Alarm:
        return next(one for one in self.book.alarms() if one.object == SESSION)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.mark.parametrize("session_first", [True, False])
@pytest.mark.parametrize("restart", [True, False])
def test_a_port_hides_the_session_over_it_as_long_as_it_is_down(wire: Wire, session_first: bool, restart: bool) -> None:
    if session_first:
        wire.edge(SESSION, on=True)
    wire.edge(PORT, on=True, manner=PARTS)
    if not session_first:
        wire.edge(SESSION, on=True)
    if restart:
        wire.restart()
    assert wire.session().hidden_by == ("alarm:r1/if:xe-0|t|",)
    wire.edge(PORT, on=False)
    assert wire.session().hidden_by == ()


def test_what_hides_the_port_hides_the_session(wire: Wire) -> None:
    wire.book.contain({CARD: (PORT,)}, now=0, seq=0)
    wire.edge(SESSION, on=True)
    wire.edge(CARD, on=True, manner=PARTS)
    assert wire.session().hidden_by == ("alarm:r1/entity:Card|t|",)


def test_the_alarm_of_another_port_hides_nothing(wire: Wire) -> None:
    wire.edge(SESSION, on=True)
    wire.edge("r1/if:xe-1", on=True, manner=PARTS)
    assert wire.session().hidden_by == ()


def test_a_session_of_which_no_interface_is_known_stays(wire: Wire) -> None:
    wire.interface = ""
    wire.edge(PORT, on=True, manner=PARTS)
    wire.edge(SESSION, on=True)
    assert wire.session().hidden_by == ()


def test_with_other_addresses_it_runs_over_another_port(wire: Wire) -> None:
    wire.edge(PORT, on=True, manner=PARTS)
    wire.edge(SESSION, on=True)
    wire.moves("r1/if:xe-1")
    wire.tick()
    assert wire.session().hidden_by == ()
    wire.moves(PORT)
    wire.tick()
    assert wire.session().hidden_by
    wire.moves("")
    wire.tick()
    assert wire.session().hidden_by == ()


@pytest.mark.parametrize("restart", [True, False])
def test_sessions_that_moved_are_judged_a_few_in_each_tick(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, restart: bool
) -> None:
    monkeypatch.setattr(visits, "MOST_MOVED", 2)
    wire.moves("r1/if:xe-1")
    for number in range(1, 6):
        wire.edge(f"r1/bgp:192.0.2.{number}", on=True)
    wire.edge(PORT, on=True, manner=PARTS)
    wire.moves(PORT)
    hidden = []
    while wire.book.left_over:
        if restart:
            wire.restart()
        wire.tick()
        hidden.append(sum(bool(alarm.hidden_by) for alarm in wire.book.alarms()))
    assert hidden == [2, 4, 5]


def test_sessions_that_did_not_move_are_not_judged_again(wire: Wire) -> None:
    wire.edge(SESSION, on=True)
    wire.moves(PORT)
    assert not wire.book.left_over


@pytest.mark.parametrize("restart", [True, False])
def test_a_session_that_waits_is_explained_by_what_fails_before_its_turn(wire: Wire, restart: bool) -> None:
    wire.edge(SESSION, on=True)
    wire.moves("r1/if:xe-1")
    if restart:
        wire.restart()
    wire.edge("r1/if:xe-1", on=True, manner=PARTS)
    assert wire.session().hidden_by == ("alarm:r1/if:xe-1|t|",)


def test_a_session_that_ends_before_its_turn_is_not_looked_at(wire: Wire) -> None:
    wire.edge(SESSION, on=True)
    wire.moves("r1/if:xe-1")
    wire.edge(SESSION, on=False)
    assert wire.tick() == 0


def test_a_session_that_is_back_is_forgotten(wire: Wire) -> None:
    wire.edge(SESSION, on=True)
    wire.edge(SESSION, on=False)
    wire.edge(PORT, on=True, manner=PARTS)
    assert wire.session().state == "cleared"
    wire.edge(SESSION, on=True)
    assert [one.hidden_by for one in wire.book.alarms() if one.object == SESSION and one.state == "active"] == [
        ("alarm:r1/if:xe-0|t|",)
    ]
