"""A trap that came before is the one that admission would give again, whatever its octets look like."""

from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.observation import Trap
from netmon.domain.oid import SNMP_TRAP_OID, SYS_UPTIME, Varbind
from netmon.snmp.changing import changing
from netmon.snmp.message import INFORM, V1, V1_TRAP, V2_TRAP, V2C, Message, V1Trap, encode, peek
from netmon.sources.traps import recall
from netmon.sources.traps.admit import Admission, Origin
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.recall import Recall

PEER, LISTENER = ("192.0.2.1", 4_711), "127.0.0.1:162"
NAME: Varbind = (SNMP_TRAP_OID, 6, "1.3.6.1.6.3.1.1.5.3")

request_ids = st.integers(-0x80000000, 0x7FFFFFFF)
uptimes = st.integers(0, 0xFFFFFFFF)


def _datagram(
    request_id: int, uptime: int, name: bytes = b"xe-0/0/1", *, oid: str = NAME[2], pdu_type: int = V2_TRAP
) -> bytes:
    varbinds = ((SYS_UPTIME, 0x43, uptime), (SNMP_TRAP_OID, 6, oid), ("1.3.6.1.2.1.31.1.1.1.1.7", 4, name))
    return encode(Message(V2C, b"public", pdu_type, request_id, 0, 0, varbinds))


def _v1_datagram(uptime: int, name: bytes = b"xe-0/0/1", *, generic: int = 2, specific: int = 0) -> bytes:
    head = V1Trap("1.3.6.1.4.1.9", "192.0.2.1", generic, specific, uptime)
    varbinds = (("1.3.6.1.2.1.31.1.1.1.1.7", 4, name),)
    return encode(Message(V1, b"public", V1_TRAP, 0, 0, 0, varbinds, v1_trap=head))


def _admitted(datagram: bytes, at: int = 1_000) -> Trap:
    admission = Admission(TrapsConfig(), credentials={}, elements=())
    trap = admission.admit(datagram, Origin(at, "default", LISTENER, *PEER))
    assert isinstance(trap, Trap)
    return trap


def _keeping(*datagrams: bytes) -> Recall:
    made = Recall()
    for datagram in datagrams:
        made.keep(datagram, _admitted(datagram), peer=PEER, listener=LISTENER)
    return made


@given(request_ids, uptimes, request_ids, uptimes)
def test_a_recalled_trap_equals_an_admitted_one(first_id: int, first_uptime: int, next_id: int, next_uptime: int):
    made = _keeping(_datagram(first_id, first_uptime))
    again = _datagram(next_id, next_uptime)
    assert made.trap(again, 2_000, peer=PEER, listener=LISTENER) in (None, _admitted(again, 2_000))


@given(request_ids, request_ids)
def test_a_trap_that_differs_in_its_request_id_only_is_recalled(first: int, second: int):
    sizes = {len(_datagram(one, 5)) for one in (first, second)}
    found = _keeping(_datagram(first, 5)).trap(_datagram(second, 5), 2_000, peer=PEER, listener=LISTENER)
    assert (found is not None) == (len(sizes) == 1)


@given(uptimes, uptimes)
def test_a_trap_of_version_1_that_differs_in_its_time_only_is_recalled(first: int, second: int):
    again = _v1_datagram(second)
    found = _keeping(_v1_datagram(first)).trap(again, 2_000, peer=PEER, listener=LISTENER)
    assert found == (_admitted(again, 2_000) if len(again) == len(_v1_datagram(first)) else None)


@given(st.binary(max_size=60), st.integers(0, 80), st.integers(0, 255), st.booleans())
def test_one_other_octet_is_never_taken_for_the_same_trap(name: bytes, position: int, octet: int, v1: bool):
    datagram = _v1_datagram(100_000, name) if v1 else _datagram(7, 100_000, name)
    at = position % len(datagram)
    changed = datagram[:at] + bytes((octet,)) + datagram[at + 1 :]
    found = _keeping(datagram).trap(changed, 1_000, peer=PEER, listener=LISTENER)
    parts = changing(datagram)
    assert parts is not None
    if found is not None:
        assert parts.rest(changed) == parts.rest(datagram)
        assert found == _admitted(changed)


def test_another_peer_or_listener_is_another_trap():
    datagram = _datagram(7, 5)
    made = _keeping(datagram)
    assert made.trap(datagram, 1_000, peer=("192.0.2.1", 4_712), listener=LISTENER) is None
    assert made.trap(datagram, 1_000, peer=PEER, listener="[::1]:162") is None
    assert made.trap(datagram, 1_000, peer=PEER, listener=LISTENER) == _admitted(datagram)


def test_what_is_laid_out_otherwise_is_not_kept():
    named_first = encode(Message(V2C, b"public", V2_TRAP, 7, 0, 0, (NAME, (SYS_UPTIME, 0x43, 5))))
    uptime_as_gauge = encode(Message(V2C, b"public", V2_TRAP, 7, 0, 0, ((SYS_UPTIME, 0x42, 5), NAME)))
    for datagram in (named_first, uptime_as_gauge):
        assert changing(datagram) is None
        assert _keeping(datagram).trap(datagram, 1_000, peer=PEER, listener=LISTENER) is None


@given(request_ids, uptimes, st.binary(max_size=40), st.sampled_from([V2_TRAP, INFORM]))
def test_the_name_of_a_trap_follows_from_its_head(request_id: int, uptime: int, name: bytes, pdu_type: int):
    first = _datagram(7, 100_000, b"x" * len(name), pdu_type=pdu_type)
    made = Recall()
    made.keep_name(first, peek(first).trap_oid, peer=PEER, listener=LISTENER)
    again = _datagram(request_id, uptime, name, pdu_type=pdu_type)
    found = made.name(again, peer=PEER, listener=LISTENER)
    assert found == (NAME[2] if changing(again) == changing(first) else None)
    assert made.trap(again, 1_000, peer=PEER, listener=LISTENER) is None
    assert made.name(again, peer=("192.0.2.2", 4_711), listener=LISTENER) is None
    assert made.name(again, peer=PEER, listener="[::1]:162") is None


@given(st.integers(0, 80), st.integers(0, 255), st.booleans())
def test_one_other_octet_is_never_taken_for_the_name_of_another_trap(position: int, octet: int, another: bool):
    datagram = _datagram(7, 100_000)
    at = position % len(datagram)
    changed = datagram[:at] + bytes((octet,)) + datagram[at + 1 :]
    made = Recall()
    made.keep_name(datagram, peek(datagram).trap_oid, peer=PEER, listener=LISTENER)
    if another:
        other = _datagram(7, 100_000, oid="1.3.6.1.6.3.1.1.5.4")
        made.keep_name(other, peek(other).trap_oid, peer=PEER, listener=LISTENER)
    found = made.name(changed, peer=PEER, listener=LISTENER)
    if found is not None:
        seen = peek(changed)
        assert (seen.trap_oid, seen.community, seen.pdu_type) == (found, b"public", V2_TRAP)


@given(uptimes, st.binary(max_size=40), st.integers(0, 80), st.integers(0, 255))
def test_the_name_of_a_trap_of_version_1_follows_from_all_that_stands_before_its_time(
    uptime: int, name: bytes, position: int, octet: int
):
    first = _v1_datagram(100_000, b"x" * len(name), generic=6, specific=0x0102)
    made = Recall()
    made.keep_name(first, peek(first).trap_oid, peer=PEER, listener=LISTENER)
    again = _v1_datagram(uptime, name, generic=6, specific=0x0102)
    assert made.name(again, peer=PEER, listener=LISTENER) == (
        peek(again).trap_oid if len(again) == len(first) else None
    )
    at = position % len(first)
    changed = first[:at] + bytes((octet,)) + first[at + 1 :]
    if made.name(changed, peer=PEER, listener=LISTENER) is not None:
        assert peek(changed) == peek(first)


def test_a_name_that_is_elsewhere_is_not_kept():
    named_last = encode(
        Message(V2C, b"public", V2_TRAP, 7, 0, 0, ((SYS_UPTIME, 0x43, 5), ("1.3.6.1.2.1.1.5.0", 4, b"r1"), NAME))
    )
    alone = encode(Message(V2C, b"public", V2_TRAP, 7, 0, 0, ((SYS_UPTIME, 0x43, 5),)))
    for datagram in (named_last, alone):
        made = Recall()
        made.keep_name(datagram, NAME[2], peer=PEER, listener=LISTENER)
        assert made.name(datagram, peer=PEER, listener=LISTENER) is None


def test_a_broken_uptime_is_not_kept():
    parts = changing(_datagram(7, 0x01020304))
    assert parts is not None
    sound = _datagram(7, 0x01020304)
    # Five octets of which the first is not zero: more than TimeTicks can be.
    broken = sound[: parts.uptime_at - 1] + b"\x05\x01" + sound[parts.uptime_at :]
    grown = bytearray(broken)
    for length_at in (1, parts.id_at - 3, parts.id_end + 7, parts.uptime_at - 13):
        grown[length_at] += 1
    assert _admitted(bytes(grown)).flags == ("no_uptime", "bad_values")
    assert _keeping(bytes(grown)).trap(bytes(grown), 1_000, peer=PEER, listener=LISTENER) is None


def test_a_memory_that_is_full_is_emptied(monkeypatch):
    monkeypatch.setattr(recall, "_KEPT", 2)
    datagrams = [_datagram(7, 5, b"a"), _datagram(7, 5, b"b"), _datagram(7, 5, b"c")]
    made = _keeping(*datagrams)
    found = [made.trap(one, 1_000, peer=PEER, listener=LISTENER) is not None for one in datagrams]
    assert found == [False, False, True]
