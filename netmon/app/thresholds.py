"""The limits of a rule set, to be drawn into charts."""

from netmon.domain.element import Threshold
from netmon.rulebook.kinds import LevelsRule, Rulebook, SampleRule
from netmon.rulebook.scope import Scope


def thresholds(rulebook: Rulebook) -> tuple[Threshold, ...]:
    """Return what the value of each metric is compared with, for raising an alarm."""
    found = {
        Threshold(metric, value, _severity(kind, condition.position), kind.rule.id)
        for kind in rulebook.kinds
        if isinstance(kind, SampleRule)
        for condition in kind.raises
        for metric in condition.names
        for value in condition.limits
    }
    return tuple(sorted(found, key=lambda one: (one.metric, one.value, one.rule, one.severity)))


def _severity(kind: SampleRule, position: int) -> str:
    """Return the severity that a condition raises with, as far as it can be told without a sample."""
    levels = kind.levels if isinstance(kind, LevelsRule) else ()
    own = str(kind.rule.severity(Scope()))
    return next((level.severity or own for level in levels if position in level.raises), own)
