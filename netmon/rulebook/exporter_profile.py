"""A module of snmp_exporter as a metric profile: the tables to poll, of whose cells the module makes series."""

from collections.abc import Iterable

import msgspec

from netmon.domain.oid import Oid, is_below
from netmon.rulebook.exporter import COMBINED, ExporterMetric, ExporterModule
from netmon.rulebook.profile_values import Column, Profile, Table

SCALARS = "scalars"
"""Name of the table of instances ``.0``; the others are named by the OID of their columns without the last part."""

_KINDS = {"counter": "counter", "gauge": "gauge"}
"""Metric type to the kind of the column; what is not here may hold any type."""


def profile_of(name: str, module: ExporterModule) -> Profile:
    """Return the profile of a module; it is for the elements only that name it."""
    tables: dict[str, dict[Oid, Column]] = {}
    for metric in module.metrics:
        column = _column(metric, module)
        if column is not None:
            _add(tables, _scalar_oid(metric, module), column)
            for oid in _read_beside(metric):
                _add(tables, "", Column(oid, oid, "text"))
    for one in module.filters:
        _add(tables, "", Column(one.oid, one.oid, "text"))
    return Profile(
        name,
        tuple(
            Table(
                table,
                tuple(columns.values()),
                scalars=table == SCALARS,
                allow_nonincreasing=module.allow_nonincreasing_oids,
            )
            for table, columns in tables.items()
        ),
        module=_text(module),
    )


def _column(metric: ExporterMetric, module: ExporterModule) -> Column | None:
    """Return the column of a metric, None where the module reads nothing of it."""
    scalar = _scalar_oid(metric, module)
    single = not metric.indexes and metric.oid in module.get
    oid = scalar or (metric.oid.rpartition(".")[0] if single else metric.oid)
    walked = any(metric.oid == root or is_below(metric.oid, root) or is_below(root, metric.oid) for root in module.walk)
    if not walked and not any(one == metric.oid or is_below(one, metric.oid) for one in module.get):
        return None
    return Column(metric.name, oid, _KINDS.get(metric.type, "text"))


def _scalar_oid(metric: ExporterMetric, module: ExporterModule) -> Oid:
    """Return the OID of a scalar without its ``.0``, empty for a column."""
    if metric.indexes:
        return ""
    if metric.oid not in module.get:
        return metric.oid
    head, _, last = metric.oid.rpartition(".")
    return head if last == "0" else ""


def _read_beside(metric: ExporterMetric) -> Iterable[Oid]:
    """Yield the columns that give labels or types to a metric."""
    of_types = [(metric.oid, metric.type), *((one.oid, one.type) for one in metric.lookups if one.oid)]
    for oid, type_ in of_types:
        if type_ in COMBINED:
            head, _, last = oid.rpartition(".")
            yield f"{head}.{int(last) - 1}"
    yield from (one.oid for one in metric.lookups if one.oid)


def _add(tables: dict[str, dict[Oid, Column]], scalar: Oid, column: Column) -> None:
    """Add a column to its table, once; names of a table are unique."""
    table = tables.setdefault(SCALARS if scalar else column.oid.rpartition(".")[0], {})
    known = table.get(column.oid)
    if known is None or known.name == known.oid:
        taken = {one.name for one in table.values() if one.oid != column.oid}
        name = column.name if column.name not in taken else column.oid
        table[column.oid] = msgspec.structs.replace(column, name=name)


def recorded(text: str) -> ExporterModule:
    """Return the module of a profile."""
    return msgspec.json.decode(text, type=ExporterModule)


def _text(module: ExporterModule) -> str:
    """Return a module without what only people read: it goes into every recorded rule set."""
    metrics = tuple(msgspec.structs.replace(metric, help="") for metric in module.metrics)
    return msgspec.json.encode(msgspec.structs.replace(module, metrics=metrics)).decode()
