"""Actions that let an agent misbehave for a time (specs/snmp.md 8.1)."""

from typing import Annotated

import msgspec

from netmon.cli.simulate.actions import Action
from netmon.cli.simulate.scenario import ObjectName
from netmon.cli.simulate.served import Served
from netmon.domain.duration import Duration
from netmon.snmp import faults
from netmon.snmp.faults import Fault

Octets = Annotated[int, msgspec.Meta(ge=0, le=65_507)]
Percent = Annotated[float, msgspec.Meta(gt=0, le=100)]


class Misbehavior(Action, frozen=True, kw_only=True):
    """What every misbehavior has."""

    for_: Duration | None = msgspec.field(default=None, name="for")
    """How long. Default: to the end."""

    def _misbehave(self, served: Served, fault: Fault) -> None:
        for_ms = None if self.for_ is None else self.for_.ms
        served.agent.faults.begin(fault, now=served.now(), for_ms=for_ms)


class _OfRows(Misbehavior, frozen=True, kw_only=True):
    """Is about some rows."""

    oid: ObjectName | None = None
    """Rows of this object and below; default: everywhere."""

    def below(self) -> str:
        """Return the OID, empty for everywhere."""
        return str(self.oid or "")


class _OfAnswers(Misbehavior, frozen=True, kw_only=True):
    """Is about some answers."""

    percent: Percent = 100.0
    """Of the answers."""


class GenErr(_OfRows, frozen=True, kw_only=True, tag="gen_err"):
    """Requests are answered with genErr."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        self._misbehave(served, faults.GenErr(self.below()))


class NonIncreasing(_OfRows, frozen=True, kw_only=True, tag="non_increasing"):
    """In the middle of each column two rows come in the wrong order."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        self._misbehave(served, faults.NonIncreasing(self.below()))


class EndlessWalk(_OfRows, frozen=True, kw_only=True, tag="endless_walk"):
    """Columns never end: made-up rows come after the last one."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        self._misbehave(served, faults.EndlessWalk(self.below()))


class WrongType(_OfRows, frozen=True, kw_only=True, tag="wrong_type"):
    """Values come as another type: numbers as text, all else as a number."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        self._misbehave(served, faults.WrongType(self.below()))


class TooBig(Misbehavior, frozen=True, kw_only=True, tag="too_big"):
    """What would be a long answer is the error tooBig, even where it could be cut."""

    above: Octets = 484
    """Octets of the answer from which on."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        self._misbehave(served, faults.TooBig(self.above))


class Truncate(_OfAnswers, frozen=True, kw_only=True, tag="truncate"):
    """Answers are cut off."""

    size: Octets = 0
    """Octets that are left; 0: half of them."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        self._misbehave(served, faults.Truncate(self.size, self.percent))


class Loss(_OfAnswers, frozen=True, kw_only=True, tag="loss"):
    """Answers are lost."""

    above: Octets = 0
    """Only longer ones, in octets: 1472 is like a network that loses fragments."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        self._misbehave(served, faults.Loss(self.percent, self.above))


class Delay(_OfAnswers, frozen=True, kw_only=True, tag="delay"):
    """Answers come late."""

    by: Duration
    """How late."""
    jitter: Duration = Duration("0s")
    """Up to so much later still."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        self._misbehave(served, faults.Delay(self.by.ms, self.jitter.ms, self.percent))


class Duplicate(_OfAnswers, frozen=True, kw_only=True, tag="duplicate"):
    """Answers come twice."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        self._misbehave(served, faults.Duplicate(self.percent))


class Reorder(_OfAnswers, frozen=True, kw_only=True, tag="reorder"):
    """Of two answers the second comes first."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        self._misbehave(served, faults.Reorder(self.percent))


class ForeignReply(_OfAnswers, frozen=True, kw_only=True, tag="foreign_reply"):
    """Answers come from another address than was asked."""

    source: Annotated[str, msgspec.Meta(pattern=r"^127\.\d+\.\d+\.\d+$")] = msgspec.field(
        default="127.255.255.254", name="from"
    )
    """That address, of this host's loopback."""

    def begin(self, served: Served) -> None:
        """Let it happen."""
        self._misbehave(served, faults.ForeignReply(self.source, self.percent))
