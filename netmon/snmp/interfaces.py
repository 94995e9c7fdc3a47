"""The rows of a made-up element: system group and an interface table of n ports (RFC 3418, RFC 2863)."""

from collections.abc import Sequence
from typing import Final

from netmon.domain.oid import SYS_UPTIME, Oid, Varbind
from netmon.snmp import ber

IF_ENTRY: Final = "1.3.6.1.2.1.2.2.1"
IF_X_ENTRY: Final = "1.3.6.1.2.1.31.1.1.1"
IF_INDEX: Final = f"{IF_ENTRY}.1"
IF_DESCR: Final = f"{IF_ENTRY}.2"
IF_ADMIN_STATUS: Final = f"{IF_ENTRY}.7"
IF_OPER_STATUS: Final = f"{IF_ENTRY}.8"
IF_LAST_CHANGE: Final = f"{IF_ENTRY}.9"
IF_NAME: Final = f"{IF_X_ENTRY}.1"
IF_DISCONTINUITY: Final = f"{IF_X_ENTRY}.19"
IF_TABLES: Final = (f"{IF_ENTRY}.", f"{IF_X_ENTRY}.", "1.3.6.1.2.1.10.7.2.1.")
"""Tables with the ifIndex as their only index: ifTable, ifXTable, dot3StatsTable."""
IF_ALIASES: Final = "1.3.6.1.2.1.47.1.3.2.1.2."
"""entAliasMappingIdentifier: which interface a physical port is."""
ENGINE_ID: Final = "1.3.6.1.6.3.10.2.1.1.0"
ENGINE_BOOTS: Final = "1.3.6.1.6.3.10.2.1.2.0"
ENGINE_TIME: Final = "1.3.6.1.6.3.10.2.1.3.0"

UP: Final = 1
DOWN: Final = 2

_SYSTEM: Final = "1.3.6.1.2.1.1"
_ETHERNET: Final = 6
_U32: Final = 1 << 32

OCTETS_PER_PACKET: Final = 500

IN: Final = 0
OUT: Final = 1

COUNTERS: Final[dict[Oid, tuple[int, int]]] = {
    f"{IF_ENTRY}.10": (IN, 1),
    f"{IF_ENTRY}.11": (IN, OCTETS_PER_PACKET),
    f"{IF_ENTRY}.16": (OUT, 1),
    f"{IF_ENTRY}.17": (OUT, OCTETS_PER_PACKET),
    f"{IF_X_ENTRY}.6": (IN, 1),
    f"{IF_X_ENTRY}.7": (IN, OCTETS_PER_PACKET),
    f"{IF_X_ENTRY}.10": (OUT, 1),
    f"{IF_X_ENTRY}.11": (OUT, OCTETS_PER_PACKET),
}
"""Columns that grow with the traffic: its direction, and how many octets count one."""

IF_IN_ERRORS: Final = f"{IF_ENTRY}.14"
"""Grows where packets are damaged on purpose."""

_STILL: Final = (
    *[(f"{IF_ENTRY}.{column}", ber.COUNTER32) for column in (13, 14, 19, 20)],
    *[(f"{IF_X_ENTRY}.{column}", ber.COUNTER32) for column in (2, 3, 4, 5)],
    *[(f"{IF_X_ENTRY}.{column}", ber.COUNTER64) for column in (8, 9, 12, 13)],
)
"""Counters of errors, discards, multicast and broadcast; all but ifInErrors stay 0."""


def system_rows(name: str, *, description: str, object_id: Oid, uptime_cs: int = 0, boots: int = 1) -> list[Varbind]:
    """Return the system group and the scalars of the SNMP engine."""
    return [
        (f"{_SYSTEM}.1.0", ber.OCTET_STRING, description.encode()),
        (f"{_SYSTEM}.2.0", ber.OBJECT_IDENTIFIER, object_id),
        (SYS_UPTIME, ber.TIME_TICKS, uptime_cs),
        (f"{_SYSTEM}.4.0", ber.OCTET_STRING, b""),
        (f"{_SYSTEM}.5.0", ber.OCTET_STRING, name.encode()),
        (f"{_SYSTEM}.6.0", ber.OCTET_STRING, b""),
        (f"{_SYSTEM}.7.0", ber.INTEGER, 6),
        (ENGINE_BOOTS, ber.INTEGER, boots),
        (ENGINE_TIME, ber.INTEGER, uptime_cs // 100),
    ]


def interface_rows(
    names: Sequence[str], *, speed_mbps: int = 10_000, start: int = 0, aliases: Sequence[str] = ()
) -> list[Varbind]:
    """Return ifNumber, ifTable and ifXTable of Ethernet ports, all up, with ifIndex from 1.

    Args:
        names: ifName and ifDescr of each port.
        speed_mbps: speed of every port.
        start: what every counter of traffic starts at.
        aliases: ifAlias of the first ports; the others have none.
    """
    rows: list[Varbind] = [("1.3.6.1.2.1.2.1.0", ber.INTEGER, len(names))]
    for index, name in enumerate(names, 1):
        alias = aliases[index - 1] if index <= len(aliases) else ""
        rows += [(f"{column}.{index}", tag, value) for column, tag, value in _port(index, name, alias, speed_mbps)]
        rows += [(f"{column}.{index}", tag, 0) for column, tag in _STILL]
        for column in COUNTERS:
            wide = column in (f"{IF_X_ENTRY}.{c}" for c in (6, 7, 10, 11))
            rows.append(
                (f"{column}.{index}", ber.COUNTER64 if wide else ber.COUNTER32, start if wide else start % _U32)
            )
    return rows


def _port(index: int, name: str, alias: str, speed_mbps: int) -> list[Varbind]:
    return [
        (IF_INDEX, ber.INTEGER, index),
        (IF_DESCR, ber.OCTET_STRING, name.encode()),
        (f"{IF_ENTRY}.3", ber.INTEGER, _ETHERNET),
        (f"{IF_ENTRY}.4", ber.INTEGER, 1500),
        (f"{IF_ENTRY}.5", ber.GAUGE32, min(speed_mbps * 1_000_000, _U32 - 1)),
        (f"{IF_ENTRY}.6", ber.OCTET_STRING, b"\x02\x00" + index.to_bytes(4, "big")),
        (IF_ADMIN_STATUS, ber.INTEGER, UP),
        (IF_OPER_STATUS, ber.INTEGER, UP),
        (IF_LAST_CHANGE, ber.TIME_TICKS, 0),
        (IF_NAME, ber.OCTET_STRING, name.encode()),
        (f"{IF_X_ENTRY}.14", ber.INTEGER, 1),
        (f"{IF_X_ENTRY}.15", ber.GAUGE32, speed_mbps),
        (f"{IF_X_ENTRY}.16", ber.INTEGER, 2),
        (f"{IF_X_ENTRY}.17", ber.INTEGER, 1),
        (f"{IF_X_ENTRY}.18", ber.OCTET_STRING, alias.encode()),
        (IF_DISCONTINUITY, ber.TIME_TICKS, 0),
    ]
