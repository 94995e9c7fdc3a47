"""What happened to one alarm, told from its changes (specs/alarms.md section 6)."""

import re
from typing import Any

import msgspec

from netmon.alarms.tmf642 import instant
from netmon.domain.alarm import Alarm, AlarmChange
from netmon.storage.sqlite.store import SqliteStore

_BATCHES = 200
"""Per read of the store, which is short so."""
_MOST_BATCHES = 4_000
"""Looked at for one timeline: some seconds of reading at most."""
_OCCURRENCES = 10
_DAYS_90_MS = 90 * 86_400_000

_REQUEST = re.compile(r"request \S+ \S+ by (?P<user>.*)")
_QUIET = ("last_raise", "last_clear", "ack_at", "ack_system")
"""Fields that no reader of a timeline looks for."""


class Moment(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that happened."""

    at: str
    """RFC 3339, UTC, with milliseconds."""
    kind: str
    """A kind of change (specs/rules.md 2.3), ``occurrence``: an earlier one, ``unread``: the story breaks off here."""
    seq: int = 0
    """Number of the change."""
    version: int = 0
    by: str = ""
    """Who did it."""
    text: str = ""
    """What was said."""
    because: str = ""
    """Rule and condition, timer or request that caused it."""
    before: dict[str, Any] = {}
    """Fields that changed, as they were."""
    after: dict[str, Any] = {}
    """The same fields, as they are from then on."""
    id: str = ""
    """Of an earlier occurrence."""
    lasted_ms: int = 0


def timeline(store: SqliteStore, alarm: Alarm) -> list[Moment]:
    """Return what happened to an alarm, the last first; blocks."""
    changes, whole = _changes(store, alarm)
    moments = [_moment(change) for change in changes]
    if not whole:
        at = instant(changes[-1].at if changes else alarm.changed)
        moments.append(Moment(at, "unread", text="what happened before is too far back to be looked for"))
    return [*moments, *(_occurrence(one) for one in _earlier(store, alarm))]


def _changes(store: SqliteStore, alarm: Alarm) -> tuple[list[AlarmChange], bool]:
    """Return the changes of an alarm, the last first, and whether they go back to its raise."""
    found: list[AlarmChange] = []
    below = alarm.version
    for _ in range(0, _MOST_BATCHES, _BATCHES):
        some, below = store.changes_of(alarm.alarm_id, below=below, batches=_BATCHES)
        found += some
        if (found and not found[-1].before and found[-1].kind in ("raised", "edge")) or not below:
            return found, True
    return found, False


def _moment(change: AlarmChange) -> Moment:
    after = change.after
    if change.kind == "raised":
        told: dict[str, Any] = {"severity": after.severity, "text": after.text}
    else:
        told = {name: getattr(after, name) for name in change.before if name not in _QUIET}
    by = _REQUEST.fullmatch(change.because)
    return Moment(
        at=instant(change.at),
        kind=change.kind,
        seq=change.seq,
        version=change.seq,
        by=by["user"] if by is not None else "",
        text=_said(change),
        because=change.because,
        before={name: value for name, value in change.before.items() if name not in _QUIET},
        after=told,
    )


def _said(change: AlarmChange) -> str:
    if "comments" in change.before:
        return change.after.comments[-1].text
    return change.after.text if change.kind in ("raised", "updated", "severity") else ""


def _earlier(store: SqliteStore, alarm: Alarm) -> list[Alarm]:
    """Return the last occurrences of the same key before this one, purged or not."""
    key = (alarm.object, alarm.type, alarm.qualifier)
    since = alarm.raised - _DAYS_90_MS
    kept = [one for one in store.cleared_alarms() if (one.object, one.type, one.qualifier) == key]
    found = {one.alarm_id: one for one in (*kept, *store.occurrences(key, since=since, limit=_OCCURRENCES + 1))}
    before = [one for one in found.values() if one.alarm_id != alarm.alarm_id and since <= one.raised <= alarm.raised]
    return sorted(before, key=lambda one: (-one.raised, one.alarm_id))[:_OCCURRENCES]


def _occurrence(alarm: Alarm) -> Moment:
    cleared = alarm.cleared or alarm.raised
    severity = alarm.last_severity or alarm.severity
    return Moment(
        at=instant(alarm.raised),
        kind="occurrence",
        version=alarm.version,
        text=alarm.text,
        after={"severity": severity},
        id=alarm.alarm_id,
        lasted_ms=cleared - alarm.raised,
    )
