"""The limits of a rule set, to be drawn into charts."""

from netmon.domain.element import Threshold
from netmon.rulebook.kinds import Rulebook, ThresholdRule
from netmon.rulebook.scope import Scope


def thresholds(rulebook: Rulebook) -> tuple[Threshold, ...]:
    """Return what the value of each metric is compared with, for raising an alarm."""
    found = {
        Threshold(metric, value, str(kind.rule.severity(Scope())), kind.rule.id)
        for kind in rulebook.kinds
        if isinstance(kind, ThresholdRule)
        for condition in kind.raises
        for metric in condition.names
        for value in condition.limits
    }
    return tuple(sorted(found, key=lambda one: (one.metric, one.value, one.rule, one.severity)))
