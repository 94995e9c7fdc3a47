"""TMF642 task ``commentAlarms`` (specs/alarms.md section 5)."""

from typing import Any

import msgspec
from starlette.responses import Response

from netmon.alarms.states import LONGEST_COMMENT
from netmon.web.context import Call
from netmon.web.error import Fault
from netmon.web.tmf_checks import missing, patterns_of, refuse
from netmon.web.tmf_task import Kind, TaskQuery, asked_by, meant, operations, run

_COMMENT = Kind("commentAlarms", "comment", "commentedAlarm", "comment", "Comment on")


class CommentTask(msgspec.Struct, frozen=True, rename="camel"):
    """A request to comment on alarms."""

    comment: Any = None
    """A ``Comment``: ``{"comment": text, "userId": ..., "systemId": ...}``."""
    alarm_pattern: Any = None
    """Partial alarms; an alarm is meant if all attributes of any one of them are equal."""


class _Comment(msgspec.Struct, frozen=True, rename="camel"):
    comment: str
    user_id: str = ""
    system_id: str = ""


async def comment_alarms(call: Call[TaskQuery, CommentTask]) -> Response:
    """Comment on the alarms that a pattern means."""
    body = call.body
    faults = missing(comment=body.comment, alarm_pattern=body.alarm_pattern)
    patterns = patterns_of(body.alarm_pattern, faults)
    said = _read(body.comment, faults) if body.comment is not None else _Comment("")
    refuse(faults)
    ids = await meant(call, patterns)
    asked = asked_by(call, _COMMENT, told_user=said.user_id, system=said.system_id)
    asked = msgspec.structs.replace(asked, comment=said.comment)
    told = {"comment": body.comment, "alarmPattern": body.alarm_pattern}
    return await run(call, _COMMENT, asked, ids=ids, told=told)


def _read(given: Any, faults: list[Fault]) -> _Comment:
    try:
        said = msgspec.convert(given, _Comment)
    except msgspec.ValidationError as error:
        faults.append(Fault("comment", f'is not {{"comment": text}}: {error}'))
        return _Comment("")
    if not 1 <= len(said.comment.strip()) <= len(said.comment) <= LONGEST_COMMENT:
        faults.append(Fault("comment.comment", f"is not a text of 1 to {LONGEST_COMMENT} characters"))
    return said


OPERATIONS = operations(_COMMENT, CommentTask, comment_alarms, by_pattern=True)
