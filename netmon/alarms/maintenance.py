"""Alarms of what is worked on: hidden or marked while the work is planned, shown once it should be over.

The condition, its clear and the count go on as ever (specs/rules.md 6.13, specs/alarms.md section 2). An alarm that is
raised stands right from its first moment; those that stood already are looked at a few in each Tick.
"""

from netmon.alarms.ledger import Ledger
from netmon.alarms.placing import hides_of
from netmon.alarms.shade import MAINTENANCE_REASON
from netmon.domain.alarm import AlarmKey
from netmon.domain.plan import PLANNED, Plans


def plan(ledger: Ledger, plans: Plans) -> None:
    """Take what is worked on now, and where that is news."""
    ledger.shade.plans = plans.open
    ledger.visits.add(plans.elements)


def visit(ledger: Ledger) -> None:
    """Look at the next alarms where work began or ended."""
    for key in ledger.visits.take(ledger.shade):
        if _stands_otherwise(ledger, key):
            ledger.shade.dirty[key] = None


def _stands_otherwise(ledger: Ledger, key: AlarmKey) -> bool:
    """Tell whether an alarm does not stand as what is worked on now demands."""
    register = ledger.registers.get(key)
    if register is None or register.state != "active" or register.alarm is None:
        return False
    hides, alarm = hides_of(register), register.alarm
    reasons, is_planned = ledger.shade.planned(key[0], hides.objects if hides is not None else ())
    known = tuple(reason for reason in alarm.hidden_by if reason.startswith(MAINTENANCE_REASON))
    return reasons != known or is_planned != (PLANNED in alarm.flags)
