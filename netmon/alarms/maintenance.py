"""Alarms of what is worked on: hidden or marked while the work is planned, shown once it should be over.

The condition, its clear and the count go on as ever (specs/rules.md 6.13, specs/alarms.md section 2).
"""

from netmon.alarms.ledger import Ledger
from netmon.alarms.placing import hides_of
from netmon.alarms.shade import MAINTENANCE_REASON
from netmon.domain.plan import PLANNED, Plan


def plan(ledger: Ledger, plans: tuple[Plan, ...]) -> None:
    """Take what is worked on now; alarms that this concerns are looked at again."""
    shade = ledger.shade
    was, shade.plans = shade.plans, plans
    if not was and not plans:
        return
    for key, register in ledger.registers.items():
        alarm, hides = register.alarm, hides_of(register)
        if register.state != "active" or alarm is None:
            continue
        reasons, planned = shade.planned(key[0], hides.objects if hides is not None else ())
        known = tuple(reason for reason in alarm.hidden_by if reason.startswith(MAINTENANCE_REASON))
        if reasons != known or planned != (PLANNED in alarm.flags):
            shade.dirty[key] = None
