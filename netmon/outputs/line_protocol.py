"""Samples as InfluxDB line protocol: measurement = table, tags = element, object and labels, fields = metrics."""

import math
from typing import TYPE_CHECKING, Any

import msgspec

from netmon.domain.sample import Labels, SampleBlock

if TYPE_CHECKING:
    import polars as pl

_INT63 = 1 << 63
_NUMBERS = frozenset(("counter", "gauge", "state"))
_TAG = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ ", "\n": r"\ ", "\r": r"\ "})
_MEASUREMENT = str.maketrans({",": r"\,", " ": r"\ ", "\n": r"\ "})


def block_lines(block: SampleBlock) -> list[str]:
    """Return one line per row of a block, with all its metrics; rows without a number give none."""
    fields = [
        (name.translate(_TAG), column, _whole if kind == "counter" else _real)
        for kind, name, column in zip(block.kinds, block.names, block.columns, strict=True)
        if kind in _NUMBERS
    ]
    head = f"{block.table.translate(_MEASUREMENT)},element={_tag(block.element)}"
    lines = []
    for row, object_ in enumerate(block.objects):
        values = ",".join(
            f"{name}={written(column[row])}" for name, column, written in fields if is_sample(column[row])
        )
        if values:
            lines.append(f"{head},object={_tag(object_)}{_tags(block.labels[row])} {values} {block.time}")
    return lines


def frame_lines(frame: "pl.DataFrame") -> list[str]:
    """Return one line per sample of the embedded store; the peer joins fields of equal tags and time."""
    lines = []
    for row in frame.select("table", "element", "object", "labels", "metric", "count", "value", "time").iter_rows():
        table, element, object_, labels, metric, count, value, at = row
        tags = _tags(tuple(map(tuple, msgspec.json.decode(labels))))
        if is_sample(value):
            number = _real(value) if count is None else _whole(count)
            lines.append(
                f"{table.translate(_MEASUREMENT)},element={_tag(element)},object={_tag(object_)}{tags} "
                f"{metric.translate(_TAG)}={number} {at}"
            )
    return lines


def _tags(labels: Labels) -> str:
    return "".join(f",{name}={_tag(value)}" for name, value in labels if value)


def _tag(text: str) -> str:
    # A backslash at the end would escape the separator that follows.
    return text.translate(_TAG).rstrip("\\") or "-"


def is_sample(value: Any) -> bool:
    """Tell whether there is a number that can be written: not NaN, not infinite."""
    return value is not None and math.isfinite(value)


def _whole(value: int) -> str:
    return f"{value}i" if value < _INT63 else f"{value}u"


def _real(value: float) -> str:
    """A field keeps the type of its first point: what is no counter is always a float."""
    return repr(float(value))
