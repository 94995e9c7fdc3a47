"""Metrics that a profile computes from the cells of a row: ``derive`` of a table (specs/snmp.md 6.1, 6.4)."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec

from netmon.domain.place import Document, Path, Problem
from netmon.mib.names import MibView
from netmon.rulebook.expression import Context, ExpressionError, compile_condition, compile_reading
from netmon.rulebook.functions import Tally
from netmon.rulebook.kinds import Derived

MetricName = Annotated[str, msgspec.Meta(pattern="^[A-Za-z_][A-Za-z0-9_]{0,127}$")]


class DeriveSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``derive``; bare names in its expressions are columns of the table."""

    name: MetricName
    expr: str
    when: str = ""
    unit: str = ""


def compile_derived(
    entries: Sequence[DeriveSchema],
    path: Path,
    *,
    columns: Iterable[str],
    view: MibView,
    document: Document,
    problems: list[Problem],
) -> tuple[Derived, ...]:
    """Return the metrics a table derives from these columns; what is wrong is noted."""
    known = tuple(columns)
    context = Context("a row", roots=(), columns=known, lookups=False)
    taken, found = set(known), []
    for at, entry in enumerate(entries):
        if entry.name in taken:
            message = f'"{entry.name}" stands twice in the table'
            problems.append(Problem(document.place((*path, at, "name")), message))
            continue
        taken.add(entry.name)
        key = "expr"
        try:
            tally: Tally = {}
            read = compile_reading(entry.expr, context, view, tally=tally).read
            key = "when"
            when = compile_condition(entry.when, context, view, tally=tally).test if entry.when else None
        except ExpressionError as error:
            problems.append(Problem(document.place((*path, at, key)), str(error)))
        else:
            found.append(Derived(entry.name, entry.unit, read, when))
    return tuple(found)
