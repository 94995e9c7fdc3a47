"""Metrics that a profile computes from the cells of a row: ``derive`` of a table (specs/snmp.md 6.1, 6.4)."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

import msgspec

from netmon.domain.place import Document, Path, Problem
from netmon.mib.names import MibView
from netmon.rulebook.expression import Context, ExpressionError, compile_condition, compile_reading
from netmon.rulebook.functions import Tally
from netmon.rulebook.kinds import Derived, Table
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


def compile_derived(table: Table, view: MibView) -> tuple[Computed, ...]:
    """Return the derived metrics of a table that was checked; one that does not compile with these MIBs is left out."""
    found = []
    for one in table.derive:
        try:
            found.append(_compiled(one, _context(column.name for column in table.columns), view))
        except ExpressionError:
            # A module that the profile needs is gone since it was recorded: without it the metric has no meaning.
            continue
    return tuple(found)


def check_derived(
    entries: Sequence[DeriveSchema],
    path: Path,
    *,
    columns: Iterable[str],
    view: MibView,
    document: Document,
    problems: list[Problem],
) -> tuple[Derived, ...]:
    """Return the metrics a table derives from these columns; what is wrong is noted."""
    taken = set(columns)
    context, found = _context(sorted(taken)), []
    for at, entry in enumerate(entries):
        if entry.name in taken:
            message = f'"{entry.name}" stands twice in the table'
            problems.append(Problem(document.place((*path, at, "name")), message))
            continue
        taken.add(entry.name)
        derived = Derived(entry.name, entry.unit, entry.expr, entry.when)
        for key in ("expr", "when"):
            try:
                _compiled(msgspec.structs.replace(derived, **{_OTHER[key]: _HARMLESS[key]}), context, view)
            except ExpressionError as error:
                problems.append(Problem(document.place((*path, at, key)), str(error)))
        found.append(derived)
    return tuple(found)


_OTHER = {"expr": "when", "when": "expr"}
_HARMLESS = {"expr": "", "when": "0"}
"""What stands for the other expression while one is checked."""


def _context(columns: Iterable[str]) -> Context:
    return Context("a row", roots=(), columns=tuple(columns), lookups=False)


def _compiled(one: Derived, context: Context, view: MibView) -> Computed:
    tally: Tally = {}
    read = compile_reading(one.expr, context, view, tally=tally).read
    when = compile_condition(one.when, context, view, tally=tally).test if one.when else None
    return Computed(one.name, one.unit, read, when)
