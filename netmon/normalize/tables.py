"""Tables of one run as rows: what the readers of topology take apart."""

from collections.abc import Iterable, Iterator
from typing import Any

from netmon.domain.observation import Block

Row = dict[str, Any]
"""Column name to value; only what has one."""

Rows = dict[str, Row]
"""By index."""


def rows_of(blocks: Iterable[Block]) -> Rows:
    """Return the rows of the blocks of one table."""
    rows: Rows = {}
    for block in blocks:
        for name, cells in zip(block.columns, block.cells, strict=True):
            for index, cell in zip(block.index, cells, strict=True):
                if cell is not None:
                    rows.setdefault(index, {})[name] = cell
    return rows


def shared(rows: Rows) -> Rows:
    """Return the rows with equal ones kept once: most rows of small tables are alike."""
    kept: dict[tuple[Any, ...], Row] = {}
    return {index: kept.setdefault(tuple(row.items()), row) for index, row in rows.items()}


def text(value: Any) -> str:
    """Return octets as text in one line, without blanks at the ends; nothing for what is none."""
    if not isinstance(value, bytes):
        return ""
    plain = value.decode("utf-8", "replace").strip(" \t\r\n\x00")
    return plain if plain.isprintable() else "".join(c if c.isprintable() else " " for c in plain).strip()


def numbers(index: str) -> Iterator[int]:
    """Yield the parts of an index."""
    return map(int, index.split("."))
