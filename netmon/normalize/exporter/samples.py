"""Polled cells of a module of snmp_exporter as sample blocks (specs/snmp.md 6.2)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from netmon.domain.managed_object import part_path
from netmon.domain.observation import Block, PollResult
from netmon.domain.sample import Labels, SampleBlock
from netmon.normalize.exporter.labels import Cell, Cells
from netmon.normalize.exporter.numbers import DUPLICATE
from netmon.normalize.exporter.series import Rendering, Series
from netmon.normalize.exporter.text import value_text
from netmon.normalize.identity import Identity, scope_of
from netmon.rulebook.exporter import ExporterModule
from netmon.rulebook.pattern import compile_search

_IF_INDEX = "ifIndex"
_PORT_NAMES = ("ifName", "ifDescr")
_MOST_NAME = 160
"""Letters of the name of a row: an index of 128 sub-identifiers is longer than a path may be."""
_SETS = ("EnumAsStateSet", "Bits")
"""Types that give several series per cell."""


class ModuleSamples:
    """Makes sample blocks of what the tables of one module brought in one run."""

    def __init__(self, module: ExporterModule) -> None:
        self._rendering = Rendering(module, wrap=False)
        self._roots = tuple(f"{root}." for root in module.walk)
        self._instances = frozenset((*module.get, *module.walk))
        self._filters = [(one, [compile_search(value) for value in one.values]) for one in module.filters]

    def read(
        self, seq: int, result: PollResult, blocks: Sequence[Block], identity: Identity
    ) -> tuple[list[SampleBlock], Counter[str]]:
        """Return the samples of a finished run, and the cells that gave none by reason."""
        cells = {oid: cell for block in blocks for oid, cell in _cells(block)}
        wanted = self._wanted(cells)
        slices = self._rendering.slices(cells)
        found: list[SampleBlock] = []
        dropped: Counter[str] = Counter()
        for block in blocks:
            groups: dict[str, list[Series]] = {}
            for one in slices.of(oid for oid, _ in _cells(block) if oid in wanted):
                groups.setdefault(_table(block, one), []).append(one)
            for name, of_table in groups.items():
                made, twice = _block(seq, result, block, name, of_table, identity)
                found.append(made)
                dropped[DUPLICATE] += twice
        dropped.update(slices.dropped)
        return found, +dropped

    def _wanted(self, cells: Cells) -> frozenset[str]:
        """Return the instances that the module reads, after its filters; those of one target are ANDed."""
        # What static filters left of a column are single instances in ``get``; a poll reads all of it.
        wanted = {oid for oid in cells if oid.startswith(self._roots) or oid in self._instances}
        for one, searches in self._filters:
            prefix = f"{one.oid}."
            of_filter = {oid[len(prefix) :]: cell for oid, cell in cells.items() if oid.startswith(prefix)}
            kept = {index for index, cell in of_filter.items() if _found(cell, searches)}
            for target in one.targets:
                below = f"{target}."
                wanted -= {oid for oid in wanted if oid.startswith(below) and oid[len(below) :] not in kept}
        return frozenset(wanted)


def _found(cell: Cell, searches: Iterable[Any]) -> bool:
    text = value_text(cell[1], "DisplayString")
    return any(search(text) for search in searches)


def _cells(block: Block) -> Iterator[tuple[str, Cell]]:
    """Yield (instance, cell), column by column."""
    for oid, tag, column in zip(block.oids, block.tags, block.cells, strict=True):
        for index, value in zip(block.index, column, strict=True):
            if value is not None:
                yield f"{oid}.{index}", (tag, value)


def _table(block: Block, one: Series) -> str:
    """Return the table of a series: rows of a table are known by their index, so they have labels of one kind."""
    base = f"{block.profile}.{block.table}"
    if one.own_label is not None:
        return f"{base}/{one.name}"
    return f"{base}/{one.labeling}"


def _block(
    seq: int, result: PollResult, block: Block, table: str, series: Sequence[Series], identity: Identity
) -> tuple[SampleBlock, int]:
    """Return the block, and how many series came once more: the first one counts, of states that is the present one."""
    twice = 0
    rows: dict[str, Series] = {}
    columns: dict[str, dict[str, Any]] = {}
    first: dict[str, Series] = {}
    for one in series:
        row = f"{one.index or '0'}/{one.own_label}" if one.metric.type in _SETS else one.index or "0"
        rows.setdefault(row, one)
        first.setdefault(one.name, one)
        column = columns.setdefault(one.name, {})
        twice += row in column
        column.setdefault(row, one.value)
    of_context: Labels = (("context", result.context),) if result.context else ()
    half_trip_ms = (block.rtt_us + 1999) // 2000
    made = SampleBlock(
        seq=seq,
        time=block.t,
        sent=block.t - half_trip_ms,
        element=result.element,
        table=table,
        names=tuple(columns),
        kinds=tuple(first[name].kind for name in columns),
        units=("",) * len(columns),
        oids=tuple(first[name].metric.oid for name in columns),
        objects=tuple(_object(result, one, identity) for one in rows.values()),
        labels=tuple(of_context + one.labels for one in rows.values()),
        index=tuple(rows),
        columns=tuple(tuple(cells.get(row) for row in rows) for cells in columns.values()),
        interval_ms=result.interval_ms,
        context=result.context,
    )
    return made, twice


def _object(result: PollResult, one: Series, identity: Identity) -> str:
    """Return the managed object of a series: a port by its name, another row by its last index, or the element."""
    around = f"{result.context}/" if result.context else ""
    indexes = one.metric.indexes
    if not indexes:
        return part_path(result.element, "context", result.context) if result.context else result.element
    if len(indexes) == 1 and indexes[0].labelname == _IF_INDEX:
        labels = dict(one.labels)
        told = (labels.get(name, "").strip() for name in _PORT_NAMES)
        known = identity.name(scope_of(result), "if", one.index)
        return part_path(result.element, "if", around + (known or next(filter(None, told), f"#{one.index}")))
    return part_path(result.element, "row", f"{around}{indexes[-1].labelname}.{one.index}"[:_MOST_NAME])
