"""The penalty of an alarm that comes and goes (RFC 2439 section 4.8): it grows by steps and halves with time."""

from math import ceil, log2

import msgspec

from netmon.domain.manner import Flap

_FINE = 1_000
"""The penalty is kept in thousandths, so that it is an integer."""


class Damped(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A penalty in thousandths, as it stood at ``at``."""

    penalty: int
    at: int
    flapping: bool = False


def added(damped: Damped | None, flap: Flap, at: int) -> Damped:
    """Return the penalty after one more clear; above ``suppress`` it makes the alarm a flapping one."""
    flapping = False
    penalty = flap.penalty * _FINE
    if damped is not None:
        at, flapping = max(at, damped.at), damped.flapping
        penalty += round(damped.penalty * pow(2.0, (damped.at - at) / flap.half_life_ms))
    penalty = min(penalty, flap.ceiling * _FINE)
    return Damped(penalty, at, flapping or penalty > flap.suppress * _FINE)


def reuse_due(damped: Damped, flap: Flap) -> int:
    """Return when the penalty will have fallen to ``reuse``: at most ``max_hold`` after the last clear."""
    halvings = max(0.0, log2(damped.penalty / (flap.reuse * _FINE)))
    return damped.at + min(flap.max_hold_ms, ceil(halvings * flap.half_life_ms))
