"""Actions by which an agent tells by itself: one trap, a storm of them, an inform (specs/snmp.md 8.1)."""

from collections.abc import Iterator
from functools import partial
from itertools import cycle
from typing import Annotated, ClassVar, Final

import msgspec

from netmon.cli.simulate.actions import Action, chosen
from netmon.cli.simulate.scenario import ObjectName
from netmon.cli.simulate.served import Served
from netmon.domain.duration import Duration, Rate
from netmon.domain.oid import Varbind
from netmon.domain.scalar import span
from netmon.snmp.asking import is_v3
from netmon.snmp.changing import changing
from netmon.snmp.template import LOWEST_ID

_STEP_MS: Final = 10

What = Annotated[ObjectName, msgspec.Meta(description="the notification, IF-MIB::linkDown or its OID")]


class _Telling(Action, frozen=True, kw_only=True):
    """What every telling has."""

    oid: What
    if_: str = msgspec.field(default="", name="if")
    """A port, or a pattern, whose ifIndex, states and names it carries; of several one after the other."""
    objects: tuple[ObjectName, ...] = ()
    """Rows of the agent that it carries: OIDs or names of instances."""

    needs_receiver: ClassVar[bool] = True

    def ports(self) -> str:
        """Return the pattern of the ports it is about."""
        return self.if_

    def _contents(self, served: Served) -> Iterator[tuple[Varbind, ...]]:
        """Yield what it carries, for ever: of each port in turn."""
        now = served.now()
        rows = served.agent.rows(self.objects, now)
        ports = chosen(served.agent, self.if_)
        for port in cycle(ports or [""]):
            yield (*(served.agent.link_rows(port, now) if port else ()), *rows)


class Trap(_Telling, frozen=True, kw_only=True, tag="trap"):
    """The agent sends a trap."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        served.send(served.agent.tell(self.oid, next(self._contents(served)), now=served.now()))


class Inform(_Telling, frozen=True, kw_only=True, tag="inform"):
    """The agent sends an inform, again and again until it is answered."""

    timeout: Annotated[Duration, span("10ms", "1h")] = Duration("2s")
    """From one try to the next."""
    retries: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 3
    """Tries after the first one."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        notice = served.agent.notice(self.oid, next(self._contents(served)), now=served.now())
        served.inform(notice, timeout_ms=self.timeout.ms, retries=self.retries)


class Storm(_Telling, frozen=True, kw_only=True, tag="storm"):
    """The agent sends many traps, as fast as is said."""

    rate: Rate
    """How many in what time."""
    for_: Annotated[Duration, span("10ms", "30d")] = msgspec.field(name="for")
    """How long."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        _Storm(served, self._kinds(served), total=self.rate.number * self.for_.ms // self.rate.per_ms, storm=self).go()

    def _kinds(self, served: Served) -> list["_Kind"]:
        contents = self._contents(served)
        ports = max(len(chosen(served.agent, self.if_)), 1)
        return [_Kind(served, self.oid, next(contents)) for _ in range(ports)]


class _Kind:
    """One trap of a storm, each time with its own request-id and the sysUpTime of then."""

    def __init__(self, served: Served, oid: ObjectName, varbinds: tuple[Varbind, ...]) -> None:
        self._served = served
        self._tell = partial(served.agent.tell, oid, varbinds)
        self._datagram = self._tell(now=served.now())
        self._changing = None if is_v3(self._datagram) else changing(self._datagram)

    def datagram(self, number: int) -> bytes:
        if self._changing is None:
            return self._tell(now=self._served.now())
        # To change the two is a tenth of the work of encoding all.
        head, middle, tail = self._changing.rest(self._datagram)
        size = self._changing.uptime_end - self._changing.uptime_at
        uptime_cs = self._served.agent.uptime_cs(self._served.now()) % (1 << (8 * size - 1))
        return b"".join(
            (head, (LOWEST_ID + number % LOWEST_ID).to_bytes(4, "big"), middle, uptime_cs.to_bytes(size, "big"), tail)
        )


class _Storm:
    """Sends what is due every few milliseconds, until all is sent."""

    def __init__(self, served: Served, kinds: list[_Kind], *, total: int, storm: Storm) -> None:
        self._served = served
        self._kinds = kinds
        self._total = total
        self._rate = storm.rate
        self._began = served.now()
        self._sent = 0

    def go(self) -> None:
        passed = self._served.now() - self._began + _STEP_MS
        due = min(self._rate.number * passed // self._rate.per_ms, self._total)
        while self._sent < due:
            datagram = self._kinds[self._sent % len(self._kinds)].datagram(self._sent)
            if not self._served.send(datagram):
                # The kernel's buffer is full: the rest of it in the next step.
                break
            self._sent += 1
        if self._sent < self._total:
            self._served.later(_STEP_MS, self.go)
