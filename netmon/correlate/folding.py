"""What becomes of a trap that is part of a storm (specs/rules.md 6.11).

Trap ──came before──> counts, or is folded: no event is made and no rule asked
     └─else─> only clears, kept, sampled ──> judged as ever
              raises what is active, clears what stands ──> Edges
              the rest ──> ``folded``
"""

from collections.abc import Sequence

import msgspec

from netmon.correlate.dispatch import Dispatch
from netmon.correlate.duplicates import Origins
from netmon.correlate.found import Found
from netmon.correlate.repeats import Heard, Repeats
from netmon.correlate.situation import Situation
from netmon.correlate.storms import Storms
from netmon.domain.alarm import AlarmStates, Edge
from netmon.domain.dropped import Dropped
from netmon.domain.event import Event
from netmon.domain.inventory import ObjectNames
from netmon.domain.observation import Trap


class Folding:
    """Folds traps of storms, for one set of rules and one inventory."""

    def __init__(self, storms: Storms, *, dispatch: Dispatch, origins: Origins, situation: Situation) -> None:
        self._storms = storms
        self._dispatch = dispatch
        self._plain = Repeats()
        """What rules that remember nothing said of traps: in a storm no others are asked.

        What all rules said outside of it is no part of the state, so it must not decide here.
        """
        self._origins = origins
        self._situation = situation

    def passes(self, trap: Trap) -> bool:
        """Tell whether a trap is judged as ever, whatever it holds; false: it may be, all the same."""
        return not self._storms.has_begun and self._storms.is_protected(trap)

    def heard(self, trap: Trap, names: ObjectNames) -> Heard | None:
        """Return what a trap led to that came before and that nothing lets pass; None: ask `storm` about its event."""
        if self._storms.has_begun or not self._storms.leaves_out(trap):
            return None
        return self._plain.heard(trap, names)

    def left_out(self, trap: Trap, heard: Heard, *, seq: int, states: AlarmStates) -> Dropped | None:
        """Fold a trap that came before and raises only what does not stand; None: there is more to it."""
        for edge in heard.said:
            if not edge.on or states.is_active(edge.key):
                return None
        storm = self._storms.fold(trap.element, trap.trap_oid, _object(heard.said, trap.element))
        return self._situation.given_up("folded", trap.trap_oid, seq, rule=storm)

    def storm(self, event: Event, *, states: AlarmStates, names: ObjectNames) -> tuple[Found, bool]:
        """Return what a trap means, and whether it is judged as ever beside that."""
        situation = self._situation
        situation.begin(states, names)
        began = self._storms.began(situation, at=event.time, seq=event.seq)
        passes = self._storms.passes(event, situation)
        if not passes and event.origin_id and self._origins.known(event.origin_id, event.received):
            situation.drop("duplicate", event.name, event.seq)
        elif not passes:
            self._fold(event)
        return msgspec.structs.replace(situation.found, edges=[*began, *situation.found.edges]), passes

    def _fold(self, event: Event) -> None:
        """Let a trap count for the alarms it raises that are active, and clear what it clears; else it is left out."""
        situation, states = self._situation, self._situation.states
        edges = self._said(event)
        kept = [edge for edge in edges if states.is_active(edge.key) or (not edge.on and _is_held(edge, states))]
        lost = [edge for edge in edges if edge.on and not states.is_active(edge.key)]
        situation.found.edges[:] = kept
        if lost or not (kept or situation.found.dropped):
            storm = self._storms.fold(event.element, event.name, _object(lost or edges, event.object))
            situation.drop("folded", event.name, event.seq, rule=storm)

    def _said(self, event: Event) -> list[Edge]:
        """Return what the rules that remember nothing say."""
        situation, order = self._situation, (event.time, event.seq)
        if event.is_memorable:
            heard = self._plain.heard_event(event, situation.names)
            edges = heard.edges(order, situation.states) if heard is not None else None
            if edges is not None:
                return edges
        situation.watch()
        self._dispatch.plainly(event, situation)
        if event.is_memorable:
            self._plain.keep(situation, 0, nothing=True)
        situation.found.wanted.clear()
        return list(situation.found.edges)


def _object(edges: Sequence[Edge], otherwise: str) -> str:
    return edges[0].key[0] if edges else otherwise


def _is_held(edge: Edge, states: AlarmStates) -> bool:
    """Tell whether the alarm of an edge waits for a hold to end."""
    standing = states.standing(edge.key)
    return standing is not None and standing.pending
