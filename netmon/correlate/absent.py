"""What does not come although it should: ``absent_for``, ``expect`` (specs/rules.md 6.6).

The time counts from when it was last seen, from enrollment for an element that is expected and was never seen, and
from when the element answers again. Time without eyes is no evidence: a gap puts it off.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from netmon.correlate.edges import add_clear, add_raise
from netmon.correlate.objects import UnusableObject
from netmon.correlate.operator import Wake
from netmon.correlate.situation import Situation
from netmon.domain.alarm import AlarmKey
from netmon.domain.event import Event, State
from netmon.domain.instant import iso
from netmon.rulebook.index import Pair, Word
from netmon.rulebook.kinds import AbsentRule

MOST = 100_000
"""Keys that one rule watches; of more it takes no new ones."""

TOO_BLIND_MS = 1_800_000
"""After a longer gap all begin anew."""

_ENROLL: AlarmKey = ("", "", "")


class _Seen(msgspec.Struct):
    """When something was last there."""

    at: int
    told: bool = False
    """Its absence was said."""


class AbsentOperator:
    """One rule on absence, with all that it waits for."""

    def __init__(self, kind: AbsentRule, wake: Wake) -> None:
        self.kind = kind
        self.rule = kind.rule
        self._wake = wake
        self._seen: dict[AlarmKey, _Seen] = {}
        # Who is expected is found out in the first Tick with these rules and this inventory.
        wake(0, _ENROLL)

    def on_input(self, candidate: Pair, event: Event, situation: Situation, /) -> bool:
        """Take an event: it is there."""
        rule, scope = self.rule, situation.scope
        try:
            managed = situation.object_of(rule, event)
            if rule.where is not None and not rule.where(scope):
                return False
            if self.kind.expect is not None and not self.kind.expect(scope):
                return False
            if not any(one.when is None or one.when(scope) for one in candidate.raises):
                return False
            situation.is_repeatable = False
            key = situation.key(rule, managed)
        except UnusableObject:
            situation.fail(rule.id, "missing part of object or qualifier", order=(event.time, event.seq))
            return True
        self._see(key, event, situation)
        return True

    def answers(self, state: State, situation: Situation) -> None:
        """Begin anew for an element that answers again; nobody could hear it before."""
        for key, seen in self._seen.items():
            if not seen.told and key[0].partition("/")[0] == state.object:
                seen.at = max(seen.at, state.time)

    def on_timer(self, due: int, key: AlarmKey, situation: Situation) -> None:
        """Raise what has been absent for too long."""
        if key == _ENROLL:
            self._enroll(situation)
            return
        seen = self._seen.get(key)
        if seen is None or seen.told:
            return
        if situation.is_silent(key[0].partition("/")[0]):
            seen.at = situation.time
        deadline = seen.at + self.kind.absent_ms
        if deadline > due:
            self._wake(deadline, key)
            return
        seen.told = True
        managed = situation.idle(key[0])
        order = (deadline, situation.seq)
        add_raise(situation, self.rule, managed, key=key, order=order, condition=0, for_ms=0, told=self.explain(key))

    def after_gap(self, gap_ms: int, now: int) -> None:
        """Put everything off by the time in which netmon saw nothing."""
        for seen in self._seen.values():
            seen.at = now if gap_ms > TOO_BLIND_MS else seen.at + gap_ms

    def dump(self) -> Iterator[list[Any]]:
        """Yield when everything was last seen."""
        for key, seen in self._seen.items():
            yield [self.kind.shape, *key, seen.at, seen.told]

    def load(self, items: Iterable[list[Any]]) -> None:
        """Take that back, unless the rule waits for something else now."""
        for shape, object_, _, qualifier, at, told in items:
            if shape == self.kind.shape:
                key = (object_, self.rule.type, qualifier)
                self._seen[key] = _Seen(at, told)
                self._wake(at + self.kind.absent_ms, key)

    def explain(self, key: AlarmKey) -> str:
        """Return since when something is absent."""
        seen = self._seen.get(key)
        return f"nothing since {iso(seen.at)}" if seen is not None else ""

    def _see(self, key: AlarmKey, event: Event, situation: Situation) -> None:
        seen = self._seen.get(key)
        if seen is None:
            if len(self._seen) >= MOST:
                situation.drop("limit", self.rule.id, event.seq, rule=self.rule.id)
                return
            seen = self._seen[key] = _Seen(event.time)
            self._wake(event.time + self.kind.absent_ms, key)
        seen.at = max(seen.at, event.time)
        if seen.told:
            seen.told = False
            self._wake(seen.at + self.kind.absent_ms, key)
        standing = situation.states.standing(key)
        if standing is not None and standing.active:
            order = (event.time, event.seq)
            add_clear(situation, self.rule, key=key, order=order, condition=0, for_ms=0, reason="")
        else:
            situation.count("clear_only", self.rule.id)

    def _enroll(self, situation: Situation) -> None:
        """Expect the elements that ``expect`` selects; forget what the inventory has no longer."""
        known = situation.elements
        for key in [key for key in self._seen if key[0].partition("/")[0] not in known and not _is_sender(key[0])]:
            del self._seen[key]
        expect = self.kind.expect
        if expect is None:
            return
        for element in known:
            key = (element, self.rule.type, self.kind.qualifier)
            situation.idle(element)
            wanted = expect(situation.scope) and (self.rule.where is None or self.rule.where(situation.scope))
            if not wanted:
                self._seen.pop(key, None)
            elif key not in self._seen:
                self._seen[key] = _Seen(situation.time)
                self._wake(situation.time + self.kind.absent_ms, key)


class ReturnOperator:
    """Tells a rule on absence which elements answer again."""

    def __init__(self, absent: AbsentOperator) -> None:
        self.absent = absent

    def on_input(self, wanted: Word, state: State, situation: Situation, /) -> bool:
        """Take the reachability of an element."""
        if state.value == "up":
            self.absent.answers(state, situation)
        return False


def _is_sender(object_: str) -> bool:
    """Tell whether an object is one that is known by its address only, which no inventory has."""
    return object_.startswith("addr:")
