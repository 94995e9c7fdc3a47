"""Several severities of one threshold, each with its own hysteresis (specs/rules.md 6.4).

The highest level that is on is the severity. A level that goes on takes those below it along: what is 97 percent is 90
percent too, however long it must last there. The alarm ends with its last level.
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
from netmon.correlate.threshold import POLLED_CLEAR, Columns, sampled
from netmon.domain.alarm import SEVERITIES, AlarmKey, Standing
from netmon.domain.sample import SampleBlock
from netmon.rulebook.kinds import Level, LevelsRule, MetricCondition


class _On(msgspec.Struct, frozen=True):
    """Levels that are on at one object."""

    levels: tuple[str, ...]
    """Their severities, low to high; empty for that of the rule."""
    told: str
    """Severity that was said last."""


_NONE = _On((), "")


class LevelsOperator:
    """One rule with levels; objects for which nothing is true cost no memory."""

    def __init__(self, kind: LevelsRule, wake: Wake) -> None:
        self.rule = kind.rule
        self._levels = kind.levels
        self._raises = {condition.position: condition for condition in kind.raises}
        self._clears = {condition.position: condition for condition in kind.clears}
        self._raising: dict[RunKey, Run] = {}
        self._clearing: dict[RunKey, Run] = {}
        self._on: dict[AlarmKey, _On] = {}
        self._selection = Selection(self.rule)
        self._silence = silence_of(self.rule, wake)

    def on_input(self, wanted: tuple[Columns, ...], block: SampleBlock, situation: Situation, /) -> bool:
        """Judge the wanted columns of a block, object by object."""
        first = len(situation.found.edges)
        for row in range(len(block.objects)):
            self._row(wanted, block, situation, row)
        return len(situation.found.edges) > first

    def on_timer(self, due: int, key: AlarmKey, situation: Situation) -> bool:
        """Do what follows where samples have stopped; else they decide."""
        if self._silence is None or not self._silence.is_due(due, key):
            return False
        if self._silence.is_over(key, situation):
            self._on.pop(key, None)
            forget(self._raising, key, self._raises)
            forget(self._clearing, key, self._clears)
        return True

    def after_gap(self, gap_ms: int, now: int) -> None:
        """Take no evidence of a time in which netmon saw nothing."""
        if self._silence is not None:
            self._silence.after_gap(gap_ms)

    def dump(self) -> Iterator[list[Any]]:
        """Yield every run, and the levels that are on."""
        for side, runs in (("raise", self._raising), ("clear", self._clearing)):
            for (key, position), run in runs.items():
                yield [side, position, *key, run.first, run.last]
        for key, on in self._on.items():
            yield ["on", 0, *key, on.told, list(on.levels)]
        if self._silence is not None:
            yield from self._silence.dump()

    def load(self, items: Iterable[list[Any]]) -> None:
        """Take back runs and levels; those that the rule has no longer are forgotten."""
        known = {level.severity for level in self._levels}
        for side, position, object_, _, qualifier, *what in items:
            key = (object_, self.rule.type, qualifier)
            if side == "raise" and position in self._raises:
                self._raising[key, position] = Run(*what)
            elif side == "clear" and position in self._clears:
                self._clearing[key, position] = Run(*what)
            elif side == ITEM and self._silence is not None:
                self._silence.load_item(key, *what)
            elif side == "on":
                told, levels = what
                kept = tuple(level for level in levels if level in known)
                if kept:
                    self._on[key] = _On(kept, told)

    def forget_told(self) -> None:
        """Say again what is on: the rule makes other alarm keys now."""
        self._on = {key: _On(on.levels, "") for key, on in self._on.items()}

    def explain(self, key: AlarmKey) -> str:
        """Return which levels are on."""
        return ", ".join(f"{level or 'lowest level'} is on" for level in self._on.get(key, _NONE).levels)

    def _row(self, wanted: tuple[Columns, ...], block: SampleBlock, situation: Situation, row: int) -> None:
        for columns in wanted:
            value = block.columns[columns.column][row]
            if value is None:
                continue
            managed = situation.sample(block, row, value)
            key = self._selection.key(managed, situation, block.seq)
            if key is None:
                return
            if self._silence is not None:
                self._silence.heard(key, block, situation)
            standing = situation.states.standing(key)
            stands = standing is not None and (standing.active or standing.pending)
            self._watch(columns.raises, self._raising, key, block, situation, at=block.time)
            if stands or key in self._on:
                self._watch(columns.clears, self._clearing, key, block, situation, at=block.sent)
            self._judge(key, managed, block, situation, standing=standing if stands else None)
            if standing is not None and standing.active:
                is_gone = not self._is_true(self._raising, self._raises, key)
                situation.judged(key, block, columns.column, is_gone=is_gone)

    def _watch(
        self,
        conditions: tuple[MetricCondition, ...],
        runs: dict[RunKey, Run],
        key: AlarmKey,
        block: SampleBlock,
        situation: Situation,
        *,
        at: int,
    ) -> None:
        """Let the runs of conditions go on or end."""
        for condition in conditions:
            if condition.when is None or condition.when(situation.scope):
                extend(runs, (key, condition.position), at, gap=self.rule.stale.ms(block.interval_ms))
            else:
                runs.pop((key, condition.position), None)

    def _judge(
        self,
        key: AlarmKey,
        managed: ManagedObject,
        block: SampleBlock,
        situation: Situation,
        *,
        standing: Standing | None,
    ) -> None:
        """Say what the levels are now, where that is news."""
        before = self._on.get(key, _NONE)
        levels = self._levels_on(key, before.levels)
        if levels:
            self._raise(key, managed, block, situation, before=before, levels=levels, stands=standing is not None)
            return
        self._on.pop(key, None)
        lowest = self._levels[0]
        if standing is not None and (block.sent, block.seq) > standing.last_raise and self._is_over(lowest, key):
            self._end(key, block, situation)

    def _raise(
        self,
        key: AlarmKey,
        managed: ManagedObject,
        block: SampleBlock,
        situation: Situation,
        *,
        before: _On,
        levels: tuple[str, ...],
        stands: bool,
    ) -> None:
        scope = situation.scope
        severity = max((level or self.rule.severity(scope) for level in levels), key=SEVERITIES.index)
        if severity == before.told and stands:
            self._on[key] = _On(levels, severity)
            return
        self._on[key] = _On(levels, severity)
        restates = stands and len(levels) <= len(before.levels)
        order, position = (block.time, block.seq), self._position(levels[-1])
        add_raise(
            situation, self.rule, managed, key=key, order=order, condition=position, for_ms=0, severity=severity,
            told=sampled(scope.value), restates=restates,
        )  # fmt: skip

    def _end(self, key: AlarmKey, block: SampleBlock, situation: Situation) -> None:
        ended = [position for position in self._levels[0].clears if (key, position) in self._clearing]
        position = ended[0] if ended else 0
        reason = self._clears[position].reason if ended else ""
        for position_ in self._clears:
            self._clearing.pop((key, position_), None)
        add_clear(
            situation, self.rule, key=key, order=(block.sent, block.seq), condition=position, for_ms=0,
            reason=reason or POLLED_CLEAR,
        )  # fmt: skip

    def _levels_on(self, key: AlarmKey, before: tuple[str, ...]) -> tuple[str, ...]:
        on: list[str] = []
        takes_along = False
        for level in reversed(self._levels):
            lasted = any(
                (run := self._raising.get((key, position))) is not None
                and run.last - run.first >= self._raises[position].for_ms
                for position in level.raises
            )
            # What a higher level took along ends by its own clear only.
            if lasted or (takes_along and level.severity not in before):
                takes_along = True
            elif level.severity not in before or self._is_over(level, key):
                continue
            on.append(level.severity)
        return tuple(reversed(on))

    def _is_over(self, level: Level, key: AlarmKey) -> bool:
        """Tell whether no raise condition of a level is true, and a clear condition, if it has any, has lasted."""
        if any((key, position) in self._raising for position in level.raises):
            return False
        return not level.clears or any(
            (run := self._clearing.get((key, position))) is not None
            and run.last - run.first >= self._clears[position].for_ms
            for position in level.clears
        )

    def _position(self, severity: str) -> int:
        """Return the condition that stands for a level in what an alarm says of its cause."""
        return next(level.raises[0] for level in self._levels if level.severity == severity)

    def _is_true(self, runs: dict[RunKey, Run], conditions: dict[int, MetricCondition], key: AlarmKey) -> bool:
        return any((key, position) in runs for position in conditions)
