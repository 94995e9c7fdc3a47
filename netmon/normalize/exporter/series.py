"""Cells of a module as series: every metric type of snmp_exporter (specs/snmp.md 6.2)."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from netmon.domain.oid import Oid
from netmon.normalize.exporter.labels import Cell, Cells, Labeling, before, integer
from netmon.normalize.exporter.numbers import (
    NoSample,
    Refused,
    date_and_time,
    date_by_pattern,
    ntp_time,
    number_of,
    scaled,
)
from netmon.normalize.exporter.text import enum_text, real_type, value_text
from netmon.rulebook.exporter import COMBINED, ExporterMetric, ExporterModule
from netmon.rulebook.pattern import MAX_SUBJECT, compile_extract
from netmon.rulebook.replacement import expand

Labels = tuple[tuple[str, str], ...]

_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


class Series(msgspec.Struct, frozen=True):
    """One series and its value."""

    name: str
    labels: Labels
    """Sorted by name."""
    value: int | float
    kind: Literal["counter", "gauge"]
    metric: ExporterMetric
    index: str
    """Of the row, as dotted text; empty where the OID of the metric is that of the cell."""
    labeling: int
    """Number of how the row is labeled: series of one number have labels of the same names, but for their own one."""
    own_label: str | None = None
    """Text of the label named as the metric, None where there is none."""


class _Compiled(msgspec.Struct, frozen=True):
    """A metric with what is made once of it."""

    metric: ExporterMetric
    labeling: Labeling
    number: int
    """Of its labeling."""
    extracts: tuple[tuple[str, tuple[tuple[re.Pattern[str], str], ...]], ...]


class Rendering:
    """Makes series of the cells of one module.

    Args:
        module: what stands in the file; it was checked.
        wrap: counters are taken modulo 2^53, so that doubles hold them exactly.
    """

    def __init__(self, module: ExporterModule, *, wrap: bool) -> None:
        self.module, self.wrap = module, wrap
        labelings: dict[bytes, int] = {}
        self._metrics: dict[Oid, _Compiled] = {}
        for metric in module.metrics:
            labeling = Labeling(metric.indexes, metric.lookups)
            at = labelings.setdefault(msgspec.msgpack.encode(labeling), len(labelings))
            # Of two metrics with one OID the later one counts.
            self._metrics[metric.oid] = _Compiled(metric, labeling, at, _extracts(metric))
        self._lengths = sorted({oid.count(".") + 1 for oid in self._metrics})

    def series(self, cells: Cells) -> Iterator[Series]:
        """Yield the series of all cells, in the order of these; cells of no metric give none."""
        return self.slices(cells).of(cells)

    def slices(self, cells: Cells) -> "Slices":
        """Return what makes series of some of the cells at a time."""
        return Slices(self, cells)

    def find(self, oid: Oid) -> _Compiled | None:
        """Return the metric of a cell: the one with the shortest OID that the cell lies below."""
        parts = oid.split(".")
        for length in self._lengths:
            if length > len(parts):
                return None
            found = self._metrics.get(".".join(parts[:length]))
            if found is not None:
                return found
        return None

    def of_cell(
        self,
        compiled: _Compiled,
        index: str,
        cell: Cell,
        labels: Mapping[str, str],
        cells: Cells,
        *,
        dropped: Counter[NoSample],
    ) -> Iterator[Series]:
        """Yield the series of one cell; an expression of it that finds nothing is counted as ``dropped``.

        Raises:
            Refused: it has none.
        """
        metric, number = compiled.metric, compiled.number
        make = _STATES.get(metric.type)
        if make is not None:
            for name, text, on in make(metric, cell, labels):
                own = ((metric.name, text),)
                yield Series(name, _sorted(labels, own), on, "gauge", metric, index, number, text)
            return
        read = _NUMBERS.get(metric.type)
        if read is not None:
            value = scaled(read(metric, cell, self.wrap), metric)
            kind: Literal["counter", "gauge"] = "counter" if metric.type == "counter" else "gauge"
            yield Series(metric.name, _sorted(labels), value, kind, metric, index, number)
            return
        text = value_text(cell[1], _string_type(metric, index, cells), metric.display_hint)
        if compiled.extracts:
            for name, value in _extracted(compiled, text, dropped):
                yield Series(name, _sorted(labels), value, "gauge", metric, index, number)
        elif metric.name in labels:
            yield Series(metric.name, _sorted(labels), scaled(1, metric), "gauge", metric, index, number)
        else:
            found = _sorted(labels, ((metric.name, text),))
            yield Series(metric.name, found, scaled(1, metric), "gauge", metric, index, number, text)


class Slices:
    """Makes series of the cells of one reading, a few at a time, so that nothing else waits for long."""

    def __init__(self, rendering: Rendering, cells: Cells) -> None:
        self._rendering = rendering
        self._cells = cells
        self._labels: dict[tuple[int, str], dict[str, str]] = {}
        self.dropped: Counter[NoSample] = Counter()
        """Cells that gave no series so far, by reason."""
        self._last: tuple[str, _Compiled] | None = None
        """Metric of the cell before, which mostly is that of the next, too."""

    def of(self, oids: Iterable[Oid]) -> Iterator[Series]:
        """Yield the series of some cells."""
        for oid in oids:
            compiled = self._metric(oid)
            if compiled is None:
                continue
            index = oid[len(compiled.metric.oid) + 1 :]
            key = (compiled.number, index)
            if key not in self._labels:
                parts = tuple(map(int, index.split("."))) if index else ()
                self._labels[key] = compiled.labeling.labels(parts, self._cells)
            try:
                cell, labels = self._cells[oid], self._labels[key]
                yield from self._rendering.of_cell(compiled, index, cell, labels, self._cells, dropped=self.dropped)
            except Refused as refused:
                self.dropped[refused.reason] += 1

    def _metric(self, oid: Oid) -> _Compiled | None:
        if self._last is not None and oid.startswith(self._last[0]):
            return self._last[1]
        found = self._rendering.find(oid)
        if found is not None:
            self._last = (f"{found.metric.oid}.", found)
        return found


def _extracts(metric: ExporterMetric) -> tuple[tuple[str, tuple[tuple[re.Pattern[str], str], ...]], ...]:
    return tuple(
        (suffix, tuple((compile_extract(one.regex), one.value) for one in extracts))
        for suffix, extracts in metric.regex_extracts.items()
    )


def _extracted(compiled: _Compiled, text: str, dropped: Counter[NoSample]) -> Iterator[tuple[str, float]]:
    """Yield what the first expression that gives a number finds, for each suffix."""
    if len(text) > MAX_SUBJECT:
        raise Refused("too_long")
    for suffix, extracts in compiled.extracts:
        values = (_float(expand(template, found)) for regex, template in extracts if (found := regex.fullmatch(text)))
        value = next((one for one in values if one is not None), None)
        if value is None:
            dropped["no_match"] += 1
        else:
            yield compiled.metric.name + suffix, scaled(value, compiled.metric)


def _sorted(labels: Mapping[str, str], own: Labels = ()) -> Labels:
    return tuple(sorted((*labels.items(), *own)))


def _float(text: str) -> float | None:
    value = float(text) if _FLOAT.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


def _string_type(metric: ExporterMetric, index: str, cells: Cells) -> str:
    if metric.type not in COMBINED:
        return metric.type
    return real_type(metric.type, integer(cells.get(f"{before(metric.oid)}.{index}")))


_Read = Callable[[ExporterMetric, Cell, bool], int | float]

_NUMBERS: dict[str, _Read] = {
    **dict.fromkeys(
        ("gauge", "counter", "Float", "Double"), lambda metric, cell, wrap: number_of(cell[0], cell[1], wrap=wrap)
    ),
    "DateAndTime": lambda metric, cell, wrap: date_and_time(cell[1]),
    "ParseDateAndTime": lambda metric, cell, wrap: date_by_pattern(cell[1], metric.datetime_pattern),
    "NTPTimeStamp": lambda metric, cell, wrap: ntp_time(cell[1]),
}

_State = tuple[str, str, int]
"""Name of the series, text of the label, value."""


def _info(metric: ExporterMetric, cell: Cell, labels: Mapping[str, str]) -> Iterator[_State]:
    value = _enum(cell)
    if metric.name not in labels:
        yield f"{metric.name}_info", enum_text(metric.enum_values, value), 1


def _state_set(metric: ExporterMetric, cell: Cell, labels: Mapping[str, str]) -> Iterator[_State]:
    """Yield the present state first: where two numbers have one name, it is the series that stays."""
    value = _enum(cell)
    _check_own_label(metric, labels)
    yield metric.name, enum_text(metric.enum_values, value), 1
    for other, text in metric.enum_values.items():
        if other != value:
            yield metric.name, text, 0


def _bits(metric: ExporterMetric, cell: Cell, labels: Mapping[str, str]) -> Iterator[_State]:
    octets: Any = cell[1]
    if not isinstance(octets, bytes):
        raise Refused("wrong_type")
    _check_own_label(metric, labels)
    for bit, text in metric.enum_values.items():
        octet, place = divmod(bit, 8)
        yield metric.name, text, int(0 <= octet < len(octets) and bool(octets[octet] & 0x80 >> place))


def _enum(cell: Cell) -> int:
    value = integer(cell)
    if value is None:
        raise Refused("wrong_type")
    return value


def _check_own_label(metric: ExporterMetric, labels: Mapping[str, str]) -> None:
    if metric.name in labels:
        raise Refused("duplicate_label")


_STATES: dict[str, Callable[[ExporterMetric, Cell, Mapping[str, str]], Iterator[_State]]] = {
    "EnumAsInfo": _info,
    "EnumAsStateSet": _state_set,
    "Bits": _bits,
}
