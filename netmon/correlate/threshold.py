"""Raise and clear by samples, each condition with its own ``for`` (specs/rules.md 6.3).

`for` is decided at samples, by runs.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from netmon.correlate.edges import add_clear, add_raise
from netmon.correlate.nodata import ITEM, silence_of
from netmon.correlate.objects import ManagedObject
from netmon.correlate.operator import Wake
from netmon.correlate.runs import Run, RunKey, extend, forget
from netmon.correlate.selection import Selection
from netmon.correlate.situation import Situation
from netmon.domain.alarm import AlarmKey, Standing
from netmon.domain.sample import SampleBlock
from netmon.rulebook.kinds import MetricCondition, ThresholdRule

POLLED_CLEAR = "polled_clear"


def sampled(value: Any) -> str:
    """Return a sample as an alarm says it of its cause."""
    return f"{value:g}" if isinstance(value, float) else str(value)


class Columns(msgspec.Struct, frozen=True):
    """A column of a block with the conditions of one rule that read it."""

    column: int
    raises: tuple[MetricCondition, ...]
    clears: tuple[MetricCondition, ...]


class ThresholdOperator:
    """One threshold rule with its runs; objects for which nothing is true cost no memory."""

    def __init__(self, kind: ThresholdRule, wake: Wake, *, clears_when_false: bool) -> None:
        self.kind = kind
        self.rule = kind.rule
        self._clears_when_false = clears_when_false
        """No clear condition anywhere in the rule: all raise conditions false clears."""
        self._raising: dict[RunKey, Run] = {}
        self._clearing: dict[RunKey, Run] = {}
        self._selection = Selection(self.rule)
        self._silence = silence_of(self.rule, wake)

    def on_input(self, wanted: tuple[Columns, ...], block: SampleBlock, situation: Situation, /) -> bool:
        """Judge the wanted columns of a block: all that raises first, for what is true now may not be cleared."""
        first = len(situation.found.edges)
        for columns in wanted:
            if columns.raises:
                self._rows(columns, block, situation, clearing=False)
        for columns in wanted:
            if columns.clears or self._clears_when_false:
                self._rows(columns, block, situation, clearing=True)
        return len(situation.found.edges) > first

    def on_timer(self, due: int, key: AlarmKey, situation: Situation) -> bool:
        """Do what follows where samples have stopped; else they decide."""
        if self._silence is None or not self._silence.is_due(due, key):
            return False
        if self._silence.is_over(key, situation):
            forget(self._raising, key, (condition.position for condition in self.kind.raises))
            forget(self._clearing, key, (condition.position for condition in self.kind.clears))
        return True

    def after_gap(self, gap_ms: int, now: int) -> None:
        """Take no evidence of a time in which netmon saw nothing."""
        if self._silence is not None:
            self._silence.after_gap(gap_ms)

    def explain(self, key: AlarmKey) -> str:
        """Return since when which conditions are true at an alarm's object."""
        sides = (("raise", self._raising), ("clear", self._clearing))
        found = [
            f"{side}[{position}] true for {(run.last - run.first) // 1000} s"
            for side, runs in sides
            for (key_, position), run in sorted(runs.items())
            if key_ == key
        ]
        return ", ".join(found)

    def dump(self) -> Iterator[list[Any]]:
        """Yield every run."""
        for side, runs in (("raise", self._raising), ("clear", self._clearing)):
            for (key, position), run in runs.items():
                yield [side, position, *key, run.first, run.last, run.told]
        if self._silence is not None:
            yield from self._silence.dump()

    def load(self, items: Iterable[list[Any]]) -> None:
        """Take runs back; those of a condition that the rule has no longer are forgotten."""
        raises = {condition.position for condition in self.kind.raises}
        clears = {condition.position for condition in self.kind.clears}
        for side, position, object_, _, qualifier, *what in items:
            key = (object_, self.rule.type, qualifier)
            if side == "raise" and position in raises:
                self._raising[key, position] = Run(*what)
            elif side == "clear" and position in clears:
                self._clearing[key, position] = Run(*what)
            elif side == ITEM and self._silence is not None:
                self._silence.load_item(key, *what)

    def forget_told(self) -> None:
        """Say again what is true: the rule makes other alarm keys now."""
        for run in self._raising.values():
            run.told = False

    def _rows(self, columns: Columns, block: SampleBlock, situation: Situation, *, clearing: bool) -> None:
        judge = self._judge_clears if clearing else self._judge_raises
        for row, value in enumerate(block.columns[columns.column]):
            if value is None:
                continue
            managed = situation.sample(block, row, value)
            key = self._selection.key(managed, situation, block.seq)
            if key is None:
                continue
            if self._silence is not None:
                self._silence.heard(key, block, situation)
            judge(columns, block, situation, managed=managed, key=key)

    def _judge_raises(
        self, columns: Columns, block: SampleBlock, situation: Situation, *, managed: ManagedObject, key: AlarmKey
    ) -> None:
        for condition in columns.raises:
            if condition.when is not None and not condition.when(situation.scope):
                self._raising.pop((key, condition.position), None)
                continue
            run = extend(
                self._raising, (key, condition.position), block.time, gap=self.rule.stale.ms(block.interval_ms)
            )
            if run.last - run.first >= condition.for_ms and self._speaks(run, key, block, situation):
                run.told = True
                order = (block.time, block.seq)
                add_raise(
                    situation, self.rule, managed, key=key, order=order, condition=condition.position, for_ms=0,
                    told=sampled(situation.scope.value),
                )  # fmt: skip

    def _speaks(self, run: Run, key: AlarmKey, block: SampleBlock, situation: Situation) -> bool:
        """Tell whether a condition that is true should be said: once, and again after somebody else cleared."""
        if not run.told:
            return True
        standing = situation.states.standing(key)
        return standing is None or (not standing.active and (block.time, block.seq) > standing.last_clear)

    def _judge_clears(
        self, columns: Columns, block: SampleBlock, situation: Situation, *, managed: ManagedObject, key: AlarmKey
    ) -> None:
        standing = situation.states.standing(key)
        if standing is None or not (standing.active or standing.pending):
            self._unclear(columns, key)
            return
        cleared = False
        if self._is_raising(key):
            self._unclear(columns, key)
        elif self._clears_when_false:
            cleared = (block.sent, block.seq) > standing.last_raise
            if cleared:
                self._clear(key, block, situation, position=0, reason=POLLED_CLEAR)
        else:
            for condition in columns.clears:
                cleared |= self._judge_clear(condition, block, situation, key=key, standing=standing)
        is_gone = cleared or any((key, condition.position) in self._clearing for condition in self.kind.clears)
        situation.judged(key, block, columns.column, is_gone=is_gone)

    def _unclear(self, columns: Columns, key: AlarmKey) -> None:
        for condition in columns.clears:
            self._clearing.pop((key, condition.position), None)

    def _judge_clear(
        self,
        condition: MetricCondition,
        block: SampleBlock,
        situation: Situation,
        *,
        key: AlarmKey,
        standing: Standing,
    ) -> bool:
        """Tell whether a clear condition has lasted long enough, after adding the Edge."""
        runs, run_key = self._clearing, (key, condition.position)
        # Asked before the raise: the response was under way and knows nothing of it (specs/rules.md 3).
        if (block.sent, block.seq) <= standing.last_raise or not (
            condition.when is None or condition.when(situation.scope)
        ):
            runs.pop(run_key, None)
            return False
        if run_key in runs and runs[run_key].first < standing.last_raise[0]:
            del runs[run_key]
        run = extend(runs, run_key, block.sent, gap=self.rule.stale.ms(block.interval_ms))
        if run.last - run.first < condition.for_ms:
            return False
        del runs[run_key]
        self._clear(key, block, situation, position=condition.position, reason=condition.reason or POLLED_CLEAR)
        return True

    def _clear(self, key: AlarmKey, block: SampleBlock, situation: Situation, *, position: int, reason: str) -> None:
        order = (block.sent, block.seq)
        add_clear(situation, self.rule, key=key, order=order, condition=position, for_ms=0, reason=reason)

    def _is_raising(self, key: AlarmKey) -> bool:
        return any((key, condition.position) in self._raising for condition in self.kind.raises)
