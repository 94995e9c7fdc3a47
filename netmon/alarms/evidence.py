"""Whether the condition of an alarm may still hold, so that no operator may clear it (specs/alarms.md 2)."""

from datetime import UTC, datetime

from netmon.alarms.register import Register
from netmon.domain.alarm import Alarm, Look, Looks


def against_clear(register: Register, alarm: Alarm, looks: Looks, *, now: int) -> str:
    """Return what speaks against a clear by an operator, as time and value in words; empty if nothing does.

    Nothing does where the rule says so, or where the newest poll was good, is newer than the raise, and did not
    find the condition.
    """
    if alarm.clearable:
        return ""
    look = looks.look(register.key, rule=register.rule, now=now)
    raised = f"{register.rule} raised it last at {_moment(register.last_raise[0])}"
    if look is not None and look.result != "gone":
        return f"{_seen(look, alarm.object)}; {raised}"
    if look is None or look.order <= register.last_raise:
        return f"{raised}, and no poll has looked at {alarm.object} since"
    return ""


def _seen(look: Look, object_: str) -> str:
    at = _moment(look.order[0])
    return f"{look.words} at {at}" if look.result == "observed" else f"the last poll of {object_} failed at {at}"


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
