"""Values and parts of an index as the text of a label."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from netmon.mib.hint import FORMS, Forms, HintMismatch, octets_text
from netmon.rulebook.exporter import COMBINED, Enum, Index

Parts = tuple[int, ...]

_MAC, _IPV4, _IPV6 = 6, 4, 16
_WRONG = re.compile("[\udc80-\udcff]+")


def utf8(octets: bytes) -> str:
    """Return octets as text; each run of octets that are no UTF-8 becomes one U+FFFD."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return _WRONG.sub("\ufffd", octets.decode(errors="surrogateescape"))


def octets_of_type(octets: bytes, type_: str, hint: str = "") -> str:
    """Return an octet string as a type shows it; ``hint`` is a DISPLAY-HINT for those that have no other form."""
    match type_:
        case "DisplayString":
            return utf8(octets)
        case "PhysAddress48":
            return ":".join(f"{octet:02X}" for octet in _sized(octets, _MAC))
        case "InetAddressIPv4":
            return ".".join(map(str, _sized(octets, _IPV4)))
        case "InetAddressIPv6":
            return _sized(octets, _IPV6).hex(":", 2).upper()
    if hint and octets:
        try:
            return octets_text(hint, octets, forms=_FORMS)
        except HintMismatch:
            pass
    return f"0x{octets.hex().upper()}" if octets else ""


_FORMS: Forms = {**FORMS, "x": lambda octets: octets.hex().upper(), "a": utf8, "t": utf8}


def value_text(value: Any, type_: str, hint: str = "") -> str:
    """Return the value of a cell as a type shows it; the type matters for octet strings only."""
    if isinstance(value, bytes):
        return octets_of_type(value, type_, hint)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return "" if value is None else str(value)


def real_type(type_: str, before: int | None) -> str:
    """Return the type that a combined one has after the value of the column before it."""
    if type_ not in COMBINED:
        return type_
    return COMBINED[type_].get(before, "OctetString") if before is not None else "OctetString"


def enum_text(enum: Enum, number: int) -> str:
    """Return the name of a number, or the number itself."""
    return enum.get(number) or str(number)


def index_text(parts: Parts, index: Index) -> tuple[str, Parts, Parts]:
    """Return an index value as text, the parts it took and those left; parts that an agent left out are 0."""
    if index.type in COMBINED:
        return _combined(parts, index.type)
    match index.type:
        case "EnumAsInfo":
            head, rest = _take(parts, 1)
            return enum_text(index.enum_values, head[0]), head, rest
        case "PhysAddress48" | "InetAddressIPv4" | "InetAddressIPv6":
            head, rest = _take(parts, _SIZES[index.type])
            return octets_of_type(_octets(head), index.type), head, rest
        case "OctetString" | "DisplayString":
            return _string(parts, index)
    head, rest = _take(parts, 1)
    return str(head[0]), head, rest


_SIZES: Mapping[str, int] = {"PhysAddress48": _MAC, "InetAddressIPv4": _IPV4, "InetAddressIPv6": _IPV6}


def _string(parts: Parts, index: Index) -> tuple[str, Parts, Parts]:
    if index.implied or index.fixed_size:
        content, rest = _take(parts, len(parts) if index.implied else index.fixed_size)
        return octets_of_type(_octets(content), index.type), content, rest
    head, rest = _take(parts, 1)
    content, rest = _take(rest, head[0])
    return octets_of_type(_octets(content), index.type), head + content, rest


def _combined(parts: Parts, type_: str) -> tuple[str, Parts, Parts]:
    """Return a value whose type stands before it, and but for ``InetAddressMissingSize`` its length too."""
    before = 1 if type_ == "InetAddressMissingSize" else 2
    head, rest = _take(parts, before)
    real = COMBINED[type_].get(head[0])
    if real is None:
        # As the exporter does: of an unknown type everything is shown, type and length included.
        content, rest = (parts, ()) if before == 1 else _take(parts, head[1] + 2)
        return octets_of_type(_octets(content), "OctetString"), content, rest
    content, rest = _take(rest, _SIZES.get(real) or head[1])
    return octets_of_type(_octets(content), real), head + content, rest


_MOST_PARTS = 128
"""Sub-identifiers of an OID (RFC 2578 section 3.5): an agent's length beyond that is no length."""


def _take(parts: Parts, count: int) -> tuple[Parts, Parts]:
    """Return the first parts, filled up with 0, and the rest; some agents leave out zeros at the end."""
    count = min(count, max(_MOST_PARTS, len(parts)))
    return parts[:count] + (0,) * (count - len(parts)), parts[count:]


def _octets(parts: Sequence[int]) -> bytes:
    return bytes(part & 0xFF for part in parts)


def _sized(octets: bytes, size: int) -> bytes:
    return octets[:size].ljust(size, b"\0")
