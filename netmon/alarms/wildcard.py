"""Wildcard clear: a raise that ends every alarm at or below its managed object (specs/rules.md 6.1)."""

from netmon.alarms.ledger import Ledger
from netmon.alarms.register import Register
from netmon.domain.alarm import Order
from netmon.domain.manner import Clears


def sweep(ledger: Ledger, cause: Register, clears: Clears, order: Order) -> None:
    """Clear what was raised before ``order``; found by path, never by a scan."""
    objects, path = ledger.shade.objects, cause.key[0]
    for key in sorted([*objects.at(path), *objects.below(path)]):
        register = ledger.registers[key]
        if key == cause.key or register.last_raise > order or not _is_meant(ledger, register, clears):
            continue
        register.moved_clear(order)
        because = f"{cause.rule} clears"
        ledger.clear_alarm(register, at=order[0], reason="condition_gone", because=because)


def _is_meant(ledger: Ledger, register: Register, clears: Clears) -> bool:
    type_ = register.key[1]
    if clears.types and type_ not in clears.types:
        return False
    return not (clears.unless_polled and type_ in ledger.polled)
