"""Raise and clear by traps and common events (specs/rules.md 6.1, 6.2); the hold is the Edge's ``for_ms``."""

from netmon.correlate.edges import add, first_true
from netmon.correlate.objects import ManagedObject, UnusableObject
from netmon.correlate.situation import Situation
from netmon.domain.event import Event
from netmon.rulebook.index import Pair
from netmon.rulebook.kinds import PairRule


class PairOperator:
    """One pair rule; it has no state of its own, the alarm book has it."""

    def __init__(self, kind: PairRule) -> None:
        self.rule = kind.rule

    def on_input(self, candidate: Pair, event: Event, situation: Situation, /) -> bool:
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
        order = (situation.time_of(rule, event), event.seq)
        try:
            if managed is None:
                raise UnusableObject(event.object)
            add(situation, rule, managed, raised=raised, cleared=cleared, order=order, event=event)
        except UnusableObject:
            situation.fail(rule.id, "missing part of object or qualifier", order=order)
        return True
