"""The alarm book: edges, time and requests in, alarm changes out; the only owner of alarm state.

apply    condition.py   table 2.4 of specs/rules.md     hold.py  what must last
tick     timers.py      in order (due, key, kind)       purge.py counts and purges, a few per Tick
request  operator.py    table of specs/alarms.md 2     kinship.py, shelf.py
each     hiding.py      who hides whom, by shade.py and family.py
resolved moves.py       ``r1/if:#17`` becomes ``r1/if:xe-0/0/1``
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import msgspec

from netmon.alarms import (
    acting,
    bounds,
    condition,
    damping,
    escalation,
    gone,
    hiding,
    hold,
    maintenance,
    moves,
    operator,
    purge,
    reloading,
    shelf,
    snapshot,
)
from netmon.alarms.ledger import Ledger, Told
from netmon.alarms.register import Register, due_of
from netmon.alarms.sessions import PathOver, Sessions, over_nothing
from netmon.alarms.timers import TimerKind
from netmon.domain.alarm import Alarm, AlarmChange, AlarmKey, Edge, Looks, Order, Severity, Standing
from netmon.domain.observation import HealthRow, OperatorRequest
from netmon.domain.plan import Plans
from netmon.domain.way import Way
from netmon.rulebook.kinds import Rulebook

_TIMERS: dict[TimerKind, Callable[[Ledger, Register], None]] = {
    "act": acting.act_due,
    "after": condition.after_due,
    "clear_for": hold.wait_due,
    "escalate": escalation.escalate_due,
    "for": hold.hold_due,
    "forget": Ledger.remove,
    "removed": condition.removed_due,
    "shelf": shelf.shelf_due,
    "steady": damping.steady_due,
    "unhide": hiding.unhide_due,
}


ApplyEdge = Callable[[Ledger, Edge], None]


class Book:
    """All alarms; also the `AlarmStates` that ``correlate`` reads."""

    def __init__(self, over: PathOver = over_nothing) -> None:
        self.told = Told()
        self._over = over
        self._ledger = self._new()
        self._apply_edge: ApplyEdge = condition.apply_edge

    def watch(self, apply_edge: ApplyEdge) -> None:
        """Apply edges by another function, which does the same and notes what came of each."""
        self._apply_edge = apply_edge

    @property
    def outcomes(self) -> dict[str, int]:
        """How often edges came to what (specs/rules.md 4.5)."""
        return self.told.outcomes.totals()

    @property
    def actions(self) -> dict[str, int]:
        """How many actions were written, and how many were kept back by a throttle."""
        return self._ledger.throttles.counts()

    def kept_back(self) -> dict[tuple[str, int], int]:
        """Return how often each action, by rule and number, was kept back by its throttle."""
        return self._ledger.throttles.kept_back()

    @property
    def left_over(self) -> bool:
        """Whether alarms wait to be looked at in the next Tick."""
        return bool(self._ledger.visits)

    @property
    def next_seq(self) -> int:
        """The ``seq`` of the next change."""
        return self._ledger.next_seq

    def alarms(self) -> list[Alarm]:
        """Return every alarm in the book as of its last change, active and not yet purged ones."""
        current = [r.alarm for r in self._ledger.registers.values() if r.alarm is not None and not r.purged]
        return [*self._ledger.past.values(), *current]

    def standing(self, key: AlarmKey) -> Standing | None:
        """Return how an alarm key stands, None if nothing is known of it."""
        register = self._ledger.registers.get(key)
        if register is None:
            return None
        state, alarm = register.state, register.alarm
        severity = alarm.severity if alarm is not None else _severity(register)
        return Standing(state == "active", state == "pending", severity, register.last_raise, register.last_clear)

    def is_active(self, key: AlarmKey) -> bool | None:
        """Tell whether the alarm of a key is active, None if nothing is known of it."""
        register = self._ledger.registers.get(key)
        return None if register is None else register.state == "active"

    def active(self, object_: str, type_: str) -> bool:
        """Tell whether an alarm of that type is active at that object, whatever its qualifier."""
        return self._ledger.is_active(object_, type_)

    def of_types(self, types: tuple[str, ...]) -> list[Alarm]:
        """Return the active alarms of some types, in order of their keys; it looks at all there are."""
        wanted = frozenset(types)
        active = [one for one in self._ledger.registers.values() if one.key[1] in wanted and one.state == "active"]
        return [one.alarm for one in sorted(active, key=_key) if one.alarm is not None]

    def of_element(self, element: str, types: tuple[str, ...]) -> list[Alarm]:
        """Return the active alarms of some types, of an element and its parts, in order of their keys."""
        objects, registers = self._ledger.shade.objects, self._ledger.registers
        keys = sorted(key for key in chain(objects.at(element), objects.below(element)) if key[1] in types)
        return [alarm for key in keys if (alarm := registers[key].alarm) is not None]

    def elements(self) -> list[str]:
        """Return the elements, and other roots, that have active alarms or ends of links with one, in order."""
        return self._ledger.shade.roots()

    def has_alarm(self, object_: str) -> bool:
        """Tell whether an object has active alarms of its own."""
        return bool(self._ledger.shade.objects.at(object_))

    def has_alarms(self, element: str) -> bool:
        """Tell whether an element has active alarms, of its own or of its parts."""
        return self._ledger.shade.objects.has_root(element)

    def repeated(self, edge: Edge, order: Order) -> bool:
        """Count a repeat of what an edge said, newer than it; false: there is more to it, so `apply` is to be asked."""
        register = self._ledger.registers.get(edge.key)
        if register is None or register.state != "active":
            return False
        return condition.is_counted(self._ledger, edge, register, order)

    def apply(
        self,
        edges: Sequence[Edge],
        *,
        now: int,
        seq: int,
        behind: dict[str, tuple[str, ...]] | None = None,
        ways: dict[str, tuple[Way, ...]] | None = None,
        silent: dict[str, bool] | None = None,
        plans: Plans | None = None,
    ) -> list[AlarmChange]:
        """Return what edges mean, by table 2.4.

        Args:
            edges: conditions that went on or off.
            now: engine time.
            seq: number of the observation.
            behind: what lies behind each root cause, where the topology has found that out anew.
            ways: with that, the ports by which root causes are reached.
            silent: elements that have fallen silent (true) or answer again; alarms of silent ones are stale.
            plans: planned work that is going on, and where it began or ended; alarms there are looked at by `tick`.
        """
        ledger = self._ledger
        ledger.begin(now, seq)
        if behind is not None:
            ledger.shade.lie_behind(behind, ways or {})
        if silent:
            ledger.shade.fall_silent(silent)
        if plans is not None:
            maintenance.plan(ledger, plans)
        for edge in edges:
            self._apply_edge(ledger, edge)
        return self._settled()

    def tick(self, now: int, seq: int) -> list[AlarmChange]:
        """Let time pass: holds end, alarms clear by timer, counts are told, old alarms are purged."""
        ledger = self._ledger
        ledger.begin(now, seq)
        hold.after_gap(ledger)
        ledger.ticked = ledger.now
        for due, key, kind in ledger.timers.due(ledger.now):
            register = ledger.registers.get(key)
            if register is not None:
                _fire(ledger, register, kind, due=due)
        ledger.tombstones.expire(ledger.now)
        maintenance.visit(ledger)
        hiding.look_at_moved(ledger)
        hiding.look_again(ledger)
        purge.tell_counts(ledger)
        purge.purge(ledger)
        acting.follow(ledger)
        return ledger.changes

    def bounds(self) -> list[HealthRow]:
        """Return reports on bounds that were reached, and on those under which there is room again."""
        return bounds.reports(self._ledger)

    def request(
        self, request: OperatorRequest, seq: int, looks: Looks = operator.NOBODY_LOOKS
    ) -> tuple[list[AlarmChange], bytes]:
        """Do what an operator asks; return the changes and the answer as JSON."""
        self._ledger.begin(self._ledger.now or request.at, seq)
        answer = operator.answer(self._ledger, request, looks)
        return self._settled(), msgspec.json.encode(answer)

    def resolved(self, old: str, new: str, *, now: int, seq: int) -> list[AlarmChange]:
        """Move the alarms of a managed object to its stable path."""
        self._ledger.begin(now, seq)
        if old != new:
            moves.move(self._ledger, old, new)
        return self._settled()

    def contain(self, contained: dict[str, tuple[str, ...]], *, now: int, seq: int) -> list[AlarmChange]:
        """Take what the inventory says of parts: what fails with which, though its path lies elsewhere."""
        self._ledger.begin(now, seq)
        self._ledger.shade.contain(contained)
        return self._settled()

    def carries(self, part: dict[str, tuple[str, ...]], *, now: int, seq: int) -> list[AlarmChange]:
        """Take what is otherwise of what fails with which; a part that carries nothing more comes with ()."""
        self._ledger.begin(now, seq)
        self._ledger.shade.contain_some(part)
        return self._settled()

    def readdress(self, element: str) -> None:
        """Take that sessions of an element may run over other interfaces; a few of those that do, each Tick judges."""
        self._ledger.visits.add_moved(self._ledger.shade.readdress(element))

    def gone(self, objects: Iterable[str], *, reason: str, now: int, seq: int) -> list[AlarmChange]:
        """Clear the alarms of managed objects that are there no more."""
        self._ledger.begin(now, seq)
        gone.clear(self._ledger, objects, reason=reason)
        return self._settled()

    def rules_loaded(self, rulebook: Rulebook, *, now: int, seq: int) -> list[AlarmChange]:
        """Judge the alarms there are by new rules."""
        self._ledger.begin(now, seq)
        reloading.load(self._ledger, rulebook)
        return self._settled()

    def retag(
        self, tags: Callable[[str, str], tuple[tuple[str, str], ...] | None], *, now: int, seq: int
    ) -> list[AlarmChange]:
        """Give active alarms the tags of a new inventory; ``tags`` of a rule and an object, None: as they are."""
        ledger = self._ledger
        ledger.begin(now, seq)
        for key in sorted(key for key, one in ledger.registers.items() if one.state == "active"):
            register = ledger.registers[key]
            found = tags(register.rule, key[0])
            if register.alarm is not None and found is not None and dict(found) != register.alarm.tags:
                ledger.change(register, "updated", "the inventory says otherwise", {"tags": dict(found)})
        return self._settled()

    def _settled(self) -> list[AlarmChange]:
        """Return the changes of a step, once it is settled who hides whom."""
        ledger = self._ledger
        if ledger.shade.dirty or ledger.family.changed:
            hiding.look_again(ledger)
        acting.follow(ledger)
        return ledger.changes

    def adopt(self, alarms: Sequence[Alarm], *, last_change: int) -> None:
        """Take over committed alarms and numbers after a recovery that came out otherwise: what is committed wins."""
        snapshot.adopt(self._ledger, alarms, next_seq=last_change + 1)

    def dump(self) -> list[Any]:
        """Return all state as small items."""
        return snapshot.dump(self._ledger)

    def _new(self) -> Ledger:
        ledger = Ledger(self.told)
        ledger.shade.sessions = Sessions(self._over)
        return ledger

    def load_state(self, items: list[Any]) -> None:
        """Take back what ``dump`` gave; the limits of the rules stay."""
        ledger = self._new()
        ledger.limits, ledger.forms = self._ledger.limits, self._ledger.forms
        ledger.manners, ledger.polled = self._ledger.manners, self._ledger.polled
        ledger.throttles.wanted = self._ledger.throttles.wanted
        ledger.shade.contained, ledger.shade.plans = self._ledger.shade.contained, self._ledger.shade.plans
        snapshot.load(ledger, items)
        self._ledger = ledger


def _fire(ledger: Ledger, register: Register, kind: TimerKind, *, due: int) -> None:
    """Fire a timer, unless it is gone; one that was put off is set anew, so that the order of all is kept."""
    now_due = due_of(register, kind, grace_until=ledger.grace_until)
    if now_due == due:
        _TIMERS[kind](ledger, register)
    elif now_due is not None and now_due > due:
        ledger.timers.set(now_due, register.key, kind)


def _key(register: Register) -> AlarmKey:
    return register.key


def _severity(register: Register) -> Severity:
    pending = register.pending
    return pending.edge.content.severity if pending is not None and pending.edge.content is not None else "cleared"
