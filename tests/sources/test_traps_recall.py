"""A trap that came before is the one that admission would give again, whatever its octets look like."""

from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.observation import Trap
from netmon.domain.oid import SYS_UPTIME
from netmon.runtime.cache import MOST
from netmon.snmp.changing import changing
from netmon.snmp.message import V2_TRAP, V2C, Message, encode
from netmon.sources.traps.admit import Admission, Origin
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.recall import Recall
from tests.sources.datagrams import LISTENER, NAME, PEER, request_ids, uptimes, v1_trap, v2c_trap


def _admitted(datagram: bytes, at: int = 1_000) -> Trap:
    admission = Admission(TrapsConfig(), credentials={}, elements=())
    trap = admission.admit(datagram, Origin(at, "default", LISTENER, *PEER))
    assert isinstance(trap, Trap)
    return trap


def _keeping(*datagrams: bytes, most: int = MOST) -> Recall:
    made = Recall(most)
    for datagram in datagrams:
        made.keep(datagram, _admitted(datagram), peer=PEER, listener=LISTENER)
    return made


@given(request_ids, uptimes, request_ids, uptimes)
def test_a_recalled_trap_equals_an_admitted_one(first_id: int, first_uptime: int, next_id: int, next_uptime: int):
    made = _keeping(v2c_trap(first_id, first_uptime))
    again = v2c_trap(next_id, next_uptime)
    assert made.trap(again, 2_000, peer=PEER, listener=LISTENER) in (None, _admitted(again, 2_000))


@given(request_ids, request_ids)
def test_a_trap_that_differs_in_its_request_id_only_is_recalled(first: int, second: int):
    sizes = {len(v2c_trap(one, 5)) for one in (first, second)}
    found = _keeping(v2c_trap(first, 5)).trap(v2c_trap(second, 5), 2_000, peer=PEER, listener=LISTENER)
    assert (found is not None) == (len(sizes) == 1)


@given(uptimes, uptimes)
def test_a_trap_of_version_1_that_differs_in_its_time_only_is_recalled(first: int, second: int):
    again = v1_trap(second)
    found = _keeping(v1_trap(first)).trap(again, 2_000, peer=PEER, listener=LISTENER)
    assert found == (_admitted(again, 2_000) if len(again) == len(v1_trap(first)) else None)


@given(st.binary(max_size=60), st.integers(0, 80), st.integers(0, 255), st.booleans())
def test_one_other_octet_is_never_taken_for_the_same_trap(name: bytes, position: int, octet: int, v1: bool):
    datagram = v1_trap(100_000, name) if v1 else v2c_trap(7, 100_000, name)
    at = position % len(datagram)
    changed = datagram[:at] + bytes((octet,)) + datagram[at + 1 :]
    found = _keeping(datagram).trap(changed, 1_000, peer=PEER, listener=LISTENER)
    parts = changing(datagram)
    assert parts is not None
    if found is not None:
        assert parts.rest(changed) == parts.rest(datagram)
        assert found == _admitted(changed)


def test_another_peer_or_listener_is_another_trap():
    datagram = v2c_trap(7, 5)
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


def test_a_broken_uptime_is_not_kept():
    parts = changing(v2c_trap(7, 0x01020304))
    assert parts is not None
    sound = v2c_trap(7, 0x01020304)
    # Five octets of which the first is not zero: more than TimeTicks can be.
    broken = sound[: parts.uptime_at - 1] + b"\x05\x01" + sound[parts.uptime_at :]
    grown = bytearray(broken)
    for length_at in (1, parts.id_at - 3, parts.id_end + 7, parts.uptime_at - 13):
        grown[length_at] += 1
    assert _admitted(bytes(grown)).flags == ("no_uptime", "bad_values")
    assert _keeping(bytes(grown)).trap(bytes(grown), 1_000, peer=PEER, listener=LISTENER) is None


def test_a_memory_that_is_full_is_emptied():
    datagrams = [v2c_trap(7, 5, b"a"), v2c_trap(7, 5, b"b"), v2c_trap(7, 5, b"c")]
    made = _keeping(*datagrams, most=2)
    found = [made.trap(one, 1_000, peer=PEER, listener=LISTENER) is not None for one in datagrams]
    assert found == [False, False, True]
