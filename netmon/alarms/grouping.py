"""Parents that operators give: requests ``group`` and ``ungroup`` (specs/alarms.md section 2).

A parent of that kind hides nothing, and is one only while it is active; a rule that finds the opposite goes before it.
"""

from collections.abc import Iterable
from typing import Any

from netmon.alarms.ledger import Ledger
from netmon.alarms.shade import MOST_CHILDREN
from netmon.domain.alarm import Alarm


def against_group(ledger: Ledger, alarm: Alarm, parent: str) -> tuple[str, int, str] | None:
    """Return why an alarm cannot become a child of another one: word, status and words; None if it can."""
    if not parent:
        return "missingAttribute", 400, "parent is missing"
    if ledger.active_alarm(parent) is None:
        known = parent in ledger.by_id or parent in ledger.past
        evidence = f"the parent {parent} is cleared" if known else f"there is no alarm {parent}"
        return ("alreadyCleared", 409, evidence) if known else ("notFound", 404, evidence)
    if ledger.active_alarm(alarm.alarm_id) is None:
        return "alreadyCleared", 409, "it is cleared"
    if alarm.alarm_id in above(ledger, [parent]):
        return "cycle", 409, f"it would be its own parent: {parent} is below it"
    if ledger.family.size(parent) >= MOST_CHILDREN:
        return "tooMany", 409, f"the parent has {MOST_CHILDREN} children already"
    return None


def placed(ledger: Ledger, alarm: Alarm, parent: str) -> dict[str, Any]:
    """Make an alarm a child of another one, of none with an empty id, in place of the parent it was given before.

    Returns:
        The fields of the alarm that say so.
    """
    fields = ledger.place(ledger.registers[ledger.by_id[alarm.alarm_id]], alarm, group_parent=parent)
    ledger.family.regroup(alarm.alarm_id, alarm.parents, fields["parents"], grouped=bool(parent))
    return fields


def give_way(ledger: Ledger, alarm: Alarm, parents: Iterable[str]) -> None:
    """Undo what operators grouped where an alarm now gets parents that would be below it by that."""
    if not ledger.family.grouped:
        return
    # From the top: where one link of a ring is undone, the others may stay.
    for id_ in reversed(above(ledger, parents)):
        one = ledger.active_alarm(id_) if id_ in ledger.family.grouped else None
        if one is not None and alarm.alarm_id in above(ledger, [one.group_parent]):
            register = ledger.registers[ledger.by_id[id_]]
            ledger.change(register, "parent_unset", "it would be its own parent", placed(ledger, one, ""))


def above(ledger: Ledger, alarms: Iterable[str]) -> dict[str, None]:
    """Return alarms and all that are above them, each once."""
    found = dict.fromkeys(alarms)
    waiting = list(found)
    while waiting:
        alarm = ledger.active_alarm(waiting.pop())
        for parent in alarm.parents if alarm is not None else ():
            if parent not in found:
                found[parent] = None
                waiting.append(parent)
    return found
