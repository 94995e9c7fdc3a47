"""A made-up agent: recorded rows, of which some live (uptime, link states, counters), and faults (specs/snmp.md 8.1).

Time is always passed in, in milliseconds that never go back; nothing here reads a clock.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

import msgspec

from netmon.domain.oid import SYS_UPTIME, Oid, Varbind
from netmon.snmp import ber
from netmon.snmp.ber import NO_SUCH_INSTANCE, NO_SUCH_OBJECT
from netmon.snmp.encode import encode_trap
from netmon.snmp.faults import Faults
from netmon.snmp.interfaces import (
    COUNTERS,
    DOWN,
    ENGINE_BOOTS,
    ENGINE_TIME,
    IF_ADMIN_STATUS,
    IF_DESCR,
    IF_IN_ERRORS,
    IF_INDEX,
    IF_LAST_CHANGE,
    IF_NAME,
    IF_OPER_STATUS,
    IN,
    UP,
)
from netmon.snmp.port import Flow, Port
from netmon.snmp.rows import Rows

_COLD_START: Final = "1.3.6.1.6.3.1.1.5.1"
_LINK_DOWN: Final = "1.3.6.1.6.3.1.1.5.3"
_LINK_UP: Final = "1.3.6.1.6.3.1.1.5.4"
_BITS: Final = {ber.COUNTER32: 32, ber.COUNTER64: 64}


class UnknownPort(LookupError):
    """The agent has no port of that name."""


class _Live(msgspec.Struct, frozen=True):
    """How a living row is computed."""

    kind: Literal["uptime", "boots", "engine_time", "status", "changed", "counter", "damaged"]
    port: str = ""
    start: int = 0
    direction: int = IN
    octets: int = 1
    """How many octets count one."""


class Agent:
    """One agent: its rows in OID order, alive where the IF-MIB and the system group say so.

    Args:
        rows: what it serves, from a recording or made; the last row of an OID wins.
        community: what a request must know; also what its traps carry.
        rate_bps: traffic in and out of every port that is up; 0 leaves the counters as they are.
        flows: traffic in and out of ports by name, where it is not ``rate_bps``.
        moving: rows whose value is a function of the time.
        started_ms: time at which sysUpTime has its recorded value.
        seed: of its faults: the same one, the same misfortune.
    """

    def __init__(
        self,
        rows: Iterable[Varbind],
        *,
        community: bytes = b"public",
        rate_bps: int = 0,
        flows: Mapping[str, tuple[Flow, Flow]] | None = None,
        moving: Mapping[Oid, Callable[[int], Any]] | None = None,
        started_ms: int = 0,
        seed: int = 0,
    ) -> None:
        table = {row[0]: row for row in rows}
        self.community = community
        self.faults = Faults(seed)
        self._moving = moving or {}
        self._rows = Rows(table.values())
        self._booted_ms = started_ms
        self._boots_more = 0
        self._first_uptime_cs = _number(table, SYS_UPTIME, tag=ber.TIME_TICKS)
        self._silent_until_ms = started_ms
        self._traps_sent = 0
        steady = _steady(rate_bps)
        self._ports = _ports(table, started_ms, {} if flows is None else flows, (steady, steady))
        self._live = {oid: live for oid, row in table.items() if (live := _live(row, self._ports)) is not None}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def ports(self) -> tuple[Port, ...]:
        """The ports, in the order of their rows."""
        return tuple(self._ports.values())

    def silent(self, now: int) -> bool:
        """Tell whether the agent is down or mute."""
        return now < self._silent_until_ms

    def uptime_cs(self, now: int) -> int:
        """Return sysUpTime."""
        return (self._first_uptime_cs + max(now - self._booted_ms, 0) // 10) % (1 << 32)

    def find(self, oid: Oid) -> int:
        """Return the place of an instance, -1 if there is none."""
        return self._rows.find(oid)

    def instance(self, oid: Oid, now: int) -> Varbind:
        """Return an instance as it is told, or the exception that says what is missing."""
        place = self._rows.find(oid)
        if place < 0:
            return oid, NO_SUCH_INSTANCE if self._rows.has_object(oid) else NO_SUCH_OBJECT, None
        row = self.row(place, now)
        return self.faults.value(row, now) if self.faults else row

    def successor(self, oid: Oid, now: int) -> Varbind | None:
        """Return what is told as the first instance after an OID, None at the end."""
        if not self.faults:
            place = self._rows.after(oid)
            return self.row(place, now) if place < len(self._rows) else None
        place, name = self.faults.after(self._rows, oid, now)
        if place >= len(self._rows):
            return None
        _, tag, value = self.row(place, now)
        return self.faults.value((name, tag, value), now)

    def row(self, place: int, now: int) -> Varbind:
        """Return a row with its value of now."""
        row = self._rows[place]
        moving = self._moving.get(row[0])
        if moving is not None:
            return (row[0], row[1], moving(now))
        live = self._live.get(row[0])
        return row if live is None else (row[0], row[1], self._value(live, row[1], now))

    def put(self, oid: Oid, value: Any) -> None:
        """Change the value of a row that does not live.

        Raises:
            KeyError: there is no such row.
        """
        self._rows.put(oid, value)

    def _value(self, live: _Live, tag: int, now: int) -> int:
        match live.kind:
            case "uptime":
                return self.uptime_cs(now)
            case "boots":
                return live.start + self._boots_more
            case "engine_time":
                return self.uptime_cs(now) // 100
            case "status":
                return self._ports[live.port].status
            case "changed":
                return self._ports[live.port].changed_cs
            case "counter" | "damaged":
                start = 0 if self._boots_more else live.start
                port = self._ports[live.port]
                port.advance(now)
                passed = port.damaged if live.kind == "damaged" else port.octets[live.direction] // live.octets
                return (start + passed) % (1 << _BITS[tag])

    def link_down(self, name: str, *, now: int) -> bytes:
        """Take a port down; return the linkDown trap that tells of it.

        Raises:
            UnknownPort: no port has this ifName or ifDescr.
        """
        return self._link(name, _LINK_DOWN, now)

    def link_up(self, name: str, *, now: int) -> bytes:
        """Bring a port up; return the linkUp trap that tells of it.

        Raises:
            UnknownPort: no port has this ifName or ifDescr.
        """
        return self._link(name, _LINK_UP, now)

    def port(self, name: str) -> Port:
        """Return a port.

        Raises:
            UnknownPort: no port has this ifName or ifDescr.
        """
        port = next((port for port in self._ports.values() if port.name == name), None)
        if port is None:
            raise UnknownPort(name)
        return port

    def damage(self, name: str, *, ppm: int, now: int) -> None:
        """Let so many of a million packets that come into a port be damaged from now on.

        Raises:
            UnknownPort: no port has this ifName or ifDescr.
        """
        port = self.port(name)
        port.advance(now)
        port.damaged_ppm = ppm

    def notify(self, trap_oid: Oid, oids: Iterable[Oid], *, now: int) -> bytes:
        """Return a trap that carries some rows as they are now."""
        rows = [self.row(self._rows.find(oid), now) for oid in oids]
        return self._trap(trap_oid, rows, uptime_cs=self.uptime_cs(now))

    def _link(self, name: str, trap_oid: Oid, now: int) -> bytes:
        port = self.port(name)
        port.advance(now)
        port.status = UP if trap_oid == _LINK_UP else DOWN
        port.changed_cs = self.uptime_cs(now)
        columns = (IF_INDEX, IF_ADMIN_STATUS, IF_OPER_STATUS, IF_NAME, IF_DESCR)
        places = [place for column in columns if (place := self.find(f"{column}.{port.index}")) >= 0]
        return self._trap(trap_oid, [self.row(place, now) for place in places], uptime_cs=port.changed_cs)

    def reboot(self, *, now: int, down_ms: int) -> bytes:
        """Go down for a time and start anew: uptime and counters from 0; return the coldStart trap of that moment."""
        self._booted_ms = now + down_ms
        self._silent_until_ms = max(self._silent_until_ms, self._booted_ms)
        self._first_uptime_cs = 0
        self._boots_more += 1
        for port in self._ports.values():
            port.restart(self._booted_ms)
        return self._trap(_COLD_START, [], uptime_cs=0)

    def silence(self, *, now: int, for_ms: int) -> None:
        """Answer nothing for a time; everything else goes on."""
        self._silent_until_ms = max(self._silent_until_ms, now + for_ms)

    def _trap(self, trap_oid: Oid, varbinds: list[Varbind], *, uptime_cs: int) -> bytes:
        self._traps_sent += 1
        return encode_trap(self.community, trap_oid, varbinds, uptime_cs=uptime_cs, request_id=self._traps_sent)


def _number(table: dict[Oid, Varbind], oid: Oid, *, tag: int) -> int:
    row = table.get(oid)
    return int(row[2]) if row is not None and row[1] == tag else 0


def _port_name(table: dict[Oid, Varbind], index: str) -> str:
    for column in (IF_NAME, IF_DESCR):
        row = table.get(f"{column}.{index}")
        if row is not None and row[1] == ber.OCTET_STRING:
            return bytes(row[2]).decode(errors="replace")
    return index


def _steady(rate_bps: int) -> Flow:
    return lambda since, until: rate_bps * until // 8000 - rate_bps * since // 8000


def _ports(
    table: dict[Oid, Varbind], now: int, flows: Mapping[str, tuple[Flow, Flow]], steady: tuple[Flow, Flow]
) -> dict[str, Port]:
    """Return the ports that have an ifOperStatus, by ifIndex."""
    ports: dict[str, Port] = {}
    for oid, (_, tag, status) in table.items():
        column, _, index = oid.rpartition(".")
        if column == IF_OPER_STATUS and tag == ber.INTEGER:
            changed_cs = _number(table, f"{IF_LAST_CHANGE}.{index}", tag=ber.TIME_TICKS)
            name = _port_name(table, index)
            ports[index] = Port(
                index, name, status=status, changed_cs=changed_cs, since_ms=now, flows=flows.get(name, steady)
            )
    return ports


def _live(row: Varbind, ports: dict[str, Port]) -> _Live | None:
    """Return how a row lives, None for one that stays as it is."""
    oid, tag, value = row
    if (oid, tag) in _SCALARS:
        return _Live(_SCALARS[oid, tag], start=value)
    column, _, index = oid.rpartition(".")
    if index not in ports:
        return None
    if (column, tag) in _STATES:
        return _Live(_STATES[column, tag], index)
    if column == IF_IN_ERRORS and tag in _BITS:
        return _Live("damaged", index, value)
    if column in COUNTERS and tag in _BITS:
        return _Live("counter", index, value, *COUNTERS[column])
    return None


_SCALARS: Final[dict[tuple[Oid, int], Literal["uptime", "boots", "engine_time"]]] = {
    (SYS_UPTIME, ber.TIME_TICKS): "uptime",
    (ENGINE_BOOTS, ber.INTEGER): "boots",
    (ENGINE_TIME, ber.INTEGER): "engine_time",
}
_STATES: Final[dict[tuple[Oid, int], Literal["status", "changed"]]] = {
    (IF_OPER_STATUS, ber.INTEGER): "status",
    (IF_LAST_CHANGE, ber.TIME_TICKS): "changed",
}
