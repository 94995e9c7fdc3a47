"""Alarms of managed objects that are there no more: removed, renamed or adopted (specs/snmp.md 5.2)."""

from collections.abc import Iterable

from netmon.alarms.hold import forget
from netmon.alarms.ledger import Ledger
from netmon.alarms.objects import ancestors


def clear(ledger: Ledger, objects: Iterable[str], *, reason: str) -> None:
    """Clear what is active at or below the objects, and forget what is pending there."""
    gone = dict.fromkeys(objects)
    active = ledger.shade.objects
    keys = {key for path in gone for key in (*active.at(path), *active.below(path))}
    held = (key for key, register in ledger.registers.items() if register.state == "pending")
    keys.update(key for key in held if any(path in gone for path in ancestors(key[0])))
    for key in sorted(keys):
        register = ledger.registers[key]
        if register.state == "active":
            register.moved_clear(register.last_raise)
            ledger.clear_alarm(register, at=ledger.now, reason=reason, because=f"{reason} {key[0]}")
        elif register.state == "pending":
            forget(ledger, register)
