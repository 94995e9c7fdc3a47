"""What an edge, or a timer, does to the alarm of its key: the effects named in table `states.CONDITION`."""

from collections.abc import Callable

import msgspec

from netmon.alarms import damping, escalation, hold, kinship, voices, wildcard
from netmon.alarms.ledger import REMOVED_MS, Ledger
from netmon.alarms.occurrence import form_of, said
from netmon.alarms.register import Register
from netmon.alarms.states import CONDITION, REGRESSED, ConditionEffect
from netmon.domain.alarm import SEVERITIES, Alarm, Content, Edge, Order
from netmon.domain.duration import in_words

_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}


def apply_edge(ledger: Ledger, edge: Edge) -> None:
    """Do what table 2.4 of specs/rules.md says for an edge."""
    if not edge.voice:
        _apply(ledger, edge)
    elif (said := voices.take(ledger, edge)) is not None:
        _apply(ledger, said)
        if edge.on:
            voices.raised(ledger, edge)


def _apply(ledger: Ledger, edge: Edge) -> None:
    register = ledger.registers.get(edge.key)
    if register is None:
        row = CONDITION["none"]
        if not edge.on:
            effect = row["clear_newer"]
        elif edge.order > ledger.tombstones.newest(edge.key):
            effect = row["raise_newer"]
        else:
            effect = row["raise_older"]
        _WITHOUT_REGISTER[effect](ledger, edge)
        return
    row = CONDITION[register.state]
    if edge.on:
        effect = row["raise_newer" if edge.order > register.last_clear else "raise_older"]
    else:
        effect = row["clear_newer" if edge.order >= register.last_raise else "clear_older"]
    _WITH_REGISTER[effect](ledger, edge, register)


def after_due(ledger: Ledger, register: Register) -> None:
    """Clear by timer: as if the last raise had been its own clear, so that no newer raise is lost."""
    due = register.last_raise[0] + register.after_ms
    register.moved_clear(register.last_raise)
    ledger.clear_alarm(
        register, at=due, reason="timeout", because=f"{register.rule} after {in_words(register.after_ms)}"
    )


def removed_due(ledger: Ledger, register: Register) -> None:
    """Clear an alarm whose rule is gone or makes other keys, and that nobody has raised since."""
    due, register.removed_due = register.removed_due or 0, None
    is_changed = register.rule in ledger.limits
    if is_changed and register.last_raise[0] > due - REMOVED_MS:
        return
    if register.state == "pending":
        hold.forget(ledger, register)
    elif register.state == "active":
        register.moved_clear(register.last_raise)
        reason, because = ("rule_changed", "changed") if is_changed else ("rule_removed", "removed")
        ledger.clear_alarm(register, at=ledger.now, reason=reason, because=f"{register.rule} {because}")


def _begin(ledger: Ledger, edge: Edge) -> None:
    if ledger.refuses(edge):
        ledger.count("limit", edge.rule)
        return
    register = Register(edge.key, "pending", edge.rule, edge.order, ledger.tombstones.take(edge.key))
    ledger.add(register)
    hold.start(ledger, edge, register)


def _begin_again(ledger: Ledger, edge: Edge, register: Register) -> None:
    if ledger.refuses(edge):
        ledger.count("limit", edge.rule)
        return
    register.moved_raise(edge.order)
    register.rule = edge.rule
    hold.start(ledger, edge, register)


def _repeat(ledger: Ledger, edge: Edge, register: Register) -> None:
    """Count a raise of an active alarm, and take what it says."""
    if is_counted(ledger, edge, register, edge.order):
        return
    alarm, content = register.alarm, edge.content
    assert alarm is not None, "an active register has an alarm"
    assert content is not None, "an on-Edge has a content"
    ledger.count("repeated", edge.rule)
    if edge.seq != register.counted_seq and not edge.restates:
        register.counted_seq = edge.seq
        register.count += 1
    if register.waiting is not None:
        hold.unwait(register, edge.order)
    if edge.order > register.last_raise and _is_newer(ledger, edge, register, alarm, content):
        return
    if not register.dirty:
        ledger.tell_later(register)


def is_counted(ledger: Ledger, edge: Edge, register: Register, order: Order) -> bool:
    """Count a raise of an active alarm that is newer than the last and says the same, and tell whether it was one.

    That is what a storm is made of, so it builds nothing.

    Args:
        ledger: all alarms.
        edge: what the rule said, now or of the first such trap.
        register: that of its alarm.
        order: that of this raise.
    """
    alarm, content = register.alarm, edge.content
    assert alarm is not None, "an active register has an alarm"
    assert content is not None, "an on-Edge has a content"
    if (
        order <= register.last_raise
        or content.severity != alarm.severity
        or content.text != (register.form or alarm.text)
    ):
        return False
    if edge.after_ms != register.after_ms or (edge.manner is not None and edge.manner.clears is not None):
        return False
    if edge.restates or register.waiting is not None or (register.damped is not None and damping.is_off(register)):
        return False
    ledger.count("repeated", edge.rule)
    if order[1] != register.counted_seq:
        register.counted_seq = order[1]
        register.count += 1
    register.last_raise, register.rule = order, edge.rule
    if not register.dirty:
        ledger.tell_later(register)
    return True


def _is_newer(ledger: Ledger, edge: Edge, register: Register, alarm: Alarm, content: Content) -> bool:
    """Take the newest raise of an active alarm; tell whether it says something new, which is told at once."""
    was_off = register.damped is not None and damping.is_off(register)
    register.last_raise = edge.order
    register.rule = edge.rule
    if was_off:
        ledger.record_edge(register, hold.because_of(edge))
    if edge.manner is not None and edge.manner.clears is not None:
        wildcard.sweep(ledger, register, edge.manner.clears, edge.order)
    if edge.after_ms != register.after_ms:
        _restart_after(ledger, edge, register)
    if content.severity != alarm.severity or not register.says(content.text):
        _say_again(ledger, edge, register)
        return True
    return False


def _restart_after(ledger: Ledger, edge: Edge, register: Register) -> None:
    register.after_ms = edge.after_ms
    ledger.set_timer(register, "after")


def _say_again(ledger: Ledger, edge: Edge, register: Register) -> None:
    """Tell a new severity or text at once; a rise undoes acknowledgment and closing."""
    alarm, content = register.alarm, edge.content
    assert alarm is not None, "an active register has an alarm"
    assert content is not None, "an on-Edge has a content"
    severity, is_new = escalation.at_least(register, content.severity), not register.says(content.text)
    register.form = form_of(edge)
    fields = {**said(content), "severity": severity, "revised": True}
    if edge.restates and content.additional_info:
        fields["additional_info"] = dict(content.additional_info)
    if severity == alarm.severity:
        if is_new:
            ledger.change(register, "updated", hold.because_of(edge), fields)
        elif not register.dirty:
            ledger.tell_later(register)
        return
    if _RANK[severity] > _RANK[alarm.severity]:
        fields |= REGRESSED
    changed = ledger.change(register, "severity", hold.because_of(edge), fields)
    if alarm.ack and not changed.ack and changed.parents:
        kinship.unacknowledged(ledger, changed, hold.because_of(edge))


def _bury(ledger: Ledger, edge: Edge) -> None:
    ledger.tombstones.bury(edge.key, edge.order, ledger.now)
    ledger.count("clear_only", edge.rule)


def _record_cleared(ledger: Ledger, edge: Edge) -> None:
    """Write an occurrence of which the clear came first; a hold that it would not have outlived is none."""
    clear = ledger.tombstones.newest(edge.key)
    if clear[0] - edge.order[0] < edge.for_ms:
        ledger.count("held_off", edge.rule)
        return
    if ledger.refuses(edge):
        ledger.count("limit", edge.rule)
        return
    ledger.count("cleared", edge.rule)
    ledger.tombstones.take(edge.key)
    register = Register(edge.key, "cleared", edge.rule, edge.order, clear, clear, 1, edge.seq)
    register.reopen_ms = edge.reopen_ms
    alarm = ledger.occurrence(register, edge, first=edge.order, previous=None)
    register.alarm = alarm = msgspec.structs.replace(
        alarm,
        state="cleared",
        severity="cleared",
        last_severity=alarm.severity,
        cleared=clear[0],
        clear_reason="condition_gone",
    )
    ledger.add(register)
    ledger.by_id[alarm.alarm_id] = register.key
    ledger.purge_later(alarm)
    ledger.record(alarm, hold.because_of(edge))


def _clear(ledger: Ledger, edge: Edge, register: Register) -> None:
    if edge.for_ms:
        hold.wait(ledger, edge, register)
        return
    ledger.count("cleared", edge.rule)
    reason = edge.reason or "condition_gone"
    damping.ended(ledger, register, edge.order, at=edge.order[0], reason=reason, because=hold.because_of(edge))


def _remember(ledger: Ledger, edge: Edge, register: Register) -> None:
    register.moved_clear(edge.order)
    ledger.count("clear_only", edge.rule)


def _count_late(ledger: Ledger, edge: Edge, register: Register) -> None:
    """Count a raise that came after its clear, unless it was a blip that its hold would have kept off."""
    register.moved_raise(edge.order)
    if edge.order > register.ended and register.last_clear[0] - edge.order[0] < edge.for_ms:
        ledger.count("held_off", edge.rule)
        return
    ledger.count("repeated", edge.rule)
    if register.counts(edge.seq):
        register.count += 1
        ledger.tell_later(register)


_WITHOUT_REGISTER: dict[ConditionEffect, Callable[[Ledger, Edge], None]] = {
    "begin": _begin,
    "record_cleared": _record_cleared,
    "bury": _bury,
}

_WITH_REGISTER: dict[ConditionEffect, Callable[[Ledger, Edge, Register], None]] = {
    "count": hold.count,
    "withdraw": hold.withdraw,
    "shorten": hold.shorten,
    "remember": _remember,
    "repeat": _repeat,
    "clear": _clear,
    "begin_again": _begin_again,
    "count_late": _count_late,
}
