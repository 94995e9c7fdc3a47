"""TMF642 tasks ``groupAlarms`` and ``unGroupAlarms``: children of a parent alarm (specs/alarms.md section 5)."""

from typing import Any

import msgspec
from starlette.responses import Response

from netmon.web.context import Call
from netmon.web.error import Fault, Refusal
from netmon.web.tmf_checks import missing, refuse, wrong_names, wrong_times
from netmon.web.tmf_task import MOST, Kind, asked_by, operations, run

_GROUP = Kind("groupAlarms", "group", "groupedAlarm", "group", "Group")
_UNGROUP = Kind("unGroupAlarms", "ungroup", "unGroupedAlarm", "un_group", "Ungroup")


class GroupTask(msgspec.Struct, frozen=True, rename="camel"):
    """A request to put alarms under a parent, or to take them from it."""

    source_system_id: Any = None
    alarm_changed_time: Any = None
    """Kept as told."""
    parent_alarm: Any = None
    """The parent: ``{"id": ...}``, or a list with one of them."""
    correlated_alarm: Any = None
    """Its children: a list of ``{"id": ...}``."""


class _Ref(msgspec.Struct, frozen=True):
    id: str


async def group_alarms(call: Call[None, GroupTask]) -> Response:
    """Put alarms under a parent; a cycle is refused."""
    return await _run(call, _GROUP)


async def un_group_alarms(call: Call[None, GroupTask]) -> Response:
    """Take alarms from the parent that they were given."""
    return await _run(call, _UNGROUP)


async def _run(call: Call[None, GroupTask], kind: Kind) -> Response:
    body = call.body
    faults = missing(
        source_system_id=body.source_system_id,
        alarm_changed_time=body.alarm_changed_time,
        parent_alarm=body.parent_alarm,
        correlated_alarm=body.correlated_alarm,
    )
    parents = _ids("parentAlarm", body.parent_alarm, faults)
    children = _ids("correlatedAlarm", body.correlated_alarm, faults)
    if len(parents) > 1:
        faults.append(Fault("parentAlarm", "names more than one parent"))
    faults += wrong_names(source_system_id=body.source_system_id)
    refuse([*faults, *wrong_times(alarm_changed_time=body.alarm_changed_time)])
    if len(children) > MOST:
        raise Refusal(400, "tooMany", message=f"correlatedAlarm names {len(children)} alarms; at most {MOST} at once")
    asked = msgspec.structs.replace(asked_by(call, kind, system=body.source_system_id), parent=parents[0])
    told = {
        "sourceSystemId": body.source_system_id,
        "alarmChangedTime": body.alarm_changed_time,
        "parentAlarm": body.parent_alarm,
        "correlatedAlarm": body.correlated_alarm,
    }
    return await run(call, kind, asked, ids=children, told=told)


def _ids(name: str, given: Any, faults: list[Fault]) -> list[str]:
    """Return the ids of references, each once."""
    if given is None or given == "":
        return []
    try:
        refs = msgspec.convert(given if isinstance(given, list) else [given], list[_Ref])
    except msgspec.ValidationError as error:
        faults.append(Fault(name, f'is not a list of {{"id": text}}: {error}'))
        return []
    if not refs:
        faults.append(Fault(name, "is empty"))
    return list(dict.fromkeys(ref.id for ref in refs))


OPERATIONS = (
    *operations(_GROUP, GroupTask, group_alarms, by_pattern=False),
    *operations(_UNGROUP, GroupTask, un_group_alarms, by_pattern=False),
)
