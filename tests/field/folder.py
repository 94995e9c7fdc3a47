"""Reads the files of a field folder; a part that is missing is empty, one that cannot be read is told and empty."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.field.sheet import progress

Row = dict[str, Any]


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the objects of a ``.jsonl`` or ``.jsonl.gz`` file; a line that is none is told and passed over."""
    for number, line in enumerate(_octets(path).splitlines(), 1):
        try:
            row = json.loads(line) if line.strip() else None
        except ValueError as error:
            progress(f"{path}:{number}: {error}")
            continue
        if isinstance(row, dict):
            yield row


def read_object(path: Path) -> Row:
    """Return the object of a ``.json`` file."""
    text = _octets(path)
    try:
        found = json.loads(text) if text else {}
    except ValueError as error:
        progress(f"{path}: {error}")
        return {}
    return found if isinstance(found, dict) else {}


def _octets(path: Path) -> bytes:
    if not path.is_file():
        return b""
    try:
        octets = path.read_bytes()
        return gzip.decompress(octets) if path.suffix == ".gz" else octets
    except (OSError, EOFError, zlib.error) as error:
        progress(f"{path}: {error}")
        return b""
