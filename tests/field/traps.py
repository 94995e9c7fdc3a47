"""``traps.*``: real packets through the real listener, then named and classified."""

import asyncio
import re
from pathlib import Path
from typing import Any

from netmon.domain.observation import Trap
from netmon.domain.oid import Varbind
from netmon.mib.names import MibView, UnknownName
from netmon.snmp import ber
from tests.field.classify import Classifier, Verdict
from tests.field.folder import Row, read_rows
from tests.field.listening import listening
from tests.field.sheet import Sheet, progress
from tests.field.shipped import Shipped

_TYPES = {
    ber.INTEGER: "Integer",
    ber.OCTET_STRING: "OctetString",
    ber.NULL: "Null",
    ber.OBJECT_IDENTIFIER: "ObjectIdentifier",
    ber.IP_ADDRESS: "IpAddress",
    ber.COUNTER32: "Counter32",
    ber.GAUGE32: "Gauge32",
    ber.TIME_TICKS: "TimeTicks",
    ber.OPAQUE: "Opaque",
    ber.COUNTER64: "Counter64",
}
_ALIASES = {"Integer32": "Integer", "Unsigned32": "Gauge32", "ObjectName": "ObjectIdentifier"}
_NUMBERED = re.compile(r"[A-Za-z][\w-]*(\.\d+)+")
_SEVERITIES = {
    "Ok": ("cleared",),
    "Info": ("indeterminate", "warning"),
    "Notice": ("indeterminate", "warning"),
    "Warning": ("warning", "minor"),
    "Error": ("major", "critical"),
}
"""Our own reading of the log levels, for information only."""


def score_traps(file: Path, shipped: Shipped, sheet: Sheet) -> None:
    """Count every row of the file of traps."""
    rows = list(read_rows(file))
    if not rows:
        return
    progress(f"{len(rows)} traps")
    received = asyncio.run(_received(rows))
    classifier = Classifier(shipped)
    for number, (row, trap) in enumerate(zip(rows, received, strict=True), 1):
        told = {"trap": row.get("id"), "line": number}
        wrong = _differences(row, trap)
        sheet.row("traps.decoded", not wrong, **told, had=wrong)
        name = shipped.judged.names.name_of(str(row.get("trap_oid")))
        named = _is_named(row, name, shipped.judged.names)
        sheet.row("traps.named", named, **told, row=row.get("trap_name"), had=name)
        _score_meaning(row, trap, told, classifier=classifier, sheet=sheet)


def _score_meaning(row: Row, trap: Trap | str, told: Row, *, classifier: Classifier, sheet: Sheet) -> None:
    expected, severities = row.get("expected_kind"), row.get("expected_severity")
    if not (expected or severities):
        return
    verdict = Verdict() if isinstance(trap, str) else classifier.verdict(trap)
    told = {**told, "name": row.get("trap_name")}
    if expected:
        sheet.row("traps.raise_clear", verdict.kind == expected, **told, row=expected, had=verdict.kind)
    if severities:
        alike = verdict.severity in _SEVERITIES.get(severities[0], ())
        sheet.row("traps.severity", alike, **told, row=severities[0], had=verdict.severity)


async def _received(rows: list[Row]) -> list[Trap | str]:
    async with listening() as listener:
        return [await listener.send(_packet(row)) for row in rows]


def _packet(row: Row) -> bytes:
    try:
        return bytes.fromhex(str(row.get("packet_hex", "")))
    except ValueError:
        return b""


def _differences(row: Row, trap: Trap | str) -> list[Any]:
    """Return what is not as the row says; nothing: decoded."""
    if isinstance(trap, str):
        return [trap]
    all_varbinds = row.get("varbinds") or [{}]
    uptime, expected = all_varbinds[0], [_expected(varbind) for varbind in all_varbinds[2:]]
    wrong: list[Any] = []
    if trap.trap_oid != row.get("trap_oid"):
        wrong.append(trap.trap_oid)
    if str(trap.uptime_cs) != str(uptime.get("value")):
        wrong.append(trap.uptime_cs)
    found = [_told(varbind) for varbind in trap.varbinds]
    return wrong if found == expected else [*wrong, found]


def _expected(varbind: Row) -> tuple[Any, ...]:
    type_ = str(varbind.get("type"))
    value = varbind.get("hex") if varbind.get("value") is None else str(varbind["value"])
    return str(varbind.get("oid")), _ALIASES.get(type_, type_), value or ""


def _told(varbind: Varbind) -> tuple[str, str, str]:
    oid, tag, value = varbind
    text = value.hex() if isinstance(value, bytes) else "" if value is None else str(value)
    return oid, _TYPES.get(tag, hex(tag)), text


def _is_named(row: Row, name: str, names: MibView) -> bool:
    wanted = str(row.get("trap_name", "")).rpartition("::")[2]
    if name == wanted:
        return True
    if not _NUMBERED.fullmatch(wanted):
        return False
    try:
        # Such a name is no name but an OID: nobody can do better than to say which.
        return names.oid_of(wanted) == names.oid_of(name) == row.get("trap_oid")
    except UnknownName:
        return False
