"""Where an alarm stands: what hides it, its parents; is it a root cause, stale, planned (specs/rules.md 7)."""

from typing import Any

from netmon.alarms.family import Family
from netmon.alarms.register import Register
from netmon.alarms.shade import MAINTENANCE_REASON, Shade
from netmon.alarms.states import STALE
from netmon.domain.alarm import Alarm, AlarmKey
from netmon.domain.manner import Hides
from netmon.domain.plan import PLANNED

ALARM_REASON = "alarm:"
"""Begins a reason to be hidden that is an alarm; its key follows."""


def placing(shade: Shade, family: Family, register: Register, alarm: Alarm, *, group_parent: str) -> dict[str, Any]:
    """Return the fields that say by what an alarm is hidden now, and whether it is a root cause, stale, or planned."""
    hides = hides_of(register)
    ends = hides.objects if hides is not None else ()
    areas = family.admitted(alarm.alarm_id, shade.over(register.key, hides))
    work, is_planned = shade.planned(register.key[0], ends)
    others = [reason for reason in alarm.hidden_by if not reason.startswith((ALARM_REASON, MAINTENANCE_REASON))]
    return {
        "hidden_by": tuple(sorted([*others, *work, *(area.reason for area in areas)])),
        "parents": tuple(sorted({*(area.parent for area in areas), *([group_parent] if group_parent else ())})),
        "group_parent": group_parent,
        "root_cause": hides is not None and shade.is_root(register.key, hides),
        "flags": _flags(alarm, stale=_is_stale(shade, register.key, hides), planned=is_planned),
    }


def _is_stale(shade: Shade, key: AlarmKey, hides: Hides | None) -> bool:
    """Tell whether nobody knows if an alarm still holds; that an element is silent is no less certain for it."""
    return key[0].partition("/")[0] in shade.silent and not (hides is not None and hides.downstream)


def _flags(alarm: Alarm, *, stale: bool, planned: bool) -> tuple[str, ...]:
    flags = alarm.flags
    for flag, is_on in ((STALE, stale), (PLANNED, planned)):
        if is_on != (flag in flags):
            flags = (*flags, flag) if is_on else tuple(other for other in flags if other != flag)
    return flags


def hides_of(register: Register) -> Hides | None:
    """Return what the alarm of a register hides; None for most."""
    return register.manner.hides if register.manner is not None else None
