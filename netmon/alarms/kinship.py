"""Acknowledgment among parents and children (specs/alarms.md section 2).

Acknowledging a parent acknowledges its children; a parent whose children are all acknowledged is so too; a new or
unacknowledged child un-acknowledges the parent, and nobody else.
"""

from collections.abc import Iterator
from typing import Any

from netmon.alarms.ledger import Ledger
from netmon.alarms.register import Register
from netmon.domain.alarm import Alarm

UNACKNOWLEDGED: dict[str, Any] = {"ack": False, "ack_user": "", "ack_at": None, "ack_system": ""}


def acknowledged(ledger: Ledger, alarm: Alarm, by: dict[str, Any], because: str) -> list[str]:
    """Acknowledge all that is below an alarm, and what is above it when nothing unacknowledged is left there.

    Returns:
        The ids of those below it that were not acknowledged before.
    """
    fields = {"ack": True, **by}
    below = [register for register in _below(ledger, alarm.alarm_id) if not _alarm(register).ack]
    for register in below:
        ledger.change(register, "acknowledged", because, dict(fields))
    waiting = list(alarm.parents)
    while waiting:
        parent = _active(ledger, waiting.pop())
        if parent is not None and not _alarm(parent).ack and _all_acknowledged(ledger, _alarm(parent).alarm_id):
            waiting += ledger.change(parent, "acknowledged", because, dict(fields)).parents
    return [_alarm(register).alarm_id for register in below]


def unacknowledged(ledger: Ledger, alarm: Alarm, because: str) -> None:
    """Un-acknowledge the parents of an alarm that is not acknowledged any more."""
    waiting = list(alarm.parents)
    while waiting:
        parent = _active(ledger, waiting.pop())
        if parent is not None and _alarm(parent).ack:
            waiting += ledger.change(parent, "unacknowledged", because, dict(UNACKNOWLEDGED)).parents


def new_child(ledger: Ledger, parent: Register) -> None:
    """Un-acknowledge a parent that got a child which is not acknowledged."""
    alarm = _alarm(parent)
    if alarm.ack and not _all_acknowledged(ledger, alarm.alarm_id):
        changed = ledger.change(parent, "unacknowledged", "a new child", dict(UNACKNOWLEDGED))
        unacknowledged(ledger, changed, "a new child")


def _below(ledger: Ledger, parent: str) -> Iterator[Register]:
    """Yield the active descendants of an alarm, each once."""
    waiting, seen = list(ledger.family.of(parent)), {parent}
    while waiting:
        child = waiting.pop()
        register = _active(ledger, child)
        if child not in seen and register is not None:
            seen.add(child)
            yield register
            waiting += ledger.family.of(child)


def _all_acknowledged(ledger: Ledger, parent: str) -> bool:
    children = (_active(ledger, child) for child in ledger.family.of(parent))
    return all(_alarm(child).ack for child in children if child is not None)


def _active(ledger: Ledger, alarm_id: str) -> Register | None:
    key = ledger.by_id.get(alarm_id)
    register = ledger.registers.get(key) if key is not None else None
    return register if register is not None and register.state == "active" else None


def _alarm(register: Register) -> Alarm:
    assert register.alarm is not None, "an active register has an alarm"
    return register.alarm
