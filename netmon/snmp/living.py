"""Rows of a made-up agent that live: link states, counters of ports, times (RFC 2863, 3418, 3411)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

import msgspec

from netmon.domain.oid import SYS_UPTIME, Oid, Varbind
from netmon.snmp import ber
from netmon.snmp.boot import Boot
from netmon.snmp.interfaces import (
    COUNTERS,
    ENGINE_BOOTS,
    ENGINE_TIME,
    IF_DESCR,
    IF_DISCONTINUITY,
    IF_IN_ERRORS,
    IF_LAST_CHANGE,
    IF_NAME,
    IF_OPER_STATUS,
    IN,
)
from netmon.snmp.port import Flow, Port
from netmon.snmp.rows import Rows

ENDS: Final = {ber.COUNTER32: 1 << 32, ber.COUNTER64: 1 << 64}

_Time = Literal["uptime", "boots", "engine_time"]
_Kind = Literal["status", "changed", "discontinuity"]


class _State(msgspec.Struct, frozen=True):
    """A state of a port."""

    port: Port
    kind: _Kind


class _Count(msgspec.Struct):
    """A counter of a port."""

    port: Port
    start: int
    end: int
    """Where it begins at 0 again."""
    direction: int = IN
    octets: int = 1
    """How many octets count one; 0: it counts damaged packets."""

    def passed(self) -> int:
        """Return what was counted since the port counts."""
        return self.port.octets[self.direction] // self.octets if self.octets else self.port.damaged


class Living:
    """The rows that live, and the ports behind them.

    Args:
        rows: all rows, with the values from which on they live.
        boot: the agent's times.
        flows: traffic in and out of ports by name.
        steady: traffic of the other ports.
        started_ms: time of the recorded values.
    """

    def __init__(
        self, rows: Rows, boot: Boot, *, flows: Mapping[str, tuple[Flow, Flow]], steady: Flow, started_ms: int
    ) -> None:
        self._boot = boot
        self.ports = _ports(rows, started_ms, flows, (steady, steady))
        """By ifIndex."""
        found = ((row[0], _live(row, self.ports)) for row in rows)
        self._live = {oid: live for oid, live in found if live is not None}

    def value(self, row: Varbind, now: int) -> Varbind:
        """Return a row with its value of now."""
        oid = row[0]
        live = self._live.get(oid)
        if live is None:
            return row
        if isinstance(live, _Count):
            live.port.advance(now)
            return oid, row[1], (live.start + live.passed()) % live.end
        if isinstance(live, _State):
            return oid, row[1], live.port.state(live.kind)
        return oid, row[1], self._time(live, now)

    def port(self, name: str) -> Port | None:
        """Return the port of a name: its ifName, ifDescr where it has none."""
        return next((port for port in self.ports.values() if port.name == name), None)

    def restart(self, at: int, ports: Iterable[Port], *, discontinuity_cs: int) -> None:
        """Let ports count from 0 at a time."""
        restarted = set(ports)
        for port in restarted:
            port.restart(at)
            port.discontinuity_cs = discontinuity_cs
        for count in self._counts():
            if count.port in restarted:
                count.start = 0

    def wrap(self, at: int, ports: Iterable[Port]) -> None:
        """Let the counters of ports pass their ends at a time, if the ports are up until then."""
        chosen = set(ports)
        for count in self._counts():
            if count.port in chosen and count.octets:
                expected = count.port.expected(at)[count.direction] // count.octets
                count.start = count.end - expected

    def renumber(self, numbers: Mapping[str, str]) -> None:
        """Give ports other numbers: new ones by old ones."""
        self.ports = {numbers[index]: port for index, port in self.ports.items()}
        for index, port in self.ports.items():
            port.index = index
        self._live = {oid if isinstance(live, str) else renamed(oid, numbers): live for oid, live in self._live.items()}

    def _counts(self) -> Iterator[_Count]:
        return (live for live in self._live.values() if isinstance(live, _Count))

    def _time(self, kind: _Time, now: int) -> int:
        match kind:
            case "uptime":
                return self._boot.uptime_cs(now)
            case "boots":
                return self._boot.boots
            case "engine_time":
                return self._boot.engine_time(now)


def renamed(oid: Oid, numbers: Mapping[str, str]) -> Oid:
    """Return the OID of a row of a port that has another number now."""
    column, _, index = oid.rpartition(".")
    return f"{column}.{numbers.get(index, index)}"


def _live(row: Varbind, ports: Mapping[str, Port]) -> _Count | _State | _Time | None:
    """Return how a row lives, None for one that stays as it is."""
    oid, tag, value = row
    if (oid, tag) in _TIMES:
        return _TIMES[oid, tag]
    column, _, index = oid.rpartition(".")
    port = ports.get(index)
    if port is None:
        return None
    if (column, tag) in _STATES:
        return _State(port, _STATES[column, tag])
    if column == IF_IN_ERRORS and tag in ENDS:
        return _Count(port, value, ENDS[tag], octets=0)
    if column in COUNTERS and tag in ENDS:
        return _Count(port, value, ENDS[tag], *COUNTERS[column])
    return None


def _ports(rows: Rows, now: int, flows: Mapping[str, tuple[Flow, Flow]], steady: tuple[Flow, Flow]) -> dict[str, Port]:
    """Return the ports that have an ifOperStatus, by ifIndex."""
    return {port.index: port for port in _found(rows, now, flows, steady)}


def _found(rows: Rows, now: int, flows: Mapping[str, tuple[Flow, Flow]], steady: tuple[Flow, Flow]) -> Iterator[Port]:
    for place in rows.below(IF_OPER_STATUS):
        oid, tag, status = rows[place]
        column, _, index = oid.rpartition(".")
        if column == IF_OPER_STATUS and tag == ber.INTEGER:
            changed_cs = rows.number(f"{IF_LAST_CHANGE}.{index}", ber.TIME_TICKS) or 0
            told_cs = rows.number(f"{IF_DISCONTINUITY}.{index}", ber.TIME_TICKS) or 0
            name = _name(rows, index)
            yield Port(
                index,
                name,
                status=status,
                changed_cs=changed_cs,
                discontinuity_cs=told_cs,
                since_ms=now,
                flows=flows.get(name, steady),
            )


def _name(rows: Rows, index: str) -> str:
    for column in (IF_NAME, IF_DESCR):
        place = rows.find(f"{column}.{index}")
        if place >= 0 and rows[place][1] == ber.OCTET_STRING:
            return bytes(rows[place][2]).decode(errors="replace")
    return index


_TIMES: Final[dict[tuple[Oid, int], _Time]] = {
    (SYS_UPTIME, ber.TIME_TICKS): "uptime",
    (ENGINE_BOOTS, ber.INTEGER): "boots",
    (ENGINE_TIME, ber.INTEGER): "engine_time",
}
_STATES: Final[dict[tuple[Oid, int], _Kind]] = {
    (IF_OPER_STATUS, ber.INTEGER): "status",
    (IF_LAST_CHANGE, ber.TIME_TICKS): "changed",
    (IF_DISCONTINUITY, ber.TIME_TICKS): "discontinuity",
}
