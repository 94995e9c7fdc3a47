"""Shelving: an operator sets an alarm aside for a time; it comes back by itself (specs/alarms.md section 2)."""

from typing import Any

from netmon.alarms.ledger import DAY_MS, Ledger
from netmon.alarms.register import Register
from netmon.domain.alarm import Alarm
from netmon.domain.observation import OperatorRequest

LONGEST_MS = 7 * DAY_MS

REASON = "shelf:"
"""Before the name of who shelved it, in ``hidden_by``."""


def shelved(request: OperatorRequest, alarm: Alarm) -> dict[str, Any]:
    """Return the fields of an alarm that is shelved."""
    hidden_by = sorted({*_others(alarm), f"{REASON}{request.user}"})
    return {"shelved_until": request.until, "shelved_by": request.user, "hidden_by": tuple(hidden_by)}


def unshelved(alarm: Alarm) -> dict[str, Any]:
    """Return the fields of an alarm that is no longer shelved; what else hides it still does."""
    others = _others(alarm)
    shown = alarm.ever_shown or (alarm.state == "active" and not others)
    return {"shelved_until": None, "shelved_by": "", "hidden_by": others, "ever_shown": shown}


def shelf_due(ledger: Ledger, register: Register) -> None:
    """Bring an alarm back whose time on the shelf is over."""
    alarm = register.alarm
    assert alarm is not None, "only an alarm is shelved"
    ledger.change(register, "unshelved", f"shelf of {alarm.shelved_by} ended", unshelved(alarm))


def _others(alarm: Alarm) -> tuple[str, ...]:
    return tuple(reason for reason in alarm.hidden_by if not reason.startswith(REASON))
