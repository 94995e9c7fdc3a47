"""The newest sample of every series, as Prometheus reads it: rendered by us, piece by piece."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from netmon.domain.duration import Duration
from netmon.domain.sample import Labels, SampleBlock
from netmon.outputs.output import Output, Surroundings

_TYPES = {"counter": "counter", "gauge": "gauge", "state": "gauge"}
_PRUNE_MS = 60_000
_STALE_INTERVALS = 3
_ESCAPE = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_LINES = 1_000
"""Rendered between two pauses for the event loop."""

_Place = tuple[str, str]
"""Element and table."""


class PrometheusConfig(msgspec.Struct, frozen=True, tag="prometheus", tag_field="type", forbid_unknown_fields=True):
    """Settings of the scrape; it is always on at the engine's ``/metrics``."""

    keep_at_least: Duration = Duration("5m")
    """A series that brings nothing new is shown for three of its intervals, but at least this long."""

    def build(self, around: Surroundings) -> Output:
        """Build the output; opens nothing."""
        return Prometheus(self, around)


class _Row(msgspec.Struct):
    """Where the newest values of one row of a table stand."""

    labels: str
    block: SampleBlock
    row: int


_Table = tuple[dict[str, _Row], int]
"""The rows of a table of an element, and the time before which none of them is shown."""


class _Columns(msgspec.Struct, frozen=True):
    """Columns that blocks have in common, and the tables with such blocks."""

    kinds: dict[str, str]
    """Family to its type."""
    places: dict[_Place, None] = {}


class Prometheus:
    """Keeps one row per (element, table, index) and renders families on request."""

    def __init__(self, config: PrometheusConfig, around: Surroundings) -> None:
        self.name = around.name
        self._keep_ms = config.keep_at_least.ms
        self._metrics = around.metrics
        self._rows: dict[_Place, dict[str, _Row]] = {}
        self._columns: dict[tuple[str, ...], _Columns] = {}
        """By the names of the columns; most elements have the same ones."""
        self._newest = 0
        self._prune_at = 0
        self._seen: dict[_Place, tuple[int, int]] = {}
        """When a table of an element last came, and its interval, in ms."""

    def samples(self, blocks: list[SampleBlock], seq: int) -> None:
        """Take the newest values; never waits."""
        for block in blocks:
            self._take(block)
        if self._newest >= self._prune_at:
            self._prune()
        if blocks:
            self._metrics.output_received.labels(self.name).inc(len(blocks))

    def committed(self, change_seq: int) -> None:
        """Alarm changes are none of its business."""

    async def run(self) -> None:
        """Nothing to do by itself: it is scraped."""
        await asyncio.Event().wait()

    async def render(self) -> AsyncIterator[str]:
        """Yield the text exposition of all element series piece by piece; the event loop goes on in between."""
        tables = {names: self._shown(columns) for names, columns in self._columns.items()}
        types = {family: type_ for columns in self._columns.values() for family, type_ in columns.kinds.items()}
        for family, type_ in sorted(types.items()):
            head = f"# TYPE {family} {type_}\n"
            for piece in _pieces(family, tables):
                yield head + piece
                head = ""
                await asyncio.sleep(0)
        self._metrics.output_sent.labels(self.name).inc()
        self._metrics.output_last_success.labels(self.name).set_to_current_time()

    def _shown(self, columns: _Columns) -> list[_Table]:
        return [(self._rows[place], self._oldest(place)) for place in columns.places if self._fresh(place)]

    def _take(self, block: SampleBlock) -> None:
        place = (block.element, block.table)
        self._newest = max(self._newest, block.time)
        self._seen[place] = (block.time, block.interval_ms)
        rows = self._rows.setdefault(place, {})
        for row, index in enumerate(block.index):
            known = rows.get(index)
            if known is None or known.block.labels[known.row] != block.labels[row]:
                rows[index] = _Row(_labels(block.element, block.labels[row]), block, row)
            elif known.block.time <= block.time:
                known.block, known.row = block, row
        columns = self._columns.get(block.names)
        if columns is None:
            kinds = {name: _TYPES[kind] for name, kind in zip(block.names, block.kinds, strict=True) if kind in _TYPES}
            columns = self._columns[block.names] = _Columns(kinds)
        columns.places[place] = None

    def _prune(self) -> None:
        """Forget what is not shown any more: tables and rows that have not come for long."""
        self._prune_at = self._newest + _PRUNE_MS
        for place in [place for place in self._seen if not self._fresh(place)]:
            del self._seen[place], self._rows[place]
        for place, rows in self._rows.items():
            oldest = self._oldest(place)
            for index in [index for index, known in rows.items() if known.block.time < oldest]:
                del rows[index]
        for names, columns in list(self._columns.items()):
            for place in [place for place in columns.places if not self._has(place, names)]:
                del columns.places[place]
            if not columns.places:
                del self._columns[names]

    def _has(self, place: _Place, names: tuple[str, ...]) -> bool:
        return any(known.block.names == names for known in self._rows.get(place, {}).values())

    def _fresh(self, place: _Place) -> bool:
        return self._newest <= self._seen[place][0] + self._shown_ms(place)

    def _oldest(self, place: _Place) -> int:
        """Return the time before which a row of a table is not shown any more."""
        return self._seen[place][0] - self._shown_ms(place)

    def _shown_ms(self, place: _Place) -> int:
        return max(_STALE_INTERVALS * self._seen[place][1], self._keep_ms)


def _pieces(family: str, tables: Mapping[tuple[str, ...], Sequence[_Table]]) -> Iterator[str]:
    """Yield the lines of a family, about 1,000 at a time."""
    lines: list[str] = []
    for names in tables:
        if family not in names:
            continue
        column = names.index(family)
        for rows, oldest in tables[names]:
            lines += _lines(rows, oldest, names, column)
            if len(lines) >= _LINES:
                yield "".join(lines)
                lines.clear()
    if lines:
        yield "".join(lines)


def _lines(rows: Mapping[str, _Row], oldest: int, names: tuple[str, ...], column: int) -> Iterator[str]:
    family, block, cells = names[column], None, None
    for known in rows.values():
        if known.block is not block:
            block = known.block
            cells = block.columns[column] if block.names == names and block.time >= oldest else None
        if cells is not None and (value := cells[known.row]) is not None:
            yield f"{family}{known.labels} {value!r}\n"


def _labels(element: str, labels: Labels) -> str:
    pairs: list[tuple[str, Any]] = [("element", element), *labels]
    return "{" + ",".join(f'{name}="{value.translate(_ESCAPE)}"' for name, value in pairs) + "}"
