"""What may happen to a simulated agent: links, restarts, numbers, counters, its engine (specs/snmp.md 8.1)."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import partial
from typing import Annotated, ClassVar

import msgspec

from netmon.cli.simulate.served import Served
from netmon.domain.duration import Duration
from netmon.domain.scalar import span
from netmon.snmp.agent import Agent

At = Annotated[Duration, msgspec.Meta(description="when, from the start of the scenario on")]
Who = Annotated[str, msgspec.Meta(min_length=1, description="id of an agent, or a pattern of several: 'r*'")]
Traps = Annotated[int, msgspec.Meta(ge=0, le=1000)]


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="do"):
    """What every action has."""

    at: At
    agent: Who
    every: Annotated[Duration, span("10ms", "30d")] | None = None
    """From one time to the next, where it happens several times."""
    times: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    """How often it happens."""

    needs_receiver: ClassVar[bool] = False
    """Whether it is nothing without a trap_to."""

    def __post_init__(self) -> None:
        if self.times > 1 and self.every is None:
            raise ValueError(f"{self.times} times needs every: how long from one to the next")

    def begin(self, served: Served) -> None:
        """Let it happen."""

    def prepare(self, agent: Agent) -> None:
        """Prepare an agent before the start for what will happen to it."""

    def ports(self) -> str:
        """Return the pattern of the ports it is about; empty: none or all."""
        return ""


class _OfPorts(Action, frozen=True, kw_only=True):
    """Happens to ports."""

    if_: Annotated[str, msgspec.Meta(min_length=1, description="name of a port, or a pattern: 'xe-0/0/*'")] = (
        msgspec.field(name="if")
    )

    def ports(self) -> str:
        return self.if_


class LinkDown(_OfPorts, frozen=True, kw_only=True, tag="link_down"):
    """A port goes down and tells so."""

    traps: Traps = 1
    """How often linkDown is sent; 0: it gets lost."""
    for_: Duration | None = msgspec.field(default=None, name="for")
    """It comes up again after that time, and tells so."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        for port in chosen(served.agent, self.if_):
            _send(served, served.agent.link_down(port, now=served.now()), self.traps)
            if self.for_ is not None:
                served.later(self.for_.ms, partial(_up, served, port, self.traps))


class LinkUp(_OfPorts, frozen=True, kw_only=True, tag="link_up"):
    """A port comes up and tells so."""

    traps: Traps = 1
    """How often linkUp is sent; 0: it gets lost."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        for port in chosen(served.agent, self.if_):
            _up(served, port, self.traps)


class Reboot(Action, frozen=True, kw_only=True, tag="reboot"):
    """The agent is down for a time, then its uptime and counters begin at 0, and it sends coldStart."""

    down: Duration = Duration("30s")
    """How long it does not answer."""
    renumber: bool = False
    """Ports come back with other numbers."""
    boots: Annotated[int, msgspec.Meta(ge=-1000, le=1000)] = 1
    """What snmpEngineBoots grows by; 0 or less: the engine forgot."""
    traps: Traps = 1
    """How often coldStart is sent; 0: it gets lost."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        trap = served.agent.reboot(now=served.now(), down_ms=self.down.ms, boots=self.boots)
        if self.renumber:
            served.agent.renumber()
        served.later(self.down.ms, partial(_send, served, trap, self.traps))


class Renumber(Action, frozen=True, kw_only=True, tag="renumber"):
    """Ports get other numbers: each the ifIndex of the next one."""

    by: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    """Instead, each ifIndex grows by so much."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        served.agent.renumber(self.by)


class Wrap(Action, frozen=True, kw_only=True, tag="wrap"):
    """The counters of ports pass their ends at that time: they start where they must for it.

    The ports must have traffic and be up until then; a reboot before it prevents it.
    """

    if_: str = msgspec.field(default="", name="if")
    """A port, or a pattern; default: all ports."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.times > 1:
            raise ValueError("a counter cannot be made to wrap several times")

    def prepare(self, agent: Agent) -> None:
        """Choose where the counters start."""
        agent.wrap(chosen(agent, self.if_), at=self.at.ms)

    def ports(self) -> str:
        """Return the pattern of the ports it is about."""
        return self.if_


class Discontinuity(Action, frozen=True, kw_only=True, tag="discontinuity"):
    """The counters of ports begin at 0 though the agent runs on."""

    if_: str = msgspec.field(default="", name="if")
    """A port, or a pattern; default: all ports."""
    told: bool = True
    """ifCounterDiscontinuityTime says so; ``false``: nothing does."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        served.agent.discontinuity(chosen(served.agent, self.if_), now=served.now(), told=self.told)

    def ports(self) -> str:
        """Return the pattern of the ports it is about."""
        return self.if_


class SilentAgent(Action, frozen=True, kw_only=True, tag="silent_agent"):
    """The agent answers nothing and tells nothing; everything else goes on."""

    for_: Duration = msgspec.field(name="for")
    """How long."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        served.agent.silence(now=served.now(), for_ms=self.for_.ms)


class EngineReset(Action, frozen=True, kw_only=True, tag="engine_reset"):
    """The engine of version 3 begins anew, as after a reset: lower boots, time 0."""

    boots: Annotated[int, msgspec.Meta(ge=1, le=0x7FFFFFFF)] = 1
    """snmpEngineBoots from then on; 2147483647: nothing is in time any more."""
    replaced: bool = False
    """It has another engine id, too."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        boot = served.agent.boot
        engine_id = bytes((*boot.engine_id[:-1], boot.engine_id[-1] ^ 1)) if self.replaced else b""
        boot.reset_engine(served.now(), boots=self.boots, engine_id=engine_id)


class ClockSkew(Action, frozen=True, kw_only=True, tag="clock_skew"):
    """The engine's clock jumps: snmpEngineTime is ahead, or behind."""

    ahead: Duration = Duration("0s")
    """By so much."""
    behind: Duration = Duration("0s")
    """By so much, but never below 0."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        served.agent.boot.skew(self.ahead.ms - self.behind.ms, now=served.now())


def chosen(agent: Agent, pattern: str) -> list[str]:
    """Return the names of the ports that a pattern fits; none where there is no pattern."""
    return list(_fitting(agent, pattern)) if pattern else []


def _fitting(agent: Agent, pattern: str) -> Iterator[str]:
    for port in agent.ports:
        if port.name == pattern or fnmatchcase(port.name, pattern):
            yield port.name


def _up(served: Served, port: str, traps: int) -> None:
    _send(served, served.agent.link_up(port, now=served.now()), traps)


def _send(served: Served, trap: bytes, times: int) -> None:
    for _ in range(times):
        served.send(trap)
