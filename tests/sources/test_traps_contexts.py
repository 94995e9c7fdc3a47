"""Contexts of version 3 traps: carried into the observation, and restricted by ``traps.contexts``."""

import pytest

from netmon.domain.inventory import Element
from netmon.domain.observation import Trap
from netmon.snmp import ber, secured, usm
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.engines import OwnEngine
from netmon.snmp.message import GET, INFORM, V2_TRAP
from netmon.snmp.user import NO_KEYS, User
from netmon.sources.credential import Credential
from netmon.sources.traps.admit import Admission, Origin, Rejected
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.limits import Limits
from netmon.sources.traps.version3 import Inform, Outcome, Version3
from tests.sources.test_traps_storms import listening

OURS, THEIRS = bytes.fromhex("80007ed9050102030405060708"), bytes.fromhex("80007ed904aabbccdd")
USER = User(b"netmon", "sha256", usm.master_key("sha256", b"authpassword"))
CREDENTIALS = {"v3": Credential("v3", version="v3", user=USER)}
ELEMENTS = (Element("a1", ("192.0.2.1",), realm="cust-a"),)


def taken(context: bytes, *allowed: str, engine_id: bytes = THEIRS, pdu_type: int = V2_TRAP) -> Outcome:
    """Return what becomes of a notification from a context, of realm cust-a."""
    config = TrapsConfig(contexts=allowed)
    receiver = Version3(config, OwnEngine(OURS, 7, 0), Limits(config.limits))
    receiver.load(config, credentials=CREDENTIALS, elements=ELEMENTS)
    name = write_varbind(("1.3.6.1.6.3.1.1.4.1.0", ber.OBJECT_IDENTIFIER, "1.3.6.1.6.3.1.1.5.3"))
    scoped = secured.scoped_pdu(engine_id, context, ber.tlv(pdu_type, write_pdu(7, 0, 0, [name])))
    boots, time = (7, receiver._own.time(0)) if engine_id == OURS else (3, 1_000)
    envelope = secured.Envelope(1, engine_id, boots, time, USER.name, reportable=engine_id == OURS)
    datagram = secured.seal(envelope, scoped, USER.keys(engine_id))
    admission = Admission(config, credentials=CREDENTIALS, elements=ELEMENTS)
    return receiver.take(datagram, Origin(0, "cust-a", "listener", "192.0.2.1", 162), admission)


@pytest.mark.parametrize("context", ["", "vrf-a", "t\u00fcr"])
def test_the_context_of_a_trap_is_carried(context: str) -> None:
    trap = taken(context.encode())
    assert isinstance(trap, Trap)
    assert (trap.context, trap.realm, trap.element, trap.element_by) == (context, "cust-a", "a1", "source")


def test_only_named_contexts_are_taken() -> None:
    assert isinstance(taken(b"vrf-a", "vrf-a", "vrf-b"), Trap)
    for context in (b"", b"vrf-c"):
        rejected = taken(context, "vrf-a", "vrf-b")
        assert isinstance(rejected, Rejected)
        assert (rejected.reason, rejected.detail) == ("unknown_context", f'context "{context.decode()}"')


def test_the_same_holds_for_informs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic_ns", lambda: 0)
    inform = taken(b"vrf-a", "vrf-a", engine_id=OURS, pdu_type=INFORM)
    assert isinstance(inform, Inform)
    assert inform.trap.context == "vrf-a"
    rejected = taken(b"vrf-c", "vrf-a", engine_id=OURS, pdu_type=INFORM)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "unknown_context"


async def test_reports_that_go_out_are_counted() -> None:
    """A discovery is answered by one, and so is who does not know us."""
    question = secured.scoped_pdu(b"", b"", ber.tlv(GET, write_pdu(7, 0, 0, [])))
    discovery = secured.seal(secured.Envelope(1, b"", 0, 0, b"", reportable=True), question, NO_KEYS)
    stranger = secured.seal(secured.Envelope(2, OURS, 7, 0, b"stranger", reportable=True), question, NO_KEYS)
    async with listening() as listener:
        listener.send("127.0.0.1", discovery, stranger)
        await listener.all_read()
        exposed = listener.traps._metrics.render().decode()
    for reason in ("unknown_engine", "unknown_user"):
        assert f'netmon_snmp_reports_total{{direction="sent",reason="{reason}"}} 1.0' in exposed
