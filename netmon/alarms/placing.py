"""Where an alarm stands: what hides it, below which alarms, whether it is a root cause, or stale (specs/rules.md 7)."""

from typing import Any

from netmon.alarms.family import Family
from netmon.alarms.register import Register
from netmon.alarms.shade import Shade
from netmon.alarms.states import STALE
from netmon.domain.alarm import Alarm, AlarmKey
from netmon.domain.manner import Hides

ALARM_REASON = "alarm:"
"""Begins a reason to be hidden that is an alarm; its key follows."""


def placing(shade: Shade, family: Family, register: Register, alarm: Alarm, *, group_parent: str) -> dict[str, Any]:
    """Return the fields that say by what an alarm is hidden now, and whether it is a root cause or stale."""
    hides = hides_of(register)
    areas = family.admitted(alarm.alarm_id, shade.over(register.key, hides.objects if hides is not None else ()))
    others = [reason for reason in alarm.hidden_by if not reason.startswith(ALARM_REASON)]
    return {
        "hidden_by": tuple(sorted([*others, *(area.reason for area in areas)])),
        "parents": tuple(sorted({*(area.parent for area in areas), *([group_parent] if group_parent else ())})),
        "group_parent": group_parent,
        "root_cause": hides is not None and shade.is_root(register.key[0], hides),
        "flags": _flags(shade, register.key, alarm, hides),
    }


def _flags(shade: Shade, key: AlarmKey, alarm: Alarm, hides: Hides | None) -> tuple[str, ...]:
    """Return the flags of an alarm; that an element is silent is no less certain for its silence."""
    stale = key[0].partition("/")[0] in shade.silent and not (hides is not None and hides.downstream)
    if stale == (STALE in alarm.flags):
        return alarm.flags
    return (*alarm.flags, STALE) if stale else tuple(flag for flag in alarm.flags if flag != STALE)


def hides_of(register: Register) -> Hides | None:
    """Return what the alarm of a register hides; None for most."""
    return register.manner.hides if register.manner is not None else None
