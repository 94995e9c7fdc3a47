"""Which alarms a TMF642 list must decode: what the view knows of them decides for most (specs/alarms.md section 5)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from netmon.storage.sqlite.alarm_queries import Head
from netmon.web.rows import Entry, Row
from netmon.web.tmf_query import Filter

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Known = Sequence[Any]
"""The values of an attribute."""


def _time(ms: int | None) -> Known:
    return (_EPOCH + timedelta(milliseconds=ms),) if ms is not None else ()


_OF_HEAD: dict[str, Callable[[Head], Known]] = {
    "id": lambda head: (head[1],),
    "version": lambda head: (head[2],),
    "changeSeq": lambda head: (head[2],),
}
_OF_ROW: dict[str, Callable[[Row], Known]] = {
    "alarmedObject.id": lambda row: (row.obj,),
    "perceivedSeverity": lambda row: (row.sev,),
    "ackState": lambda row: ("acknowledged" if row.ack else "unacknowledged",),
    "alarmRaisedTime": lambda row: _time(row.raised),
    "alarmChangedTime": lambda row: _time(row.changed),
    "alarmClearedTime": lambda row: _time(row.cleared),
    "alarmType": lambda row: (row.event,),
    "probableCause": lambda row: (row.cause,),
    "alarmDetails": lambda row: (row.text,) if row.text else (),
    "alarmTypeId": lambda row: (row.type,),
    "isRootCause": lambda row: (row.root,),
    "parentAlarm.id": lambda row: row.parents,
    "hiddenBy": lambda row: row.hidden,
    "shelvedUntil": lambda row: _time(row.shelved_until),
    "owner": lambda row: (row.owner,) if row.owner else (),
    "flapping": lambda row: ("flapping" in row.flags,),
    "stale": lambda row: ("stale" in row.flags,),
}


def may_fit(head: Head, entries: Mapping[str, Entry], filters: Sequence[Filter]) -> bool:
    """Tell whether an alarm can pass; False is certain, True is not."""
    known = entries.get(head[1])
    # The view may be some changes behind what is read, or ahead of it.
    row = known.row if known is not None and known.row.v == head[2] else None
    for wanted in filters:
        if (of_head := _OF_HEAD.get(wanted.name)) is not None:
            if not wanted.passes(of_head(head)):
                return False
        elif row is not None and (of_row := _OF_ROW.get(wanted.name)) is not None and not wanted.passes(of_row(row)):
            return False
    return True
