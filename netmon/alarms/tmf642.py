"""An alarm as TMF642 v4 shows it (specs/alarms.md section 5); pure, used by the API and by hub events."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from netmon.domain.alarm import Alarm, Comment, key_text

Kind = Literal["text", "time", "flag", "number", "list"]

ATTRIBUTES: dict[str, Kind] = {
    "id": "text",
    "href": "text",
    "externalAlarmId": "text",
    "state": "text",
    "ackState": "text",
    "ackUserId": "text",
    "ackSystemId": "text",
    "alarmRaisedTime": "time",
    "alarmChangedTime": "time",
    "alarmClearedTime": "time",
    "alarmReportingTime": "time",
    "alarmType": "text",
    "perceivedSeverity": "text",
    "probableCause": "text",
    "specificProblem": "text",
    "alarmDetails": "text",
    "alarmedObject.id": "text",
    "alarmedObject.href": "text",
    "alarmedObjectType": "text",
    "sourceSystemId": "text",
    "reportingSystemId": "text",
    "isRootCause": "flag",
    "parentAlarm.id": "text",
    "correlatedAlarm.id": "text",
    "serviceAffecting": "flag",
    "affectedService.id": "text",
    "plannedOutageIndicator": "text",
    "proposedRepairedActions": "text",
    "clearUserId": "text",
    "clearSystemId": "text",
    "comment.comment": "text",
    "comment.systemId": "text",
    "comment.time": "time",
    "comment.userId": "text",
    "alarmTypeId": "text",
    "alarmTypeQualifier": "text",
    "version": "number",
    "changeSeq": "number",
    "hiddenBy": "list",
    "shelvedUntil": "time",
    "owner": "text",
    "flapping": "flag",
    "stale": "flag",
    "clearReason": "text",
}
"""Every attribute a filter may name, nested ones with a dot, and how its values compare."""


def resource(alarm: Alarm, base: str, *, node_id: str, services: Sequence[str] = ()) -> dict[str, Any]:
    """Return an alarm as the JSON object of ``GET {base}/alarm/{id}``.

    Args:
        alarm: as of its last change.
        base: URL of the API as the client called it, ``https://host/tmf-api/alarmManagement/v4``.
        node_id: name of this netmon.
        services: those that it affects, by id.
    """
    attributes = (
        _identity(alarm, base, node_id) | _state(alarm) | _content(alarm) | _relations(alarm, base) | _own(alarm)
    )
    attributes["affectedService"] = [_service(service, base) for service in services] or None
    return {name: value for name, value in attributes.items() if value is not None and value != ""}


def href(base: str, alarm_id: str) -> str:
    """Return the URL of an alarm."""
    return f"{base}/alarm/{alarm_id}"


def instant(ms: int) -> str:
    """Return a time as RFC 3339, UTC, with milliseconds."""
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def _identity(alarm: Alarm, base: str, node_id: str) -> dict[str, Any]:
    object_href = (
        f"{_origin(base)}/api/v1/elements/{quote(alarm.element, safe='')}/objects?object={quote(alarm.object, safe='')}"
    )
    return {
        "id": alarm.alarm_id,
        "href": href(base, alarm.alarm_id),
        "externalAlarmId": key_text((alarm.object, alarm.type, alarm.qualifier)),
        "alarmedObject": {"id": alarm.object, "href": object_href},
        "alarmedObjectType": alarm.object_type,
        "sourceSystemId": node_id if alarm.source_system == "netmon" else alarm.source_system,
        "reportingSystemId": node_id,
        "@type": "NetmonAlarm",
        "@baseType": "Alarm",
    }


def _state(alarm: Alarm) -> dict[str, Any]:
    state = "cleared" if alarm.state == "cleared" else "updated" if alarm.revised else "raised"
    return {
        "state": state,
        "ackState": "acknowledged" if alarm.ack else "unacknowledged",
        "ackUserId": alarm.ack_user,
        "ackSystemId": alarm.ack_system,
        "alarmRaisedTime": instant(alarm.raised),
        "alarmChangedTime": instant(alarm.changed),
        "alarmReportingTime": instant(alarm.reported),
        "alarmClearedTime": _time(alarm.cleared),
        "clearUserId": alarm.clear_user,
        "clearSystemId": alarm.clear_system,
    }


def _content(alarm: Alarm) -> dict[str, Any]:
    return {
        "alarmType": alarm.event_type,
        "perceivedSeverity": alarm.severity,
        "probableCause": alarm.probable_cause,
        "specificProblem": alarm.specific_problem,
        "alarmDetails": alarm.text,
        "serviceAffecting": alarm.service_affecting,
        "plannedOutageIndicator": "OutOfService" if "planned" in alarm.flags else "InService",
        "proposedRepairedActions": alarm.repair,
        "comment": [_comment(comment) for comment in alarm.comments] or None,
    }


def _relations(alarm: Alarm, base: str) -> dict[str, Any]:
    return {
        "isRootCause": alarm.root_cause,
        "parentAlarm": [{"id": id_, "href": href(base, id_)} for id_ in alarm.parents] or None,
        "correlatedAlarm": [{"id": id_, "href": href(base, id_)} for id_ in alarm.children] or None,
    }


def _own(alarm: Alarm) -> dict[str, Any]:
    """Members TMF642 has no name for."""
    return {
        "alarmTypeId": alarm.type,
        "alarmTypeQualifier": alarm.qualifier,
        "version": alarm.version,
        "changeSeq": alarm.version,
        "hiddenBy": list(alarm.hidden_by) or None,
        "shelvedUntil": _time(alarm.shelved_until),
        "owner": alarm.owner,
        "flapping": "flapping" in alarm.flags,
        "stale": "stale" in alarm.flags,
        "clearReason": alarm.clear_reason,
    }


def _comment(comment: Comment) -> dict[str, str]:
    names = {"comment": comment.text, "time": instant(comment.at), "userId": comment.user, "systemId": comment.system}
    return {name: value for name, value in names.items() if value}


def _service(service: str, base: str) -> dict[str, str]:
    return {"id": service, "href": f"{_origin(base)}/api/v1/services/{quote(service, safe='')}"}


def _origin(base: str) -> str:
    return base.partition("/tmf-api/")[0]


def _time(ms: int | None) -> str | None:
    return instant(ms) if ms is not None else None
