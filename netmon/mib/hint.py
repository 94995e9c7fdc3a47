"""DISPLAY-HINT of textual conventions (RFC 2579 section 3.1)."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import msgspec

_PART = re.compile(r"(\*?)(\d+)([xdoat])([^\d*]?)([^\d*]?)")
_INTEGER = re.compile(r"d(?:-(\d+))?|[xob]")
_BASES = {"x": "x", "o": "o", "b": "b"}


class HintMismatch(ValueError):
    """A hint that is no hint, or octets that do not fit it."""


class _Part(msgspec.Struct, frozen=True):
    repeat: bool
    length: int
    form: str
    separator: str
    terminator: str


def integer_text(hint: str, value: int) -> str:
    """Return an integer by its hint: ``d``, ``d-2`` (decimal places), ``x``, ``o``, ``b``.

    Raises:
        HintMismatch: the hint is none for integers.
    """
    if hint == "d":
        return str(value)
    found = _INTEGER.fullmatch(hint)
    if found is None:
        raise HintMismatch(hint)
    if hint in _BASES:
        return format(value, _BASES[hint])
    places = int(found[1] or 0)
    if not places:
        return str(value)
    digits = str(abs(value)).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def _hexadecimal(octets: bytes) -> str:
    # RFC 2579 leaves leading zeros of hexadecimal open; two digits for each octet is what everybody prints.
    return octets.hex()


def _decoded(octets: bytes, encoding: str) -> str:
    try:
        return octets.decode(encoding)
    except UnicodeDecodeError:
        raise HintMismatch("octets are no text") from None


Forms = Mapping[str, Callable[[bytes], str]]
"""How octets are written, by the letter of the hint."""

FORMS: Forms = {
    "x": _hexadecimal,
    "d": lambda octets: str(int.from_bytes(octets, "big")),
    "o": lambda octets: format(int.from_bytes(octets, "big"), "o"),
    "a": lambda octets: _decoded(octets, "ascii"),
    "t": lambda octets: _decoded(octets, "utf-8"),
}


def octets_text(hint: str, octets: bytes, *, forms: Forms = FORMS) -> str:
    """Return an octet string by its hint, such as ``1x:`` or ``255a``.

    Raises:
        HintMismatch: the hint is malformed, or the octets do not fit it.
    """
    parts = _parts(hint)
    text = ""
    at = turn = 0
    while at < len(octets):
        # The last part is used again until the octets are used up.
        part = parts[min(turn, len(parts) - 1)]
        turn += 1
        count = 1
        if part.repeat:
            count, at = octets[at], at + 1
        for nth in range(count):
            if at >= len(octets):
                break
            text += forms[part.form](octets[at : at + part.length])
            at += part.length
            text += _after(part, last=nth == count - 1, end=at >= len(octets))
    return text


def _after(part: _Part, *, last: bool, end: bool) -> str:
    if end:
        return ""
    return part.terminator if last and part.repeat and part.terminator else part.separator


@lru_cache(maxsize=1024)
def _parts(hint: str) -> tuple[_Part, ...]:
    parts: list[_Part] = []
    at = 0
    while at < len(hint):
        found = _PART.match(hint, at)
        if found is None or int(found[2]) == 0:
            raise HintMismatch(hint)
        star, length, form, separator, terminator = found.groups()
        if not star and terminator:
            # A terminator belongs to a repeated part only; this character begins something else.
            raise HintMismatch(hint)
        parts.append(_Part(bool(star), int(length), form, separator, terminator))
        at = found.end()
    if not parts:
        raise HintMismatch(hint)
    return tuple(parts)
