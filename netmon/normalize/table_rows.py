"""Rows of one table of a run: their labels, from other tables too, and which of them are read (specs/snmp.md 6.1)."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from netmon.domain.observation import Block
from netmon.domain.sample import Labels
from netmon.mib.index import IndexMismatch, index_values
from netmon.mib.node import Node, Syntax
from netmon.normalize.ports import interfaces, port_of
from netmon.normalize.values import one_line
from netmon.rulebook.pattern import compile_search
from netmon.rulebook.profile_rows import ALIAS, CONTAINED_IN, PORT
from netmon.rulebook.profile_values import Join, Pick, Table

Row = Mapping[str, Any]

_MOST_PAIRS = 20_000
_PLACE = re.compile(r"\{index\.(\d+)\}")


class Found:
    """What all tables of a run brought, column by column, for labels that come from another one."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = tuple(blocks)
        self._columns: dict[str, dict[str, Any]] = {}

    def column(self, name: str) -> Mapping[str, Any]:
        """Return the cells of a column by index."""
        if name not in self._columns:
            cells = self._columns[name] = {}
            for block in self._blocks:
                if name in block.columns:
                    column = block.cells[block.columns.index(name)]
                    cells.update({i: c for i, c in zip(block.index, column, strict=True) if c is not None})
        return self._columns[name]

    def port(self, part: str) -> str:
        """Return the ifIndex of the port that contains a part; empty without one."""
        return port_of(part, self.column(CONTAINED_IN), self._interfaces)

    @cached_property
    def _interfaces(self) -> Mapping[str, str]:
        return interfaces(self.column(ALIAS))


class TableRows:
    """Reads the rows of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._hints = {column.name: column.hint for column in table.columns}
        self._index = [
            (Node(part.name, part.name, "", type=Syntax(part.syntax, part.base, fixed=part.fixed)), part.implied)
            for part in table.index
        ]
        place = _PLACE.fullmatch(table.object.partition(":")[2])
        self.part: Callable[[str], str] | None = _nth(int(place[1])) if place is not None else None
        """By what of its index a row is about a part; None: by the whole of it."""
        self._pairs: dict[tuple[str, str], tuple[str, str]] = {}
        self._rows = [(name, compile_search(pattern)) for name, pattern in table.rows]
        self._picks = {
            one.label: [(value, compile_search(text)) for value, text in one.find or (("", one.extract),)]
            for one in table.more_labels
            if isinstance(one, Pick)
        }

    @property
    def all_wanted(self) -> bool:
        """Whether every row is read."""
        return not self._table.where and not self._table.rows

    def wanted(self, row: Row) -> bool:
        """Tell whether a row is read."""
        for name, allowed in self._table.where:
            value = row.get(name)
            if value not in allowed and (not isinstance(value, bytes) or one_line(value) not in allowed):
                return False
        return all(search(one_line(row.get(name))) for name, search in self._rows)

    def labels(self, index: str, row: Row, found: Found) -> Labels:
        """Return the labels of a row."""
        simple = tuple(self._pair(label, self._source(source, index, row)) for label, source in self._table.labels)
        return simple + tuple(
            self._pair(one.label, self._more(one, index, row, found)) for one in self._table.more_labels
        )

    def joined(self, cells: Mapping[str, Row], found: Found, *, of: Sequence[str]) -> dict[str, tuple[Any, ...]]:
        """Return what other tables say of rows, by name and in the order of their indexes; None where they do not."""
        return {
            one.label: tuple(self._far(one, index, cells[index], found) for index in of) for one in self._table.joined
        }

    def text(self, name: str, index: str, row: Row) -> str:
        """Return what a name in the template of an object stands for: a column, ``index``, an object of the index."""
        if name == "index" or name.startswith("index."):
            return self._source(name, index, row)
        told = one_line(row.get(name), self._hints.get(name, ""))
        return told or (self._part(name, index) if any(part.symbol == name for part, _ in self._index) else "")

    def _pair(self, label: str, text: str) -> tuple[str, str]:
        """Return a label and its value; equal ones of other rows and elements are the same object."""
        if len(self._pairs) >= _MOST_PAIRS:
            self._pairs.clear()
        pair = (label, text)
        return self._pairs.setdefault(pair, pair)

    def _source(self, source: str, index: str, row: Row) -> str:
        if source == "index":
            return index
        if source.startswith("index:"):
            return self._part(source.removeprefix("index:"), index)
        if source.startswith("index."):
            return _nth(int(source.removeprefix("index.")))(index)
        return one_line(row.get(source), self._hints.get(source, ""))

    def _part(self, name: str, index: str) -> str:
        try:
            value = index_values(self._index, index).get(name)
        except IndexMismatch:
            return ""
        part = next(node for node, _ in self._index if node.symbol == name)
        return one_line(value, "inet" if part.syntax.startswith("InetAddress") else "")

    def _more(self, label: Join | Pick, index: str, row: Row, found: Found) -> str:
        if isinstance(label, Pick):
            return self._picked(label, one_line(row.get(label.column)))
        return one_line(self._far(label, index, row, found))

    def _far(self, join: Join, index: str, row: Row, found: Found) -> Any:
        key = found.port(index) if join.by == PORT else self._source(join.by, index, row)
        return found.column(join.column).get(key)

    def _picked(self, label: Pick, text: str) -> str:
        for value, search in self._picks[label.label]:
            hit = search(text)
            if hit is not None:
                return value or (hit[1] or "" if hit.re.groups else hit[0])
        return ""


def _nth(place: int) -> Callable[[str], str]:
    """Return what reads one sub-identifier of an index, the first is 1; empty where there are not so many."""

    def read(index: str) -> str:
        parts = index.split(".")
        return parts[place - 1] if place <= len(parts) else ""

    return read


def attributes(blocks: Sequence[Block]) -> dict[str, dict[str, Any]]:
    """Return index to column name to value, over all blocks of one table in one run."""
    rows: dict[str, dict[str, Any]] = {}
    for block in blocks:
        for row, index in enumerate(block.index):
            of_row = rows.setdefault(index, {})
            for name, cells in zip(block.columns, block.cells, strict=True):
                if cells[row] is not None:
                    of_row[name] = cells[row]
    return rows
