"""Sample blocks for tests of outputs."""

from typing import Any

from netmon.domain.sample import SampleBlock


def block(seq: int, time: int, rows: dict[str, tuple[Any, ...]], *, element: str = "r1") -> SampleBlock:
    """Return a block of ifTable: per interface name (octets in, status, alias)."""
    names = tuple(rows)
    return SampleBlock(
        seq=seq,
        time=time,
        sent=time,
        element=element,
        table="ifTable",
        names=("ifHCInOctets", "ifOperStatus", "ifAlias"),
        kinds=("counter", "state", "text"),
        units=("octet", "", ""),
        oids=("1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.31.1.1.1.18"),
        objects=tuple(f"{element}/if:{name}" for name in names),
        labels=tuple((("ifIndex", str(n)), ("ifName", name)) for n, name in enumerate(names, 1)),
        index=tuple(str(n) for n, _ in enumerate(names, 1)),
        columns=tuple(zip(*rows.values(), strict=True)) if rows else ((), (), ()),
        interval_ms=60_000,
    )
