"""Metrics that profiles compute from the cells of a row (specs/snmp.md 6.1, ``derive``)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from netmon.domain.sample import SampleBlock
from netmon.rulebook.derive import Computed
from netmon.rulebook.scope import Scope


def derived_block(sampled: SampleBlock, derived: Sequence[Computed]) -> SampleBlock | None:
    """Return what a table derives from the rows of a block; None where it is nothing."""
    scope = Scope()
    columns: list[list[Any]] = [[] for _ in derived]
    for row in range(len(sampled.index)):
        scope.field = {name: cells[row] for name, cells in zip(sampled.names, sampled.columns, strict=True)}
        for into, one in zip(columns, derived, strict=True):
            into.append(one.read(scope) if one.when is None or one.when(scope) else None)
    told = [place for place, cells in enumerate(columns) if any(cell is not None for cell in cells)]
    if not told:
        return None
    return msgspec.structs.replace(
        sampled,
        table=f"{sampled.table}_derived",
        names=tuple(derived[place].name for place in told),
        kinds=("gauge",) * len(told),
        units=tuple(derived[place].unit for place in told),
        oids=("",) * len(told),
        columns=tuple(tuple(columns[place]) for place in told),
    )
