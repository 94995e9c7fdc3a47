"""Traps that came before, and the Edges they led to: most of a storm is repeats, and no rule needs to be asked again.

What a rule says of a trap follows from the trap, the rules, the inventory, learned names, polled values and the alarms
there are. So an answer is kept by trap; it goes with the rules and the inventory, holds while the names it used are the
same and the alarm stands as it stood, and is not kept at all where a condition looked at polled values or other alarms.
"""

from typing import Any

import msgspec

from netmon.correlate.situation import LearnedName, Situation
from netmon.domain.alarm import AlarmKey, AlarmStates, Edge
from netmon.domain.event import Event
from netmon.domain.oid import is_small

_KEPT = 16_384


class _Heard(msgspec.Struct, frozen=True):
    """What one trap led to."""

    names: tuple[LearnedName, ...]
    raised: tuple[AlarmKey, ...]
    edges: dict[tuple[bool, ...], tuple[Edge, ...]]
    """By which of ``raised`` were active."""


class Repeats:
    """Edges by element, trap and varbinds, for one set of rules and one inventory."""

    def __init__(self) -> None:
        self._heard: dict[Any, _Heard] = {}

    def answer(self, event: Event, situation: Situation) -> bool:
        """Add the Edges of a trap that came before; tell whether it did and nothing they rest on has changed."""
        heard = self._heard.get((event.element, event.name, event.aliases, event.varbinds))
        if heard is None or not situation.is_still_called(heard.names):
            return False
        active = _active(heard.raised, situation.states)
        edges = heard.edges.get(active) if active is not None else None
        if edges is None:
            return False
        situation.found.edges.extend([_at(edge, event) for edge in edges])
        return True

    def keep(self, event: Event, situation: Situation, first: int) -> None:
        """Keep what a trap led to: the Edges from number ``first`` on."""
        found = situation.found
        edges = tuple(found.edges[first:])
        if event.varbinds is None or not is_small(event.varbinds):
            return
        if not edges or found.dropped or found.wanted or not situation.is_repeatable:
            return
        names, raised = situation.used_names, tuple(edge.key for edge in edges if edge.on)
        active = _active(raised, situation.states)
        if active is None:
            return
        key = (event.element, event.name, event.aliases, event.varbinds)
        heard = self._heard.get(key)
        if heard is not None and (heard.names, heard.raised) == (names, raised):
            heard.edges[active] = edges
            return
        if len(self._heard) >= _KEPT:
            self._heard.clear()
        self._heard[key] = _Heard(names, raised, {active: edges})


def _active(keys: tuple[AlarmKey, ...], states: AlarmStates) -> tuple[bool, ...] | None:
    """Return which alarms are active; None when nothing is known of one: its first raise asks for more."""
    active = list[bool]()
    for key in keys:
        standing = states.standing(key)
        if standing is None:
            return None
        active.append(standing.active)
    return tuple(active)


def _at(edge: Edge, event: Event) -> Edge:
    """Return an Edge as it would be for another event; `msgspec.structs.replace` takes three times as long."""
    return Edge(
        edge.key,
        edge.on,
        (event.time, event.seq),
        event.seq,
        edge.rule,
        edge.rule_rev,
        edge.element,
        edge.condition,
        edge.content,
        edge.for_ms,
        edge.after_ms,
        edge.reopen_ms,
        edge.reason,
        edge.manner,
    )
