"""A value as a person reads it, by the syntax of its object."""

from typing import Any

from netmon.mib.address import address_text, is_address
from netmon.mib.hint import HintMismatch, integer_text, octets_text
from netmon.mib.node import Syntax


def render_value(syntax: Syntax, value: Any) -> str:
    """Return enum names, hints, bits and octets as text; numbers and addresses as they are."""
    if isinstance(value, bytes):
        return _bits(syntax, value) if syntax.base == "Bits" else _octets(syntax, value)
    if value is None:
        return ""
    if isinstance(value, int) and syntax.base != "Bits":
        return _integer(syntax, value)
    return str(value)


def bit_names(syntax: Syntax, value: bytes) -> tuple[str, ...]:
    """Return the names of the bits set, the position where it has none; bit 0 is the first octet's highest."""
    names = dict(syntax.enums)
    places = (8 * at + bit for at in range(len(value)) for bit in range(8) if value[at] & (0x80 >> bit))
    return tuple(names.get(place, str(place)) for place in places)


def _bits(syntax: Syntax, value: bytes) -> str:
    return ", ".join(bit_names(syntax, value))


def _integer(syntax: Syntax, value: int) -> str:
    for number, name in syntax.enums:
        if number == value:
            return name
    try:
        return integer_text(syntax.hint, value) if syntax.hint else str(value)
    except HintMismatch:
        return str(value)


def _octets(syntax: Syntax, value: bytes) -> str:
    if syntax.hint:
        try:
            return octets_text(syntax.hint, value)
        except HintMismatch:
            return _hex(value)
    if is_address(syntax) and (address := address_text(value)):
        return address
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return _hex(value)
    return text if text.replace("\n", " ").replace("\r", " ").replace("\t", " ").isprintable() else _hex(value)


def _hex(value: bytes) -> str:
    return "0x" + value.hex().upper()
