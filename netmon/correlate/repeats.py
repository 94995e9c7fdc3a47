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
from netmon.runtime.cache import Cache

_Key = tuple[str, str, tuple[str, ...], tuple[Varbind, ...] | None]
"""Element, trap, its other names, varbinds."""


class Heard(msgspec.Struct, frozen=True):
    """What one trap led to; the orders in it are those of the first one."""

    names: tuple[LearnedName, ...]
    raised: tuple[AlarmKey, ...]
    by_active: dict[tuple[bool, ...], tuple[Edge, ...]]
    """By which of ``raised`` were active."""
    repeat: Edge | None
    """What it is while its alarm is active, where that is all it means."""

    def edges(self, order: Order, states: AlarmStates) -> list[Edge] | None:
        """Return the Edges of such a trap; None when its alarms stand otherwise than ever before."""
        active = _active(self.raised, states)
        edges = self.by_active.get(active) if active is not None else None
        return None if edges is None else [replace(edge, order=order, seq=order[1]) for edge in edges]


class Repeats:
    """What traps led to by element, trap and varbinds, for one set of rules and one inventory."""

    def __init__(self) -> None:
        self._heard = Cache[_Key, Heard]()

    def heard(self, trap: Trap | Event, names: ObjectNames | None) -> Heard | None:
        """Return what a trap led to that came before; None when it did not, or the names it used have changed."""
        heard = self._heard.get(_key(trap))
        return None if heard is None or (heard.names and not _are_still_called(heard.names, names)) else heard

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
        key, by_active = _key(event), {active: edges}
        known = self._heard.get(key)
        if known is not None and (known.names, known.raised) == (names, raised):
            by_active = known.by_active | by_active
        self._heard.keep(key, Heard(names, raised, by_active, _only(by_active.get((True,), ()))))


def _only(edges: tuple[Edge, ...]) -> Edge | None:
    return edges[0] if len(edges) == 1 else None


def _key(trap: Trap | Event) -> _Key:
    if isinstance(trap, Trap):
        return trap.element, trap.trap_oid, trap.aliases() if trap.flags else (), trap.varbinds
    return trap.element, trap.name, trap.aliases, trap.varbinds


def _are_still_called(used: tuple[LearnedName, ...], names: ObjectNames | None) -> bool:
    return names is not None and all(names.name(element, kind, index) == name for element, kind, index, name in used)


def _active(keys: tuple[AlarmKey, ...], states: AlarmStates) -> tuple[bool, ...] | None:
    """Return which alarms are active; None when nothing is known of one: its first raise asks for more."""
    active = list[bool]()
    for key in keys:
        is_active = states.is_active(key)
        if is_active is None:
            return None
        active.append(is_active)
    return tuple(active)
