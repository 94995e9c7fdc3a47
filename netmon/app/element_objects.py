"""The parts of an element as the newest polls showed them, made of rows of sample blocks; runs in a thread."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from netmon.app.newest import Rows
from netmon.app.paced import paced
from netmon.app.part_states import state_of
from netmon.domain.element import Kpi, ObjectState, Reading
from netmon.domain.managed_object import kind_and_name, part_path
from netmon.domain.oid import Oid
from netmon.mib.names import MibView
from netmon.normalize.octets import speed_bps

_CHUNK = 50
"""Rows between two offers of the interpreter to the engine's loop."""

_IF_STATUS = {1: "up", 2: "down", 3: "testing", 4: "unknown", 5: "dormant", 6: "notPresent", 7: "lowerLayerDown"}
"""RFC 2863, ifOperStatus; ifAdminStatus has the first three."""

_FRESH_INTERVALS = 3
_FRESH_AT_LEAST_MS = 300_000

_CPU, _MEMORY = "netmon_cpu_percent", "netmon_memory_used_percent"
_CELSIUS = ("celsius", "Cel", "°C")


class _Part(msgspec.Struct):
    """What was found of one managed object."""

    index: str = ""
    last: int = 0
    cells: dict[str, Any] = {}
    values: dict[str, float] = {}
    states: dict[str, tuple[Oid, int]] = {}


def objects_of(
    element: str, tables: Iterable[Rows], named: Iterable[tuple[str, str, str]], *, names: MibView
) -> tuple[ObjectState, ...]:
    """Return the parts of an element by path.

    Args:
        element: id.
        tables: newest rows.
        named: (kind, index, name) of parts that are known by name, read since the start or not.
        names: of the values of states.
    """
    parts: dict[str, _Part] = {part_path(element, kind, name): _Part(index) for kind, index, name in named}
    for object_, block, row in _cells(tables):
        if object_ != element:
            part = parts.setdefault(object_, _Part())
            part.index, part.last = part.index or block.index[row], max(part.last, block.time)
            _add(part, block, row)
    return tuple(_object(path, part, names) for path, part in paced(sorted(parts.items()), _CHUNK))


def kpi_of(tables: Iterable[Rows]) -> Kpi:
    """Return the highest processor load, memory use and temperature among the newest values; old ones do not count."""
    found: dict[str, Reading] = {}
    cells = list(_cells(tables))
    newest = max((block.time for _, block, _ in cells), default=0)
    for object_, block, row in cells:
        if newest - block.time > max(_FRESH_INTERVALS * block.interval_ms, _FRESH_AT_LEAST_MS):
            continue
        for name, unit, column in zip(block.names, block.units, block.columns, strict=True):
            figure = _figure(name, unit)
            value = column[row] if figure else None
            if value is not None and (figure not in found or value > found[figure].value):
                found[figure] = Reading(float(value), object_, block.time)
    return Kpi(**found)


def _figure(name: str, unit: str) -> str:
    if name == _CPU:
        return "cpu"
    if name == _MEMORY:
        return "memory"
    return "temperature" if unit in _CELSIUS or name.endswith("_celsius") else ""


def _cells(tables: Iterable[Rows]) -> Iterator[tuple[str, Any, int]]:
    for rows in tables:
        for block, row in paced(rows.values(), _CHUNK):
            yield block.objects[row], block, row


def _add(part: _Part, block: Any, row: int) -> None:
    for name, kind, oid, column in zip(block.names, block.kinds, block.oids, block.columns, strict=True):
        value = column[row]
        if value is None:
            continue
        part.cells[name] = value
        if kind == "gauge":
            part.values[name] = value
        elif kind == "state":
            part.states[name] = (oid, value)


def _object(path: str, part: _Part, names: MibView) -> ObjectState:
    kind, name = kind_and_name(path)
    cells: Mapping[str, Any] = part.cells
    # What an interface is stands in fields of its own; only what was derived of it is worth a value here.
    values = {k: v for k, v in part.values.items() if k.startswith("netmon_")} if kind == "if" else part.values
    return ObjectState(
        object=path,
        kind=kind,
        name=name,
        index=part.index,
        description=_text(cells.get("ifAlias")) or _text(cells.get("ifDescr")),
        admin=_IF_STATUS.get(cells.get("ifAdminStatus", 0), ""),
        oper=_IF_STATUS.get(cells.get("ifOperStatus", 0), "") if kind == "if" else state_of(part.states, names),
        speed_bps=speed_bps(cells),
        last=part.last,
        values=values,
    )


def _text(value: Any) -> str:
    return str(value) if value is not None else ""
