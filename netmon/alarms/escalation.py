"""Escalation: an alarm that stands for long rises by itself (specs/rules.md 6.12).

Time counts from ``raised`` of the occurrence; while the alarm is hidden it stands still.
"""

from netmon.alarms import kinship
from netmon.alarms.ledger import Ledger
from netmon.alarms.register import Register, next_escalation
from netmon.alarms.states import REGRESSED
from netmon.domain.alarm import SEVERITIES, Severity
from netmon.domain.duration import in_words


def escalate_due(ledger: Ledger, register: Register) -> None:
    """Take the step that is due; one that would not rise is taken all the same, and does nothing."""
    number, alarm, manner = next_escalation(register), register.alarm, register.manner
    assert number is not None, "only a step that may be taken has this timer"
    assert alarm is not None, "an active register has an alarm"
    assert manner is not None, "its rule says how it escalates"
    step = manner.escalate[number]
    first = not register.escalated
    register.escalated = number + 1
    if SEVERITIES.index(step.severity) > SEVERITIES.index(alarm.severity):
        because = f"{register.rule} escalate[{number}] after {in_words(step.after_ms)}"
        fields = {"severity": step.severity, "revised": True, **REGRESSED}
        if first:
            fields["original_severity"] = alarm.severity
        changed = ledger.change(register, "severity", because, fields)
        if alarm.ack and changed.parents:
            kinship.unacknowledged(ledger, changed, because)
    ledger.set_timer(register, "escalate")


def at_least(register: Register, severity: Severity) -> Severity:
    """Return the severity of a raise, or that to which the alarm has risen by now, if that is more."""
    if not register.escalated or register.manner is None:
        return severity
    steps = register.manner.escalate[: register.escalated]
    reached = steps[-1].severity if steps else severity
    return max(severity, reached, key=SEVERITIES.index)
