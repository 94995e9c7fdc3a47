"""``netmon rules explain ALARM``: the life of an alarm, and what brought each change about (specs/rules.md 10.3)."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from netmon.app.hidden import cause_words, changed_tags, gone_reasons, hidden_words
from netmon.app.observed import observed, trap_word
from netmon.domain.alarm import Alarm, AlarmChange, key_text
from netmon.domain.explained import AlarmStory, StoryEvent
from netmon.domain.observation import Observation, Trap
from netmon.mib.names import MibView
from netmon.storage.sqlite.store import SqliteStore, open_store

_BATCHES = 200
_NEAR_MS = 2_000
_MOST_NEAR = 20_000
"""Observations that are looked at to find the first raise of a hold."""
_REV_DIGITS = 4
_CONDITION = re.compile(
    r"(?P<rule>\S+) (?P<side>raise|clear)\[(?P<number>\d+)\](?P<held> for)?(?:: (?P<words>.*))?", re.S
)
_TIMER = re.compile(r" after \w+$")
_HOLD = re.compile(r" for (\w+)$")


class NoSuchAlarm(Exception):
    """There is no such alarm, or more than one; the text says which."""


def story(database: Path, view: MibView, name: str) -> AlarmStory:
    """Return the life of an alarm.

    Args:
        database: the store, which may be in use.
        view: the MIBs.
        name: its id, the first digits of it, or its key ``object|type|qualifier``: the last occurrence then.

    Raises:
        StoreError: the store cannot be read.
        NoSuchAlarm: there is none, or more than one.
    """
    with closing(open_store(database, read_only=True)) as store:
        alarm = _found(store, name)
        teller = _Teller(store, view)
        events = tuple(event for change in _changes(store, alarm) for event in teller.events(change))
    severity = alarm.last_severity or alarm.severity if alarm.state == "cleared" else alarm.severity
    key = key_text((alarm.object, alarm.type, alarm.qualifier))
    return AlarmStory(
        alarm.alarm_id, key, alarm.object, alarm.type, severity, alarm.state, alarm.text, tuple(_marks(alarm)), events
    )


def _marks(alarm: Alarm) -> Iterator[str]:
    if alarm.hidden_by:
        yield "hidden"
    if alarm.ack:
        yield "acknowledged"
    yield from alarm.flags


def _found(store: SqliteStore, name: str) -> Alarm:
    alarm = store.alarm(name) or store.past_alarm(name)
    if alarm is not None:
        return alarm
    if "|" in name:
        found = _by_key(store, name)
    else:
        found = {
            one.alarm_id: one for one in (*store.past_alarms(name), *store.alarms()) if one.alarm_id.startswith(name)
        }
        if len(found) > 1:
            raise NoSuchAlarm(f"several alarms begin with {name}: {', '.join(sorted(found))}")
    if not found:
        raise NoSuchAlarm(f"there is no alarm {name} (an id, its first digits, or object|type|qualifier)")
    return max(found.values(), key=lambda one: one.version)


def _by_key(store: SqliteStore, name: str) -> dict[str, Alarm]:
    """Return the occurrences of a key; without a qualifier those with any."""
    kept = [one for one in store.alarms() if _is_called(one, name)]
    object_, _, rest = name.partition("|")
    type_, _, qualifier = rest.partition("|")
    purged = store.occurrences((object_, type_, qualifier), since=0, limit=1)
    return {one.alarm_id: one for one in (*purged, *kept)}


def _is_called(alarm: Alarm, name: str) -> bool:
    key = key_text((alarm.object, alarm.type, alarm.qualifier))
    return key == name or (name.count("|") == 1 and key.startswith(f"{name}|"))


def _changes(store: SqliteStore, alarm: Alarm) -> list[AlarmChange]:
    """Return all changes of an alarm that are kept, the first one first."""
    found: list[AlarmChange] = []
    at = store.last_told(alarm.alarm_id) or alarm.version
    while at:
        some, at = store.changes_of(alarm.alarm_id, at=at, batches=_BATCHES)
        found += some
    return found[::-1]


class _Teller:
    """Tells changes, with the observations that are kept."""

    def __init__(self, store: SqliteStore, view: MibView) -> None:
        self._store = store
        self._view = view

    def events(self, change: AlarmChange) -> Iterator[StoryEvent]:
        """Yield what is to be told of a change: of a raise that was held the hold first."""
        condition = _CONDITION.fullmatch(change.because)
        if change.kind == "raised" and condition is not None and condition["held"]:
            yield self._held(change, condition)
        rule = f"{change.after.rule}@{change.after.rule_rev[:_REV_DIGITS]}"
        yield StoryEvent(
            change.at,
            self._what(change, condition),
            _effect(change),
            change.cause_seq,
            rule if condition is not None and not condition["held"] else "",
            change.because,
            change.after.additional_info if change.kind == "raised" else {},
        )

    def _held(self, change: AlarmChange, condition: re.Match[str]) -> StoryEvent:
        """Return the first raise of a hold."""
        alarm, words = change.after, condition["words"] or ""
        first = self._first(alarm, change.cause_seq)
        what = f"{self._seen(first[1])}" if first is not None else words
        rule = f"{alarm.rule}@{alarm.rule_rev[:_REV_DIGITS]}"
        return StoryEvent(
            alarm.raised, what, f"pending {_hold(words)}".rstrip(), first[0] if first is not None else 0, rule
        )

    def _first(self, alarm: Alarm, until: int) -> tuple[int, Observation] | None:
        """Return the observation of the first raise: of its element, at that time."""
        begin = self._store.log.before(alarm.raised - _NEAR_MS)
        for looked, (seq, observation) in enumerate(self._store.log.read(begin)):
            if seq >= until or looked > _MOST_NEAR:
                return None
            if getattr(observation, "at", 0) == alarm.raised and getattr(observation, "element", "") == alarm.element:
                return seq, observation
        return None

    def _what(self, change: AlarmChange, condition: re.Match[str] | None) -> str:
        """Return what brought a change about: a timer, what hides, else the observation."""
        if condition is not None and condition["held"]:
            return f"tick, for {_hold(condition['words'] or '')} due".replace("  ", " ")
        if _TIMER.search(change.because):
            return f"tick, {change.because.partition(' ')[2]} due"
        hiding = cause_words(_new_reasons(change))
        if hiding:
            return hiding
        observation = self._observation(change.cause_seq)
        if observation is None:
            return change.because
        seen = self._seen(observation)
        words = condition["words"] if condition is not None else ""
        if change.because.endswith(" clears"):
            return f"{seen}, {change.because}"
        of_it = isinstance(observation, Trap) and observation.element == change.after.element
        return f"{seen}, {words}" if words and not of_it else seen

    def _observation(self, seq: int) -> Observation | None:
        found = next(self._store.log.read(seq - 1), None)
        return found[1] if found is not None and found[0] == seq else None

    def _seen(self, observation: Observation) -> str:
        if isinstance(observation, Trap):
            return trap_word(observation, self._view)
        return observed(observation, self._view)


def _hold(words: str) -> str:
    found = _HOLD.search(words)
    return found[1] if found is not None else ""


def _new_reasons(change: AlarmChange) -> list[str]:
    if change.kind == "raised" or "hidden_by" not in change.before:
        return []
    return [reason for reason in change.after.hidden_by if reason not in change.before["hidden_by"]]


def _effect(change: AlarmChange) -> str:
    alarm = change.after
    match change.kind:
        case "raised":
            return f"raised, {hidden_words(alarm.hidden_by)}" if alarm.hidden_by else "raised"
        case "shown":
            return ", ".join(["shown again", f"no more {hidden_words(gone_reasons(change))}"])
        case "hidden":
            return hidden_words(_new_reasons(change))
        case "severity":
            return f"{alarm.severity}, was {change.before.get('severity', alarm.severity)}"
        case "cleared":
            return f"cleared, {alarm.clear_reason}"
        case "updated":
            return ", ".join(_updated(change)) or "updated"
        case "action" if change.action is not None:
            return f"{change.action.do} is told: {change.action.on}"
        case _:
            return _by_kind(change)


def _updated(change: AlarmChange) -> Iterator[str]:
    yield from changed_tags(change) if "tags" in change.before else ()
    for name in ("count", "text", "root_cause", "children"):
        if name in change.before:
            value = getattr(change.after, name)
            yield _children(len(value)) if name == "children" else f"{name.replace('_', ' ')} {value}"


def _children(number: int) -> str:
    return "1 child" if number == 1 else f"{number or 'no'} children"


def _by_kind(change: AlarmChange) -> str:
    condition = "gone" if " clear[" in change.because else "there"
    return {
        "edge": f"condition {condition}, not told: it is flapping",
        "parent_set": "a child of another alarm",
        "parent_unset": "a child no more",
        "stale": "stale: nobody can tell whether it still holds",
    }.get(change.kind, change.kind)
