"""BER of the SMI types, one value at a time (specs/snmp.md 1.1; RFC 2578 section 7.1, RFC 3417 section 8)."""

import struct
from collections.abc import Callable
from typing import Any, Final

from netmon.domain.oid import Oid
from netmon.snmp.errors import DecodeError, EncodeError

INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
IP_ADDRESS: Final = 0x40
COUNTER32: Final = 0x41
GAUGE32: Final = 0x42
TIME_TICKS: Final = 0x43
OPAQUE: Final = 0x44
NSAP_ADDRESS: Final = 0x45
COUNTER64: Final = 0x46
UINTEGER32: Final = 0x47
NO_SUCH_OBJECT: Final = 0x80
NO_SUCH_INSTANCE: Final = 0x81
END_OF_MIB_VIEW: Final = 0x82

EXCEPTIONS: Final = (NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW)

_U32: Final = 0xFFFFFFFF
_U64: Final = 0xFFFFFFFFFFFFFFFF
_MOST_ARCS: Final = 128
_LONGEST_OID: Final = 5 * _MOST_ARCS

# Opaque: a context-specific tag above 30 in two octets (9F xx) holds what SMIv2 has no type for.
_WRAPPED: Final = 0x9F
_WRAPPED_COUNTER64: Final = 0x76
_WRAPPED_FLOAT: Final = 0x78
_WRAPPED_DOUBLE: Final = 0x79
_WRAPPED_I64: Final = 0x7A
_WRAPPED_U64: Final = 0x7B


def out_of_range(tag: int, value: Any) -> bool:
    """Tell whether an INTEGER lies outside 32 bit: the value is kept, though Integer32 cannot hold it."""
    return tag == INTEGER and not -0x80000000 <= value <= 0x7FFFFFFF


def read_length(data: bytes, pos: int) -> tuple[int, int]:
    """Return a definite length and the position after it.

    At most three octets follow the first one, so that a length fits 24 bit; padded lengths are accepted.

    Raises:
        DecodeError: indefinite, or longer than that.
        IndexError: the data ends within the length; the message decoder turns it into a DecodeError.
    """
    first = data[pos]
    if first < 0x80:
        return first, pos + 1
    if first == 0x81:
        return data[pos + 1], pos + 2
    if first == 0x82:
        return data[pos + 1] << 8 | data[pos + 2], pos + 3
    if first == 0x83:
        return data[pos + 1] << 16 | data[pos + 2] << 8 | data[pos + 3], pos + 4
    raise DecodeError("malformed", pos)


BAD: Final = object()
"""What a reader gives for octets that break a rule of its type: raising would cost ten times as much."""


def read_value(tag: int, octets: bytes) -> Any:
    """Return the value of a type from its content octets.

    Raises:
        DecodeError: the tag is none of the SMI, or the octets break a rule of the type; the offset is 0.
    """
    value = READERS[tag](octets) if tag in READERS else BAD
    if value is BAD:
        raise DecodeError("malformed", 0)
    return value


def read_oid(octets: bytes) -> Oid:
    """Return an OBJECT IDENTIFIER as dotted text; empty content reads as ``0.0``, and a broken one as ``""``."""
    size = len(octets)
    if size == 0:
        return "0.0"
    if size > _LONGEST_OID or octets[size - 1] >= 0x80:
        return ""
    arcs: list[int] = []
    arc = 0
    for octet in octets:
        if octet < 0x80:
            arcs.append(arc << 7 | octet)
            arc = 0
        elif octet == 0x80 and arc == 0:
            # X.690 section 8.19.2: a padded sub-identifier would give one OID two encodings.
            return ""
        else:
            arc = arc << 7 | octet & 0x7F
    root = min(arcs[0] // 40, 2)
    arcs[0] -= 40 * root
    if max(arcs) > _U32 or len(arcs) >= _MOST_ARCS:
        return ""
    return f"{root}." + ".".join(map(str, arcs))


def _read_integer(octets: bytes) -> Any:
    size = len(octets)
    if size == 1:
        first = octets[0]
        return first if first < 0x80 else first - 0x100
    if 1 < size <= 8:
        return int.from_bytes(octets, "big", signed=True)
    return BAD


def _read_unsigned32(octets: bytes) -> Any:
    # Unsigned even with the top bit set: agents forget the leading zero.
    if 1 <= len(octets) <= 5:
        value = int.from_bytes(octets, "big")
        if value <= _U32:
            return value
    return BAD


def _read_unsigned64(octets: bytes) -> Any:
    if 1 <= len(octets) <= 9:
        value = int.from_bytes(octets, "big")
        if value <= _U64:
            return value
    return BAD


def _read_ip_address(octets: bytes) -> Any:
    if len(octets) != 4:
        return BAD
    return f"{octets[0]}.{octets[1]}.{octets[2]}.{octets[3]}"


def _read_null(octets: bytes) -> Any:
    return BAD if octets else None


def _read_octets(octets: bytes) -> Any:
    return octets


def _read_oid(octets: bytes) -> Any:
    return read_oid(octets) or BAD


def _read_opaque(octets: bytes) -> Any:
    if len(octets) < 3 or octets[0] != _WRAPPED or octets[1] not in _WRAPPERS:
        return octets
    kind, content = octets[1], octets[3:]
    if octets[2] != len(content):
        return BAD
    if kind == _WRAPPED_I64:
        return _read_integer(content)
    if kind == _WRAPPED_FLOAT:
        return octets if len(content) != 4 else float(struct.unpack(">f", content)[0])
    if kind == _WRAPPED_DOUBLE:
        return octets if len(content) != 8 else float(struct.unpack(">d", content)[0])
    return _read_unsigned64(content)


_WRAPPERS: Final = frozenset({_WRAPPED_COUNTER64, _WRAPPED_FLOAT, _WRAPPED_DOUBLE, _WRAPPED_I64, _WRAPPED_U64})

READERS: Final[dict[int, Callable[[bytes], Any]]] = {
    INTEGER: _read_integer,
    OCTET_STRING: _read_octets,
    NULL: _read_null,
    OBJECT_IDENTIFIER: _read_oid,
    IP_ADDRESS: _read_ip_address,
    COUNTER32: _read_unsigned32,
    GAUGE32: _read_unsigned32,
    TIME_TICKS: _read_unsigned32,
    OPAQUE: _read_opaque,
    NSAP_ADDRESS: _read_octets,
    COUNTER64: _read_unsigned64,
    UINTEGER32: _read_unsigned32,
    NO_SUCH_OBJECT: _read_null,
    NO_SUCH_INSTANCE: _read_null,
    END_OF_MIB_VIEW: _read_null,
}
"""Content octets to value, by tag."""


def tlv(tag: int, content: bytes) -> bytes:
    """Return content octets with their tag and the shortest length."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    if size < 0x100:
        return bytes((tag, 0x81, size)) + content
    if size < 0x10000:
        return bytes((tag, 0x82, size >> 8, size & 0xFF)) + content
    raise EncodeError(f"{size} octets do not fit a datagram")


def write_value(tag: int, value: Any) -> bytes:
    """Return a value with tag and length.

    Raises:
        EncodeError: the type is unknown or cannot hold the value.
    """
    writer = _WRITERS.get(tag)
    if writer is None:
        raise EncodeError(f"no type of the SMI has tag {tag:#04x}")
    return tlv(tag, writer(value))


def write_integer(value: int) -> bytes:
    """Return the shortest two's complement of a signed number of at most 8 octets."""
    if not -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF:
        raise EncodeError(f"INTEGER {value} is wider than 64 bit")
    magnitude = value if value >= 0 else ~value
    return value.to_bytes((magnitude.bit_length() >> 3) + 1, "big", signed=True)


def write_unsigned32(value: int) -> bytes:
    """Return the shortest form of an unsigned 32 bit number, with a leading zero where the top bit is set."""
    if not 0 <= value <= _U32:
        raise EncodeError(f"{value} does not fit unsigned 32 bit")
    return value.to_bytes((value.bit_length() >> 3) + 1, "big")


def write_unsigned64(value: int) -> bytes:
    """Return the shortest form of an unsigned 64 bit number, with a leading zero where the top bit is set."""
    if not 0 <= value <= _U64:
        raise EncodeError(f"{value} does not fit unsigned 64 bit")
    return value.to_bytes((value.bit_length() >> 3) + 1, "big")


def write_oid(oid: Oid) -> bytes:
    """Return the content octets of an OBJECT IDENTIFIER; a leading dot is allowed."""
    try:
        arcs = [int(arc) for arc in oid.removeprefix(".").split(".")]
    except ValueError:
        raise EncodeError(f"{oid!r} is no object identifier") from None
    if not 2 <= len(arcs) <= _MOST_ARCS or min(arcs) < 0 or max(arcs) > _U32:
        raise EncodeError(f"{oid!r} is no object identifier")
    if arcs[0] > 2 or (arcs[0] < 2 and arcs[1] > 39):
        raise EncodeError(f"{oid!r} is no object identifier")
    octets = bytearray()
    for arc in (40 * arcs[0] + arcs[1], *arcs[2:]):
        for shift in (28, 21, 14, 7):
            if arc >> shift:
                octets.append(arc >> shift & 0x7F | 0x80)
        octets.append(arc & 0x7F)
    return bytes(octets)


def _write_ip_address(value: str) -> bytes:
    try:
        octets = bytes(int(part) for part in value.split("."))
    except ValueError:
        raise EncodeError(f"{value!r} is no IPv4 address") from None
    if len(octets) != 4:
        raise EncodeError(f"{value!r} is no IPv4 address")
    return octets


def _write_null(value: None) -> bytes:
    if value is not None:
        raise EncodeError("this type has no value")
    return b""


def _write_octets(value: bytes) -> bytes:
    return value


def _write_opaque(value: int | float | bytes) -> bytes:
    if isinstance(value, float):
        return bytes((_WRAPPED, _WRAPPED_DOUBLE, 8)) + struct.pack(">d", value)
    if isinstance(value, int):
        kind, content = (_WRAPPED_U64, write_unsigned64(value)) if value >= 0 else (_WRAPPED_I64, write_integer(value))
        return bytes((_WRAPPED, kind, len(content))) + content
    return value


_WRITERS: Final[dict[int, Callable[[Any], bytes]]] = {
    INTEGER: write_integer,
    OCTET_STRING: _write_octets,
    NULL: _write_null,
    OBJECT_IDENTIFIER: write_oid,
    IP_ADDRESS: _write_ip_address,
    COUNTER32: write_unsigned32,
    GAUGE32: write_unsigned32,
    TIME_TICKS: write_unsigned32,
    OPAQUE: _write_opaque,
    COUNTER64: write_unsigned64,
    NO_SUCH_OBJECT: _write_null,
    NO_SUCH_INSTANCE: _write_null,
    END_OF_MIB_VIEW: _write_null,
}
