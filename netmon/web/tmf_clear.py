"""TMF642 task ``clearAlarms``: only what is not observed any more, or has no clear of its own (specs/alarms.md 2)."""

from typing import Any

import msgspec
from starlette.responses import Response

from netmon.web.context import Call
from netmon.web.tmf_checks import missing, patterns_of, refuse, wrong_names, wrong_times
from netmon.web.tmf_task import Kind, TaskQuery, asked_by, meant, operations, run

_CLEAR = Kind("clearAlarms", "clear", "clearedAlarm", "clear", "Clear")


class ClearTask(msgspec.Struct, frozen=True, rename="camel"):
    """A request to clear alarms."""

    clear_system_id: Any = None
    clear_user_id: Any = None
    """Who cleared, as the caller knows them; the audit keeps the authenticated caller too."""
    alarm_cleared_time: Any = None
    """Kept as told; the alarms are cleared when the engine takes the request."""
    alarm_pattern: Any = None
    """Partial alarms; an alarm is meant if all attributes of any one of them are equal."""


async def clear_alarms(call: Call[TaskQuery, ClearTask]) -> Response:
    """Clear the alarms that a pattern means."""
    body = call.body
    names = {"clear_system_id": body.clear_system_id, "clear_user_id": body.clear_user_id}
    faults = missing(**names, alarm_cleared_time=body.alarm_cleared_time, alarm_pattern=body.alarm_pattern)
    patterns = patterns_of(body.alarm_pattern, faults)
    refuse([*faults, *wrong_names(**names), *wrong_times(alarm_cleared_time=body.alarm_cleared_time)])
    ids = await meant(call, patterns)
    told = {
        "clearSystemId": body.clear_system_id,
        "clearUserId": body.clear_user_id,
        "alarmClearedTime": body.alarm_cleared_time,
        "alarmPattern": body.alarm_pattern,
    }
    asked = asked_by(call, _CLEAR, told_user=body.clear_user_id, system=body.clear_system_id)
    return await run(call, _CLEAR, asked, ids=ids, told=told)


OPERATIONS = operations(_CLEAR, ClearTask, clear_alarms, by_pattern=True)
