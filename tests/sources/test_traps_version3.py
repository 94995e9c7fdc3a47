"""The receiver in version 3: whose element a message is, whichever of several users of a name sent it."""

from collections.abc import Iterable

import pytest

from netmon.domain.duration import Rate
from netmon.domain.inventory import Element
from netmon.domain.observation import Trap
from netmon.domain.request import SharedEngine
from netmon.snmp import ber, secured, usm
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.engines import Clock, OwnEngine
from netmon.snmp.message import INFORM, V2_TRAP
from netmon.snmp.user import User
from netmon.sources.credential import Credential
from netmon.sources.traps.admit import Admission, Origin, Rejected
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.limits import Limits, LimitsConfig
from netmon.sources.traps.version3 import Inform, Outcome, Version3

OURS, THEIRS = bytes.fromhex("80007ed9050102030405060708"), bytes.fromhex("80007ed904aabbccdd")
MASTER = usm.master_key("sha256", b"authpassword")
USER = User(b"netmon", "sha256", MASTER)
OTHER = User(b"netmon", "sha256", usm.master_key("sha256", b"another password"))
R1, R2 = (Element(name, (f"192.0.2.{number}",)) for number, name in ((1, "r1"), (2, "r2")))


class Receiver:
    def __init__(self, *users: User, elements: Iterable[Element] = (R1, R2)) -> None:
        self.config = TrapsConfig()
        self.credentials = {f"c{at}": Credential(f"c{at}", version="v3", user=user) for at, user in enumerate(users)}
        self.version3 = Version3(self.config, OwnEngine(OURS, 7, 0), Limits(self.config.limits))
        self.load(*elements)

    def load(self, *elements: Element) -> None:
        self.version3.load(self.config, credentials=self.credentials, elements=elements)
        self.admission = Admission(self.config, credentials=self.credentials, elements=elements)

    def take(self, datagram: bytes, source: str = "192.0.2.1") -> Outcome:
        return self.version3.take(datagram, Origin(5_000, "default", "listener", source, 162), self.admission)


def notice(pdu_type: int, user: User, *, context_engine: bytes = THEIRS, boots: int = 3, number: int = 7) -> bytes:
    engine_id = OURS if pdu_type == INFORM else THEIRS
    name = write_varbind(("1.3.6.1.6.3.1.1.4.1.0", ber.OBJECT_IDENTIFIER, "1.3.6.1.6.3.1.1.5.3"))
    scoped = secured.scoped_pdu(context_engine, b"", ber.tlv(pdu_type, write_pdu(number, 0, 0, [name])))
    boots, time = (7, 0) if pdu_type == INFORM else (boots, 1_000)
    envelope = secured.Envelope(1, engine_id, boots, time, user.name, reportable=pdu_type == INFORM)
    return secured.seal(envelope, scoped, user.keys(engine_id))


def trap(outcome: Outcome) -> Trap:
    taken = outcome.trap if isinstance(outcome, Inform) else outcome
    assert isinstance(taken, Trap), taken
    return taken


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let our engine have started just now."""
    monkeypatch.setattr("time.monotonic_ns", lambda: 0)


def test_an_engine_is_known_by_its_traps_wherever_they_come_from_later():
    receiver = Receiver(USER)
    first, second = (trap(receiver.take(notice(V2_TRAP, USER), source)) for source in ("192.0.2.1", "198.51.100.9"))
    assert [(one.element, one.element_by) for one in (first, second)] == [("r1", "source"), ("r1", "engine")]
    assert (first.engine_id, first.context_engine_id) == (THEIRS.hex(), THEIRS.hex())


def test_traps_of_an_element_that_left_the_inventory_flow_on_as_unknown():
    receiver = Receiver(USER)
    receiver.take(notice(V2_TRAP, USER))
    receiver.load(R2)
    one = trap(receiver.take(notice(V2_TRAP, USER)))
    assert (one.element, one.element_by) == ("addr:default:192.0.2.1", "unknown")


def test_traps_of_an_element_that_was_renamed_are_of_the_new_one():
    receiver = Receiver(USER)
    receiver.take(notice(V2_TRAP, USER))
    receiver.load(Element("r9", R1.addresses), R2)
    for source, by in (("192.0.2.1", "source"), ("198.51.100.9", "engine")):
        one = trap(receiver.take(notice(V2_TRAP, USER), source))
        assert (one.element, one.element_by) == ("r9", by)


def test_a_binding_that_was_kept_over_a_restart_is_of_living_elements_only():
    before = Receiver(USER)
    before.take(notice(V2_TRAP, USER))
    kept = {key: row for key, row in before.version3.senders.engines.learned(10).items() if row is not None}
    after = Receiver(USER, elements=[R2])
    after.version3.restore(kept)
    assert trap(after.take(notice(V2_TRAP, USER))).element == "addr:default:192.0.2.1"


def test_clones_are_told_apart_by_the_addresses_they_send_from():
    receiver = Receiver(USER)
    for _ in range(2):
        one = trap(receiver.take(notice(V2_TRAP, USER, boots=3), "192.0.2.1"))
        two = trap(receiver.take(notice(V2_TRAP, USER, boots=8), "192.0.2.2"))
        assert [(one.element, one.element_by), (two.element, two.element_by)] == [("r1", "source"), ("r2", "source")]
    own = receiver.version3.own(0)
    assert (own.engine_id, own.boots) == (OURS.hex(), 7)
    assert own.shared == [SharedEngine(THEIRS.hex(), "default", ["r1", "r2"])]


@pytest.mark.parametrize("pdu_type", [V2_TRAP, INFORM])
def test_of_two_users_of_one_name_both_are_heard(pdu_type: int):
    receiver = Receiver(USER, OTHER)
    found = [trap(receiver.take(notice(pdu_type, user))).security_name for user in (USER, OTHER, USER)]
    assert found == ["c0", "c1", "c0"]


def test_a_user_whose_key_is_for_our_engine_can_inform_and_nothing_else():
    local = User(b"netmon", "sha256", usm.localize("sha256", MASTER, OURS), engine_id=OURS)
    receiver = Receiver(local)
    assert trap(receiver.take(notice(INFORM, USER))).security_name == "c0"
    rejected = receiver.take(notice(V2_TRAP, USER))
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "unknown_user"


def test_the_context_engine_of_an_inform_tells_its_element():
    receiver = Receiver(USER)
    receiver.take(notice(V2_TRAP, USER))
    for engine, element, by in ((THEIRS, "r1", "engine"), (OURS, "r2", "source"), (THEIRS + b"x", "r2", "source")):
        one = trap(receiver.take(notice(INFORM, USER, context_engine=engine), "192.0.2.2"))
        assert (one.element, one.element_by) == (element, by)
        assert (one.engine_id, one.context_engine_id) == (OURS.hex(), engine.hex())


def test_of_whom_a_storm_is_that_nobody_reads_is_known_by_its_engine_or_its_address(monkeypatch: pytest.MonkeyPatch):
    receiver = Receiver(USER)
    receiver.take(notice(V2_TRAP, USER))
    receiver.take(notice(V2_TRAP, USER), "198.51.100.9")
    monkeypatch.setattr(receiver.version3._limits, "_config", LimitsConfig(v3_crypto_rate=Rate("0/s")))
    receiver.version3._limits._crypto.clear()
    sources = ("192.0.2.1", "198.51.100.9", "192.0.2.2", "203.0.113.1")
    unread = [receiver.take(notice(V2_TRAP, USER), source) for source in sources]
    assert [one.element for one in unread if isinstance(one, Rejected)] == ["r1", "r1", "r2", ""]


class Polled:
    """What a poller knows of the engines that answer."""

    def __init__(self, *elements: str) -> None:
        self.names = elements

    def engine(self, element: str) -> tuple[bytes, Clock] | None:
        return (THEIRS, Clock(3, 1_000, 0)) if element in self.names else None

    def elements(self) -> dict[tuple[str, bytes], tuple[str, ...]]:
        return {("default", THEIRS): self.names}

    def secured(self) -> int:
        return 0

    def request(self, wish: object) -> None:
        raise AssertionError(wish)


@pytest.mark.parametrize(
    ("names", "element", "by"), [(("r2",), "r2", "engine"), (("r1", "r2"), "r1", "source"), ((), "r1", "source")]
)
def test_a_new_engine_is_of_the_one_element_that_answers_the_poller_as_it(
    names: tuple[str, ...], element: str, by: str
):
    receiver = Receiver(USER)
    receiver.version3.ask(Polled(*names))
    one = trap(receiver.take(notice(V2_TRAP, USER)))
    assert (one.element, one.element_by) == (element, by)
