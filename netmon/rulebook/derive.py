"""Metrics that a profile computes from the cells of a row: ``derive`` (specs/snmp.md 6.1, 6.4)."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec

from netmon.domain.place import Document, Path, Problem
from netmon.mib.names import MibView
from netmon.rulebook.expression import Context, ExpressionError, compile_condition, compile_reading
from netmon.rulebook.functions import Tally
from netmon.rulebook.profile_values import Derived, Table
from netmon.rulebook.scope import Scope, Test

MetricName = Annotated[str, msgspec.Meta(pattern="^[A-Za-z_][A-Za-z0-9_]{0,127}$")]


class DeriveSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``derive``; bare names in its expressions are columns of the table."""

    name: MetricName
    expr: str
    when: str = ""
    unit: str = ""


class Computed(msgspec.Struct, frozen=True):
    """A derived metric, ready to be read; the row is the ``field`` of the scope."""

    name: str
    unit: str
    read: Callable[[Scope], Any]
    when: Test | None
    oid: str = ""
    """Of the column that the metric is taken to be read from."""


def compile_derived(table: Table, view: MibView) -> tuple[Computed, ...]:
    """Return the derived metrics of a table that was checked; one that does not compile with these MIBs is left out."""
    found = []
    oids = {column.name: column.oid for column in table.columns}
    for one in table.derive:
        try:
            computed, _ = _compiled(one, _context(table), view)
        except ExpressionError:
            # A module that the profile needs is gone since it was recorded: without it the metric has no meaning.
            continue
        found.append(msgspec.structs.replace(computed, oid=oids.get(one.column, "")))
    return tuple(found)


class Deriving:
    """Checks the derived metrics of one profile."""

    def __init__(self, view: MibView, document: Document, problems: list[Problem]) -> None:
        self._view = view
        self._document = document
        self._problems = problems

    def of_table(self, table: Table, entries: Sequence[DeriveSchema], path: Path) -> Table:
        """Return a table with the metrics it derives; what is wrong is noted."""
        for at, entry in enumerate(entries):
            table = self.added(table, entry, (*path, at))
        return table

    def added(self, table: Table, entry: DeriveSchema, path: Path) -> Table:
        """Return a table with one derived metric more; one of the same name is told apart by ``when``."""
        columns = {column.name for column in table.columns}
        others = [one for one in table.derive if one.name == entry.name]
        if entry.name in columns or (others and not (entry.when and all(one.when for one in others))):
            self._note((*path, "name"), f'"{entry.name}" stands twice in the table')
            return table
        derived, context = Derived(entry.name, entry.unit, entry.expr, entry.when), _context(table)
        for key in ("expr", "when"):
            try:
                _, checked = _compiled(
                    msgspec.structs.replace(derived, **{_OTHER[key]: _HARMLESS[key]}), context, self._view
                )
            except ExpressionError as error:
                self._note((*path, key), str(error))
                continue
            if key == "expr":
                derived = msgspec.structs.replace(derived, column=checked.column, rates=checked.rates)
        return msgspec.structs.replace(table, derive=(*table.derive, derived))

    def placed(self, tables: Sequence[Table], entries: Sequence[DeriveSchema]) -> list[Table]:
        """Return the tables of a profile with the metrics that it derives itself, each in the table of its columns."""
        found = list(tables)
        for at, entry in enumerate(entries):
            places = [place for place, table in enumerate(found) if self._fits(table, entry)]
            if places:
                found[places[0]] = self.added(found[places[0]], entry, ("derive", at))
            else:
                self._note(("derive", at, "expr"), self._why_nowhere(found, entry))
        return found

    def _fits(self, table: Table, entry: DeriveSchema) -> bool:
        try:
            _compiled(Derived(entry.name, entry.unit, entry.expr, entry.when), _context(table), self._view)
        except ExpressionError:
            return False
        return not table.lookup

    def _why_nowhere(self, tables: Sequence[Table], entry: DeriveSchema) -> str:
        """Return what is wrong with an expression that fits no table."""
        known = [column for table in tables for column in table.columns]
        whole = Table("all", tuple({column.name: column for column in known}.values()))
        try:
            _compiled(Derived(entry.name, entry.unit, entry.expr, entry.when), _context(whole), self._view)
        except ExpressionError as error:
            return str(error)
        return f'no table has all columns that "{entry.name}" names'

    def _note(self, path: Path, message: str) -> None:
        self._problems.append(Problem(self._document.place(path), message))


_OTHER = {"expr": "when", "when": "expr"}
_HARMLESS = {"expr": "", "when": "0"}
"""What stands for the other expression while one is checked."""


def _context(table: Table) -> Context:
    columns = tuple(sorted([*(column.name for column in table.columns), *(one.label for one in table.joined)]))
    counters = tuple(sorted(column.name for column in table.columns if column.kind == "counter"))
    return Context("a row", roots=("label",), columns=columns, counters=counters, lookups=False)


def _compiled(one: Derived, context: Context, view: MibView) -> tuple[Computed, Derived]:
    """Return the metric, and the same as written with what its expression names."""
    tally: Tally = {}
    reading = compile_reading(one.expr, context, view, tally=tally)
    when = compile_condition(one.when, context, view, tally=tally).test if one.when else None
    column = next(iter(reading.fields), "")
    return Computed(one.name, one.unit, reading.read, when), msgspec.structs.replace(
        one, column=column, rates=reading.rates
    )
