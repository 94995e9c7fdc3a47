"""Traps that came before, and the Edges they led to: most of a storm is repeats, and no rule needs to be asked again.

What a rule says of a trap follows from the trap, the rules, the inventory, learned names, descriptions, polled values
and the alarms there are. So an answer is kept by trap; it goes with the rules, the inventory and the descriptions,
holds while the names it used are the same, and is not kept at all where a condition looked at polled values or other
alarms. Of its own alarm it depends in two ways: the raise of one that does not stand brings the varbinds along, and a
name that nobody knows is asked for. None of it is in a snapshot, so it must never decide anything.
"""

import msgspec
from msgspec.structs import replace

from netmon.correlate.situation import LearnedName, Situation
from netmon.domain.alarm import AlarmStates, Edge, Order
from netmon.domain.event import Event
from netmon.domain.inventory import ObjectNames
from netmon.domain.observation import Trap
from netmon.domain.oid import Varbind
from netmon.runtime.cache import Cache

_Key = tuple[str, str, tuple[str, ...], tuple[Varbind, ...]]
"""Element, trap, its other names, varbinds."""


class Heard(msgspec.Struct, frozen=True):
    """What one trap led to; the orders in it are those of the first one."""

    names: tuple[LearnedName, ...]
    said: tuple[Edge, ...]
    whole: bool
    """None of the alarms stood: the raises in ``said`` bring the varbinds along."""
    repeat: Edge | None
    """What it is while its alarm is active, where that is all it means."""

    def edges(self, order: Order, states: AlarmStates) -> list[Edge] | None:
        """Return the Edges of such a trap; None when the rules must be asked, as its alarms stand otherwise."""
        edges: list[Edge] = []
        for edge in self.said:
            content = edge.content
            if content is not None:
                stands = states.is_active(edge.key)
                if not stands and (not self.whole or (stands is None and content.flags)):
                    return None
                if stands and content.additional_info:
                    content = replace(content, additional_info=())
            edges.append(replace(edge, order=order, seq=order[1], content=content))
        return edges


class Repeats:
    """What traps led to by element, trap and varbinds, for one set of rules and one inventory."""

    def __init__(self) -> None:
        self._heard = Cache[_Key, Heard]()
        self._asked: _Key = ("", "", (), ())
        """Of the last trap that was looked for."""

    def heard(self, trap: Trap, names: ObjectNames) -> Heard | None:
        """Return what a trap led to that came before; None when it did not, or the names it used have changed.

        An inform may be one that was counted already, so rules are always asked about it.
        """
        if trap.origin_id:
            return None
        self._asked = key = (trap.element, trap.trap_oid, trap.aliases() if trap.flags else (), trap.varbinds)
        heard = self._heard.get(key)
        return heard if heard is None or not heard.names or _are_still_called(heard.names, names) else None

    def heard_event(self, event: Event, names: ObjectNames | None) -> Heard | None:
        """Return the same by the event of a trap, of an inform that is new, too."""
        self._asked = key = (event.element, event.name, event.aliases, event.varbinds)
        heard = self._heard.get(key)
        return heard if heard is None or not heard.names or _are_still_called(heard.names, names) else None

    def keep(self, situation: Situation, first: int, *, nothing: bool = False) -> None:
        """Keep what the trap led to that was looked for last: Edges from number ``first`` on; ``nothing``: or none."""
        found = situation.found
        edges = tuple(found.edges[first:])
        if not (edges or nothing) or found.dropped or found.wanted or not situation.is_repeatable:
            return
        is_active = situation.states.is_active
        whole = not any(edge.on and is_active(edge.key) for edge in edges)
        repeat = edges[0] if len(edges) == 1 and edges[0].on else None
        self._heard.keep(self._asked, Heard(situation.used_names, edges, whole, repeat))

    def forget(self) -> None:
        """Forget all."""
        self._heard.clear()


def _are_still_called(used: tuple[LearnedName, ...], names: ObjectNames | None) -> bool:
    return names is not None and all(
        names.name(element, kind, index) == name and names.kind(element, kind, index) == is_now
        for element, kind, index, name, is_now in used
    )
