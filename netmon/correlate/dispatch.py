"""Brings each input to the operators of the rules that name it; the index finds them (specs/rules.md 9.3).

Event ──index──> candidates ──operator──> Edges          no loop over all rules, ever
State ──index──> candidates ──operator──> Edges
SampleBlock ──plan of its columns──> operator ──> Edges
AlarmChange, StructureChange ──index──> operators of a stratum ──> Edges
Tick ──timers──> operator ──> Edges
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

from netmon.correlate.levels import LevelsOperator
from netmon.correlate.mapping import common_event
from netmon.correlate.objects import UnusableObject
from netmon.correlate.operator import Operator
from netmon.correlate.operators import operators_of
from netmon.correlate.situation import Situation
from netmon.correlate.threshold import Columns, ThresholdOperator
from netmon.correlate.timers import Timers
from netmon.domain.alarm import AlarmChange, AlarmKey
from netmon.domain.event import Event, State
from netmon.domain.sample import SampleBlock
from netmon.rulebook.index import Index, Pair
from netmon.rulebook.kinds import Form, PairRule, Rulebook

SILENT_PER_TICK = 100
"""Objects whose samples stopped."""

_PLANS = 10_000
NO_FORMS: Mapping[str, Form] = {}

Wanted = tuple[tuple[Operator[tuple[Columns, ...], SampleBlock], tuple[Columns, ...]], ...]
"""The operators that want columns of a block, and which."""


class _Plans(dict[tuple[str, ...], Wanted]):
    """What is wanted of blocks, by their columns."""

    def __init__(self, index: Index, operators: Mapping[int, Operator[tuple[Columns, ...], SampleBlock]]) -> None:
        self._index = index
        self._operators = operators

    def __missing__(self, names: tuple[str, ...]) -> Wanted:
        by_rule: dict[int, list[Columns]] = {}
        for column, name in enumerate(names):
            for candidate in self._index.metrics(name):
                by_rule.setdefault(candidate.order, []).append(Columns(column, candidate.raises, candidate.clears))
        if len(self) >= _PLANS:
            self.clear()
        plan = self[names] = tuple((self._operators[order], tuple(by_rule[order])) for order in sorted(by_rule))
        return plan


class Dispatch:
    """The operators of one rule set."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.index = Index(rulebook)
        self.rules = frozenset((*(kind.rule.id for kind in rulebook.kinds), *(storm.id for storm in rulebook.storms)))
        """Their ids, and those of storms."""
        self.forms = {kind.rule.id: kind.rule.form for kind in rulebook.kinds}
        self._former = {old: kind.rule.id for kind in rulebook.kinds for old in kind.rule.formerly}
        self.alarm_types = self.index.alarm_types()
        """Types of the alarms that rules look at."""
        self._asked: list[tuple[Pair, ...]] = []
        """About the last event."""
        self._has_mappings = bool(rulebook.events)
        self._timers = Timers()
        self.left_over = False
        """Timers may wait for the next Tick, which goes on in their order."""
        self._operators = operators_of(sorted(rulebook.kinds, key=lambda kind: kind.rule.id), self._timers)
        self.wanted: Callable[[tuple[str, ...]], Wanted] = _Plans(self.index, self._operators.of_samples).__getitem__
        """Returns what is wanted of blocks with some columns; it is found out once, from then on it is one lookup."""

    def event(self, event: Event, situation: Situation) -> bool:
        """Judge a trap and the common events made of it, or a common event; tell whether any condition was true."""
        self._asked = []
        matched = self._ask(event, situation)
        for mapping in self.index.mappings(event) if self._has_mappings else ():
            try:
                made = common_event(mapping, event, situation)
            except UnusableObject:
                situation.fail(mapping.event, "missing part of object", order=(event.time, event.seq))
                matched = True
                continue
            matched = (made is not None and self._ask(made, situation)) or matched
        return matched or self._fall_back(event, situation)

    def asked(self) -> list[str]:
        """Return the rules that were asked about the last event, each once."""
        return list(dict.fromkeys(candidate.kind.rule.id for candidate in chain.from_iterable(self._asked)))

    def plainly(self, event: Event, situation: Situation) -> None:
        """Let a trap be judged by those rules alone that remember nothing of it."""
        matched = False
        for common in [event, *self._common(event, situation)]:
            situation.event(common)
            matched = self._ask_plainly(self.index.events(common), common, situation) or matched
        if not matched:
            situation.event(event)
            self._ask_plainly(self.index.fallbacks(event), event, situation)

    def _ask_plainly(self, candidates: Iterable[Pair], event: Event, situation: Situation) -> bool:
        matched = False
        for candidate in candidates:
            if isinstance(candidate.kind, PairRule):
                matched |= self._operators.of_events[candidate.order].on_input(candidate, event, situation)
        return matched

    def _common(self, event: Event, situation: Situation) -> Iterator[Event]:
        for mapping in self.index.mappings(event) if self._has_mappings else ():
            with suppress(UnusableObject):
                made = common_event(mapping, event, situation)
                if made is not None:
                    yield made

    def state(self, state: State, situation: Situation) -> None:
        """Judge a state."""
        situation.state(state)
        operators = self._operators.of_states
        for candidate in self.index.states(state.name):
            operators[candidate.order].on_input(candidate, state, situation)

    def block(self, block: SampleBlock, situation: Situation) -> None:
        """Judge the samples of a block."""
        wanted = self.wanted(block.names)
        if wanted:
            situation.block(block)
        for operator, columns in wanted:
            operator.on_input(columns, block, situation)

    @property
    def alarm_strata(self) -> int:
        """How many strata there are of rules on alarms."""
        return self.index.alarm_strata

    def alarms(
        self, stratum: int, changes: Iterable[AlarmChange], situation: Situation, *, elements: Sequence[str] = ()
    ) -> None:
        """Judge changes of alarms by the rules of a stratum, from 1; ``elements``: those that are built otherwise."""
        wanted: dict[int, list[AlarmChange]] = {}
        for change in changes:
            for order in self.index.alarms(stratum, change.after.type):
                wanted.setdefault(order, []).append(change)
        # All changes of a step are one moment: an Edge for each of them would say less than the last.
        groups = self._operators.of_structure if elements else {}
        built = {order: group for order, group in groups.items() if group.kind.stratum == stratum}
        for order in sorted({*wanted, *built}):
            if order in built:
                built[order].on_structure(elements, wanted.get(order, ()), situation)
            else:
                self._operators.of_alarms[order].on_input(None, wanted[order], situation)

    def tick(self, now: int, situation: Situation, *, gap_ms: int) -> None:
        """Wake the operators that asked for it; ``gap_ms``: for how long netmon saw nothing, 0 mostly."""
        for operator in self._operators.waiting if gap_ms else ():
            operator.after_gap(gap_ms, now)
        silent = 0
        for due, key, order in self._timers.due(now):
            silent += bool(self._operators.remembering[order].on_timer(due, key, situation))
            if silent >= SILENT_PER_TICK:
                break
        self.left_over = silent >= SILENT_PER_TICK

    def explain(self, rule: str, key: AlarmKey) -> list[str]:
        """Return what a rule remembers of an alarm key, in words."""
        operators = [one for one in self._operators.remembering.values() if one.rule.id == rule]
        return [words for operator in operators if (words := operator.explain(key))]

    def dump(self) -> list[list[Any]]:
        """Return what operators remember, by rule and kind of rule."""
        return [
            [operator.rule.id, type(operator).__name__, *item]
            for operator in self._operators.remembering.values()
            for item in operator.dump()
        ]

    def load(self, runs: list[list[Any]], before: Mapping[str, Form] = NO_FORMS) -> None:
        """Take back what ``dump`` gave, as far as its rules are still there.

        Args:
            runs: what was remembered.
            before: the forms of the rules that did; empty: the same as now.
        """
        by_operator: dict[tuple[str, str], list[list[Any]]] = {}
        for rule, kind, *item in runs:
            by_operator.setdefault((self._former.get(rule, rule), kind), []).append(item)
        for operator in self._operators.remembering.values():
            rule = operator.rule
            form = before.get(rule.id, rule.form)
            if form.shape == rule.form.shape or not isinstance(operator, ThresholdOperator | LevelsOperator):
                operator.load(by_operator.get((rule.id, type(operator).__name__), []))
            if form.keys != rule.form.keys and isinstance(operator, ThresholdOperator | LevelsOperator):
                operator.forget_told()

    def _ask(self, event: Event, situation: Situation) -> bool:
        candidates, matched = self.index.events(event), False
        if candidates:
            self._asked.append(candidates)
            situation.event(event)
            operators = self._operators.of_events
            for candidate in candidates:
                matched |= operators[candidate.order].on_input(candidate, event, situation)
        return matched

    def _fall_back(self, event: Event, situation: Situation) -> bool:
        """Try the rules that apply only when no other did."""
        situation.event(event)
        operators, matched = self._operators.of_events, False
        candidates = self.index.fallbacks(event)
        self._asked.append(candidates)
        for candidate in candidates:
            matched |= operators[candidate.order].on_input(candidate, event, situation)
        return matched
