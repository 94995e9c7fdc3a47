"""TMF642 tasks ``ackAlarms`` and ``unAckAlarms`` (specs/alarms.md section 5)."""

from typing import Any

import msgspec
from starlette.responses import Response

from netmon.alarms.tmf642 import instant
from netmon.web.context import Call
from netmon.web.tmf_checks import missing, patterns_of, refuse, wrong_names, wrong_times
from netmon.web.tmf_task import Kind, TaskQuery, asked_by, meant, operations, run

_ACK = Kind("ackAlarms", "acknowledge", "ackedAlarm", "ack", "Acknowledge")
_UNACK = Kind("unAckAlarms", "unacknowledge", "unAckedAlarm", "un_ack", "Unacknowledge")


class AckTask(msgspec.Struct, frozen=True, rename="camel"):
    """A request to acknowledge alarms, or to take that back."""

    ack_system_id: Any = None
    ack_user_id: Any = None
    """Who acknowledged, as the caller knows them; the audit keeps the authenticated caller too."""
    alarm_pattern: Any = None
    """Partial alarms; an alarm is meant if all attributes of any one of them are equal."""
    ack_time: Any = None
    """Kept as told."""


async def ack_alarms(call: Call[TaskQuery, AckTask]) -> Response:
    """Acknowledge the alarms that a pattern means."""
    return await _run(call, _ACK)


async def un_ack_alarms(call: Call[TaskQuery, AckTask]) -> Response:
    """Take the acknowledgment back of the alarms that a pattern means."""
    return await _run(call, _UNACK)


async def _run(call: Call[TaskQuery, AckTask], kind: Kind) -> Response:
    body = call.body
    names = {"ack_system_id": body.ack_system_id, "ack_user_id": body.ack_user_id}
    faults = missing(**names, alarm_pattern=body.alarm_pattern)
    patterns = patterns_of(body.alarm_pattern, faults)
    refuse([*faults, *wrong_names(**names), *wrong_times(ack_time=body.ack_time)])
    ids = await meant(call, patterns)
    told = {
        "ackSystemId": body.ack_system_id,
        "ackUserId": body.ack_user_id,
        "ackTime": body.ack_time if body.ack_time is not None else instant(call.web.now_ms()),
        "alarmPattern": body.alarm_pattern,
    }
    asked = asked_by(call, kind, told_user=body.ack_user_id, system=body.ack_system_id)
    return await run(call, kind, asked, ids=ids, told=told)


OPERATIONS = (
    *operations(_ACK, AckTask, ack_alarms, by_pattern=True),
    *operations(_UNACK, AckTask, un_ack_alarms, by_pattern=True),
)
