"""A made-up agent: recorded rows, of which some live (uptime, link states, counters), and faults (specs/snmp.md 8.1).

Time is always passed in, in milliseconds that never go back; nothing here reads a clock.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from zlib import crc32

from netmon.domain.oid import COLD_START, Oid, Varbind
from netmon.snmp import ber
from netmon.snmp.ber import NO_SUCH_INSTANCE, NO_SUCH_OBJECT
from netmon.snmp.boot import Boot
from netmon.snmp.faults import Faults
from netmon.snmp.growing import Growing
from netmon.snmp.interfaces import (
    DOWN,
    IF_ADMIN_STATUS,
    IF_ALIASES,
    IF_DESCR,
    IF_INDEX,
    IF_NAME,
    IF_OPER_STATUS,
    IF_TABLES,
    UP,
)
from netmon.snmp.living import Living, renamed
from netmon.snmp.notice import Form, Notice, version_2c
from netmon.snmp.port import Flow, Port
from netmon.snmp.rows import Rows
from netmon.snmp.template import LOWEST_ID

_LINK_DOWN: Final = "1.3.6.1.6.3.1.1.5.3"
_LINK_UP: Final = "1.3.6.1.6.3.1.1.5.4"


class UnknownPort(LookupError):
    """The agent has no port of that name."""


class Agent:
    """One agent: its rows in OID order, alive where the IF-MIB and the system group say so.

    Args:
        rows: what it serves, from a recording or made; the last row of an OID wins.
        name: of the agent: its context in version 3.
        community: what a request of version 1 or 2c must know; also what its traps carry.
        rate_bps: traffic in and out of every port that is up; 0 leaves the counters as they are.
        flow: that traffic, where it is not steady.
        flows: traffic in and out of ports by name, where it is another.
        moving: rows whose value is a function of the time.
        started_ms: time at which sysUpTime has its recorded value.
        seed: of its faults: the same one, the same misfortune.
        engine_id: of its engine in version 3; default: as recorded, or made of its name.
        boots: of that engine; default: as recorded, or 1.
        form: of its traps; default: version 2c with its community.
    """

    def __init__(
        self,
        rows: Iterable[Varbind],
        *,
        name: str = "",
        community: bytes = b"public",
        rate_bps: int = 0,
        flow: Flow | None = None,
        flows: Mapping[str, tuple[Flow, Flow]] | None = None,
        moving: Mapping[Oid, Callable[[int], Any]] | None = None,
        started_ms: int = 0,
        seed: int = 0,
        engine_id: bytes = b"",
        boots: int | None = None,
        form: Form | None = None,
    ) -> None:
        self.name = name
        self.community = community
        self.faults = Faults(seed)
        self._moving = moving or {}
        self._rows = Rows(rows)
        self.boot = Boot(self._rows, name=name, started_ms=started_ms, engine_id=engine_id, boots=boots)
        self._living = Living(
            self._rows, self.boot, flows=flows or {}, steady=flow or _steady(rate_bps), started_ms=started_ms
        )
        self._silent_until_ms = started_ms
        # Agents that share an address must not take each other's answers.
        self._told = crc32(name.encode()) % LOWEST_ID
        self._form = form or version_2c(community)

    def __len__(self) -> int:
        return self._rows.size

    @property
    def ports(self) -> tuple[Port, ...]:
        """The ports, in the order of their numbers."""
        return tuple(self._living.ports.values())

    def silent(self, now: int) -> bool:
        """Tell whether the agent is down or mute."""
        return now < self._silent_until_ms

    def uptime_cs(self, now: int) -> int:
        """Return sysUpTime."""
        return self.boot.uptime_cs(now)

    def find(self, oid: Oid) -> int:
        """Return the place of an instance, -1 if there is none."""
        return self._rows.find(oid)

    def instance(self, oid: Oid, now: int) -> Varbind:
        """Return an instance as it is told, or the exception that says what is missing."""
        place = self._rows.find(oid)
        if place < 0:
            return oid, NO_SUCH_INSTANCE if self._rows.has_object(oid) else NO_SUCH_OBJECT, None
        row = self.row(place, now)
        return self.faults.value(row, now) if self.faults.any else row

    def successor(self, oid: Oid, now: int) -> Varbind | None:
        """Return what is told as the first instance after an OID, None at the end."""
        rows = self._rows
        if not self.faults.any:
            place = rows.after(oid)
            return self.row(place, now) if place < rows.size else None
        place, name = self.faults.after(rows, oid, now)
        if place >= rows.size:
            return None
        _, tag, value = self.row(place, now)
        return self.faults.value((name, tag, value), now)

    def row(self, place: int, now: int) -> Varbind:
        """Return a row with its value of now."""
        row = self._rows[place]
        moving = self._moving.get(row[0])
        return self._living.value(row, now) if moving is None else (row[0], row[1], moving(now))

    def put(self, oid: Oid, value: Any) -> None:
        """Change the value of a row that does not live.

        Raises:
            KeyError: there is no such row.
        """
        self._rows.put(oid, value)

    def port(self, name: str) -> Port:
        """Return a port.

        Raises:
            UnknownPort: no port has this ifName or ifDescr.
        """
        port = self._living.port(name)
        if port is None:
            raise UnknownPort(name)
        return port

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

    def damage(self, name: str, *, ppm: int, now: int) -> None:
        """Let so many of a million packets that come into a port be damaged from now on.

        Raises:
            UnknownPort: no port has this ifName or ifDescr.
        """
        port = self.port(name)
        port.advance(now)
        port.damaged_ppm = ppm

    def reboot(self, *, now: int, down_ms: int, boots: int = 1) -> bytes:
        """Go down for a time and start anew: uptime and counters from 0; return the coldStart trap of that moment."""
        at = now + down_ms
        self.boot.restart(at, boots=boots)
        self._silent_until_ms = max(self._silent_until_ms, at)
        self._living.restart(at, self.ports, discontinuity_cs=0)
        for port in self.ports:
            port.changed_cs = 0
        for value in self._moving.values():
            if isinstance(value, Growing):
                value.restart(at)
        return self.tell(COLD_START, (), now=at)

    def silence(self, *, now: int, for_ms: int) -> None:
        """Answer nothing for a time; everything else goes on."""
        self._silent_until_ms = max(self._silent_until_ms, now + for_ms)

    def discontinuity(self, names: Iterable[str] = (), *, now: int, told: bool = True) -> None:
        """Let the counters of ports begin anew; ``told``: ifCounterDiscontinuityTime says so. No names: all ports.

        Raises:
            UnknownPort: no port has this ifName or ifDescr.
        """
        for port in self._chosen(names):
            port.advance(now)
            at_cs = self.uptime_cs(now) if told else port.discontinuity_cs
            self._living.restart(now, [port], discontinuity_cs=at_cs)

    def wrap(self, names: Iterable[str] = (), *, at: int) -> None:
        """Let the counters of ports pass their ends at a time to come, if the ports are up until then. No names: all.

        It changes where the counters start, so it is for the time before anybody has read them.

        Raises:
            UnknownPort: no port has this ifName or ifDescr.
        """
        self._living.wrap(at, self._chosen(names))

    def renumber(self, by: int = 0) -> None:
        """Give the ports other numbers: each that of the next one, or its own plus ``by``."""
        old = list(self._living.ports)
        new = [str(int(index) + by) for index in old] if by else [*old[1:], *old[:1]]
        numbers = dict(zip(old, new, strict=True))
        self._living.renumber(numbers)
        self._rows.replace([_renumbered(row, numbers) for row in self._rows])

    def notify(self, trap_oid: Oid, oids: Iterable[Oid], *, now: int) -> bytes:
        """Return a trap that carries some rows as they are now."""
        return self.tell(trap_oid, self.rows(oids, now), now=now)

    def rows(self, oids: Iterable[Oid], now: int) -> tuple[Varbind, ...]:
        """Return those of some rows that there are, as they are now."""
        return tuple(self.row(place, now) for oid in oids if (place := self._rows.find(oid)) >= 0)

    def link_rows(self, name: str, now: int) -> tuple[Varbind, ...]:
        """Return what linkDown and linkUp tell of a port (RFC 2863), its names included.

        Raises:
            UnknownPort: no port has this ifName or ifDescr.
        """
        index = self.port(name).index
        columns = (IF_INDEX, IF_ADMIN_STATUS, IF_OPER_STATUS, IF_NAME, IF_DESCR)
        return self.rows([f"{column}.{index}" for column in columns], now)

    def tell(self, trap_oid: Oid, varbinds: tuple[Varbind, ...], *, now: int) -> bytes:
        """Return a trap in the form in which the agent tells."""
        return self._form(self.notice(trap_oid, varbinds, now=now), self.boot.engine(), now * 1_000_000)

    def notice(self, trap_oid: Oid, varbinds: tuple[Varbind, ...], *, now: int) -> Notice:
        """Return a notification with a number of its own."""
        self._told = (self._told + 1) % LOWEST_ID
        return Notice(trap_oid, varbinds, self.uptime_cs(now), LOWEST_ID + self._told)

    def _link(self, name: str, trap_oid: Oid, now: int) -> bytes:
        port = self.port(name)
        port.advance(now)
        port.status = UP if trap_oid == _LINK_UP else DOWN
        port.changed_cs = self.uptime_cs(now)
        return self.tell(trap_oid, self.link_rows(name, now), now=now)

    def _chosen(self, names: Iterable[str]) -> list[Port]:
        return [self.port(name) for name in names] or list(self.ports)


def _steady(rate_bps: int) -> Flow:
    return lambda since, until: rate_bps * until // 8000 - rate_bps * since // 8000


def _renumbered(row: Varbind, numbers: Mapping[str, str]) -> Varbind:
    """Return a row of a port with its new number, in its name and where it is a value."""
    oid, tag, value = row
    if tag == ber.OBJECT_IDENTIFIER and oid.startswith(IF_ALIASES) and value.startswith(f"{IF_INDEX}."):
        return oid, tag, renamed(value, numbers)
    if not oid.startswith(IF_TABLES):
        return row
    if oid.startswith(f"{IF_INDEX}."):
        return renamed(oid, numbers), tag, int(numbers.get(str(value), value))
    return renamed(oid, numbers), tag, value
