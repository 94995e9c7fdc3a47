"""How an operator that remembers takes an event: where its rule selects the object, and a condition is true."""

from collections.abc import Callable
from typing import TypeVar

from netmon.correlate.objects import ManagedObject, UnusableObject
from netmon.correlate.situation import Situation
from netmon.domain.event import Event
from netmon.rulebook.kinds import Rule
from netmon.rulebook.scope import Scope

T = TypeVar("T")


def take(
    rule: Rule,
    event: Event,
    situation: Situation,
    *,
    choose: Callable[[Scope], T],
    into: Callable[[T, ManagedObject], None],
) -> bool:
    """Let what is chosen of an event be remembered; tell whether anything is.

    Args:
        rule: says which object it is about.
        event: the input.
        situation: what is looked at.
        choose: what of the event counts; empty, when no condition is true.
        into: remembers it; raises ``UnusableObject`` where a part of the qualifier is missing.
    """
    try:
        managed = situation.object_of(rule, event)
    except UnusableObject:
        managed = None
    if rule.where is not None and not rule.where(situation.scope):
        return False
    chosen = choose(situation.scope)
    if not chosen:
        return False
    # What is remembered makes the next equal event another one.
    situation.is_repeatable = False
    try:
        if managed is None:
            raise UnusableObject(event.object)
        into(chosen, managed)
    except UnusableObject:
        situation.fail(rule.id, "missing part of object or qualifier", order=(event.time, event.seq))
    return True
