"""Raise and clear by states such as ``reachability`` (specs/rules.md 2.2); the hold is the Edge's ``for_ms``."""

from collections.abc import Iterable, Iterator
from typing import Any

from netmon.correlate.edges import add_clear, add_raise
from netmon.correlate.objects import ManagedObject, UnusableObject
from netmon.correlate.situation import Situation
from netmon.domain.event import State
from netmon.rulebook.index import Word
from netmon.rulebook.kinds import StateCondition, StateRule
from netmon.rulebook.scope import Scope


class StateOperator:
    """One state rule; states come when they change, so it has no state of its own."""

    def __init__(self, kind: StateRule, *, clears_when_false: bool) -> None:
        self.rule = kind.rule
        self._clears_when_false = clears_when_false
        """No clear condition anywhere in the rule: a raise condition that is false clears."""

    def on_input(self, candidate: Word, state: State, situation: Situation) -> bool:
        """Tell whether a state raises or clears, after adding the Edge that follows from it."""
        rule, scope = self.rule, situation.scope
        managed = situation.place(situation.known(state.object))
        if rule.where is not None and not rule.where(scope):
            return False
        cleared = _first_true(candidate.clears, scope)
        raised = _first_true(candidate.raises, scope) if cleared is None else None
        if cleared is None and raised is None and not self._clears_when_false:
            return False
        try:
            self._add(cleared, raised, state, managed=managed, situation=situation)
        except UnusableObject:
            situation.drop("error", f"{rule.id}: missing part of qualifier", state.seq)
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
        cleared: StateCondition | None,
        raised: StateCondition | None,
        state: State,
        *,
        managed: ManagedObject,
        situation: Situation,
    ) -> None:
        rule = self.rule
        key = situation.key(rule, managed)
        order = (state.time, state.seq)
        if raised is not None:
            position, for_ms = raised.position, raised.for_ms
            add_raise(situation, rule, managed, key=key, order=order, condition=position, for_ms=for_ms)
        elif cleared is not None:
            position, for_ms, reason = cleared.position, cleared.for_ms, cleared.reason
            add_clear(situation, rule, key=key, order=order, condition=position, for_ms=for_ms, reason=reason)
        else:
            add_clear(situation, rule, key=key, order=order, condition=0, for_ms=0, reason="")


def _first_true(conditions: tuple[StateCondition, ...], scope: Scope) -> StateCondition | None:
    for condition in conditions:
        if condition.when is None or condition.when(scope):
            return condition
    return None
