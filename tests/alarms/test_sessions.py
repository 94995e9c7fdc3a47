"""An alarm of a session is hidden by what explains the interface that it runs over (specs/rules.md 7: ``over``)."""

from typing import Any

import msgspec
import pytest

from netmon.alarms.book import Book
from netmon.alarms.snapshot import Item
from netmon.domain.alarm import Alarm, Content, Edge
from netmon.domain.manner import Hides, Manner

PORT, CARD, SESSION = "r1/if:xe-0", "r1/entity:Card", "r1/bgp:192.0.2.2"
PARTS = Manner(Hides(parts=True))


class Wire:
    """A book that knows over which interface the one session runs, and edges by hand."""

    def __init__(self) -> None:
        self.interface = PORT
        self.seq = 0
        self.book = Book(self.over)

    def over(self, path: str) -> str:
        return f"{self.interface}/bgp:192.0.2.2" if path == SESSION and self.interface else ""

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
    wire.interface = "r1/if:xe-1"
    wire.book.readdress("r1", now=wire.seq, seq=wire.seq)
    assert wire.session().hidden_by == ()
    wire.interface = PORT
    wire.book.readdress("r1", now=wire.seq, seq=wire.seq)
    assert wire.session().hidden_by


def test_a_session_that_is_back_is_forgotten(wire: Wire) -> None:
    wire.edge(SESSION, on=True)
    wire.edge(SESSION, on=False)
    wire.edge(PORT, on=True, manner=PARTS)
    assert wire.session().state == "cleared"
    wire.edge(SESSION, on=True)
    assert [one.hidden_by for one in wire.book.alarms() if one.object == SESSION and one.state == "active"] == [
        ("alarm:r1/if:xe-0|t|",)
    ]
