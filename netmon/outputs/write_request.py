"""Samples as Prometheus remote write 1.0 has them: protocol buffers, encoded by hand.

    WriteRequest { repeated TimeSeries timeseries = 1; }
    TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2; }
    Label        { string name = 1; string value = 2; }
    Sample       { double value = 1; int64 timestamp = 2; }

https://prometheus.io/docs/specs/prw/remote_write_spec/: labels in order of their names, none of them empty.
"""

import math
import re
import struct
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from netmon.domain.sample import Labels, SampleBlock

if TYPE_CHECKING:
    import polars as pl

NAME = "__name__"
_NUMBERS = frozenset(("counter", "gauge", "state"))
_NO_NAME = re.compile(r"[^a-zA-Z0-9_]")
_DOUBLE = struct.Struct("<d")


def block_series(block: SampleBlock, extra: Mapping[str, str]) -> list[bytes]:
    """Return one time series with one sample per number of a block."""
    columns = [
        (_label(NAME, name), values)
        for kind, name, values in zip(block.kinds, block.names, block.columns, strict=True)
        if kind in _NUMBERS
    ]
    moment = _moment(block.time)
    found = []
    for row, labels in enumerate(block.labels):
        before, after = _around_name(block.element, labels, extra)
        for name, values in columns:
            value = values[row]
            if value is not None and math.isfinite(value):
                found.append(_series(before + name + after, value, moment))
    return found


def frame_series(frame: "pl.DataFrame", extra: Mapping[str, str]) -> list[bytes]:
    """Return the same of samples of the embedded store."""
    found = []
    for element, pairs, metric, count, value, at in frame.select(
        "element", "labels", "metric", "count", "value", "time"
    ).iter_rows():
        number = value if count is None else count
        if math.isfinite(number):
            before, after = _around_name(element, msgspec.json.decode(pairs, type=Labels), extra)
            found.append(_series(before + _label(NAME, metric) + after, number, _moment(at)))
    return found


def _around_name(element: str, labels: Labels, extra: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Return the labels of a series before and after its name, as they are on the scrape; those win over ``extra``."""
    pairs = {**extra, "element": element, **{label_name(name): value for name, value in labels}}
    ordered = sorted((name, value) for name, value in pairs.items() if value and name != NAME)
    before = b"".join(_label(name, value) for name, value in ordered if name < NAME)
    return before, b"".join(_label(name, value) for name, value in ordered if name > NAME)


def label_name(text: str) -> str:
    """Return a name that a label may have."""
    name = _NO_NAME.sub("_", text)
    return name if not name[:1].isdigit() else f"_{name}"


def _label(name: str, value: str) -> bytes:
    return _field(b"\x0a", _field(b"\x0a", name.encode()) + _field(b"\x12", value.encode()))


def _moment(at: int) -> bytes:
    return b"\x10" + varint(at & 0xFFFF_FFFF_FFFF_FFFF)


def _series(labels: bytes, value: Any, moment: bytes) -> bytes:
    sample = b"\x09" + _DOUBLE.pack(value) + moment
    return _field(b"\x0a", labels + _field(b"\x12", sample))


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + varint(len(content)) + content


def varint(number: int) -> bytes:
    """Return a number of at most 64 bits as protocol buffers write it."""
    if number < 0x80:
        return bytes((number,))
    octets = bytearray()
    while number >= 0x80:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    octets.append(number)
    return bytes(octets)


def shown(series: bytes) -> str:
    """Return an encoded time series in the notation of PromQL, with value and time."""
    labels, value, at = {}, 0.0, 0
    for number, content in _read(next(iter(_read(series)))[1]):
        fields = dict(_read(content))
        if number == 1:
            labels[fields[1].decode()] = fields[2].decode()
        else:
            [value] = _DOUBLE.unpack(fields[1])
            at = fields[2]
    rest = ",".join(f'{name}="{text}"' for name, text in labels.items() if name != NAME)
    return f"{labels.get(NAME, '')}{{{rest}}} {value!r} {at}"


def _read(message: bytes) -> Iterable[tuple[int, Any]]:
    """Yield (number, content) of the fields of a message."""
    at = 0
    while at < len(message):
        tag, at = _number(message, at)
        match tag & 7:
            case 0:
                content, at = _number(message, at)
                yield tag >> 3, content
            case 1:
                yield tag >> 3, message[at : at + 8]
                at += 8
            case _:
                length, at = _number(message, at)
                yield tag >> 3, message[at : at + length]
                at += length


def _number(message: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while message[at] & 0x80:
        number |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return number | message[at] << shift, at + 1
