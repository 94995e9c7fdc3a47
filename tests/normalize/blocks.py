"""Blocks and poll results of a made-up router, for tests of the normalize step."""

from typing import Any

from netmon.domain.observation import Block, PollFailed, PollFailure, PollResult
from netmon.rulebook.profile_values import Column, Profile, Table

IF_TABLE = Table(
    "ifTable",
    (
        Column("ifName", "1.3.6.1.2.1.31.1.1.1.1", "info"),
        Column("ifDescr", "1.3.6.1.2.1.2.2.1.2", "info"),
        Column("ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6", "counter"),
        Column("ifHCOutOctets", "1.3.6.1.2.1.31.1.1.1.10", "counter"),
        Column("ifHighSpeed", "1.3.6.1.2.1.31.1.1.1.15", "gauge"),
        Column("ifOperStatus", "1.3.6.1.2.1.2.2.1.8", "state"),
    ),
    object="if:{ifName}",
    labels=(("ifIndex", "index"), ("ifName", "ifName")),
)
PROFILE = Profile("if-mib", (IF_TABLE,))
_OIDS = {column.name: column.oid for column in IF_TABLE.columns}


def block(at: int, rows: dict[str, dict[str, Any]], *, uptime_cs: int | None = None, table: str = "ifTable") -> Block:
    """Return a block of the rows; a value that a row lacks is missing."""
    names = tuple(dict.fromkeys(name for row in rows.values() for name in row))
    return Block(
        t=at,
        mono_ms=at,
        rtt_us=4000,
        uptime_cs=at // 10 if uptime_cs is None else uptime_cs,
        boots=None,
        profile="if-mib",
        table=table,
        columns=names,
        oids=tuple(_OIDS.get(name, "1.3") for name in names),
        tags=(0,) * len(names),
        index=tuple(rows),
        cells=tuple(tuple(row.get(name) for row in rows.values()) for name in names),
    )


def result(
    at: int, *blocks: Block, part: int = 0, last: bool = True, complete: bool = True, group: str = "60000"
) -> PollResult:
    """Return a part of a run of element r1."""
    return PollResult(at, "r1", "", group, at, part, last, complete, "snmp", "run", blocks, interval_ms=60_000)


def failed(at: int, reason: PollFailure = "timeout") -> PollFailed:
    """Return a failed run of element r1."""
    return PollFailed(at, "r1", "", "60000", at, "snmp", reason, 3, 6000)
