"""How alarms leave the book, and how counts are told: bounded work of each Tick."""

from netmon.alarms.ledger import DAY_MS, UPDATE_EVERY_MS, Ledger
from netmon.alarms.register import Register

PURGED_PER_TICK = 100
UPDATED_PER_TICK = 40


def tell_counts(ledger: Ledger) -> None:
    """Write ``updated`` for alarms whose count moved on."""
    told = 0
    for due, key in ledger.updates.due(ledger.now):
        register = ledger.registers.get(key)
        told += register is not None and _tell_count(ledger, register, due)
        if told >= UPDATED_PER_TICK:
            return


def purge(ledger: Ledger) -> None:
    """Write ``purged`` for alarms that were cleared more than 24 h ago."""
    for purged, (_, alarm_id) in enumerate(ledger.purges.due(ledger.now), start=1):
        _purge(ledger, alarm_id)
        if purged >= PURGED_PER_TICK:
            return


def _tell_count(ledger: Ledger, register: Register, due: int) -> bool:
    alarm = register.alarm
    register.dirty = False
    if alarm is None or register.purged:
        return False
    told = ledger.family.of(alarm.alarm_id) if register.state == "active" else alarm.children
    if alarm.count == register.count and alarm.children == told:
        return False
    if alarm.changed + UPDATE_EVERY_MS > due:
        ledger.tell_later(register)
        return False
    because = f"{register.rule} count" if alarm.count != register.count else "children"
    ledger.change(register, "updated", because, {"children": told})
    return True


def _purge(ledger: Ledger, alarm_id: str) -> None:
    past = ledger.past.pop(alarm_id, None)
    if past is not None:
        ledger.rewrite(past, "purged", "24h after clear", {})
        return
    register = ledger.registers[ledger.by_id.pop(alarm_id)]
    ledger.change(register, "purged", "24h after clear", {})
    register.purged = True
    if register.state == "cleared":
        if register.reopen_ms > DAY_MS:
            ledger.set_timer(register, "forget")
        else:
            ledger.remove(register)
