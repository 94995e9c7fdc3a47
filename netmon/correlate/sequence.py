"""One thing after another, or several in any order: ``sequence``, ``within`` (specs/rules.md 6.7)."""

from bisect import insort
from collections.abc import Iterable, Iterator
from typing import Any

from netmon.correlate.edges import add_raise
from netmon.correlate.objects import ManagedObject
from netmon.correlate.operator import Wake
from netmon.correlate.situation import Situation
from netmon.correlate.taking import take
from netmon.correlate.window import MOST
from netmon.domain.alarm import AlarmKey
from netmon.domain.event import Event
from netmon.rulebook.index import Pair
from netmon.rulebook.kinds import SequenceRule
from netmon.rulebook.scope import Scope

_CHUNK = 1_000

_Entry = tuple[int, int, tuple[int, ...]]
"""(time, seq, the steps that an event fits)."""


class SequenceOperator:
    """One sequence: what has come of it so far, by alarm key; gone with its window."""

    def __init__(self, kind: SequenceRule, wake: Wake) -> None:
        self.kind = kind
        self.rule = kind.rule
        self._wake = wake
        self._open: dict[AlarmKey, list[_Entry]] = {}
        self._needed = sum(kind.counts)

    def on_input(self, candidate: Pair, event: Event, situation: Situation, /) -> bool:
        """Take an event that fits a step; raise when all steps have come."""

        def choose(scope: Scope) -> tuple[int, ...]:
            return tuple(one.position for one in candidate.raises if one.when is None or one.when(scope))

        def into(steps: tuple[int, ...], managed: ManagedObject) -> None:
            self._take(steps, managed, event, situation)

        return take(self.rule, event, situation, choose=choose, into=into)

    def on_timer(self, due: int, key: AlarmKey, situation: Situation) -> None:
        """Forget what has not gone on."""
        entries = self._open.get(key)
        if entries is None:
            return
        ends = entries[-1][0] + self.kind.within_ms
        if ends <= due:
            del self._open[key]
        else:
            self._wake(ends, key)

    def dump(self) -> Iterator[list[Any]]:
        """Yield what is open."""
        for key, entries in self._open.items():
            for first in range(0, len(entries), _CHUNK):
                yield [self.kind.shape, *key, [list(entry) for entry in entries[first : first + _CHUNK]]]

    def load(self, items: Iterable[list[Any]]) -> None:
        """Take it back, unless the steps have changed."""
        for shape, object_, _, qualifier, chunk in items:
            if shape == self.kind.shape:
                entries = self._open.setdefault((object_, self.rule.type, qualifier), [])
                entries += [(at, seq, tuple(steps)) for at, seq, steps in chunk]
        for key, entries in self._open.items():
            self._wake(entries[-1][0] + self.kind.within_ms, key)

    def explain(self, key: AlarmKey) -> str:
        """Return how far a sequence has come."""
        entries = self._open.get(key)
        return f"{self._done(entries)} of {len(self.kind.counts)} steps" if entries else ""

    def _take(self, steps: tuple[int, ...], managed: ManagedObject, event: Event, situation: Situation) -> None:
        key = situation.key(self.rule, managed)
        entries, at = self._open.get(key), situation.time_of(self.rule, event)
        if entries is None:
            entries = self._begin(key, event, situation)
            self._wake(at + self.kind.within_ms, key)
        insort(entries, (at, event.seq, steps))
        newest = entries[-1][0]
        self._slide(entries, newest)
        if len(entries) > MOST:
            situation.overflow(self.rule.id, event.seq)
            del entries[0]
        if not entries:
            del self._open[key]
        if len(entries) < self._needed or self._done(entries) < len(self.kind.counts):
            situation.count("pending", self.rule.id)
            return
        told, order, position = self.explain(key), (newest, event.seq), self.kind.position
        del self._open[key]
        add_raise(
            situation, self.rule, managed, key=key, order=order, condition=position, for_ms=self.kind.for_ms,
            event=event, told=told,
        )  # fmt: skip

    def _begin(self, key: AlarmKey, event: Event, situation: Situation) -> list[_Entry]:
        if len(self._open) >= MOST:
            situation.overflow(self.rule.id, event.seq)
            del self._open[next(iter(self._open))]
        entries = self._open[key] = []
        return entries

    def _slide(self, entries: list[_Entry], newest: int) -> None:
        """Let go what is out of the window, and what stands before the first step of an order."""
        gone = 0
        for at, _, steps in entries:
            if at > newest - self.kind.within_ms and (not self.kind.ordered or 0 in steps):
                break
            gone += 1
        del entries[:gone]

    def _done(self, entries: list[_Entry]) -> int:
        """Return how many steps have come."""
        counts = self.kind.counts
        if not self.kind.ordered:
            return sum(sum(step in steps for _, _, steps in entries) >= count for step, count in enumerate(counts))
        step, came = 0, 0
        for _, _, steps in entries:
            # As early as it can be: what came too early for a step is no use to a later one either.
            if step in steps:
                came += 1
                if came == counts[step]:
                    step, came = step + 1, 0
                    if step == len(counts):
                        break
        return step
