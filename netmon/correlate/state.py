"""Raise and clear by states such as ``reachability`` (specs/rules.md 2.2); the hold is the Edge's ``for_ms``."""

from netmon.correlate.edges import add, first_true
from netmon.correlate.objects import UnusableObject
from netmon.correlate.situation import Situation
from netmon.domain.event import State
from netmon.rulebook.index import Word
from netmon.rulebook.kinds import StateRule


class StateOperator:
    """One state rule; states come when they change, so it has no state of its own."""

    def __init__(self, kind: StateRule, *, clears_when_false: bool) -> None:
        self.rule = kind.rule
        self._clears_when_false = clears_when_false
        """No clear condition anywhere in the rule: a raise condition that is false clears."""

    def on_input(self, candidate: Word, state: State, situation: Situation, /) -> bool:
        """Tell whether a state raises or clears, after adding the Edge that follows from it."""
        rule, scope = self.rule, situation.scope
        situation.stale = rule.stale
        managed = situation.place(situation.known(state.object))
        if rule.where is not None and not rule.where(scope):
            return False
        cleared = first_true(candidate.clears, scope)
        raised = first_true(candidate.raises, scope) if cleared is None else None
        if cleared is None and raised is None and not self._clears_when_false:
            return False
        try:
            add(situation, rule, managed, raised=raised, cleared=cleared, order=(state.time, state.seq))
        except UnusableObject:
            situation.fail(rule.id, "missing part of qualifier", order=(state.time, state.seq))
        return True
