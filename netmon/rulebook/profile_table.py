"""Columns and scalars of a metric profile: objects to OIDs, kinds and units from the MIB where the file is silent."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from netmon.domain.oid import Oid
from netmon.domain.place import Document, Path, Problem
from netmon.mib.names import MibView, UnknownName
from netmon.mib.node import Node
from netmon.rulebook.profile_values import Column, Table

Kind = Literal["counter", "gauge", "state", "info", "text", "bits", "time"]

_KINDS: dict[str, Kind] = {
    "Counter32": "counter",
    "Counter64": "counter",
    "Gauge32": "gauge",
    "Unsigned32": "gauge",
    "Integer32": "gauge",
    "TimeTicks": "time",
    "Opaque": "gauge",
    "Bits": "bits",
}
"""Base syntax to kind; what is not here is text."""

_TICKS_PER_S = 0.01
_UNSCALED = ("counter", "state", "info", "text", "bits")
_DATE = "DateAndTime"
_ADDRESS = "InetAddress"
_ENGINE, _HEX = "SnmpEngineID", "1x"
"""A type that is never text and whose MIB gives no DISPLAY-HINT (RFC 3411)."""
_PLAIN_HINTS = ("", "255a", "255t")
"""Octets that are text as they are."""


class ColumnSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column or a scalar; with ``prefer`` several columns of one meaning, best first."""

    object: str = ""
    prefer: tuple[str, ...] = ()
    name: str = ""
    kind: Kind | None = None
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    invalid: tuple[int | float | str, ...] = ()
    values: dict[str, int] = {}
    """Words for the numbers of a state that no MIB names."""

    def __post_init__(self) -> None:
        """Check that the entry names an object, in one of the two ways."""
        if bool(self.object) == bool(self.prefer):
            raise ValueError("needs either 'object' or 'prefer'")
        if self.prefer and self.name:
            raise ValueError("'name' does not go with 'prefer': each column keeps its own")


class Names:
    """Looks up the objects of one file and notes those it cannot find."""

    def __init__(self, view: MibView, document: Document, problems: list[Problem]) -> None:
        self.view = view
        self._document = document
        self._problems = problems

    def note(self, path: Path, message: str) -> None:
        """Note a problem at a path of the file."""
        self._problems.append(Problem(self._document.place(path), message))

    def oid(self, name: str, path: Path) -> Oid:
        """Return the OID of a name or of numeric text; empty, and noted, when it is unknown."""
        try:
            return self.view.oid_of(name)
        except UnknownName as unknown:
            self.note(path, str(unknown))
            return ""

    def node(self, oid: Oid) -> Node:
        """Return what the MIB says about an OID; an empty node for one no module knows."""
        found = self.view.resolve(oid)
        return Node(module="", symbol="", oid=oid) if found.index else found.node

    def shares_index(self, table: Node, column: Node) -> bool:
        """Whether rows of the column's table have the same index as those of the table."""
        if not table.symbol or not column.symbol:
            return True
        own, other = self.node(table.oid + ".1"), self.node(column.oid.rpartition(".")[0])
        # A sparse table names the index columns of another one as its own (RFC 2578 section 7.8.1).
        same = bool(own.indexes) and own.indexes == other.indexes
        return same or (own.augments or own.name) == (other.augments or other.name)


def compile_get(name: str, entries: Sequence[ColumnSchema | str], names: Names) -> Table:
    """Return the table of the scalars; instances ``.0`` may be written or left out."""
    columns, prefer = _columns(entries, ("get",), names)
    return Table(name=name, columns=tuple(_scalar(column) for column in columns), scalars=True, prefer=prefer)


def compile_table(table: str, entries: Sequence[ColumnSchema | str], path: Path, names: Names) -> tuple[Table, Oid]:
    """Return a table with its columns, and its OID; without object and labels."""
    oid = names.oid(table, (*path, "table"))
    node = names.node(oid)
    columns, prefer = _columns(entries, (*path, "columns"), names, table=node)
    return Table(name=node.symbol or table, columns=tuple(columns), prefer=prefer), oid


def _columns(
    entries: Sequence[ColumnSchema | str], path: Path, names: Names, *, table: Node | None = None
) -> tuple[list[Column], tuple[tuple[str, ...], ...]]:
    columns: dict[str, Column] = {}
    prefer = []
    for at, entry in enumerate(entries):
        schema = ColumnSchema(object=entry) if isinstance(entry, str) else entry
        found = [
            column
            for place, name in _objects(entry, schema, (*path, at))
            for column in _column(schema, name, place, names, table)
        ]
        for column in found:
            there = columns.get(column.name)
            if there is not None and there.oid and column.oid:
                names.note((*path, at), f'"{column.name}" stands twice in the table')
            if there is None or column.oid:
                columns[column.name] = column
        if schema.prefer:
            prefer.append(tuple(column.name for column in found))
    return list(columns.values()), tuple(prefer)


def _objects(entry: ColumnSchema | str, schema: ColumnSchema, path: Path) -> list[tuple[Path, str]]:
    if isinstance(entry, str):
        return [(path, entry)]
    if schema.prefer:
        return [((*path, "prefer", at), name) for at, name in enumerate(schema.prefer)]
    return [((*path, "object"), schema.object)]


def _column(schema: ColumnSchema, name: str, path: Path, names: Names, table: Node | None) -> list[Column]:
    """Return the column; for one that is wrong, which is noted, what may stand for it while the rest is judged."""
    try:
        oid = names.view.oid_of(name)
    except UnknownName as unknown:
        names.note(path, str(unknown))
        meant = [schema.name] if schema.name else dict.fromkeys((_metric(name), _metric(unknown.meant)))
        return [Column(metric, "", schema.kind or "counter", schema.unit) for metric in meant if metric]
    node = names.node(oid if table is not None else oid.removesuffix(".0"))
    if table is not None and not names.shares_index(table, node):
        names.note(path, f'"{name}" has another index than {table.symbol}')
    metric = schema.name or node.symbol
    if not metric:
        names.note(path, f"{name} is in no module: give it a 'name'")
        return []
    kind = schema.kind or _kind(node)
    if kind in _UNSCALED and (schema.scale != 1.0 or schema.offset):
        names.note(path, f'"{metric}" is a {kind}: only gauges are scaled')
    return [_timed(metric, oid, schema, node) if kind == "time" else _plain(metric, oid, kind, schema, node)]


def _metric(name: str) -> str:
    return name.rpartition("::")[2].removesuffix(".0")


def _kind(node: Node) -> Kind:
    if node.enums and node.type.base == "Integer32":
        return "state"
    if node.syntax == _DATE:
        return "time"
    return _KINDS.get(node.type.base, "text")


def _plain(name: str, oid: Oid, kind: str, schema: ColumnSchema, node: Node) -> Column:
    words = tuple((number, word) for word, number in schema.values.items())
    return Column(
        name=name,
        oid=oid,
        kind=kind,
        unit=schema.unit or node.units,
        scale=schema.scale,
        enum=words or (node.enums if kind in ("state", "bits") else ()),
        offset=schema.offset,
        invalid=schema.invalid,
        hint=_hint(node) if kind in ("text", "info") else "",
    )


def _hint(node: Node) -> str:
    if node.syntax.startswith(_ADDRESS):
        return "inet"
    if node.syntax == _ENGINE:
        return _HEX
    return "" if node.hint in _PLAIN_HINTS or node.type.base != "OctetString" else node.hint


def _timed(name: str, oid: Oid, schema: ColumnSchema, node: Node) -> Column:
    if node.type.base == "OctetString":
        return Column(name, oid, "time", "seconds", invalid=schema.invalid)
    scale = _TICKS_PER_S * schema.scale
    return Column(name, oid, "gauge", "seconds", scale, offset=schema.offset, invalid=schema.invalid)


def _scalar(column: Column) -> Column:
    return msgspec.structs.replace(column, oid=column.oid.removesuffix(".0"))
