"""The operators of a rulebook, by what they take."""

from collections.abc import Sequence

import msgspec

from netmon.correlate.absent import AbsentOperator, ReturnOperator
from netmon.correlate.composite import CompositeOperator
from netmon.correlate.count import CountOperator
from netmon.correlate.group import GroupOperator
from netmon.correlate.levels import LevelsOperator
from netmon.correlate.operator import Operator, Remembering, Waiting
from netmon.correlate.pair import PairOperator
from netmon.correlate.sequence import SequenceOperator
from netmon.correlate.state import StateOperator
from netmon.correlate.threshold import Columns, ThresholdOperator
from netmon.correlate.timers import Timers
from netmon.domain.alarm import AlarmChange
from netmon.domain.event import Event, State
from netmon.domain.sample import SampleBlock
from netmon.rulebook.index import Pair, Word
from netmon.rulebook.kinds import (
    AbsentRule,
    CompositeRule,
    CountRule,
    EventRule,
    GroupRule,
    LevelsRule,
    PairRule,
    RuleKind,
    SequenceRule,
    StateRule,
    ThresholdRule,
)


class Operators(msgspec.Struct, frozen=True):
    """By the place of their rule kind in the order of ids, which is how the index names them."""

    of_events: dict[int, Operator[Pair, Event]]
    of_states: dict[int, Operator[Word, State]]
    of_samples: dict[int, Operator[tuple[Columns, ...], SampleBlock]]
    of_alarms: dict[int, Operator[None, Sequence[AlarmChange]]]
    of_structure: dict[int, GroupOperator]
    """Those of the alarms' that look at how elements are built, too."""
    remembering: dict[int, Remembering]
    waiting: list[Waiting]


def operators_of(kinds: Sequence[RuleKind], timers: Timers) -> Operators:
    """Return an operator for each rule kind; ``kinds`` in the order of the index, as timers name them, too."""
    made = Operators({}, {}, {}, {}, {}, {}, [])
    clearable = {kind.rule.id for kind in kinds if kind.clears or kind.rule.after_ms}
    for order, kind in enumerate(kinds):
        clears_when_false = kind.rule.id not in clearable
        match kind:
            case StateRule():
                made.of_states[order] = StateOperator(kind, clears_when_false=clears_when_false)
            case LevelsRule():
                levels = LevelsOperator(kind, timers.of(order))
                made.of_samples[order] = made.remembering[order] = levels
                made.waiting.append(levels)
            case ThresholdRule():
                threshold = ThresholdOperator(kind, timers.of(order), clears_when_false=clears_when_false)
                made.of_samples[order] = made.remembering[order] = threshold
                made.waiting.append(threshold)
            case GroupRule():
                group = GroupOperator(kind, timers.of(order))
                made.of_alarms[order] = made.remembering[order] = group
                if kind.by_structure:
                    made.of_structure[order] = group
            case CompositeRule():
                composite = CompositeOperator(kind, timers.of(order))
                made.of_alarms[order] = made.remembering[order] = composite
            case _:
                _add_of_events(made, order, kind, timers)
    return made


def _add_of_events(made: Operators, order: int, kind: EventRule, timers: Timers) -> None:
    match kind:
        case PairRule():
            made.of_events[order] = PairOperator(kind)
        case CountRule():
            count = CountOperator(kind, timers.of(order))
            made.of_events[order] = made.remembering[order] = count
        case SequenceRule():
            sequence = SequenceOperator(kind, timers.of(order))
            made.of_events[order] = made.remembering[order] = sequence
        case AbsentRule():
            absent = AbsentOperator(kind, timers.of(order))
            made.of_events[order] = made.remembering[order] = absent
            made.of_states[order] = ReturnOperator(absent)
            made.waiting.append(absent)
