"""SNMP messages: octets to values and back, without a socket (specs/snmp.md 1.2, 1.3).

decode    datagram -> Message     every field; the hot path
peek      datagram -> Peek        what admission needs, a fraction of the work
read_v3   datagram -> V3Header    where ``usm.py`` takes over: it checks and decrypts, then calls ``read_pdu``
encode    Message  -> datagram    and what is made of a request: ``encode.py``
"""

from typing import Any, Final

from netmon.domain.oid import Oid
from netmon.snmp import ber
from netmon.snmp.encode import encode, encode_response, encode_trap, wrap
from netmon.snmp.errors import DecodeError
from netmon.snmp.pdu import (
    ENTERPRISE_SPECIFIC,
    GEN_ERR,
    GET,
    GET_BULK,
    GET_NEXT,
    INFORM,
    MAX_DATAGRAM,
    MAX_VARBINDS,
    NO_ERROR,
    NO_SUCH_NAME,
    NOT_WRITABLE,
    REPORT,
    RESPONSE,
    SET,
    TOO_BIG,
    V1,
    V1_TRAP,
    V2_TRAP,
    V2C,
    V3,
    Message,
    Peek,
    V1Trap,
    V3Header,
)
from netmon.snmp.varbinds import accept, enter, oid_text, read_varbinds

__all__ = [
    "GEN_ERR",
    "GET",
    "GET_BULK",
    "GET_NEXT",
    "INFORM",
    "MAX_DATAGRAM",
    "MAX_VARBINDS",
    "Message",
    "accept",
    "NOT_WRITABLE",
    "NO_ERROR",
    "NO_SUCH_NAME",
    "Peek",
    "REPORT",
    "RESPONSE",
    "SET",
    "TOO_BIG",
    "V1",
    "V1Trap",
    "V1_TRAP",
    "V2C",
    "V2_TRAP",
    "V3",
    "V3Header",
    "decode",
    "encode",
    "encode_response",
    "encode_trap",
    "inform_response",
    "peek",
    "read_pdu",
    "read_v3",
]

_MAX_COMMUNITY: Final = 255
_SMALLEST_MAX_SIZE: Final = 484
_V1_PDUS: Final = frozenset({GET, GET_NEXT, RESPONSE, SET, V1_TRAP})
_V2_PDUS: Final = frozenset({GET, GET_NEXT, RESPONSE, SET, GET_BULK, INFORM, V2_TRAP, REPORT})
_TRAP_OID: Final = b"\x06\x0a\x2b\x06\x01\x06\x03\x01\x01\x04\x01\x00"
_NO_ERRORS: Final = b"\x02\x01\x00\x02\x01\x00"
_TOO_BIG: Final = b"\x02\x01\x01\x02\x01\x00\x30\x00"


def decode(datagram: bytes) -> Message:
    """Return the message in a datagram.

    Raises:
        DecodeError: it is not acceptable; nothing else ever leaves, and nothing of it is remembered.
    """
    try:
        version, community, pos, end = _header(datagram)
        if version == V3:
            # The seam for v3: usm.py starts from read_v3(), checks, decrypts, and ends in read_pdu().
            raise DecodeError("unsupported_version", pos)
        return read_pdu(datagram, pos, end, version=version, community=community, trailing=len(datagram) - end)
    except IndexError:
        raise DecodeError("malformed", len(datagram)) from None


def peek(datagram: bytes) -> Peek:
    """Return version, community, PDU type and trap OID without decoding the rest.

    Raises:
        DecodeError: what was looked at is not acceptable; the rest may still be.
    """
    try:
        version, community, pos, end = _header(datagram)
        pdu_type = datagram[pos]
        start = enter(datagram, pos, end)
        if pdu_type == V1_TRAP:
            return Peek(version, community, pdu_type, _v1_trap(datagram, start)[0].trap_oid())
        if pdu_type in (V2_TRAP, INFORM):
            return Peek(version, community, pdu_type, _second_trap_oid(datagram, start, end))
        return Peek(version, community, pdu_type, "")
    except IndexError:
        raise DecodeError("malformed", len(datagram)) from None


def read_v3(datagram: bytes) -> V3Header:
    """Return the header of a v3 message.

    Raises:
        DecodeError: it is no v3 message, or malformed.
    """
    try:
        pos, end = _outer(datagram)
        version, pos = _integer(datagram, pos)
        if version != V3:
            raise DecodeError("unsupported_version", pos)
        return _v3_header(datagram, pos, end)
    except IndexError:
        raise DecodeError("malformed", len(datagram)) from None


def inform_response(inform: bytes, *, max_size: int = MAX_DATAGRAM) -> bytes:
    """Return the Response to an inform: its own varbinds, octet for octet, or tooBig without any.

    Args:
        inform: the datagram of an inform that ``decode`` has accepted.
        max_size: largest message that its sender takes, in octets (RFC 3416 section 4.2.7).

    Raises:
        DecodeError: it is no message.
    """
    try:
        version, community, pos, end = _header(inform)
        start = enter(inform, pos, end)
        request_id, pos = _integer(inform, start)
        _, pos = _integer(inform, pos)
        _, pos = _integer(inform, pos)
    except IndexError:
        raise DecodeError("malformed", len(inform)) from None
    head = ber.write_value(ber.INTEGER, request_id)
    response = wrap(version, community, ber.tlv(RESPONSE, head + _NO_ERRORS + inform[pos:end]))
    if len(response) <= max_size:
        return response
    return wrap(version, community, ber.tlv(RESPONSE, head + _TOO_BIG))


def read_pdu(data: bytes, pos: int, end: int, *, version: int, community: bytes, trailing: int) -> Message:
    """Return the message whose PDU fills ``data[pos:end]``; the envelope is known already.

    Raises:
        DecodeError: malformed.
        IndexError: ``data`` ends within the PDU; the caller turns it into a DecodeError.
    """
    pdu_type = data[pos]
    pos = enter(data, pos, end)
    if pdu_type == V1_TRAP:
        trap, pos = _v1_trap(data, pos)
        varbinds = read_varbinds(data, _enter_sequence(data, pos, end), end)
        return Message(version, community, pdu_type, 0, 0, 0, varbinds, trailing, trap)
    request_id, pos = _integer(data, pos)
    error_status = error_index = 0
    if data[pos : pos + 6] == _NO_ERRORS:
        pos += 6
    else:
        error_status, pos = _integer(data, pos)
        error_index, pos = _integer(data, pos)
    varbinds = read_varbinds(data, _enter_sequence(data, pos, end), end)
    return Message(version, community, pdu_type, request_id, error_status, error_index, varbinds, trailing)


def _header(data: bytes) -> tuple[int, bytes, int, int]:
    """Return version, community, where the PDU starts and where the message ends; of v3 where msgData starts."""
    pos, end = _outer(data)
    version, pos = _integer(data, pos)
    if version == V3:
        return version, b"", _v3_header(data, pos, end).data_at, end
    if version not in (V1, V2C):
        raise DecodeError("unsupported_version", pos)
    community, pos = _octets(data, pos)
    if len(community) > _MAX_COMMUNITY:
        raise DecodeError("malformed", pos)
    if data[pos] not in (_V1_PDUS if version == V1 else _V2_PDUS):
        raise DecodeError("wrong_pdu", pos)
    return version, community, pos, end


def _outer(data: bytes) -> tuple[int, int]:
    """Return start and end of what the outer SEQUENCE holds; octets after it are not looked at."""
    size = len(data)
    if not 0 < size <= MAX_DATAGRAM or data[0] != ber.SEQUENCE:
        raise DecodeError("not_snmp", 0)
    try:
        length, pos = ber.read_length(data, 1)
    except IndexError:
        raise DecodeError("truncated", size) from None
    if pos + length > size:
        raise DecodeError("truncated", size)
    return pos, pos + length


def _enter_sequence(data: bytes, pos: int, end: int) -> int:
    if data[pos] != ber.SEQUENCE:
        raise DecodeError("malformed", pos)
    return enter(data, pos, end)


def _integer(data: bytes, pos: int) -> tuple[int, int]:
    """Return a header's INTEGER of 1 to 5 octets and the position after it."""
    size, start = data[pos + 1], pos + 2
    if size >= 0x80:
        size, start = ber.read_length(data, pos + 1)
    if data[pos] != ber.INTEGER or not 1 <= size <= 5:
        raise DecodeError("malformed", pos)
    end = start + size
    if size == 1 and data[start] < 0x80:
        return data[start], end
    return int.from_bytes(data[start:end], "big", signed=True), end


def _octets(data: bytes, pos: int) -> tuple[bytes, int]:
    """Return a header's OCTET STRING and the position after it."""
    if data[pos] != ber.OCTET_STRING:
        raise DecodeError("malformed", pos)
    size, start = data[pos + 1], pos + 2
    if size >= 0x80:
        size, start = ber.read_length(data, pos + 1)
    return data[start : start + size], start + size


def _v1_trap(data: bytes, pos: int) -> tuple[V1Trap, int]:
    """Return the fields of a v1 Trap-PDU and where its varbinds start."""
    enterprise, pos = _field(data, pos, tag=ber.OBJECT_IDENTIFIER)
    agent_addr, pos = _field(data, pos, tag=ber.IP_ADDRESS)
    generic, pos = _integer(data, pos)
    specific, pos = _integer(data, pos)
    timestamp, pos = _field(data, pos, tag=ber.TIME_TICKS)
    # RFC 1157 section 4.1.6 knows generic-trap 0 to 6.
    if not 0 <= generic <= ENTERPRISE_SPECIFIC:
        raise DecodeError("malformed", pos)
    return V1Trap(enterprise, agent_addr, generic, specific, timestamp), pos


def _field(data: bytes, pos: int, *, tag: int) -> tuple[Any, int]:
    if data[pos] != tag:
        raise DecodeError("malformed", pos)
    size, start = ber.read_length(data, pos + 1)
    return ber.read_value(tag, data[start : start + size]), start + size


def _second_trap_oid(data: bytes, pos: int, end: int) -> Oid:
    """Return the value of the second varbind if that is snmpTrapOID.0, where RFC 3416 section 4.2.6 puts it."""
    for _ in range(3):
        _, pos = _integer(data, pos)
    pos = _enter_sequence(data, pos, end)
    if pos == end:
        return ""
    size, pos = ber.read_length(data, pos + 1)
    if pos + size >= end:
        return ""
    _, pos = ber.read_length(data, pos + size + 1)
    value = pos + len(_TRAP_OID)
    if data[pos:value] != _TRAP_OID or data[value] != ber.OBJECT_IDENTIFIER:
        return ""
    size, start = ber.read_length(data, value + 1)
    octets = data[start : start + size]
    return oid_text(octets)


def _v3_header(data: bytes, pos: int, end: int) -> V3Header:
    if data[pos] != ber.SEQUENCE:
        raise DecodeError("malformed", pos)
    size, start = ber.read_length(data, pos + 1)
    message_id, pos = _integer(data, start)
    max_size, pos = _integer(data, pos)
    flags, pos = _octets(data, pos)
    security_model, pos = _integer(data, pos)
    if pos != start + size or len(flags) != 1 or max_size < _SMALLEST_MAX_SIZE:
        raise DecodeError("malformed", pos)
    parameters, data_at = _octets(data, pos)
    if data_at >= end:
        raise DecodeError("malformed", pos)
    return V3Header(
        message_id=message_id,
        max_size=max_size,
        flags=flags[0],
        security_model=security_model,
        security_parameters=parameters,
        parameters_at=data_at - len(parameters),
        data_at=data_at,
        end=end,
    )
