"""``recordings.*``: rows of the oracles against what netmon has after one poll of the recording."""

import asyncio
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any

from netmon.normalize.octets import speed_bps
from netmon.snmp.recording import load
from tests.field.folder import Row, read_rows
from tests.field.polling import Cell, Polled, poll
from tests.field.sheet import SCORES, Sheet, progress
from tests.field.shipped import Shipped

_ORACLE = ".oracle.jsonl.gz"
_COUNTERS = frozenset(("ifInOctets", "ifOutOctets", "ifInUcastPkts", "ifOutUcastPkts"))
_IF_X_ENTRY = "1.3.6.1.2.1.31.1.1.1."
_TEXTS = frozenset(("ifName", "ifDescr", "ifAlias"))


def score_recordings(folder: Path, shipped: Shipped, sheet: Sheet, wanted: Container[str] = SCORES) -> None:
    """Count every row of every oracle; a recording that cannot be served fails all of its rows."""
    for oracle in sorted(folder.glob(f"*{_ORACLE}")):
        name = oracle.name.removesuffix(_ORACLE)
        rows = [row for row in read_rows(oracle) if f"recordings.{row.get('kind')}" in wanted]
        if not rows:
            continue
        progress(f"recording {name}")
        polled = _polled(folder / f"{name}.snmprec", name, shipped)
        for row in rows:
            had = judge_row(row, polled)
            sheet.row(f"recordings.{row['kind']}", had is None, recording=name, row=row, had=had)


def _polled(path: Path, name: str, shipped: Shipped) -> Polled:
    try:
        varbinds = load(path).rows
    except OSError as error:
        return Polled(trouble=[str(error)])
    return asyncio.run(poll(name, varbinds, shipped))


def judge_row(row: Row, polled: Polled) -> Any:
    """Return what netmon had instead, None where the row passes."""
    cells = polled.cells.get(str(row.get("oid")), [])
    fits = _JUDGES.get(str(row["kind"]), _number)
    if any(fits(row, cell, polled) for cell in cells):
        return None
    return [(cell.name, cell.value, cell.labels) for cell in cells] or ["nothing", *polled.trouble]


def _port(row: Row, cell: Cell, polled: Polled) -> bool:
    field, expected = str(row.get("field")), row.get("expected")
    if cell.labels.get("ifIndex") != str(row.get("index")):
        return False
    if field == "ifSpeed":
        return speed_bps(polled.rows[cell.index]) == expected
    if field in _TEXTS:
        return _text(cell.value) == _text(expected)
    if field in _COUNTERS:
        return cell.value == expected and _one_counter(row, cell, polled)
    return cell.name == field and cell.value == row.get("raw", expected)


def _one_counter(row: Row, cell: Cell, polled: Polled) -> bool:
    """Tell whether the series is that of the 64-bit counter where there is one, and the only one."""
    field = str(row["field"])
    wide = field.replace("if", "ifHC", 1)
    if str(row["oid"]).startswith(_IF_X_ENTRY):
        return cell.name == wide and field not in polled.rows[cell.index]
    return cell.name == field and wide not in polled.rows[cell.index]


def _bgp(row: Row, cell: Cell, polled: Polled) -> bool:
    labelled = cell.labels.get("bgpPeerRemoteAddr") == str(row.get("index"))
    return labelled and cell.name == row.get("field") and cell.value == row.get("raw", row.get("expected"))


def _attribute(row: Row, cell: Cell, polled: Polled) -> bool:
    return cell.name == row.get("field") and _text(cell.value) == _text(row.get("expected"))


def _number(row: Row, cell: Cell, polled: Polled) -> bool:
    value, expected = cell.value, row.get("raw", row.get("expected"))
    if not isinstance(value, int | float) or not isinstance(expected, int | float):
        return False
    return abs(value - expected) <= _tolerance(row, abs(expected))


def _tolerance(row: Row, size: float) -> float:
    if row["kind"] == "processor" or (row["kind"] == "mempool" and row.get("field") == "perc"):
        return 1
    return size / 1000 if row["kind"] == "mempool" else 1e-4 * max(1, size)


def _text(value: Any) -> str:
    return str(value).strip()


_JUDGES: dict[str, Callable[[Row, Cell, Polled], bool]] = {
    "port": _port,
    "system": _attribute,
    "entity": _attribute,
    "bgp": _bgp,
}
