"""All actions of a script, joined."""

from netmon.cli.simulate.actions import (
    ClockSkew,
    Discontinuity,
    EngineReset,
    LinkDown,
    LinkUp,
    Reboot,
    Renumber,
    SilentAgent,
    Wrap,
)
from netmon.cli.simulate.misbehavior import (
    Delay,
    Duplicate,
    EndlessWalk,
    ForeignReply,
    GenErr,
    Loss,
    NonIncreasing,
    Reorder,
    TooBig,
    Truncate,
    WrongType,
)
from netmon.cli.simulate.telling import Inform, Storm, Trap

ScriptAction = (
    LinkDown
    | LinkUp
    | Reboot
    | Renumber
    | Wrap
    | Discontinuity
    | Delay
    | Loss
    | Duplicate
    | Reorder
    | TooBig
    | GenErr
    | NonIncreasing
    | EndlessWalk
    | Truncate
    | WrongType
    | ForeignReply
    | SilentAgent
    | EngineReset
    | ClockSkew
    | Storm
    | Inform
    | Trap
)
