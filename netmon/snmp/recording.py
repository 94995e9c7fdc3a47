"""Recorded agents: ``.snmprec`` and numeric ``.snmpwalk`` files, also packed with gzip or bzip2 (specs/snmp.md 8.1)."""

import bz2
import gzip
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from netmon.domain.oid import Oid, Varbind, sort_key
from netmon.snmp import ber
from netmon.snmp.walk_text import WALK_END, entries, read_typed

_ESCAPE: Final = re.compile(rb"\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.DOTALL)
_ESCAPED: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_NUMBERS: Final = (ber.INTEGER, ber.COUNTER32, ber.GAUGE32, ber.TIME_TICKS, ber.COUNTER64)
_OCTETS: Final = (ber.OCTET_STRING, ber.OPAQUE)


class BadLine(msgspec.Struct, frozen=True):
    """A line that was skipped, counted from 1."""

    line: int
    reason: str


class Recording(msgspec.Struct, frozen=True):
    """What an agent said once."""

    rows: tuple[Varbind, ...]
    """Sorted as OIDs; of several lines for one OID the last is here."""
    bad_lines: tuple[BadLine, ...]
    duplicates: int


def load(path: Path) -> Recording:
    """Return the recording in a file; its name says the format: ``r1.snmprec``, ``r1.snmpwalk.gz``.

    Raises:
        OSError: the file cannot be read or unpacked.
        ValueError: the name says no known format.
    """
    parse, packing = _format(path)
    if parse is None:
        raise ValueError(f"{path.name} is neither .snmprec nor .snmpwalk")
    octets = path.read_bytes()
    return parse(_UNPACK[packing](octets) if packing else octets)


def recording_name(path: Path) -> str:
    """Return ``r1`` for ``r1.snmprec`` and ``r1.snmpwalk.gz``, nothing for what is no recording by its name."""
    if _format(path)[0] is None:
        return ""
    return re.sub(r"\.(snmprec|snmpwalk)(\.gz|\.bz2)?$", "", path.name)


def _format(path: Path) -> tuple[Callable[[bytes], Recording] | None, str]:
    """Return how to parse a file, and how to unpack it first."""
    packing = path.suffix if path.suffix in _UNPACK else ""
    name = path.name.removesuffix(packing)
    return next((parse for ending, parse in _FORMATS.items() if name.endswith(ending)), None), packing


def parse_snmprec(text: bytes) -> Recording:
    """Return the recording in lines of ``OID|tag|value``; after the tag, ``x`` means hex and ``e`` escaped."""
    return _recording(_snmprec_rows(text))


def parse_snmpwalk(text: bytes) -> Recording:
    """Return the recording in the output of ``snmpwalk -On``."""
    return _recording(_snmpwalk_rows(text))


_UNPACK: Final = {".gz": gzip.decompress, ".bz2": bz2.decompress}
_FORMATS: Final = {".snmprec": parse_snmprec, ".snmpwalk": parse_snmpwalk}


def _recording(read: Iterable[Varbind | BadLine]) -> Recording:
    rows: dict[Oid, Varbind] = {}
    bad: list[BadLine] = []
    duplicates = 0
    for row in read:
        if isinstance(row, BadLine):
            bad.append(row)
        else:
            duplicates += row[0] in rows
            rows[row[0]] = row
    return Recording(tuple(sorted(rows.values(), key=lambda row: sort_key(row[0]))), tuple(bad), duplicates)


def _snmpwalk_rows(text: bytes) -> Iterator[Varbind | BadLine]:
    for line, oid, value in entries(text):
        if value.startswith(WALK_END):
            continue
        try:
            yield _checked(oid, *read_typed(value))
        except ValueError as error:
            yield BadLine(line, str(error))


def _snmprec_rows(text: bytes) -> Iterator[Varbind | BadLine]:
    for number, line in enumerate(text.split(b"\n"), 1):
        content = line.removesuffix(b"\r")
        if not content or content.startswith(b"#"):
            continue
        try:
            oid, tag, value = content.split(b"|", 2)
            yield _checked(oid.decode(), *_snmprec_value(tag.decode(), value))
        except ValueError as error:
            yield BadLine(number, str(error))


def _checked(oid: str, tag: int, value: Any) -> Varbind:
    """Return a row with its OID in the usual spelling, if it can be sent at all."""
    octets = ber.write_oid(oid.strip())
    ber.write_value(tag, value)
    return ber.read_oid(octets), tag, value


def _snmprec_value(tag_text: str, text: bytes) -> tuple[int, Any]:
    if ":" in tag_text:
        raise ValueError(f"{tag_text!r} asks for a computed value")
    tag = int(tag_text.rstrip("xe"))
    if tag_text.endswith("x"):
        return tag, _of_octets(tag, bytes.fromhex(text.decode("ascii")))
    if tag_text.endswith("e"):
        return tag, _of_octets(tag, _ESCAPE.sub(_unescape, text))
    if tag in _OCTETS:
        return tag, text
    return tag, _of_text(tag, text.decode("ascii").strip())


def _of_octets(tag: int, octets: bytes) -> Any:
    if tag in _OCTETS:
        return octets
    if tag == ber.IP_ADDRESS and len(octets) == 4:
        return ".".join(map(str, octets))
    return _of_text(tag, octets.decode("ascii").strip())


def _of_text(tag: int, text: str) -> Any:
    if tag in _NUMBERS:
        return int(text)
    if tag == ber.OBJECT_IDENTIFIER:
        return ber.read_oid(ber.write_oid(text)) if text else "0.0"
    if tag == ber.IP_ADDRESS:
        return text
    if tag == ber.NULL:
        return None
    raise ValueError(f"tag {tag} is no type of a value")


def _unescape(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    if escape.startswith(b"x") and len(escape) == 3:
        return bytes((int(escape[1:], 16),))
    if escape.isdigit():
        return bytes((int(escape, 8) & 0xFF,))
    return _ESCAPED.get(escape, escape)
