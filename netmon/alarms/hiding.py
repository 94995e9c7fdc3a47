"""Hidden or shown: an alarm is visible iff it is active and nothing hides it (specs/rules.md 7).

A late cause hides what was shown; the end of the last cause shows what is still active. Neither touches a condition
or a count.
"""

from typing import Any

from netmon.alarms import grouping, kinship
from netmon.alarms.family import TOLD_AT_ONCE
from netmon.alarms.ledger import Ledger
from netmon.alarms.placing import hides_of
from netmon.alarms.register import Register
from netmon.alarms.states import STALE
from netmon.domain.alarm import Alarm, ChangeKind
from netmon.domain.plan import PLANNED


def look_again(ledger: Ledger) -> None:
    """Write what the step has changed of who hides whom, each alarm once; parents then tell of their children."""
    shade = ledger.shade
    if shade.dirty:
        keys, shade.dirty = sorted(shade.dirty), {}
        for key in keys:
            register = ledger.registers.get(key)
            if register is not None and register.state == "active":
                _look_at(ledger, register)
    if ledger.family.changed:
        _tell_parents(ledger)


def look_at_moved(ledger: Ledger) -> None:
    """See to it that the next sessions that run over other interfaces are looked at."""
    ledger.shade.dirty |= dict.fromkeys(ledger.visits.take_moved())


def unhide_due(ledger: Ledger, register: Register) -> None:
    """Show what an alarm hid that was cleared a while ago."""
    register.shading_until = None
    if register.state != "active":
        ledger.shade.uncover(register.key)


def restore(ledger: Ledger) -> None:
    """Find out anew who hides whom, as the alarms say: a snapshot was loaded, or committed alarms were taken."""
    shade, family = ledger.shade, ledger.family
    for register in ledger.registers.values():
        alarm, hides = register.alarm, hides_of(register)
        if alarm is not None and alarm.parents and register.state == "active":
            family.regroup(alarm.alarm_id, (), alarm.parents, grouped=bool(alarm.group_parent))
        if alarm is not None and hides is not None and (register.state == "active" or register.shading_until):
            shade.cover(register.key, hides, alarm.alarm_id)
    shade.dirty = {}
    family.changed, family.grown = {}, {}
    for register in ledger.registers.values():
        alarm = register.alarm
        if alarm is not None and register.state == "active" and alarm.children != family.of(alarm.alarm_id):
            ledger.tell_later(register)


def _look_at(ledger: Ledger, register: Register) -> None:
    alarm = register.alarm
    assert alarm is not None, "an active register has an alarm"
    fields = ledger.place(register, alarm)
    if all(getattr(alarm, name) == value for name, value in fields.items()):
        return
    grouping.give_way(ledger, alarm, fields["parents"])
    grouped = bool(fields["group_parent"])
    ledger.family.regroup(alarm.alarm_id, alarm.parents, fields["parents"], grouped=grouped)
    kind, because = _kind_of(alarm, fields)
    if kind == "shown":
        fields["ever_shown"] = True
    ledger.change(register, kind, because, fields)


def _kind_of(alarm: Alarm, fields: dict[str, Any]) -> tuple[ChangeKind, str]:
    """Return the kind of a change of relations, and why it came about."""
    new = [reason for reason in fields["hidden_by"] if reason not in alarm.hidden_by]
    gone = [reason for reason in alarm.hidden_by if reason not in fields["hidden_by"]]
    if new:
        return (_relation(alarm, fields, "parent_set") if alarm.hidden_by else "hidden"), f"hidden by {', '.join(new)}"
    if gone:
        kind = _relation(alarm, fields, "parent_unset") if fields["hidden_by"] else "shown"
        return kind, f"no more hidden by {', '.join(gone)}"
    if fields["group_parent"] != alarm.group_parent:
        return "parent_unset", "the parent that an operator gave it is cleared"
    if fields["parents"] != alarm.parents:
        return "parent_set", "a new occurrence of what hides it"
    if fields["flags"] != alarm.flags:
        return _flagged(frozenset(fields["flags"]) ^ frozenset(alarm.flags), fields["flags"])
    return "updated", "root cause" if fields["root_cause"] else "behind a root cause"


def _relation(alarm: Alarm, fields: dict[str, Any], kind: ChangeKind) -> ChangeKind:
    """Return the kind of a change of parents; where only planned work hides otherwise, there is none."""
    return kind if fields["parents"] != alarm.parents else "updated"


def _flagged(changed: frozenset[str], flags: tuple[str, ...]) -> tuple[ChangeKind, str]:
    if STALE in changed:
        stale = STALE in flags
        return ("stale", "the element does not answer") if stale else ("fresh", "the element answers again")
    return "updated", "work is planned here" if PLANNED in flags else "no more planned work here"


def _tell_parents(ledger: Ledger) -> None:
    """Let parents tell of their children; of many not at once, or a storm would write the list again for each."""
    family = ledger.family
    changed = sorted((key, parent) for parent in family.changed if (key := ledger.by_id.get(parent)) is not None)
    grown, family.changed, family.grown = family.grown, {}, {}
    for key, parent in changed:
        register = ledger.registers[key]
        if register.state != "active":
            continue
        if family.size(parent) <= TOLD_AT_ONCE:
            ledger.change(register, "updated", "children", {"children": family.of(parent)})
        else:
            ledger.tell_later(register)
        if parent in grown:
            kinship.new_child(ledger, register)
