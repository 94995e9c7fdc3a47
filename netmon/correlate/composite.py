"""A condition over the alarms there are, ``active('a') and not active('b')`` (specs/rules.md 6.14)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from netmon.correlate.edges import add_clear, add_raise, first_true
from netmon.correlate.members import Members
from netmon.correlate.objects import UnusableObject
from netmon.correlate.operator import Wake
from netmon.correlate.situation import Situation
from netmon.domain.alarm import AlarmChange, AlarmKey, Order
from netmon.rulebook.kinds import CompositeRule

_ALL: AlarmKey = ("", "", "")


class CompositeOperator:
    """One rule on alarms; it looks again where one of its types changes."""

    def __init__(self, kind: CompositeRule, wake: Wake) -> None:
        self.kind = kind
        self.rule = kind.rule
        self._members = Members(kind.types, kind.join)
        wake(0, _ALL)

    def on_input(self, wanted: None, changes: Sequence[AlarmChange], situation: Situation, /) -> bool:
        """Take changes of alarms of its types."""
        return self._members.judge_changes(changes, situation, read=self._read, judge=self._judge)

    def on_timer(self, due: int, key: AlarmKey, situation: Situation) -> None:
        """Look everywhere: rules or inventory are new."""
        self._read(situation)
        self._members.judge_all(self.rule.type, situation, judge=self._judge)

    def dump(self) -> Iterator[list[Any]]:
        """Yield nothing: the alarm book has it all."""
        return iter(())

    def load(self, items: Iterable[list[Any]]) -> None:
        """Take nothing back."""

    def explain(self, key: AlarmKey) -> str:
        """Return which of its types are active."""
        active = {key_[1] for key_ in self._members.at(key[0])}
        return ", ".join(f"{type_} {'active' if type_ in active else 'not active'}" for type_ in self.kind.types)

    def _read(self, situation: Situation) -> None:
        if not self._members.known:
            self._members.read(situation)

    def _judge(self, path: str, situation: Situation) -> None:
        scope, elsewhere = situation.scope, situation.scope.active
        managed = situation.idle(path)
        here = {key[1] for key in self._members.at(path)}
        scope.active = lambda type_: type_ in here if type_ in self.kind.types else elsewhere(type_)
        try:
            if self.rule.where is None or self.rule.where(scope):
                self._say(situation.key(self.rule, managed), path, situation)
        except UnusableObject:
            situation.fail(self.rule.id, "missing part of qualifier", order=(situation.time, situation.seq))
        finally:
            scope.active = elsewhere

    def _say(self, key: AlarmKey, path: str, situation: Situation) -> None:
        standing = situation.states.standing(key)
        is_on = standing is not None and (standing.active or standing.pending)
        order: Order = (situation.time, situation.seq)
        cleared = first_true(self.kind.clears, situation.scope)
        raised = first_true(self.kind.raises, situation.scope) if cleared is None else None
        if raised is not None and not is_on:
            add_raise(
                situation, self.rule, situation.known(path), key=key, order=order, condition=raised.position,
                for_ms=raised.for_ms, told=self.explain((path, "", "")),
            )  # fmt: skip
        elif raised is None and is_on and (cleared is not None or not self.kind.clears):
            position, for_ms, reason = (cleared.position, cleared.for_ms, cleared.reason) if cleared else (0, 0, "")
            add_clear(situation, self.rule, key=key, order=order, condition=position, for_ms=for_ms, reason=reason)
