"""Lines of sample files: samples and anchors as text, every bad line reported (specs/usage.md sections 1 and 11)."""

from collections.abc import Iterable
from typing import Any

import msgspec

from netmon.domain.usage import CounterSample, series_name
from netmon.normalize.ordering import Anchor, Reading
from netmon.usage.periods import parse_utc

_REQUIRED = ("uptime_cs", "disc_cs", "ifindex", "width", "speed_bps")
_LIMITS = {"uptime_cs": (0, 1 << 32), "disc_cs": (0, 1 << 32), "mono_ms": (-(1 << 62), 1 << 62)}
_ANY = (0, 1 << 63)
_SAMPLE_FIELDS = frozenset(
    (*_REQUIRED, "type", "series", "element", "t", "run", "mono_ms", "boots", "ifname", "in", "out", "status")
)
_ANCHOR_FIELDS = frozenset(("type", "run", "t", "mono_ms"))
_STATUS = ("ok", "timeout", "error_status", "no_such_object", "bad_type")


class BadLine(ValueError):
    """A line is not a sample and not an anchor: ``<field>: <what>``."""


class SampleLines(msgspec.Struct):
    """What a file of samples holds, in order."""

    readings: list[Reading] = []
    anchors: list[Anchor] = []
    problems: list[str] = []
    """``FILE:LINE: <field>: <what>``, all of them."""


def read_lines(lines: Iterable[bytes], *, file: str, series: str, speed_override_bps: int | None = None) -> SampleLines:
    """Read sample and anchor lines; empty lines are passed over.

    Args:
        lines: JSON, one object each.
        file: what problems name.
        series: name of the series of a sample that tells none.
        speed_override_bps: replaces the speed of every sample.
    """
    found = SampleLines()
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            item = _object(text)
            if item.get("type") == "anchor":
                found.anchors.append(_anchor(item))
            else:
                found.readings.append(_reading(item, len(found.readings), series, speed_override_bps))
        except BadLine as problem:
            found.problems.append(f"{file}:{number}: {problem}")
    return found


def _object(text: bytes) -> dict[str, Any]:
    try:
        item = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadLine(f"line: not JSON ({error})") from None
    if not isinstance(item, dict):
        raise BadLine("line: not an object")
    return item


def _anchor(item: dict[str, Any]) -> Anchor:
    _known(item, _ANCHOR_FIELDS)
    return Anchor(_string(item, "run"), _time(item), _integer(item, "mono_ms"))


def _reading(item: dict[str, Any], number: int, series: str, speed: int | None) -> Reading:
    _known(item, _SAMPLE_FIELDS)
    if item.get("type", "sample") != "sample":
        raise BadLine(f"type: unknown type {item['type']!r} (sample or anchor)")
    status = item.get("status", "ok")
    if status not in _STATUS:
        raise BadLine(f"status: unknown status {status!r} (one of {', '.join(_STATUS)})")
    has_run = item.get("run") is not None and item.get("mono_ms") is not None
    return Reading(
        i=number,
        series=_series(item, series),
        wall=_time(item),
        run=_string(item, "run") if has_run else "",
        mono_ms=_integer(item, "mono_ms") if has_run else None,
        status=status,
        values=_values(item, speed) if status == "ok" else None,
    )


def _series(item: dict[str, Any], default: str) -> str:
    if item.get("series") is not None:
        return _string(item, "series")
    if item.get("element") is not None and item.get("ifname") is not None:
        return series_name(_string(item, "element"), "ifName", _string(item, "ifname"))
    return default


def _values(item: dict[str, Any], speed: int | None) -> CounterSample | None:
    """Return the values of a sample, None where a counter has none; it is never 0."""
    uptime_cs, disc_cs, ifindex, width, speed_bps = [_integer(item, name) for name in _REQUIRED]
    if width not in (32, 64):
        raise BadLine(f"width: expected 32 or 64, not {width}")
    counters = [_counter(item, name, width) for name in ("in", "out")]
    if counters[0] is None or counters[1] is None:
        return None
    return CounterSample(
        t=0,
        run="",
        mono_ms=None,
        uptime_cs=uptime_cs,
        boots=_integer(item, "boots") if item.get("boots") is not None else None,
        disc_cs=disc_cs,
        ifindex=ifindex,
        ifname=_string(item, "ifname") if item.get("ifname") is not None else "",
        width=width,
        speed_bps=speed_bps if speed is None else speed,
        in_octets=counters[0],
        out_octets=counters[1],
    )


def _counter(item: dict[str, Any], name: str, width: int) -> int | None:
    value = item.get(name)
    if type(value) is not int:
        if isinstance(value, float):
            raise BadLine(f"{name}: expected an integer, not {value}")
        if not isinstance(value, str) or not _is_decimal(value):
            return None
    number = int(value)
    if not 0 <= number < 1 << width:
        raise BadLine(f"{name}: {number} does not fit into {width} bits")
    return number


def _integer(item: dict[str, Any], name: str) -> int:
    value = item.get(name)
    # Not isinstance: a bool is one, too. Most numbers are plain ones, and there are six on each line.
    number = value if type(value) is int else _number(value, name)
    least, limit = _LIMITS.get(name, _ANY)
    if not least <= number < limit:
        raise BadLine(f"{name}: {number} is out of range")
    return number


def _number(value: Any, name: str) -> int:
    if value is None:
        raise BadLine(f"{name}: missing")
    if isinstance(value, bool) or not isinstance(value, int | str) or not _is_decimal(value):
        raise BadLine(f"{name}: expected an integer, not {value!r}")
    return int(value)


def _is_decimal(value: int | str) -> bool:
    return isinstance(value, int) or (value.isascii() and value.removeprefix("-").isdigit() and len(value) <= 24)


def _string(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    if value is None:
        raise BadLine(f"{name}: missing")
    if not isinstance(value, str):
        raise BadLine(f"{name}: expected text, not {value!r}")
    return value


def _time(item: dict[str, Any]) -> int:
    try:
        return parse_utc(_string(item, "t"))
    except ValueError as error:
        raise error if isinstance(error, BadLine) else BadLine(f"t: {error}") from None


def _known(item: dict[str, Any], fields: frozenset[str]) -> None:
    if not item.keys() <= fields:
        name = next(name for name in item if name not in fields)
        raise BadLine(f"{name}: unknown field")
