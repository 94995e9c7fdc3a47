"""Rows of a profile's table: their labels, their index, and which of them are read (specs/snmp.md 6.1)."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from netmon.domain.managed_object import SINGLE, is_part
from netmon.domain.place import Path, suggestion
from netmon.mib.names import UnknownName
from netmon.rulebook.pattern import PatternError, compile_search
from netmon.rulebook.profile_table import Names
from netmon.rulebook.profile_values import Column, IndexPart, Join, Pick, Table

PORT = "port"
"""``by`` of a label: the port that contains the part of the row."""
CONTAINED_IN, ALIAS = "entPhysicalContainedIn", "entAliasMappingIdentifier"
_PORT_COLUMNS = (f"ENTITY-MIB::{CONTAINED_IN}", f"ENTITY-MIB::{ALIAS}")
_PLACE = re.compile(r"index\.([1-9]\d{0,2})")
_BRACES = re.compile(r"\{([^{}]*)\}")
_NAMES = ("ifName", "entPhysicalName")
"""In an object these stand for the name that a part of that kind has, be they columns of the table or not."""


class LabelSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """A label from another table, or out of the text of a column."""

    from_: str = ""
    by: str = ""
    column: str = ""
    extract: str = ""
    find: dict[str, str] = {}

    def __post_init__(self) -> None:
        """Check that it is said in one of the ways."""
        joins = bool(self.from_ and self.by) and not (self.column or self.extract or self.find)
        picks = bool(self.column) and bool(self.extract) != bool(self.find) and not (self.from_ or self.by)
        if not joins and not picks:
            raise ValueError("needs 'from' and 'by', or 'column' with either 'extract' or 'find'")


class JoinSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """A value of another table, in the row whose index stands in ``by``."""

    from_: str
    by: str


Value = int | float | str


class RowsSchema(msgspec.Struct, frozen=True):
    """What a table says of its rows."""

    labels: Mapping[str, str | LabelSchema] = {}
    where: Mapping[str, Sequence[Value]] = {}
    rows: Mapping[str, str] = {}
    object: str = ""
    joined: Mapping[str, JoinSchema] = {}


def object_of_scalars(object_: str, names: Names, *, any_scalar: bool) -> str:
    """Return the managed object of a profile's scalars, noted where it is none, or of nothing."""
    if object_ and not any_scalar:
        names.note(("object",), "is of the objects of 'get', and there are none")
    if object_ and (_BRACES.search(object_) or not is_part(object_)):
        near = suggestion(object_, sorted(SINGLE))
        names.note(("object",), f'"{object_}" is no part of an element (write ups, or kind:name without braces){near}')
    return object_


class Rows:
    """Compiles what one file says of the rows of its tables."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self.lookups: dict[str, Table] = {}
        """Tables that are read for others only, by name."""

    def applied(self, table: Table, oid: str, schema: RowsSchema, path: Path) -> Table:
        """Return a table with labels and filters; what is wrong is noted."""
        columns = {column.name: column for column in table.columns}
        index = self._index(oid)
        labels: list[tuple[str, str]] = []
        more: list[Join | Pick] = []
        for label, source in schema.labels.items():
            at = (*path, "labels", label)
            if isinstance(source, str):
                if made := self._source(label, source, columns, index, at):
                    labels.append((label, made))
            elif source.from_:
                more += self._join(label, source, columns, index, at, every_ms=table.every_ms)
            else:
                more += self._pick(label, source, columns, at)
        self._check_object(schema, columns, index, (*path, "object"))
        return msgspec.structs.replace(
            table,
            object=schema.object,
            joined=tuple(self._joined(schema.joined, columns, index, (*path, "joined"), every_ms=table.every_ms)),
            labels=tuple(labels),
            more_labels=tuple(more),
            index=index,
            where=tuple(self._where(schema.where, columns, (*path, "where"))),
            rows=tuple(self._rows(schema.rows, columns, (*path, "rows"))),
        )

    def _index(self, oid: str) -> tuple[IndexPart, ...]:
        if not oid:
            return ()
        try:
            parts = self._names.view.indexes(self._names.node(oid))
        except UnknownName:
            return ()
        return tuple(
            IndexPart(node.symbol, node.syntax, node.type.base, node.type.fixed, implied) for node, implied in parts
        )

    def _source(
        self, label: str, source: str, columns: Mapping[str, Column], index: Sequence[IndexPart], path: Path
    ) -> str:
        """Return the source of a label, empty and noted where there is none."""
        if source == "column":
            return self._known(label, columns, path, "label")
        if source == "index":
            simple = len(index) < 2 and all(part.base not in _LONG for part in index)
            return "index" if simple or label not in [part.name for part in index] else f"index:{label}"
        if not _PLACE.fullmatch(source):
            self._names.note(path, f'"{source}" is none of column, index, index.1 ...')
            return ""
        return source

    def _by(self, by: str, columns: Mapping[str, Column], index: Sequence[IndexPart], path: Path) -> str:
        if by in (PORT, "index") or _PLACE.fullmatch(by):
            return by
        if by in [part.name for part in index]:
            return f"index:{by}"
        return self._known(by, columns, path, "by:")

    def _join(
        self,
        label: str,
        source: LabelSchema | JoinSchema,
        columns: Mapping[str, Column],
        index: Sequence[IndexPart],
        path: Path,
        *,
        every_ms: int,
    ) -> Iterable[Join]:
        by = self._by(source.by, columns, index, (*path, "by"))
        wanted = [source.from_, *(_PORT_COLUMNS if by == PORT else ())]
        names = [self._lookup(name, (*path, "from"), every_ms=every_ms) for name in wanted]
        return [Join(label, names[0], by)] if by and all(names) else []

    def _joined(
        self,
        joined: Mapping[str, JoinSchema],
        columns: Mapping[str, Column],
        index: Sequence[IndexPart],
        path: Path,
        *,
        every_ms: int,
    ) -> Iterable[Join]:
        for name, source in joined.items():
            if name in columns:
                self._names.note((*path, name), f'"{name}" is a column of the table already')
            yield from self._join(name, source, columns, index, (*path, name), every_ms=every_ms)

    def _check_object(
        self, schema: RowsSchema, columns: Mapping[str, Column], index: Sequence[IndexPart], path: Path
    ) -> None:
        """Note what stands in the braces of an object and is nothing of a row."""
        known = [*columns, *(part.name for part in index), *schema.labels, "index", *_NAMES]
        for name in _BRACES.findall(schema.object):
            if name not in known and not _PLACE.fullmatch(name):
                note = f'"{{{name}}}" is no column, label or object of the index{suggestion(name, known)}'
                self._names.note(path, note)

    def _lookup(self, name: str, path: Path, *, every_ms: int) -> str:
        """Have a column read for another table; return its name."""
        oid = self._names.oid(name, path)
        if not oid:
            return ""
        symbol = self._names.node(oid).symbol or oid
        column = Column(symbol, oid, "text")
        key = f"{symbol} for labels" + (f" every {every_ms} ms" if every_ms else "")
        self.lookups[key] = Table(key, (column,), every_ms=every_ms, lookup=True)
        return symbol

    def _pick(self, label: str, source: LabelSchema, columns: Mapping[str, Column], path: Path) -> Iterable[Pick]:
        name = self._known(source.column, columns, (*path, "column"), "column")
        patterns = {"extract": source.extract} if source.extract else source.find
        right = [
            self._pattern(text, (*path, *((key,) if source.extract else ("find", key))))
            for key, text in patterns.items()
        ]
        return [Pick(label, name, source.extract, tuple(source.find.items()))] if name and all(right) else []

    def _where(
        self, where: Mapping[str, Sequence[Value]], columns: Mapping[str, Column], path: Path
    ) -> Iterable[tuple[str, tuple[Value, ...]]]:
        for name, values in where.items():
            if self._known(name, columns, (*path, name), "column"):
                yield name, tuple(self._meant(columns[name], one, (*path, name, at)) for at, one in enumerate(values))

    def _meant(self, column: Column, value: Value, path: Path) -> Value:
        """Return the number of a state's word."""
        numbers = {word: number for number, word in column.enum}
        if column.kind != "state" or not isinstance(value, str) or not numbers:
            return value
        if value not in numbers:
            self._names.note(path, f'"{value}" is no value of {column.name}{suggestion(value, list(numbers))}')
        return numbers.get(value, value)

    def _rows(self, rows: Mapping[str, str], columns: Mapping[str, Column], path: Path) -> Iterable[tuple[str, str]]:
        for name, pattern in rows.items():
            if self._known(name, columns, (*path, name), "column") and self._pattern(pattern, (*path, name)):
                yield name, pattern

    def _pattern(self, text: str, path: Path) -> bool:
        try:
            compile_search(text)
        except PatternError as error:
            self._names.note(path, str(error))
            return False
        return True

    def _known(self, name: str, columns: Mapping[str, Column], path: Path, what: str) -> str:
        if name in columns:
            return name
        self._names.note(path, f'{what} "{name}" is no column of the table{suggestion(name, list(columns))}')
        return ""


_LONG = ("OctetString", "Bits", "Opaque", "ObjectIdentifier", "IpAddress")
