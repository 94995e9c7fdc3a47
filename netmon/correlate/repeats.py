"""Traps that came before, and the Edges they led to: most of a storm is repeats, and no rule needs to be asked again.

What a rule says of a trap follows from the trap, the rules, the inventory, learned names, polled values and the alarms
there are. So an answer is kept by trap; it goes with the rules and the inventory, holds while the names it used are the
same and the alarm stands as it stood, and is not kept at all where a condition looked at polled values or other alarms.
"""

import msgspec
from msgspec.structs import replace

from netmon.correlate.situation import LearnedName, Situation
from netmon.domain.alarm import AlarmKey, AlarmStates, Edge, Order
from netmon.domain.event import Event
from netmon.domain.inventory import ObjectNames
from netmon.domain.observation import Trap
from netmon.domain.oid import Varbind, is_small

_KEPT = 16_384

_Key = tuple[str, str, tuple[str, ...], tuple[Varbind, ...] | None]
"""Element, trap, its other names, varbinds."""


class _Heard(msgspec.Struct, frozen=True):
    """What one trap led to."""

    names: tuple[LearnedName, ...]
    raised: tuple[AlarmKey, ...]
    edges: dict[tuple[bool, ...], tuple[Edge, ...]]
    """By which of ``raised`` were active."""


class Repeats:
    """Edges by element, trap and varbinds, for one set of rules and one inventory."""

    def __init__(self) -> None:
        self._heard: dict[_Key, _Heard] = {}

    def edges(
        self, trap: Trap | Event, order: Order, *, states: AlarmStates, names: ObjectNames | None
    ) -> list[Edge] | None:
        """Return the Edges of a trap that came before; None when it did not, or what they rest on has changed."""
        heard = self._heard.get(_key(trap))
        if heard is None or (heard.names and not _are_still_called(heard.names, names)):
            return None
        active = _active(heard.raised, states)
        edges = heard.edges.get(active) if active is not None else None
        return None if edges is None else [_at(edge, order) for edge in edges]

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
        key = _key(event)
        heard = self._heard.get(key)
        if heard is not None and (heard.names, heard.raised) == (names, raised):
            heard.edges[active] = edges
            return
        if len(self._heard) >= _KEPT:
            self._heard.clear()
        self._heard[key] = _Heard(names, raised, {active: edges})


def _key(trap: Trap | Event) -> _Key:
    if isinstance(trap, Trap):
        return trap.element, trap.trap_oid, trap.aliases(), trap.varbinds
    return trap.element, trap.name, trap.aliases, trap.varbinds


def _are_still_called(used: tuple[LearnedName, ...], names: ObjectNames | None) -> bool:
    return names is not None and all(names.name(element, kind, index) == name for element, kind, index, name in used)


def _active(keys: tuple[AlarmKey, ...], states: AlarmStates) -> tuple[bool, ...] | None:
    """Return which alarms are active; None when nothing is known of one: its first raise asks for more."""
    if len(keys) == 1:
        only = states.is_active(keys[0])
        return None if only is None else (only,)
    active = list[bool]()
    for key in keys:
        is_active = states.is_active(key)
        if is_active is None:
            return None
        active.append(is_active)
    return tuple(active)


def _at(edge: Edge, order: Order) -> Edge:
    """Return an Edge as it would be for another event of that order."""
    return replace(edge, order=order, seq=order[1])
