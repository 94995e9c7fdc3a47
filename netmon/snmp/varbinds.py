"""The list of varbinds of a message: the hot path of every trap and every answer (specs/snmp.md 1.1, 1.3)."""

from typing import Final

from netmon.domain.oid import BAD_VALUE, SYS_UPTIME, Oid, Varbind
from netmon.snmp import ber
from netmon.snmp.ber import BAD, READERS
from netmon.snmp.errors import DecodeError
from netmon.snmp.pdu import MAX_VARBINDS

_UPTIME: Final = b"\x06\x08\x2b\x06\x01\x02\x01\x01\x03\x00"
"""Name of sysUpTime.0, which heads the list of every trap of version 2 (RFC 3416 section 4.2.6)."""
_LISTS: Final[dict[bytes, tuple[Varbind, ...]]] = {}
"""What follows sysUpTime in accepted messages; a hostile sender can empty it, not make it large."""
_LISTS_KEPT: Final = 8_192
_SHORT_FORM: Final = 0x7F + 2
"""Longest varbind whose length has the short form."""
_LIST_OCTETS_KEPT: Final = 512

_OID_TEXT: Final[dict[bytes, Oid]] = {}
"""Text of the OIDs of accepted messages. A hostile sender can empty it, not fill it with what is never accepted."""
_OIDS_KEPT: Final = 100_000
_OID_OCTETS_KEPT: Final = 40
_COLUMNS: Final[dict[bytes, Oid]] = {}
"""All but the last number of the same: rows of a table are new all the time, its columns are not."""
_COLUMNS_KEPT: Final = 10_000
_ARC_OCTETS: Final = 5
_U32: Final = 0xFFFFFFFF

_FRESH: Final[list[tuple[dict[bytes, Oid], bytes, tuple[Varbind, ...]]]] = []
"""What the message read last would teach: names, and a list by its octets. Nobody knows yet whether it was wanted."""


def oid_text(octets: bytes) -> Oid:
    """Return an OID as text; empty when the octets are none."""
    return _OID_TEXT.get(octets) or ber.read_oid(octets)


def accept() -> None:
    """Remember the OIDs and the list of the message that was read last: its sender was proven, it was asked for."""
    for names, rest, found in _FRESH:
        for octets, oid in names.items():
            if len(octets) <= _OID_OCTETS_KEPT:
                if len(_OID_TEXT) >= _OIDS_KEPT:
                    _OID_TEXT.clear()
                _OID_TEXT[octets] = oid
                _accept_column(octets, oid)
        if found:
            if len(_LISTS) >= _LISTS_KEPT:
                _LISTS.clear()
            _LISTS[rest] = found
    _FRESH.clear()


def _accept_column(octets: bytes, oid: Oid) -> None:
    column = octets[: _last_arc(octets)]
    if column and column not in _COLUMNS:
        if len(_COLUMNS) >= _COLUMNS_KEPT:
            _COLUMNS.clear()
        _COLUMNS[column] = oid[: oid.rindex(".")]


def enter(data: bytes, pos: int, end: int) -> int:
    """Return where the content of the element at ``pos`` starts, which must fill its parent to ``end``.

    No element has a brother after the one that is entered, so this alone keeps every inner end inside its parent.
    """
    size, start = data[pos + 1], pos + 2
    if size >= 0x80:
        size, start = ber.read_length(data, pos + 1)
    if start + size != end:
        raise DecodeError("malformed", pos)
    return start


def read_varbinds(data: bytes, pos: int, end: int) -> tuple[Varbind, ...]:
    """Return the varbinds that fill ``data[pos:end]``, the last part of a message.

    Nothing of them is remembered before ``accept``.
    Most traps of a storm differ from one before in request-id and sysUpTime only: what follows sysUpTime is known then.

    Raises:
        DecodeError: malformed.
        IndexError: ``data`` ends within a varbind.
    """
    if _FRESH:
        _FRESH.clear()
    split = pos + 2 + data[pos + 1] if pos < end else end
    if data[pos + 2 : pos + 12] != _UPTIME or split > min(end, pos + _SHORT_FORM) or end - pos > _LIST_OCTETS_KEPT:
        return _read(data, pos, end)
    rest = data[split:end]
    known = _LISTS.get(rest)
    if known is not None:
        at = pos + 14
        if data[pos + 12] == ber.TIME_TICKS and 0 < data[pos + 13] < 5 and at + data[pos + 13] == split:
            return ((SYS_UPTIME, ber.TIME_TICKS, int.from_bytes(data[at:split], "big")), *known)
        return _read(data, pos, split) + known
    found = _read(data, pos, end)
    _FRESH.append(({}, rest, found[1:]))
    return found


def _read(data: bytes, pos: int, end: int) -> tuple[Varbind, ...]:
    """Read varbind by varbind.

    A value that breaks a rule of its type stays as octets; a name that does so spoils the message.
    """
    known = _OID_TEXT
    fresh: dict[bytes, Oid] = {}
    found: list[Varbind] = []
    while pos < end:
        tag_at = pos + 4 + data[pos + 3]
        stop = pos + 2 + data[pos + 1]
        # A varbind below 128 octets has no length in the long form, as its parts cannot be longer.
        if (
            data[pos + 1] < 0x80
            and data[pos] == 0x30
            and data[pos + 2] == 0x06
            and tag_at + 2 + data[tag_at + 1] == stop
        ):
            name, tag, octets = data[pos + 4 : tag_at], data[tag_at], data[tag_at + 2 : stop]
        else:
            name, tag, octets, stop = _long_varbind(data, pos)
        oid = known.get(name) or _new_name(name, fresh)
        if tag == 0x04:
            found.append((oid, tag, octets))
        elif tag == 0x06:
            found.append(_oid_varbind(oid, octets, fresh))
        else:
            value = READERS[tag](octets) if tag in READERS else BAD
            found.append((oid, tag, value) if value is not BAD else (oid, tag | BAD_VALUE, octets))
        pos = stop
    if pos != end or len(found) > MAX_VARBINDS:
        raise DecodeError("malformed", 0)
    if fresh:
        _FRESH.append((fresh, b"", ()))
    return tuple(found)


def _long_varbind(data: bytes, pos: int) -> tuple[bytes, int, bytes, int]:
    """Return name, tag and value octets of a varbind and its end, whatever the form of the lengths."""
    if data[pos] != ber.SEQUENCE:
        raise DecodeError("malformed", pos)
    size, pos = ber.read_length(data, pos + 1)
    stop = pos + size
    if data[pos] != ber.OBJECT_IDENTIFIER:
        raise DecodeError("malformed", pos)
    size, pos = ber.read_length(data, pos + 1)
    tag_at = pos + size
    start = enter(data, tag_at, stop)
    return data[pos:tag_at], data[tag_at], data[start:stop], stop


def _new_name(octets: bytes, fresh: dict[bytes, Oid]) -> Oid:
    oid = fresh.get(octets) or _row(octets) or ber.read_oid(octets)
    if not oid:
        raise DecodeError("malformed", 0)
    fresh[octets] = oid
    return oid


def _row(octets: bytes) -> Oid:
    """Return an OID of which all but the last number is known; empty for every other one."""
    at = _last_arc(octets)
    column = _COLUMNS.get(octets[:at])
    if column is None or octets[at] == 0x80:
        return ""
    arc = 0
    for octet in octets[at:]:
        arc = arc << 7 | octet & 0x7F
    return f"{column}.{arc}" if arc <= _U32 else ""


def _last_arc(octets: bytes) -> int:
    """Return where the octets of the last number begin; 0 where that is the first, or they are no OID."""
    size = len(octets)
    if size == 0 or octets[size - 1] >= 0x80:
        return 0
    at = size - 1
    while at > 0 and octets[at - 1] >= 0x80:
        at -= 1
        if size - at > _ARC_OCTETS:
            return 0
    return at


def _oid_varbind(oid: Oid, octets: bytes, fresh: dict[bytes, Oid]) -> Varbind:
    """Return a varbind whose value is an OID; a trap OID is as well known as a name."""
    text = _OID_TEXT.get(octets) or fresh.get(octets) or ber.read_oid(octets)
    if not text:
        return oid, ber.OBJECT_IDENTIFIER | BAD_VALUE, octets
    if octets not in _OID_TEXT:
        fresh[octets] = text
    return oid, ber.OBJECT_IDENTIFIER, text
