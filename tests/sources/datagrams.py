"""Traps that differ in one thing, for what knows them again by their octets."""

from hypothesis import strategies as st

from netmon.domain.oid import SNMP_TRAP_OID, SYS_UPTIME, Varbind
from netmon.snmp.message import V1, V1_TRAP, V2_TRAP, V2C, Message, V1Trap, encode

PEER, LISTENER = ("192.0.2.1", 4_711), "127.0.0.1:162"
NAME: Varbind = (SNMP_TRAP_OID, 6, "1.3.6.1.6.3.1.1.5.3")

request_ids = st.integers(-0x80000000, 0x7FFFFFFF)
uptimes = st.integers(0, 0xFFFFFFFF)


def v2c_trap(
    request_id: int, uptime: int, name: bytes = b"xe-0/0/1", *, oid: str = NAME[2], pdu_type: int = V2_TRAP
) -> bytes:
    varbinds = ((SYS_UPTIME, 0x43, uptime), (SNMP_TRAP_OID, 6, oid), ("1.3.6.1.2.1.31.1.1.1.1.7", 4, name))
    return encode(Message(V2C, b"public", pdu_type, request_id, 0, 0, varbinds))


def v1_trap(uptime: int, name: bytes = b"xe-0/0/1", *, generic: int = 2, specific: int = 0) -> bytes:
    head = V1Trap("1.3.6.1.4.1.9", "192.0.2.1", generic, specific, uptime)
    varbinds = (("1.3.6.1.2.1.31.1.1.1.1.7", 4, name),)
    return encode(Message(V1, b"public", V1_TRAP, 0, 0, 0, varbinds, v1_trap=head))
