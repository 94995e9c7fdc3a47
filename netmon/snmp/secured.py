"""Messages of version 3: checked and opened, built and signed (RFC 3412 section 6, RFC 3414 section 3); no socket here.

read      datagram -> Secured         who says it is from whom; nothing is believed yet
verify    is the MAC right
open_pdu  Secured -> Opened           decrypted if need be, then decoded
seal      ScopedPDU -> datagram       encrypted and signed as the keys ask
"""

from typing import Final, Literal

import msgspec

from netmon.snmp import ber, usm
from netmon.snmp.errors import DecodeError
from netmon.snmp.message import MAX_DATAGRAM, REPORT, Message, V3Header, read_pdu, read_v3
from netmon.snmp.pdu import V3
from netmon.snmp.varbinds import enter

USM: Final = 3
"""Security model (RFC 3411 section 5)."""
AUTH: Final = 0x01
PRIV: Final = 0x02
REPORTABLE: Final = 0x04

SHORTEST_ENGINE_ID: Final = 5
LONGEST_ENGINE_ID: Final = 32
_LONGEST_USER: Final = 32
_LATEST: Final = 0x7FFFFFFF

Level = Literal["noAuthNoPriv", "authNoPriv", "authPriv"]


class Secured(msgspec.Struct, frozen=True):
    """A v3 message whose security parameters are read; what they claim is not yet proven."""

    datagram: bytes
    header: V3Header
    engine_id: bytes
    boots: int
    engine_time: int
    user: bytes
    mac: bytes
    mac_at: int
    """Where the MAC lies in the datagram."""
    salt: bytes

    @property
    def level(self) -> Level:
        """The security level that its flags tell."""
        flags = self.header.flags
        return "authPriv" if flags & PRIV else "authNoPriv" if flags & AUTH else "noAuthNoPriv"

    @property
    def reportable(self) -> bool:
        """Whether its sender wants a Report when it cannot be processed."""
        return bool(self.header.flags & REPORTABLE)


class Opened(msgspec.Struct, frozen=True):
    """The ScopedPDU of a message, decrypted and decoded."""

    context_engine: bytes
    context: bytes
    message: Message


def read(datagram: bytes) -> Secured:
    """Return a v3 message with its security parameters.

    Raises:
        DecodeError: it is no v3 message, or malformed.
    """
    header = read_v3(datagram)
    if header.security_model != USM or header.flags & (AUTH | PRIV) == PRIV:
        # RFC 3412 section 7.2: privacy without authentication is no level.
        raise DecodeError("malformed", 0)
    try:
        return _read(datagram, header)
    except IndexError:
        raise DecodeError("malformed", header.parameters_at) from None


def _read(datagram: bytes, header: V3Header) -> Secured:
    data = header.security_parameters
    if data[0] != ber.SEQUENCE:
        raise DecodeError("malformed", header.parameters_at)
    pos = enter(data, 0, len(data))
    engine_id, pos = _octets(data, pos)
    boots, pos = _number(data, pos)
    engine_time, pos = _number(data, pos)
    user, pos = _octets(data, pos)
    mac, after_mac = _octets(data, pos)
    salt, pos = _octets(data, after_mac)
    known = not engine_id or SHORTEST_ENGINE_ID <= len(engine_id) <= LONGEST_ENGINE_ID
    if pos != len(data) or not known or len(user) > _LONGEST_USER:
        raise DecodeError("malformed", header.parameters_at)
    mac_at = header.parameters_at + after_mac - len(mac)
    return Secured(datagram, header, engine_id, boots, engine_time, user, mac, mac_at, salt)


def verify(secured: Secured, keys: usm.Keys) -> bool:
    """Tell whether the MAC of a message is the one that these keys make of it; they must have an authentication key."""
    assert keys.auth, "a message cannot be verified without a protocol"
    size = usm.MAC_SIZES[keys.auth]
    if len(secured.mac) != size:
        return False
    at, datagram = secured.mac_at, secured.datagram[: secured.header.end]
    blank = b"".join((datagram[:at], bytes(size), datagram[at + size :]))
    return usm.is_mac(secured.mac, usm.mac(keys.auth, keys.auth_key, blank))


def open_pdu(secured: Secured, keys: usm.Keys) -> Opened | None:
    """Return the ScopedPDU of a message; None when these keys do not decrypt it.

    Raises:
        DecodeError: it was not encrypted, and is malformed.
    """
    data, header = secured.datagram, secured.header
    trailing = len(data) - header.end
    if not header.flags & PRIV:
        return _scoped(data, header.data_at, header.end, trailing=trailing)
    try:
        octets, end = _octets(data, header.data_at)
    except IndexError:
        raise DecodeError("malformed", header.data_at) from None
    if end != header.end:
        raise DecodeError("malformed", header.data_at)
    plain = usm.decrypt(keys, octets, boots=secured.boots, engine_time=secured.engine_time, parameters=secured.salt)
    if plain is None:
        return None
    try:
        # DES pads: what follows the SEQUENCE is no part of it.
        length, start = ber.read_length(plain, 1)
        return _scoped(plain, 0, start + length, trailing=trailing)
    except (DecodeError, IndexError):
        # The wrong key makes noise of it.
        return None


def _scoped(data: bytes, pos: int, end: int, *, trailing: int) -> Opened:
    try:
        if data[pos] != ber.SEQUENCE or end > len(data):
            raise DecodeError("malformed", pos)
        pos = enter(data, pos, end)
        context_engine, pos = _octets(data, pos)
        context, pos = _octets(data, pos)
        return Opened(context_engine, context, read_pdu(data, pos, end, version=V3, community=b"", trailing=trailing))
    except IndexError:
        raise DecodeError("malformed", len(data)) from None


def scoped_pdu(context_engine: bytes, context: bytes, pdu: bytes) -> bytes:
    """Return a ScopedPDU around an encoded PDU."""
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OCTET_STRING, context_engine) + ber.tlv(ber.OCTET_STRING, context) + pdu)


class Envelope(msgspec.Struct, frozen=True):
    """What a message says of itself, whatever is in it."""

    message_id: int
    engine_id: bytes
    """Of the authoritative engine; empty in a discovery."""
    boots: int
    engine_time: int
    user: bytes
    reportable: bool = False
    max_size: int = MAX_DATAGRAM


def seal(envelope: Envelope, scoped: bytes, keys: usm.Keys, *, salt: int = 0) -> bytes:
    """Return the datagram of a ScopedPDU, encrypted and signed as far as there are keys.

    Args:
        envelope: message id, engine and user.
        scoped: what ``scoped_pdu`` gave.
        keys: of the user at the authoritative engine; without any the level is noAuthNoPriv.
        salt: a number never used before with the privacy key.
    """
    data, parameters = scoped, b""
    if keys.priv:
        octets, parameters = usm.encrypt(
            keys, scoped, boots=envelope.boots, engine_time=envelope.engine_time, salt=salt
        )
        data = ber.tlv(ber.OCTET_STRING, octets)
    size = usm.MAC_SIZES[keys.auth] if keys.auth else 0
    head, after_mac = _head(envelope, keys, parameters), len(ber.tlv(ber.OCTET_STRING, parameters)) + len(data)
    body = ber.write_value(ber.INTEGER, V3) + head + data
    datagram = ber.tlv(ber.SEQUENCE, body)
    if not keys.auth:
        return datagram
    at = len(datagram) - after_mac - size
    return datagram[:at] + usm.mac(keys.auth, keys.auth_key, datagram) + datagram[at + size :]


def _head(envelope: Envelope, keys: usm.Keys, parameters: bytes) -> bytes:
    """Return the header and the security parameters, with zeros for the MAC."""
    flags = (AUTH if keys.auth else 0) | (PRIV if keys.priv else 0) | (REPORTABLE if envelope.reportable else 0)
    header = b"".join(
        (
            ber.write_value(ber.INTEGER, envelope.message_id),
            ber.write_value(ber.INTEGER, envelope.max_size),
            ber.tlv(ber.OCTET_STRING, bytes((flags,))),
            ber.write_value(ber.INTEGER, USM),
        )
    )
    security = b"".join(
        (
            ber.tlv(ber.OCTET_STRING, envelope.engine_id),
            ber.write_value(ber.INTEGER, envelope.boots),
            ber.write_value(ber.INTEGER, envelope.engine_time),
            ber.tlv(ber.OCTET_STRING, envelope.user),
            ber.tlv(ber.OCTET_STRING, bytes(usm.MAC_SIZES[keys.auth] if keys.auth else 0)),
            ber.tlv(ber.OCTET_STRING, parameters),
        )
    )
    return ber.tlv(ber.SEQUENCE, header) + ber.tlv(ber.OCTET_STRING, ber.tlv(ber.SEQUENCE, security))


def is_report(opened: Opened) -> bool:
    """Tell whether a message reports why another was not processed."""
    return opened.message.pdu_type == REPORT


def _octets(data: bytes, pos: int) -> tuple[bytes, int]:
    """Return an OCTET STRING and the position after it, inside ``data``."""
    if data[pos] != ber.OCTET_STRING:
        raise DecodeError("malformed", pos)
    size, start = ber.read_length(data, pos + 1)
    if start + size > len(data):
        raise DecodeError("malformed", pos)
    return data[start : start + size], start + size


def _number(data: bytes, pos: int) -> tuple[int, int]:
    """Return an INTEGER of 0 to 2^31-1 and the position after it."""
    size, start = ber.read_length(data, pos + 1)
    value = int.from_bytes(data[start : start + size], "big", signed=True)
    if data[pos] != ber.INTEGER or not 1 <= size <= 5 or start + size > len(data) or not 0 <= value <= _LATEST:
        raise DecodeError("malformed", pos)
    return value, start + size
