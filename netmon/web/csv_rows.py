"""Alarms, and other rows, as CSV: a header, times in UTC, and no cell that a spreadsheet would take for a formula."""

import csv
import io
from collections.abc import Callable, Iterable

from netmon.alarms.tmf642 import instant
from netmon.web.rows import Row, element_name

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _time(ms: int | None) -> str:
    return instant(ms) if ms is not None else ""


COLUMNS: dict[str, Callable[[Row], object]] = {
    "id": lambda row: row.id,
    "severity": lambda row: row.sev,
    "element": lambda row: row.el,
    "element_name": element_name,
    "object": lambda row: row.obj,
    "ends": lambda row: " ".join(row.ends),
    "alias": lambda row: row.alias,
    "text": lambda row: row.text,
    "count": lambda row: row.n,
    "raised": lambda row: _time(row.raised),
    "changed": lambda row: _time(row.changed),
    "cleared": lambda row: _time(row.cleared),
    "last_severity": lambda row: row.was or "",
    "type": lambda row: row.type,
    "event_type": lambda row: row.event,
    "probable_cause": lambda row: row.cause,
    "acknowledged_by": lambda row: row.ack,
    "owner": lambda row: row.owner,
    "closed": lambda row: "yes" if row.closed else "",
    "shelved_until": lambda row: _time(row.shelved_until),
    "hidden_by": lambda row: " ".join(row.hidden),
    "root_cause": lambda row: "yes" if row.root else "",
    "parents": lambda row: " ".join(row.parents),
    "children": lambda row: row.kids,
    "flags": lambda row: " ".join(row.flags),
    "site": lambda row: row.site,
    "region": lambda row: row.region,
    "services": lambda row: " ".join(row.svc),
    "rule": lambda row: row.rule,
    "version": lambda row: row.v,
}


def header() -> bytes:
    """Return the first line."""
    return _lines([list(COLUMNS)])


def lines(rows: Iterable[Row]) -> bytes:
    """Return a line for each row."""
    return _lines([[_cell(read(row)) for read in COLUMNS.values()] for row in rows])


def table(rows: Iterable[Iterable[object]]) -> bytes:
    """Return lines of any cells; None is an empty one."""
    return _lines([[_cell(cell) for cell in row] for row in rows])


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _lines(cells: list[list[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(cells)
    return out.getvalue().encode("utf-8", "replace")
