"""What a rule kind is in ``correlate``: an operator (specs/rules.md 9.1; docs/explanation/operators.md).

on_input   an input that the rule names -> Edges, added to the situation
on_timer   a time that the operator asked to be woken at -> Edges
dump, load what it remembers, for a snapshot and over a reload
explain    the same of one alarm, in words

One that remembers nothing has the first alone.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

from netmon.correlate.situation import Situation
from netmon.domain.alarm import AlarmKey
from netmon.rulebook.kinds import Rule

Wanted = TypeVar("Wanted", contravariant=True)
"""Those conditions of the rule that name the input."""
Input = TypeVar("Input", contravariant=True)

Wake = Callable[[int, AlarmKey], None]
"""Asks for ``on_timer`` at a time (ms), for an alarm key."""


class Operator(Protocol[Wanted, Input]):
    """One rule kind of one rule."""

    def on_input(self, wanted: Wanted, input_: Input, situation: Situation, /) -> bool:
        """Tell whether a condition is true for an input, after adding the Edge that follows from it."""
        ...


class Remembering(Protocol):
    """An operator that remembers something; each of its items is small."""

    rule: Rule

    def on_timer(self, due: int, key: AlarmKey, situation: Situation) -> bool | None:
        """Do what is due; a time that was put off since is asked for anew. Tell whether samples had stopped."""
        ...

    def dump(self) -> Iterator[list[Any]]:
        """Yield all that is remembered."""
        ...

    def load(self, items: Iterable[list[Any]]) -> None:
        """Take back what ``dump`` gave and ask for its timers; what the rule has no use for any more is forgotten."""
        ...

    def explain(self, key: AlarmKey) -> str:
        """Return what is remembered of an alarm key, in words; empty: nothing."""
        ...


class Waiting(Protocol):
    """An operator to which the passing of time is evidence."""

    def after_gap(self, gap_ms: int, now: int) -> None:
        """Take no evidence of a time in which netmon saw nothing."""
        ...
