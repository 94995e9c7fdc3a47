"""Raise and clear by traps and common events (specs/rules.md 6.1, 6.2); the hold is the Edge's ``for_ms``."""

from collections.abc import Iterable, Iterator
from typing import Any

from netmon.correlate.edges import add_clear, add_raise
from netmon.correlate.objects import ManagedObject, UnusableObject
from netmon.correlate.situation import Situation
from netmon.domain.event import Event
from netmon.rulebook.index import EventTest, Pair
from netmon.rulebook.kinds import PairRule
from netmon.rulebook.scope import Scope


class PairOperator:
    """One pair rule; it has no state of its own, the alarm book has it."""

    def __init__(self, kind: PairRule) -> None:
        self.rule = kind.rule

    def on_input(self, candidate: Pair, event: Event, situation: Situation) -> bool:
        """Tell whether a condition is true for an event, after adding the Edge that follows from it.

        Raise and clear true for one input is a clear.
        """
        rule, scope = self.rule, situation.scope
        managed: ManagedObject | None
        try:
            managed = situation.object_of(rule, event)
        except UnusableObject:
            managed = None
        if rule.where is not None and not rule.where(scope):
            return False
        cleared = first_true(candidate.clears, scope)
        raised = first_true(candidate.raises, scope) if cleared is None else None
        if cleared is None and raised is None:
            return False
        try:
            if managed is None:
                raise UnusableObject(event.object)
            self._add(cleared, raised, event, managed=managed, situation=situation)
        except UnusableObject:
            situation.drop("error", f"{rule.id}: missing part of object or qualifier", event.seq)
        return True

    def on_timer(self, now: int, situation: Situation) -> None:
        """Do nothing: holds and auto-clears are timers of the alarm book."""

    def dump(self) -> Iterator[list[Any]]:
        """Yield nothing: there is no state."""
        return iter(())

    def load(self, items: Iterable[list[Any]]) -> None:
        """Take nothing back."""

    def _add(
        self,
        cleared: EventTest | None,
        raised: EventTest | None,
        event: Event,
        *,
        managed: ManagedObject,
        situation: Situation,
    ) -> None:
        rule = self.rule
        key = situation.key(rule, managed)
        order = (event.time, event.seq)
        if cleared is not None:
            add_clear(
                situation,
                rule,
                key=key,
                order=order,
                condition=cleared.position,
                for_ms=cleared.for_ms,
                reason=cleared.reason,
            )
        elif raised is not None:
            add_raise(
                situation,
                rule,
                managed,
                key=key,
                order=order,
                condition=raised.position,
                for_ms=raised.for_ms,
                event=event,
            )


def first_true(conditions: tuple[EventTest, ...], scope: Scope) -> EventTest | None:
    """Return the condition that is true and has the shortest hold, the first in the rule of equals."""
    found: EventTest | None = None
    for condition in conditions:
        if (found is None or condition.for_ms < found.for_ms) and (condition.when is None or condition.when(scope)):
            found = condition
    return found
