"""Edges from rules: what a condition that is true means for the alarm of its key."""

from typing import TypeVar

from netmon.correlate.objects import ManagedObject
from netmon.correlate.situation import Situation
from netmon.domain.alarm import SEVERITIES, AlarmKey, Edge, Order, Severity
from netmon.domain.event import Event
from netmon.domain.output import PollRequest
from netmon.rulebook.kinds import AlarmCondition, EventCondition, Rule, StateCondition, TrapCondition
from netmon.rulebook.scope import Scope

RESYNC_WITHIN_MS = 60_000

KNOWN: dict[str, Severity] = {severity: severity for severity in SEVERITIES}
"""What a rule's severity may be, apart from ``ignore``."""


T = TypeVar("T", TrapCondition, EventCondition, TrapCondition | EventCondition, StateCondition, AlarmCondition)
Told = TrapCondition | EventCondition | StateCondition


def first_true(conditions: tuple[T, ...], scope: Scope) -> T | None:
    """Return the condition that is true and has the shortest hold, the first in the rule of equals."""
    found: T | None = None
    for condition in conditions:
        if (found is None or condition.for_ms < found.for_ms) and (condition.when is None or condition.when(scope)):
            found = condition
    return found


def add(
    situation: Situation,
    rule: Rule,
    managed: ManagedObject,
    *,
    raised: Told | None,
    cleared: Told | None,
    order: Order,
    event: Event | None = None,
) -> None:
    """Add the Edge of the condition that is true; of none, that what raises is false.

    Raises:
        UnusableObject: a part of the qualifier is missing.
    """
    key = situation.key(rule, managed)
    if raised is not None:
        position, for_ms = raised.position, raised.for_ms
        add_raise(situation, rule, managed, key=key, order=order, condition=position, for_ms=for_ms, event=event)
    elif cleared is not None:
        position, for_ms, reason = cleared.position, cleared.for_ms, cleared.reason
        add_clear(situation, rule, key=key, order=order, condition=position, for_ms=for_ms, reason=reason)
    else:
        add_clear(situation, rule, key=key, order=order, condition=0, for_ms=0, reason="")


def add_raise(
    situation: Situation,
    rule: Rule,
    managed: ManagedObject,
    *,
    key: AlarmKey,
    order: Order,
    condition: int,
    for_ms: int,
    event: Event | None = None,
    severity: str = "",
    told: str = "",
    restates: bool = False,
) -> None:
    """Add the Edge of a raise condition that is true; the severity may say that it is the clear, or nothing."""
    severity = severity or rule.severity(situation.scope)
    if severity == "cleared":
        add_clear(situation, rule, key=key, order=order, condition=condition, for_ms=0, reason="")
    elif severity in KNOWN:
        stands = situation.states.is_active(key)
        element = event.element if event is not None else managed.path.partition("/")[0]
        if managed.flags and stands is None:
            situation.want_name(element, managed)
        # An alarm keeps the varbinds of its raise; writing them out for each repeat would cost more than all else.
        info = () if stands else situation.information(event, managed)
        content = situation.content(rule, managed, KNOWN[severity], info=info, stands=bool(stands))
        edge = Edge(
            key,
            True,
            order,
            order[1],
            rule.id,
            rule.rev,
            element,
            condition,
            content,
            for_ms,
            rule.after_ms,
            rule.reopen_ms,
            "",
            rule.manner,
            f"{_words(rule.raise_words, condition)}: {told}" if told else _words(rule.raise_words, condition),
            restates,
            _voice(rule, situation),
        )
        situation.found.edges.append(edge)
        if rule.manner is not None and rule.manner.clears is not None:
            situation.found.wanted.append(resync(element, order[0], rule.id))
    elif severity == "ignore":
        situation.drop("ignored", rule.id, order[1], rule=rule.id)
    else:
        situation.fail(rule.id, "severity that is none", order=order)


def resync(element: str, at: int, why: str) -> PollRequest:
    """Return the wish to poll an element, so that what is polled of its alarms clears or keeps them."""
    return PollRequest(element, "", f"resync {why}", at + RESYNC_WITHIN_MS)


def add_clear(
    situation: Situation,
    rule: Rule,
    *,
    key: AlarmKey,
    order: Order,
    condition: int,
    for_ms: int,
    reason: str,
    told: str = "",
) -> None:
    """Add the Edge of a clear condition that is true, or of a raise condition that is false where that is the clear."""
    element = key[0].partition("/")[0]
    edge = Edge(
        key,
        False,
        order,
        order[1],
        rule.id,
        rule.rev,
        element,
        condition,
        for_ms=for_ms,
        reason=reason,
        words=told or _words(rule.clear_words, condition),
        voice=_voice(rule, situation),
    )
    situation.found.edges.append(edge)


def _voice(rule: Rule, situation: Situation) -> str:
    """Return which input speaks, where its rule hears each apart."""
    if not rule.hears_apart:
        return ""
    # A repeat must be heard, too: another input may have cleared meanwhile.
    situation.is_repeatable = False
    return situation.voice


def _words(known: tuple[str, ...], condition: int) -> str:
    """Return a condition in words; a clear may follow from a raise condition that is false, which has none."""
    return known[condition] if condition < len(known) else ""
