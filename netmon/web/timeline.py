"""What happened to one alarm, told from its changes (specs/alarms.md section 6)."""

import re
from typing import Any

import msgspec

from netmon.alarms.tmf642 import instant
from netmon.domain.alarm import Alarm, AlarmChange
from netmon.storage.account import Refused
from netmon.storage.sqlite.store import SqliteStore

_BATCHES = 200
"""Per read of the store, which is short so."""
_MOST_BATCHES = 4_000
"""Batches with changes of the alarm that are read for one timeline: some seconds of reading at most."""
_OCCURRENCES = 10
_REFUSALS = 100
"""Requests that were refused, the last ones."""
_DAYS_90_MS = 90 * 86_400_000

_REQUEST = re.compile(r"request .+ \S+ by (?P<user>.*)")
_QUIET = ("last_raise", "last_clear", "ack_at", "ack_system")
"""Fields that no reader of a timeline looks for."""


class Moment(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that happened."""

    at: str
    """RFC 3339, UTC, with milliseconds."""
    kind: str
    """A kind of change (specs/rules.md 2.3), ``occurrence``: an earlier one, ``unread``: the story breaks off here,
    ``refused``: what somebody asked for in vain."""
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
        moments.append(Moment(at, "unread", text="more happened before; of that only raise and comments are told"))
    if not changes or not _begins(changes[-1]):
        moments += _remembered(alarm, before=changes[-1].at if changes else alarm.changed + 1)
    for one in reversed(store.refused(alarm.alarm_id, since=alarm.raised, limit=_REFUSALS)):
        _weave(moments, _refused(one))
    return [*moments, *(_occurrence(one) for one in _earlier(store, alarm))]


def _weave(moments: list[Moment], one: Moment) -> None:
    """Put a refusal after the change that made the version it was about."""
    later = sum(other.version > one.version for other in moments)
    moments.insert(later, one)


def _refused(one: Refused) -> Moment:
    return Moment(
        instant(one.at),
        "refused",
        version=one.version,
        by=one.user,
        text=f"{one.action}: {one.evidence or one.reason}",
        because=f"request {one.request_id} {one.action} by {one.user}",
    )


def _changes(store: SqliteStore, alarm: Alarm) -> tuple[list[AlarmChange], bool]:
    """Return the changes of an alarm, the last first, and whether that is all that is kept of them."""
    found: list[AlarmChange] = []
    at = store.last_told(alarm.alarm_id) or alarm.version
    for _ in range(0, _MOST_BATCHES, _BATCHES):
        some, at = store.changes_of(alarm.alarm_id, at=at, batches=_BATCHES)
        found += some
        if not at:
            return found, True
    return found, False


def _begins(change: AlarmChange) -> bool:
    return not change.before and change.kind in ("raised", "edge")


def _remembered(alarm: Alarm, *, before: int) -> list[Moment]:
    """Return what an alarm knows itself of the time before, the last first."""
    comments = [one for one in alarm.comments if alarm.raised <= one.at < before]
    said = [Moment(instant(one.at), "commented", by=one.user, text=one.text) for one in reversed(comments)]
    return [*said, Moment(instant(alarm.raised), "raised", after={"severity": alarm.original_severity})]


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
    if change.action is not None:
        return f"{change.action.do}: {change.action.on}"
    return change.after.text if change.kind in ("raised", "updated", "severity") else ""


def _earlier(store: SqliteStore, alarm: Alarm) -> list[Alarm]:
    """Return the last occurrences of the same key before this one, purged or not."""
    since = alarm.raised - _DAYS_90_MS
    key = (alarm.object, alarm.type, alarm.qualifier)
    found = {one.alarm_id: one for one in store.occurrences(key, since=since, limit=_OCCURRENCES + 1)}
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
