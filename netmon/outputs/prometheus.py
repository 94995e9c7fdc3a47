"""The newest sample of every series, as Prometheus reads it: rendered by us, cached per element and family."""

import asyncio
from typing import Any

import msgspec

from netmon.domain.duration import Duration
from netmon.domain.sample import Labels, SampleBlock
from netmon.outputs.output import Output, Surroundings

_TYPES = {"counter": "counter", "gauge": "gauge", "state": "gauge"}
_PRUNE_MS = 60_000
_STALE_INTERVALS = 3
_ESCAPE = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_PAUSE_EVERY = 200
"""Families rendered between two pauses for the event loop."""


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


class Prometheus:
    """Keeps one row per (element, table, index) and renders families on request."""

    def __init__(self, config: PrometheusConfig, around: Surroundings) -> None:
        self.name = around.name
        self._keep_ms = config.keep_at_least.ms
        self._metrics = around.metrics
        self._rows: dict[tuple[str, str], dict[str, _Row]] = {}
        self._columns: dict[str, tuple[str, dict[tuple[str, str], int]]] = {}
        """Family to its type and, per (element, table), the column it stands in."""
        self._text: dict[tuple[str, str, str], str] = {}
        self._newest = 0
        self._prune_at = 0
        self._seen: dict[tuple[str, str], tuple[int, int]] = {}
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

    async def render(self) -> str:
        """Return the text exposition of all element series; the event loop goes on meanwhile."""
        parts: list[str] = []
        for count, family in enumerate(sorted(self._columns)):
            # It may be forgotten while others are rendered.
            type_, places = self._columns.get(family, ("", {}))
            texts = [self._family(family, place, at) for place, at in sorted(places.items()) if self._fresh(place)]
            if any(texts):
                parts.append(f"# TYPE {family} {type_}\n")
                parts += texts
            if count % _PAUSE_EVERY == _PAUSE_EVERY - 1:
                await asyncio.sleep(0)
        self._metrics.output_sent.labels(self.name).inc()
        self._metrics.output_last_success.labels(self.name).set_to_current_time()
        return "".join(parts)

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
        for column, (kind, family) in enumerate(zip(block.kinds, block.names, strict=True)):
            if kind in _TYPES:
                self._columns.setdefault(family, (_TYPES[kind], {}))[1][place] = column
                self._text.pop((family, *place), None)

    def _prune(self) -> None:
        """Forget what is not shown any more: tables and rows that have not come for long."""
        self._prune_at = self._newest + _PRUNE_MS
        for place in [place for place in self._seen if not self._fresh(place)]:
            del self._seen[place], self._rows[place]
            for family, (_, places) in self._columns.items():
                if places.pop(place, None) is not None:
                    self._text.pop((family, *place), None)
        for family in [family for family, (_, places) in self._columns.items() if not places]:
            del self._columns[family]
        for rows in self._rows.values():
            for index in [index for index, known in rows.items() if self._is_old(known.block)]:
                del rows[index]

    def _is_old(self, block: SampleBlock) -> bool:
        age_ms = self._seen[block.element, block.table][0] - block.time
        return age_ms > max(_STALE_INTERVALS * block.interval_ms, self._keep_ms)

    def _family(self, family: str, place: tuple[str, str], column: int) -> str:
        text = self._text.get((family, *place))
        if text is None:
            lines = [self._line(family, known, column) for known in self._rows[place].values()]
            text = self._text[family, *place] = "".join(lines)
        return text

    def _fresh(self, place: tuple[str, str]) -> bool:
        at, interval_ms = self._seen[place]
        return self._newest - at <= max(_STALE_INTERVALS * interval_ms, self._keep_ms)

    def _line(self, family: str, known: _Row, column: int) -> str:
        block = known.block
        if self._is_old(block):
            return ""
        if column >= len(block.names) or block.names[column] != family:
            if family not in block.names:
                return ""
            column = block.names.index(family)
        value = block.columns[column][known.row]
        return "" if value is None else f"{family}{known.labels} {value!r}\n"


def _labels(element: str, labels: Labels) -> str:
    pairs: list[tuple[str, Any]] = [("element", element), *labels]
    return "{" + ",".join(f'{name}="{value.translate(_ESCAPE)}"' for name, value in pairs) + "}"
