"""Which interfaces lie on which: sub-interfaces on ports, ports in bundles (ifStackTable, IEEE8023-LAG-MIB)."""

from collections.abc import Iterator

from netmon.domain.found import Layer
from netmon.normalize.parts import PathOf
from netmon.normalize.tables import Rows

STACK, LAG = "ifStackStatus", "dot3adAggPortAttachedAggID"
_SELECTED = "dot3adAggPortSelectedAggID"
_ACTIVE = 1


def layers_of(stack: Rows, lag: Rows, path: PathOf) -> tuple[Layer, ...]:
    """Return the layers in order; a bundle told by both tables is one."""
    bundles = dict.fromkeys(_bundled(lag))
    aggregates = {upper for upper, _ in bundles}
    pairs = {pair: pair[0] in aggregates for pair in _stacked(stack)} | dict.fromkeys(bundles, True)
    named = ((path("if", upper), path("if", lower), bundle) for (upper, lower), bundle in pairs.items())
    return tuple(sorted((Layer(*one) for one in named if one[0] and one[1]), key=lambda one: (one.upper, one.lower)))


def _stacked(rows: Rows) -> Iterator[tuple[str, str]]:
    """Yield (higher, lower) ifIndex; 0 stands for nothing above or below."""
    for index, row in rows.items():
        upper, _, lower = index.partition(".")
        if row.get(STACK) == _ACTIVE and lower.isdecimal() and "0" not in (upper, lower):
            yield upper, lower


def _bundled(rows: Rows) -> Iterator[tuple[str, str]]:
    """Yield (aggregator, port); a port that is attached to itself is a bundle of its own and no member."""
    for index, row in rows.items():
        upper = row.get(LAG) or row.get(_SELECTED)
        if isinstance(upper, int) and upper > 0 and str(upper) != index:
            yield str(upper), index
