"""``/api/v1/alarms/{id}``: all that is known of one alarm, and what happened to it (specs/alarms.md section 6)."""

import asyncio
from typing import Annotated, Any

import msgspec

from netmon.alarms.tmf642 import instant
from netmon.domain.alarm import Alarm, Severity
from netmon.storage.sqlite.store import SqliteStore
from netmon.web.affected import Affected
from netmon.web.context import Call
from netmon.web.error import Refusal
from netmon.web.openapi import operation
from netmon.web.rows import Where, where_of
from netmon.web.timeline import Moment, timeline

Time = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""RFC 3339, UTC, with milliseconds."""


class Remark(msgspec.Struct, frozen=True):
    """A comment on an alarm."""

    at: Time
    user: str
    system: str
    text: str


class AlarmDetail(msgspec.Struct, frozen=True, omit_defaults=True):
    """An alarm with every field of it; what is empty is absent."""

    alarm_id: str
    version: int
    object: str
    element: str
    type: str
    state: str
    severity: Severity
    original_severity: Severity
    event_type: str
    probable_cause: str
    text: str
    raised: Time
    changed: Time
    reported: Time
    chain_start: Time
    count: int
    rule: str
    rule_rev: str
    cause_seq: int
    """Number of the observation that made the last change."""
    source_system: str
    root_cause: bool
    ack: bool
    closed: bool
    clearable: bool
    """An operator may clear it although the condition cannot be seen to end."""
    qualifier: str = ""
    object_type: str = ""
    cleared: Time = ""
    clear_reason: str = ""
    clear_user: str = ""
    clear_system: str = ""
    last_severity: Severity | None = None
    previous_id: str = ""
    specific_problem: str = ""
    repair: str = ""
    service_affecting: bool | None = None
    additional_info: dict[str, str] = {}
    tags: dict[str, str] = {}
    flags: tuple[str, ...] = ()
    hidden_by: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    group_parent: str = ""
    """The one of its parents that an operator gave it."""
    children: tuple[str, ...] = ()
    ack_user: str = ""
    ack_at: Time = ""
    ack_system: str = ""
    owner: str = ""
    shelved_until: Time = ""
    shelved_by: str = ""
    comments: tuple[Remark, ...] = ()
    affected_services: tuple[str, ...] = ()
    """By id: of its object, and of all that it explains."""
    site: str = ""
    names: tuple[str, ...] = ()
    """What the element is called, or those that a link joins; absent: by their ids."""


_TIMES = ("raised", "changed", "reported", "chain_start", "cleared", "ack_at", "shelved_until")
_SAME = tuple(
    field
    for field in AlarmDetail.__struct_fields__
    if field in Alarm.__struct_fields__ and field not in (*_TIMES, "comments")
)


@operation("GET", "/api/v1/alarms/{id}", summary="Read an alarm", role="read", answer=AlarmDetail, errors=(404,))
async def get_alarm(call: Call[None, None]) -> AlarmDetail:
    """Tell all that is known of an alarm, purged ones too."""
    alarm = await call.web.slow.run(find, call.web.store, call.path["id"])
    where = where_of(alarm, call.web.view.where)
    affected = Affected(list(call.web.view.entries.values()), call.web.view.where)
    services = await asyncio.to_thread(affected.services, alarm)
    return detail(alarm, msgspec.structs.replace(where, services=services))


@operation(
    "GET",
    "/api/v1/alarms/{id}/timeline",
    summary="Read what happened to an alarm",
    role="read",
    answer=list[Moment],
    errors=(404,),
)
async def get_timeline(call: Call[None, None]) -> list[Moment]:
    """Tell what happened to an alarm, the last first: changes, comments, refused requests, earlier occurrences."""
    alarm = await call.web.slow.run(find, call.web.store, call.path["id"])
    return await call.web.slow.run(timeline, call.web.store, alarm)


def find(store: SqliteStore, alarm_id: str) -> Alarm:
    """Return an alarm, purged or not; blocks.

    Raises:
        Refusal: 404.
    """
    alarm = store.alarm(alarm_id) or store.past_alarm(alarm_id)
    if alarm is None:
        raise Refusal(404, "notFound", message=f"there is no alarm {alarm_id}")
    return alarm


def detail(alarm: Alarm, where: Where) -> AlarmDetail:
    """Return all of an alarm."""
    fields: dict[str, Any] = {name: getattr(alarm, name) for name in _SAME}
    for name in _TIMES:
        at = getattr(alarm, name)
        fields[name] = instant(at) if at is not None else ""
    fields["comments"] = tuple(Remark(instant(one.at), one.user, one.system, one.text) for one in alarm.comments)
    return AlarmDetail(**fields, affected_services=where.services, site=where.site, names=where.names)


OPERATIONS = (get_alarm, get_timeline)
