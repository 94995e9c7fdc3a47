"""So many in a while: ``count``, ``within``, ``distinct`` (specs/rules.md 6.7)."""

from collections.abc import Iterable, Iterator
from typing import Any

from netmon.correlate.edges import add_clear, add_raise
from netmon.correlate.objects import ManagedObject, UnusableObject
from netmon.correlate.operator import Wake
from netmon.correlate.situation import Situation
from netmon.correlate.taking import take
from netmon.correlate.window import MOST, Window
from netmon.domain.alarm import AlarmKey
from netmon.domain.event import Event
from netmon.rulebook.functions import missing
from netmon.rulebook.index import EventTest, Pair
from netmon.rulebook.kinds import CountRule
from netmon.rulebook.scope import Scope


class CountOperator:
    """One condition with ``count``: a window per alarm key, gone when it is empty."""

    def __init__(self, kind: CountRule, wake: Wake) -> None:
        self.kind = kind
        self.rule = kind.rule
        self._wake = wake
        self._windows: dict[AlarmKey, Window] = {}

    def on_input(self, candidate: Pair, event: Event, situation: Situation, /) -> bool:
        """Take an event into its window; raise when that is full enough."""

        def choose(scope: Scope) -> list[EventTest]:
            return [one for one in candidate.raises if one.when is None or one.when(scope)]

        def into(true: list[EventTest], managed: ManagedObject) -> None:
            self._count(true[0], managed, event, situation)

        return take(self.rule, event, situation, choose=choose, into=into)

    def on_timer(self, due: int, key: AlarmKey, situation: Situation) -> None:
        """Clear when a window has become empty enough; forget it when it is empty."""
        window = self._windows.get(key)
        if window is None or window.woken_at != due:
            return
        window.woken_at = None
        at = self._due(window)
        if at <= due:
            window.slide(due)
            if window.raised and len(window.entries) < self.kind.below:
                window.raised = False
                self._clear(key, situation, at=due)
        if window.entries:
            self._ask(key, window)
        else:
            del self._windows[key]

    def dump(self) -> Iterator[list[Any]]:
        """Yield every window."""
        for key, window in self._windows.items():
            for chunk in window.chunks():
                yield [self.kind.shape, *key, window.raised, chunk]

    def load(self, items: Iterable[list[Any]]) -> None:
        """Take windows back, unless what they count has changed."""
        for shape, object_, _, qualifier, raised, chunk in items:
            if shape == self.kind.shape:
                key = (object_, self.rule.type, qualifier)
                window = self._windows.setdefault(key, Window(self.kind.within_ms))
                window.entries.update(dict(chunk))
                window.raised = raised
        for key, window in self._windows.items():
            self._ask(key, window)

    def explain(self, key: AlarmKey) -> str:
        """Return how many a window holds."""
        window = self._windows.get(key)
        return f"{len(window.entries)} of {self.kind.count}" if window is not None else ""

    def _count(self, condition: EventTest, managed: ManagedObject, event: Event, situation: Situation) -> None:
        key = situation.key(self.rule, managed)
        value = self._value(event, situation)
        if missing(value):
            raise UnusableObject(event.object)
        window = self._windows.get(key) or self._begin(key, event, situation)
        if window.add(value, situation.time_of(self.rule, event)):
            situation.overflow(self.rule.id, event.seq)
        self._ask(key, window)
        if len(window.entries) < self.kind.count:
            situation.count("pending", self.rule.id)
            return
        window.raised = True
        situation.scope.count = len(window.entries)
        order, for_ms = (window.newest, event.seq), condition.for_ms
        add_raise(
            situation, self.rule, managed, key=key, order=order, condition=condition.position, for_ms=for_ms,
            event=event, told=self.explain(key),
        )  # fmt: skip
        situation.scope.count = None

    def _begin(self, key: AlarmKey, event: Event, situation: Situation) -> Window:
        if len(self._windows) >= MOST:
            situation.overflow(self.rule.id, event.seq)
            del self._windows[next(iter(self._windows))]
        window = self._windows[key] = Window(self.kind.within_ms)
        return window

    def _value(self, event: Event, situation: Situation) -> Any:
        """Return what is counted: the event itself, or what must be distinct of it."""
        read = self.kind.distinct
        if read is None:
            return event.seq
        return situation.own if read == "object" else read(situation.scope)

    def _due(self, window: Window) -> int:
        return window.falls_below(self.kind.below if window.raised and self.kind.below else 1)

    def _ask(self, key: AlarmKey, window: Window) -> None:
        """Ask to be woken when the window may say something; what comes meanwhile only puts that off."""
        due = self._due(window)
        if window.woken_at is None or due < window.woken_at:
            window.woken_at = due
            self._wake(due, key)

    def _clear(self, key: AlarmKey, situation: Situation, *, at: int) -> None:
        standing = situation.states.standing(key)
        if standing is not None and (standing.active or standing.pending):
            order = (at, situation.seq)
            add_clear(situation, self.rule, key=key, order=order, condition=0, for_ms=0, reason="")
