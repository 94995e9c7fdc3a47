"""The alarm keys of samples: those of the objects that a rule selects (specs/rules.md 4.4)."""

from netmon.correlate.objects import ManagedObject, UnusableObject
from netmon.correlate.situation import Situation
from netmon.domain.alarm import AlarmKey
from netmon.rulebook.kinds import Rule


class Selection:
    """Of one rule; ``where`` is asked once per object, not per sample."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._selected: dict[str, bool] = {}

    def key(self, managed: ManagedObject, situation: Situation, seq: int) -> AlarmKey | None:
        """Return the alarm key of a sample; None: its object is not meant, or a part is missing."""
        rule, path = self._rule, managed.path
        situation.stale = rule.stale
        if rule.where is not None:
            selected = self._selected.get(path)
            if selected is None:
                selected = self._selected[path] = rule.where(situation.scope)
            if not selected:
                return None
        try:
            return situation.key(rule, managed)
        except UnusableObject:
            situation.fail(rule.id, "missing part of qualifier", order=(situation.time, seq))
            return None
