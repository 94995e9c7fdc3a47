"""A snapshot of the core as rows of bytes: sections of small items in, rows of at most 256 KiB out, and back."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import msgspec

from netmon.storage.store import SnapshotRow, StoreError

ROW_BYTES = 256 * 1024
FORMAT = 1
"""Number of the form below; a snapshot of another one is not read."""

_ITEMS = 64
"""Items encoded together: little enough that a row never takes long."""

_Group = tuple[str, list[Any]]
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw])
_PLAIN = msgspec.msgpack.Decoder(list[Any])


class SnapshotDamaged(StoreError):
    """The rows are no snapshot this release can read; take the one before."""


def encode(sections: Iterable[tuple[str, Iterable[Any]]]) -> Iterator[bytes]:
    """Yield the rows one by one; between two of them the caller may do something else.

    A stream of groups, each a length of four octets and msgpack ``[section, items]``, cut into rows; around them the
    number of the form and a SHA-256. Items must not change while they are encoded.
    """
    digest = hashlib.sha256()
    waiting = bytearray(FORMAT.to_bytes(4, "big"))
    for group in _groups(sections):
        body = _ENCODER.encode(group)
        waiting += len(body).to_bytes(4, "big")
        waiting += body
        while len(waiting) >= ROW_BYTES:
            row = bytes(waiting[:ROW_BYTES])
            del waiting[:ROW_BYTES]
            digest.update(row)
            yield row
    digest.update(waiting)
    waiting += digest.digest()
    # The checksum may have made the last row two.
    yield bytes(waiting[:ROW_BYTES])
    if len(waiting) > ROW_BYTES:
        yield bytes(waiting[ROW_BYTES:])


def rows(sections: Iterable[tuple[str, Iterable[Any]]], *, seq: int, at: int, batch: int) -> Iterator[SnapshotRow]:
    """Yield a snapshot that includes observation ``seq`` as rows for ``Store.commit``; the last one is marked."""
    parts = encode(sections)
    row = next(parts)
    part = 0
    for following in parts:
        yield SnapshotRow(seq, part, False, row, at, batch)
        row, part = following, part + 1
    yield SnapshotRow(seq, part, True, row, at, batch)


def decode(parts: Iterable[bytes], forms: Mapping[str, Any] | None = None) -> dict[str, list[Any]]:
    """Return the sections; tuples come back as lists and Structs as lists or dicts.

    Args:
        parts: the rows.
        forms: sections whose items come back as what they were, with the type of an item.

    Raises:
        SnapshotDamaged: a row is missing or changed, or another release wrote it in another form.
    """
    decoders = {name: msgspec.msgpack.Decoder(list[form]) for name, form in (forms or {}).items()}  # type: ignore[valid-type]
    sections: dict[str, list[Any]] = {}
    try:
        for group in _bodies(b"".join(parts)):
            name, items = _DECODER.decode(group)
            sections.setdefault(name, []).extend(decoders.get(name, _PLAIN).decode(items))
    except msgspec.DecodeError as error:
        raise SnapshotDamaged(f"snapshot is damaged: {error}") from error
    return sections


def _bodies(stream: bytes) -> Iterator[memoryview]:
    """Yield the groups of a stream that is whole, still encoded."""
    body = memoryview(stream)[: -hashlib.sha256().digest_size]
    if hashlib.sha256(body).digest() != stream[len(body) :]:
        raise SnapshotDamaged("snapshot is damaged: its checksum does not fit")
    found = int.from_bytes(body[:4], "big")
    if found != FORMAT:
        raise SnapshotDamaged(f"snapshot has form {found}, this release reads {FORMAT}")
    at = 4
    while at < len(body):
        end = at + 4 + int.from_bytes(body[at : at + 4], "big")
        yield body[at + 4 : end]
        at = end


def _groups(sections: Iterable[tuple[str, Iterable[Any]]]) -> Iterator[_Group]:
    """Cut sections into groups of a few items; an empty section is one group without items."""
    for name, items in sections:
        rest = iter(items)
        yield name, list(islice(rest, _ITEMS))
        while group := list(islice(rest, _ITEMS)):
            yield name, group
