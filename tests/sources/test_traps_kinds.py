"""A storm is shed by the starts of its datagrams: which trap it is follows from no more than that."""

from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.oid import SYS_UPTIME
from netmon.snmp.changing import changing
from netmon.snmp.message import INFORM, V2_TRAP, V2C, Message, encode, peek
from netmon.sources.traps.kinds import Kind, Kinds
from netmon.sources.traps.sockets import Peer
from tests.sources.datagrams import LISTENER, NAME, PEER, request_ids, uptimes, v1_trap, v2c_trap


def kind(trap_oid: str) -> Kind:
    return Kind("default", PEER[0], PEER[0], trap_oid)


def recalled(made: Kinds, datagram: bytes, *, peer: Peer, listener: str) -> str | None:
    found = made.look(datagram, peer=peer, listener=listener)
    return found.trap_oid if found is not None else None


@given(request_ids, uptimes, st.binary(max_size=40), st.sampled_from([V2_TRAP, INFORM]))
def test_the_name_of_a_trap_follows_from_its_head(request_id: int, uptime: int, name: bytes, pdu_type: int):
    first = v2c_trap(7, 100_000, b"x" * len(name), pdu_type=pdu_type)
    made = Kinds()
    made.keep(first, kind(peek(first).trap_oid), peer=PEER, listener=LISTENER)
    again = v2c_trap(request_id, uptime, name, pdu_type=pdu_type)
    found = recalled(made, again, peer=PEER, listener=LISTENER)
    assert found == (NAME[2] if changing(again) == changing(first) else None)
    assert recalled(made, again, peer=("192.0.2.2", 4_711), listener=LISTENER) is None
    assert recalled(made, again, peer=PEER, listener="[::1]:162") is None


@given(st.integers(0, 80), st.integers(0, 255), st.booleans())
def test_one_other_octet_is_never_taken_for_the_name_of_another_trap(position: int, octet: int, another: bool):
    datagram = v2c_trap(7, 100_000)
    at = position % len(datagram)
    changed = datagram[:at] + bytes((octet,)) + datagram[at + 1 :]
    made = Kinds()
    made.keep(datagram, kind(peek(datagram).trap_oid), peer=PEER, listener=LISTENER)
    if another:
        other = v2c_trap(7, 100_000, oid="1.3.6.1.6.3.1.1.5.4")
        made.keep(other, kind(peek(other).trap_oid), peer=PEER, listener=LISTENER)
    found = recalled(made, changed, peer=PEER, listener=LISTENER)
    if found is not None:
        seen = peek(changed)
        assert (seen.trap_oid, seen.community, seen.pdu_type) == (found, b"public", V2_TRAP)


@given(uptimes, st.binary(max_size=40), st.integers(0, 80), st.integers(0, 255))
def test_the_name_of_a_trap_of_version_1_follows_from_all_that_stands_before_its_time(
    uptime: int, name: bytes, position: int, octet: int
):
    first = v1_trap(100_000, b"x" * len(name), generic=6, specific=0x0102)
    made = Kinds()
    made.keep(first, kind(peek(first).trap_oid), peer=PEER, listener=LISTENER)
    again = v1_trap(uptime, name, generic=6, specific=0x0102)
    assert recalled(made, again, peer=PEER, listener=LISTENER) == (
        peek(again).trap_oid if len(again) == len(first) else None
    )
    at = position % len(first)
    changed = first[:at] + bytes((octet,)) + first[at + 1 :]
    if recalled(made, changed, peer=PEER, listener=LISTENER) is not None:
        assert peek(changed) == peek(first)


def test_a_name_that_is_elsewhere_is_not_kept():
    named_last = encode(
        Message(V2C, b"public", V2_TRAP, 7, 0, 0, ((SYS_UPTIME, 0x43, 5), ("1.3.6.1.2.1.1.5.0", 4, b"r1"), NAME))
    )
    alone = encode(Message(V2C, b"public", V2_TRAP, 7, 0, 0, ((SYS_UPTIME, 0x43, 5),)))
    for datagram in (named_last, alone):
        made = Kinds()
        made.keep(datagram, kind(NAME[2]), peer=PEER, listener=LISTENER)
        assert recalled(made, datagram, peer=PEER, listener=LISTENER) is None


def test_a_memory_that_is_full_is_emptied():
    datagrams = [v2c_trap(7, 5, oid=f"1.3.6.1.4.1.9.{number}") for number in (1, 2, 3)]
    made = Kinds(2)
    for one in datagrams:
        made.keep(one, kind(peek(one).trap_oid), peer=PEER, listener=LISTENER)
    found = [recalled(made, one, peer=PEER, listener=LISTENER) for one in datagrams]
    assert found == [None, None, "1.3.6.1.4.1.9.3"]
