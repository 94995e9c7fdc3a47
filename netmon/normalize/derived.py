"""Metrics that profiles compute from the cells of a row (specs/snmp.md 6.1, ``derive``)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from netmon.domain.sample import SampleBlock
from netmon.rulebook.derive import Computed
from netmon.rulebook.scope import Scope

Columns = Mapping[str, Sequence[Any]]
"""Values by name, those of one name in the order of the rows."""


def derived_block(sampled: SampleBlock, derived: Sequence[Computed], columns: Columns) -> SampleBlock | None:
    """Return what a table derives from the rows of a block; None where it is nothing.

    Args:
        sampled: the samples of the rows.
        derived: the metrics; of several with one name the first that has a value counts, row by row.
        columns: what expressions may name, by row of the block.
    """
    scope = Scope()
    found: dict[str, list[Any]] = {}
    sources: dict[str, Computed] = {}
    for row in range(len(sampled.index)):
        scope.field = {name: cells[row] for name, cells in columns.items()}
        scope.label = dict(sampled.labels[row])
        for one in derived:
            value = one.read(scope) if one.when is None or one.when(scope) else None
            if value is not None:
                into = found.setdefault(one.name, [None] * len(sampled.index))
                if into[row] is None:
                    into[row] = value
                    sources.setdefault(one.name, one)
    if not found:
        return None
    return msgspec.structs.replace(
        sampled,
        table=f"{sampled.table}_derived",
        names=tuple(found),
        kinds=("gauge",) * len(found),
        units=tuple(sources[name].unit for name in found),
        oids=tuple(sources[name].oid for name in found),
        columns=tuple(map(tuple, found.values())),
    )
