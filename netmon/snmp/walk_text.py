"""The text that ``snmpwalk -On`` prints, as typed values."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from netmon.snmp import ber

_ROW: Final = re.compile(rb"\.?((?:iso|[0-2])(?:\.[0-9]+)+) = ?")
_NUMBER: Final = re.compile(r"-?[0-9]+")
_IN_BRACKETS: Final = re.compile(r"\((-?[0-9]+)\)")

WALK_END: Final = b"No more variables left in this MIB View"
"""What a walk says instead of a value when it is over: no row, and no bad one."""


def entries(text: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Yield line number, OID and value text; what follows a row and is no row belongs to its value."""
    row: tuple[int, str] | None = None
    value: list[bytes] = []
    for number, line in enumerate(text.split(b"\n"), 1):
        start = _ROW.match(line)
        if start is None:
            value.append(line.removesuffix(b"\r"))
            continue
        if row is not None:
            yield *row, b"\n".join(value).rstrip(b"\n")
        row = number, start[1].decode().replace("iso", "1")
        value = [line[start.end() :].removesuffix(b"\r")]
    if row is not None:
        yield *row, b"\n".join(value).rstrip(b"\n")


def read_typed(text: bytes) -> tuple[int, Any]:
    """Return tag and value of ``TYPE: value``.

    Raises:
        ValueError: it is no value, or not of its type.
    """
    if text in (b'""', b""):
        return ber.OCTET_STRING, b""
    if text == b"NULL":
        return ber.NULL, None
    if text.startswith(b"Wrong Type (should be "):
        text = text.partition(b"): ")[2]
    kind, colon, value = text.partition(b":")
    known = _TYPES.get(kind)
    if not colon or known is None:
        raise ValueError(f"{kind.decode(errors='replace')[:40]!r} is no type of a value")
    tag, read = known
    return tag, read(value.removeprefix(b" "))


def _number(text: bytes) -> int:
    """Return 5 of ``5``, ``up(5)`` and ``5 seconds``."""
    found = _IN_BRACKETS.search(text.decode("ascii")) or _NUMBER.match(text.decode("ascii"))
    if found is None:
        raise ValueError("there is no number")
    return int(found[found.re.groups])


def _string(text: bytes) -> bytes:
    if len(text) >= 2 and text.startswith(b'"') and text.endswith(b'"'):
        return re.sub(rb'\\(["\\])', rb"\1", text[1:-1])
    return text


def _hex(text: bytes) -> bytes:
    return bytes.fromhex(text.decode("ascii"))


def _bits(text: bytes) -> bytes:
    """Return the octets in front; the bits that are set follow, by number or name."""
    words = text.decode("ascii").split()
    octets = bytearray()
    for place, word in enumerate(words):
        if len(words) - place == sum(octet.bit_count() for octet in octets) and octets:
            break
        octets += bytes.fromhex(word)
    return bytes(octets)


def _oid(text: bytes) -> str:
    return ber.read_oid(ber.write_oid(text.decode("ascii").strip().replace("iso", "1")))


def _address(text: bytes) -> str:
    """Return the dotted form of ``192.0.2.1`` and ``C0:00:02:01``."""
    spelled = text.decode("ascii").strip()
    return ".".join(str(int(part, 16)) for part in spelled.split(":")) if ":" in spelled else spelled


def _opaque(text: bytes) -> bytes | float:
    kind, colon, value = text.partition(b":")
    if not colon:
        return _hex(text)
    if kind in (b"Float", b"Double"):
        return float(value)
    raise ValueError("this Opaque has no octets")


_TYPES: Final[dict[bytes, tuple[int, Callable[[bytes], Any]]]] = {
    b"INTEGER": (ber.INTEGER, _number),
    b"STRING": (ber.OCTET_STRING, _string),
    b"Hex-STRING": (ber.OCTET_STRING, _hex),
    b"BITS": (ber.OCTET_STRING, _bits),
    b"OID": (ber.OBJECT_IDENTIFIER, _oid),
    b"IpAddress": (ber.IP_ADDRESS, _address),
    b"Network Address": (ber.IP_ADDRESS, _address),
    b"Counter32": (ber.COUNTER32, _number),
    b"Gauge32": (ber.GAUGE32, _number),
    b"Unsigned32": (ber.GAUGE32, _number),
    b"UInteger32": (ber.GAUGE32, _number),
    b"Timeticks": (ber.TIME_TICKS, _number),
    b"Counter64": (ber.COUNTER64, _number),
    b"Opaque": (ber.OPAQUE, _opaque),
}
