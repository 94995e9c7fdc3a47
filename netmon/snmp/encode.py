"""SNMP messages as octets: requests, answers and traps (RFC 1157, 3416)."""

from collections.abc import Sequence
from functools import lru_cache

from netmon.domain.oid import BAD_VALUE, SNMP_TRAP_OID, SYS_UPTIME, Oid, Varbind
from netmon.snmp import ber
from netmon.snmp.errors import EncodeError
from netmon.snmp.pdu import MAX_DATAGRAM, NO_ERROR, RESPONSE, V2_TRAP, V2C, Message, V1Trap


def encode(message: Message) -> bytes:
    """Return the octets of a message in the shortest form; a bad value goes out as the octets it came in.

    Raises:
        EncodeError: a value does not fit its type, or the message no datagram.
    """
    varbinds = [write_varbind(varbind) for varbind in message.varbinds]
    if message.v1_trap is not None:
        pdu = _v1_head(message.v1_trap) + ber.tlv(ber.SEQUENCE, b"".join(varbinds))
    else:
        pdu = write_pdu(message.request_id, message.error_status, message.error_index, varbinds)
    return wrap(message.version, message.community, ber.tlv(message.pdu_type, pdu))


def write_pdu(request_id: int, error_status: int, error_index: int, varbinds: Sequence[bytes]) -> bytes:
    """Return what is in a PDU, of any kind but the v1 trap, around varbinds that are octets already."""
    head = [ber.tlv(ber.INTEGER, ber.write_integer(number)) for number in (request_id, error_status, error_index)]
    return b"".join(head) + ber.tlv(ber.SEQUENCE, b"".join(varbinds))


def _v1_head(trap: V1Trap) -> bytes:
    return b"".join(
        (
            ber.write_value(ber.OBJECT_IDENTIFIER, trap.enterprise),
            ber.write_value(ber.IP_ADDRESS, trap.agent_addr),
            ber.write_value(ber.INTEGER, trap.generic),
            ber.write_value(ber.INTEGER, trap.specific),
            ber.write_value(ber.TIME_TICKS, trap.timestamp),
        )
    )


def encode_response(
    request: Message, varbinds: Sequence[Varbind], *, error_status: int = NO_ERROR, error_index: int = 0
) -> bytes:
    """Return the Response to a request, in its version and community.

    Raises:
        EncodeError: as ``encode``.
    """
    return encode(
        Message(
            request.version,
            request.community,
            RESPONSE,
            request.request_id,
            error_status,
            error_index,
            tuple(varbinds),
        )
    )


def encode_trap(
    community: bytes,
    trap_oid: Oid,
    varbinds: Sequence[Varbind],
    *,
    uptime_cs: int,
    request_id: int,
    pdu_type: int = V2_TRAP,
) -> bytes:
    """Return a v2c trap, or the inform of the same form, with sysUpTime and snmpTrapOID in front."""
    head = (SYS_UPTIME, ber.TIME_TICKS, uptime_cs), (SNMP_TRAP_OID, ber.OBJECT_IDENTIFIER, trap_oid)
    return encode(Message(V2C, community, pdu_type, request_id, 0, 0, (*head, *varbinds)))


def write_varbind(varbind: Varbind) -> bytes:
    """Return one varbind as SEQUENCE."""
    oid, tag, value = varbind
    name = _name(oid)
    if tag & BAD_VALUE:
        return ber.tlv(ber.SEQUENCE, name + ber.tlv(tag & 0xFF, value))
    return ber.tlv(ber.SEQUENCE, name + ber.write_value(tag, value))


@lru_cache(maxsize=100_000)
def _name(oid: Oid) -> bytes:
    return ber.tlv(ber.OBJECT_IDENTIFIER, ber.write_oid(oid))


def wrap(version: int, community: bytes, pdu: bytes) -> bytes:
    """Return the message of version 1 or 2c around an encoded PDU."""
    head = ber.write_value(ber.INTEGER, version) + ber.tlv(ber.OCTET_STRING, community)
    datagram = ber.tlv(ber.SEQUENCE, head + pdu)
    if len(datagram) > MAX_DATAGRAM:
        raise EncodeError(f"{len(datagram)} octets do not fit a datagram")
    return datagram
