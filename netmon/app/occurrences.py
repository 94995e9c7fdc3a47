"""Occurrences of alarms as a rule set makes them, and what differs between those of two (specs/rules.md 10.2)."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from netmon.domain.alarm import SEVERITIES, Alarm, AlarmChange, AlarmKey, Severity
from netmon.domain.instant import iso

Verdict = Literal["gained", "lost", "changed"]


class Occurrence(msgspec.Struct, frozen=True):
    """An alarm from raise to clear, as far as two rule sets can be compared by it."""

    alarm_id: str
    rule: str
    severity: Severity
    """The highest it had."""
    text: str
    """The last it had."""
    raised: int
    """UTC ms, as the other times."""
    cleared: int | None
    clear_reason: str
    shown: bool
    """It was visible at some time."""
    cause: int
    """Observation that raised it."""


class Difference(msgspec.Struct, frozen=True):
    """An alarm that one rule set makes and the other does not, or makes otherwise."""

    verdict: Verdict
    key: AlarmKey
    old: Occurrence | None
    new: Occurrence | None
    what: tuple[str, ...] = ()
    """Of one that changed: what of it, in words."""

    @property
    def told(self) -> Occurrence:
        """The one to tell of: the new one where there is one."""
        found = self.new or self.old
        assert found is not None, "one of the two is there"
        return found


class Occurrences:
    """Gathers what becomes of alarms from now on; those that stand already are part of it."""

    def __init__(self, standing: Iterable[Alarm]) -> None:
        self._found: dict[str, Occurrence] = {}
        self._keys: dict[str, AlarmKey] = {}
        for alarm in standing:
            if alarm.state == "active":
                self._take(alarm, cause=alarm.cause_seq, shown=alarm.ever_shown)

    def take(self, change: AlarmChange) -> None:
        """Take a change of an alarm."""
        if change.kind != "purged":
            self._take(change.after, cause=change.cause_seq, shown=change.after.ever_shown)

    def _take(self, alarm: Alarm, *, cause: int, shown: bool) -> None:
        known = self._found.get(alarm.alarm_id)
        if known is None:
            self._keys[alarm.alarm_id] = (alarm.object, alarm.type, alarm.qualifier)
        severity = alarm.severity if alarm.state == "active" else alarm.last_severity or alarm.severity
        self._found[alarm.alarm_id] = Occurrence(
            alarm.alarm_id,
            alarm.rule,
            severity if known is None else max(known.severity, severity, key=SEVERITIES.index),
            alarm.text,
            alarm.raised,
            alarm.cleared,
            alarm.clear_reason,
            shown or (known is not None and known.shown),
            cause if known is None else known.cause,
        )

    def by_key(self) -> dict[AlarmKey, list[Occurrence]]:
        """Return what there was of each alarm key, in order of the raises."""
        found: dict[AlarmKey, list[Occurrence]] = {}
        for alarm_id, occurrence in self._found.items():
            found.setdefault(self._keys[alarm_id], []).append(occurrence)
        for occurrences in found.values():
            occurrences.sort(key=_raised)
        return found


def differences(old: Occurrences, new: Occurrences) -> list[Difference]:
    """Return what differs, in order of the raises."""
    before, after = old.by_key(), new.by_key()
    found = [
        difference
        for key in sorted({*before, *after})
        for difference in _of_key(key, before.get(key, []), after.get(key, []))
    ]
    return sorted(found, key=lambda one: (one.told.raised, one.key))


def _of_key(key: AlarmKey, old: list[Occurrence], new: list[Occurrence]) -> Iterator[Difference]:
    """Compare the occurrences of a key: two that were there at one time are the same one."""
    mine, its = list(old), list(new)
    while mine and its:
        if _ends(mine[0]) < its[0].raised:
            yield Difference("lost", key, mine.pop(0), None)
        elif _ends(its[0]) < mine[0].raised:
            yield Difference("gained", key, None, its.pop(0))
        else:
            was, is_ = mine.pop(0), its.pop(0)
            if what := tuple(_changed(was, is_)):
                yield Difference("changed", key, was, is_, what)
    yield from (Difference("lost", key, one, None) for one in mine)
    yield from (Difference("gained", key, None, one) for one in its)


def _changed(old: Occurrence, new: Occurrence) -> Iterator[str]:
    if new.severity != old.severity:
        yield f"{new.severity}, was {old.severity}"
    if new.raised != old.raised:
        yield f"raised {iso(new.raised)}, was {iso(old.raised)}"
    if (new.cleared, new.clear_reason) != (old.cleared, old.clear_reason):
        yield f"{_cleared(new)}, was {_cleared(old)}"
    if new.shown != old.shown:
        yield "shown, was hidden" if new.shown else "hidden, was shown"
    if new.text != old.text:
        yield f'"{new.text}", was "{old.text}"'


def _cleared(one: Occurrence) -> str:
    return "active" if one.cleared is None else f"cleared {iso(one.cleared)} ({one.clear_reason})"


def _ends(one: Occurrence) -> int:
    return 1 << 62 if one.cleared is None else one.cleared


def _raised(one: Occurrence) -> int:
    return one.raised
