"""Alarms of a managed object whose stable name was learned, or of a rule that was renamed (specs/rules.md 2.1, 9.2)."""

from collections.abc import Mapping

import msgspec

from netmon.alarms.hold import forget
from netmon.alarms.ledger import Ledger
from netmon.alarms.placing import hides_of
from netmon.alarms.register import Register
from netmon.alarms.timers import KINDS
from netmon.domain.alarm import AlarmKey
from netmon.rulebook.kinds import Rule

UNSTABLE = "unstable_identity"
RESOLVED, RENAMED = "object_resolved", "rule_renamed"
"""Why an alarm moves."""

replace = msgspec.structs.replace


def move(ledger: Ledger, old: str, new: str) -> None:
    """Move what is active or pending at ``old`` to ``new``, alarm ids and all."""
    keys = list(ledger.unstable.get(old, ())) or [key for key in ledger.registers if key[0] == old]
    for key in sorted(keys):
        register = ledger.registers[key]
        if register.state == "active":
            _move_active(ledger, register, (new, *key[1:]))
        elif register.state == "pending":
            _move_pending(ledger, register, (new, *key[1:]))


def rename(ledger: Ledger, rules: Mapping[str, Rule]) -> None:
    """Move the alarms of rules that are called otherwise now, by their old ids, alarm ids and all."""
    registers = [one for one in ledger.registers.values() if one.rule in rules] if rules else []
    for register in sorted(registers, key=lambda one: one.key):
        key = register.key
        if ledger.registers.get(key) is not register:
            # One that moved there before has taken it over.
            continue
        rule = rules[register.rule]
        renamed = (key[0], rule.type, key[2])
        if register.state == "active":
            register.rule = rule.id
            _move_active(ledger, register, renamed, why=RENAMED)
        elif register.state == "pending":
            _rename_pending(ledger, register, renamed, rule.id)
        else:
            register.rule = rule.id


def _rename_pending(ledger: Ledger, register: Register, key: AlarmKey, rule: str) -> None:
    pending = register.pending
    assert pending is not None, "state pending has a hold"
    register.rule = rule
    register.pending = replace(pending, edge=replace(pending.edge, key=key, rule=rule))
    if key != register.key:
        _move_pending(ledger, register, key)


def _move_active(ledger: Ledger, register: Register, key: AlarmKey, *, why: str = RESOLVED) -> None:
    there = ledger.registers.get(key) if key != register.key else None
    if there is not None and there.state == "active":
        there.moved_raise(register.last_raise)
        register.moved_clear(register.last_raise)
        ledger.clear_alarm(register, at=ledger.now, reason="merged", because=f"{why} {key[0]}")
        return
    if there is not None:
        _absorb(ledger, register, there)
    register.moved_clear(ledger.tombstones.take(key))
    _rekey(ledger, register, key, why=why)
    if register.last_clear >= register.last_raise:
        at = register.last_clear[0]
        ledger.clear_alarm(register, at=at, reason="condition_gone", because=why)


def _rekey(ledger: Ledger, register: Register, key: AlarmKey, *, why: str) -> None:
    alarm = register.alarm
    assert alarm is not None, "an active register has an alarm"
    ledger.count_active(register.key, alarm, -1)
    ledger.remove(register)
    register.key = key
    # What was to be told of the count was noted under the old key.
    register.dirty = False
    ledger.add(register)
    flags = tuple(flag for flag in alarm.flags if flag != UNSTABLE or ":#" in key[0])
    rule = register.rule if why == RENAMED else alarm.rule
    fields = {"object": key[0], "type": key[1], "rule": rule, "flags": flags}
    moved = ledger.change(register, "updated", why, fields)
    ledger.by_id[moved.alarm_id] = key
    ledger.count_active(register.key, moved, 1)
    ledger.shade.dirty[key] = None
    if (hides := hides_of(register)) is not None:
        ledger.shade.cover(key, hides, moved.alarm_id)
    if moved.count != register.count:
        ledger.tell_later(register)
    for kind in KINDS:
        ledger.set_timer(register, kind)


def _absorb(ledger: Ledger, register: Register, there: Register) -> None:
    """Take over what the stable key knew: its registers, and the count of a hold that the moved alarm answers."""
    if there.pending is not None:
        register.count += there.pending.count
        register.moved_raise(there.last_raise)
    register.moved_clear(there.last_clear)
    ledger.retire(there)
    ledger.remove(there)


def _move_pending(ledger: Ledger, register: Register, key: AlarmKey) -> None:
    """Let a hold go on at the stable key, unless that is active already or was cleared since."""
    pending = register.pending
    assert pending is not None, "state pending has a hold"
    forget(ledger, register)
    there = ledger.registers.get(key)
    cleared = ledger.tombstones.newest(key) if there is None else there.last_clear
    if pending.first <= cleared or (there is not None and there.state == "active"):
        return
    if there is None:
        there = Register(key, "pending", register.rule, register.last_raise, ledger.tombstones.take(key))
        ledger.add(there)
    if there.pending is not None:
        pending = replace(
            pending,
            due=min(pending.due, there.pending.due),
            first=min(pending.first, there.pending.first),
            count=pending.count + there.pending.count,
        )
    there.state, there.voices = "pending", register.voices
    there.moved_raise(register.last_raise)
    there.pending = replace(pending, edge=replace(pending.edge, key=key))
    ledger.set_timer(there, "for")
