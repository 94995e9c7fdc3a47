"""What a rule says of the life of its alarms: what they hide, how they are damped, what they clear, what is done."""

from typing import Literal

import msgspec


class Hides(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What an alarm hides while it is active (specs/rules.md 6.10, 7)."""

    parts: bool = False
    """All below its managed object; never the object itself, so that two alarms cannot hide each other."""
    downstream: bool = False
    """All elements that answer no more because this one does not, and their parts."""
    types: tuple[str, ...] = ()
    """Alarm types; empty: all."""
    settle_ms: int = 0
    """What was hidden stays so for this long after the end of its cause."""
    objects: tuple[str, ...] = ()
    """Managed objects hidden by name: the ends of a link."""
    kind: str = ""
    """Only objects of this kind: the members of a group; empty: all."""


class Flap(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Damping of an alarm that comes and goes (RFC 2439, specs/rules.md 6.8)."""

    penalty: int = 1_000
    suppress: int = 3_000
    reuse: int = 750
    half_life_ms: int = 300_000
    max_hold_ms: int = 3_600_000

    @property
    def ceiling(self) -> int:
        """The greatest penalty: from there it falls to ``reuse`` within ``max_hold`` (RFC 2439 section 4.3)."""
        return int(self.reuse * pow(2.0, min(self.max_hold_ms / self.half_life_ms, 64.0)))


class Clears(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a raise clears, all of it at or below its managed object (specs/rules.md 6.1, wildcard clear)."""

    types: tuple[str, ...] = ()
    """Alarm types; empty: all."""
    unless_polled: bool = False
    """Not those that a poll observes: it will find out itself."""


class Escalation(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A step by which an alarm rises when it stands for long (specs/rules.md 6.12)."""

    after_ms: int
    """From ``raised`` of the occurrence, without the time in which it is hidden."""
    severity: Literal["indeterminate", "warning", "minor", "major", "critical"]
    unless_ack: bool = False


ActionEvent = Literal["raised", "severity", "cleared", "acknowledged"]


class Action(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What an output does when an alarm comes, changes or goes (specs/rules.md 6.16)."""

    do: str
    """Name of the output."""
    on: tuple[ActionEvent, ...]
    after_ms: int = 0
    """How long a raise is put off."""
    rate: int = 0
    """So many may come ..."""
    per_ms: int = 0
    """... in this time; 0: as many as there are."""


class Manner(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """All of it; most rules say nothing of the kind, and have none."""

    hides: Hides | None = None
    flap: Flap | None = None
    clears: Clears | None = None
    escalate: tuple[Escalation, ...] = ()
    actions: tuple[Action, ...] = ()
    fills: bool = False
    """Its text has places for what the alarm book knows."""
