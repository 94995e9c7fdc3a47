"""Warns of alarm types that traps raise and no poll looks at: a lost trap leaves them standing (specs/alarms.md 2)."""

from collections.abc import Iterator

from netmon.config.site_rules import is_shipped
from netmon.domain.event import FOUND_EVENTS
from netmon.domain.place import Problem
from netmon.rulebook.compile import Compiled
from netmon.rulebook.kinds import (
    CountRule,
    EventCondition,
    LevelsRule,
    PairRule,
    RuleKind,
    SequenceRule,
    StateRule,
    ThresholdRule,
)


def unverified(compiled: Compiled) -> Iterator[Problem]:
    """Yield a warning for each type of the site, at its first rule; one that ends by itself needs no poll.

    Shipped rules draw none, as no site can mend them.
    """
    kinds = compiled.rulebook.kinds
    fine = {kind.rule.type for kind in kinds if _is_polled(kind) or _ends_by_itself(kind)}
    ours = {file for file in {place.file for place in compiled.places.values()} if not is_shipped(file)}
    for kind in sorted(kinds, key=lambda kind: compiled.places[kind.rule.id]):
        rule = kind.rule
        place = compiled.places[rule.id]
        if place.file in ours and rule.type not in fine and _is_raised_by_traps(kind):
            fine.add(rule.type)
            told = (
                f"rule '{rule.id}': no poll looks whether '{rule.type}' still holds, so a lost trap leaves it standing"
                " (write a rule of this type on a state or a metric, or 'clear: {after: 1d}')"
            )
            yield Problem(place, told, warning=True)


def _is_polled(kind: RuleKind) -> bool:
    return isinstance(kind, StateRule | ThresholdRule | LevelsRule)


def _ends_by_itself(kind: RuleKind) -> bool:
    return kind.rule.after_ms > 0 or (isinstance(kind, CountRule) and kind.below > 0)


def _is_raised_by_traps(kind: RuleKind) -> bool:
    if not isinstance(kind, PairRule | CountRule | SequenceRule):
        return False
    return any(not (isinstance(one, EventCondition) and FOUND_EVENTS.issuperset(one.names)) for one in kind.raises)
