"""Sessions over interfaces that polls showed, in a whole core (specs/rules.md 7: ``over``)."""

import pytest

from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import PollResult, Tick
from netmon.domain.output import Output
from tests.correlate.stage import Stage
from tests.normalize.blocks import PROFILE
from tests.normalize.telling import Rows, block

T0 = 1_750_000_000_000
PEER_DOWN, PORT_DOWN = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.2"
RULES = """version: 1
rules:
  - id: peer
    raise: {trap: IF-MIB::linkDown}
    clear: {trap: IF-MIB::linkUp}
    object: "bgp:192.0.2.{vb.ifIndex}"
    severity: major
    probable_cause: lossOfSignal
    text: down
  - id: port
    raise: {trap: SNMPv2-MIB::warmStart}
    clear: {after: 1h}
    object: "if:a"
    severity: major
    probable_cause: lossOfSignal
    text: down
    hides: [parts]
"""
SOUND: Rows = {"1.4.192.0.2.1": {"ipAddressIfIndex": 7, "ipAddressPrefix": "1.5.7.1.4.192.0.2.0.30"}}
MALFORMED: Rows = {
    "1": {"ipAddressIfIndex": 7, "ipAddressPrefix": "1.24"},
    "2.16.32.1": {"ipAddressIfIndex": 8, "ipAddressPrefix": "1.64"},
}
HIDDEN = {"r1/if:a": (), "r1/bgp:192.0.2.2": ("alarm:r1/if:a|port|",)}


class Told(Stage):
    """A core with one element that is polled and sends traps."""

    def __init__(self) -> None:
        element = Element("r1", ("192.0.2.1",), credential="ro")
        super().__init__(RULES, Inventory(elements={"r1": element}), at=T0)
        self.core.samples.configure([PROFILE])
        self.name("a")

    def poll(self, at: int, rows: Rows) -> list[Output]:
        """Let the element show its addresses."""
        blocks = (block(at, "ipAddressTable", rows),)
        return self.core.step(
            PollResult(at, "r1", "", "g", at, 0, True, True, "snmp", "run", blocks, walked=("ipAddressTable",))
        )

    def name(self, *names: str, first: int = 7) -> list[Output]:
        """Let the element show its interfaces, by name from an ifIndex on."""
        rows: Rows = {str(index): {"ifName": name.encode()} for index, name in enumerate(names, first)}
        blocks = (block(T0, "ifTable", rows),) if rows else ()
        return self.core.step(
            PollResult(T0, "r1", "", "60s", T0, 0, True, True, "snmp", "run", blocks, walked=("ifTable",))
        )

    def restart(self) -> None:
        """Go on from a snapshot, as after a kill."""
        super().restart()
        self.core.samples.configure([PROFILE])

    def hidden(self) -> dict[str, tuple[str, ...]]:
        """Return by what each active alarm is hidden."""
        return {alarm.object: alarm.hidden_by for alarm in self.core.book.alarms() if alarm.state == "active"}


def test_rows_of_addresses_that_make_no_sense_stop_no_raise_and_no_restore() -> None:
    told = Told()
    told.poll(T0, MALFORMED | SOUND)
    told.tell(T0 + 1_000, PEER_DOWN, index=2)
    told.tell(T0 + 2_000, PORT_DOWN)
    assert told.hidden() == HIDDEN
    told.restart()
    assert told.hidden() == HIDDEN


def test_nor_do_they_stop_that_committed_alarms_are_taken_over() -> None:
    told, other = Told(), Told()
    told.tell(T0 + 1_000, PEER_DOWN, index=2)
    other.poll(T0, MALFORMED | SOUND)
    other.core.book.adopt(told.core.book.alarms(), last_change=99)
    other.tell(T0 + 2_000, PORT_DOWN)
    assert other.hidden() == HIDDEN


def test_a_session_is_hidden_by_the_port_that_addresses_tell_of_later() -> None:
    told = Told()
    told.tell(T0 + 1_000, PEER_DOWN, index=2)
    told.tell(T0 + 2_000, PORT_DOWN)
    assert told.hidden() == HIDDEN | {"r1/bgp:192.0.2.2": ()}
    told.poll(T0 + 3_000, SOUND)
    assert told.core.left_over
    told.core.step(Tick(T0 + 4_000))
    assert told.hidden() == HIDDEN
    assert not told.core.left_over


@pytest.mark.parametrize("restart", [True, False])
@pytest.mark.parametrize("port_first", [True, False])
def test_names_of_interfaces_that_are_learned_later_count(restart: bool, port_first: bool) -> None:
    told = Told()
    told.name()
    told.poll(T0, SOUND)
    told.tell(T0 + 1_000, PEER_DOWN, index=2)
    if port_first:
        told.tell(T0 + 2_000, PORT_DOWN)
        assert told.hidden()["r1/bgp:192.0.2.2"] == ()
    told.name("a")
    if restart:
        told.restart()
    told.core.step(Tick(T0 + 3_000))
    if not port_first:
        told.tell(T0 + 4_000, PORT_DOWN)
    assert told.hidden() == HIDDEN


@pytest.mark.parametrize("restart", [True, False])
@pytest.mark.parametrize("names", [("b",), ("b", "a"), ("b", "c", "a"), ()])
def test_a_port_that_is_another_one_now_hides_no_session(names: tuple[str, ...], restart: bool) -> None:
    told = Told()
    told.poll(T0, SOUND)
    told.tell(T0 + 1_000, PEER_DOWN, index=2)
    told.tell(T0 + 2_000, PORT_DOWN)
    assert told.hidden() == HIDDEN
    told.name(*names)
    if restart:
        told.restart()
    told.core.step(Tick(T0 + 3_000))
    assert told.hidden()["r1/bgp:192.0.2.2"] == ()


def test_the_same_names_again_let_nobody_look() -> None:
    told = Told()
    told.poll(T0, SOUND)
    told.tell(T0 + 1_000, PEER_DOWN, index=2)
    told.name("a")
    assert not told.core.left_over


@pytest.mark.parametrize("restart", [True, False])
def test_a_session_whose_network_is_at_another_port_now_is_shown(restart: bool) -> None:
    told = Told()
    told.name("a", "b")
    told.poll(T0, SOUND)
    told.tell(T0 + 1_000, PEER_DOWN, index=2)
    told.tell(T0 + 2_000, PORT_DOWN)
    assert told.hidden() == HIDDEN
    told.poll(T0 + 3_000, {index: row | {"ipAddressIfIndex": 8} for index, row in SOUND.items()})
    if restart:
        told.restart()
    told.core.step(Tick(T0 + 4_000))
    assert told.hidden()["r1/bgp:192.0.2.2"] == ()
