"""The canonical text of a rule set: what a rule means, without order, comments, files and defaults."""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from netmon.domain.pause import Pause, no_pause
from netmon.domain.place import Document
from netmon.rulebook.schema import Piece, Pieces, pieces

_ORDERED = ("severity", "probable_cause")
"""Here the first case that is true counts, so order is meaning."""
REVISION_DIGITS = 12


def canonical_rule(piece: Piece) -> Any:
    """Return the data of a rule or another entry with its keys in order."""
    return _sorted(piece.document.data)


def _sorted(data: Any) -> Any:
    if isinstance(data, dict):
        return {
            str(key): _plain(data[key]) if key in _ORDERED else _sorted(data[key])
            for key in sorted(data, key=str)
            if data[key] is not None
        }
    return [_sorted(item) for item in data] if isinstance(data, list) else data


def _plain(data: Any) -> Any:
    return {str(key): _plain(item) for key, item in data.items()} if isinstance(data, dict) else data


def revision(piece: Piece) -> str:
    """Return the hash of a canonical rule, short as in ``link-down@9f2c4e0a1b77``."""
    return hashlib.sha256(msgspec.json.encode(canonical_rule(piece))).hexdigest()[:REVISION_DIGITS]


def canonical(documents: Iterable[Document]) -> bytes:
    """Return all enabled rules and other entries of the files as one JSON text that compiles to the same rulebook."""
    return canonical_of(pieces(documents))


def canonical_of(found: Pieces, *, pause: Pause = no_pause) -> bytes:
    """Return the same of files that are taken apart already; ``pause`` is called between two entries."""
    lists = {"rules": _texts(_enabled(found.rules), "id", pause), "events": _texts(found.events, "", pause)}
    for name, entries in (("storms", _enabled(found.storms)), ("maintenance", found.maintenance)):
        if entries:
            lists[name] = _texts(entries, "id", pause)
    return msgspec.json.encode({"version": 1, **lists})


def _enabled(entries: Iterable[Piece]) -> list[Piece]:
    return [piece for piece in entries if piece.document.data.get("enabled", True)]


def _texts(entries: Iterable[Piece], key: str, pause: Pause) -> list[msgspec.Raw]:
    """Return the text of each entry, in the order of what one key says."""
    texts: list[tuple[str, bytes]] = []
    for piece in entries:
        pause()
        id_ = piece.document.data.get(key)
        texts.append(("" if id_ is None else str(id_), msgspec.json.encode(canonical_rule(piece))))
    return [msgspec.Raw(text) for _, text in sorted(texts)]


def digest(text: bytes) -> str:
    """Return the hash of a rule set's canonical text."""
    return hashlib.sha256(text).hexdigest()


def document_of(text: bytes) -> Document:
    """Return canonical text as a rule file without places."""
    return Document("canonical rules", msgspec.json.decode(text), {}, {})
