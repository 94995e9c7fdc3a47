"""Damping of alarms that come and go (specs/rules.md 6.8).

Each clear of an active alarm adds a penalty. Above ``suppress`` the alarm stays active, ``flapping``: what it does
is kept as ``edge``, nothing of it is sent. At ``reuse`` it is ``steady``, and then what its condition is.
"""

from netmon.alarms.ledger import Ledger
from netmon.alarms.penalty import Damped, added
from netmon.alarms.register import Register
from netmon.alarms.states import FLAPPING
from netmon.domain.alarm import Order


def ended(ledger: Ledger, register: Register, order: Order, *, at: int, reason: str, because: str) -> None:
    """Take the end of a condition: a clear, unless the alarm comes and goes too often."""
    flap = register.manner.flap if register.manner is not None else None
    was_off = is_off(register)
    register.moved_clear(order)
    if was_off:
        return
    was_flapping = register.damped is not None and register.damped.flapping
    if flap is not None:
        register.damped = added(register.damped, flap, order[0])
    if register.damped is None or not register.damped.flapping:
        ledger.clear_alarm(register, at=at, reason=reason, because=because)
        return
    ledger.record_edge(register, because)
    alarm = register.alarm
    if not was_flapping and alarm is not None:
        ledger.change(register, "flapping", f"{register.rule} flap", {"flags": (*alarm.flags, FLAPPING)})
    ledger.set_timer(register, "steady")


def steady_due(ledger: Ledger, register: Register) -> None:
    """Let damping end: the alarm is now what its condition is."""
    damped, alarm = register.damped, register.alarm
    assert damped is not None, "only a flapping alarm has this timer"
    assert alarm is not None, "a flapping alarm is active"
    ends = is_off(register)
    register.damped = Damped(damped.penalty, damped.at)
    flags = tuple(flag for flag in alarm.flags if flag != FLAPPING)
    because = f"{register.rule} flap"
    ledger.change(register, "steady", because, {"flags": flags})
    if ends:
        ledger.clear_alarm(register, at=register.last_clear[0], reason="condition_gone", because=because)


def is_off(register: Register) -> bool:
    """Tell whether an active alarm is kept by damping only: its condition is off."""
    damped = register.damped
    return damped is not None and damped.flapping and register.last_clear >= register.last_raise
