"""Where alarms are written: registers, their indexes, and the numbered changes that come of them."""

from typing import Any

import msgspec

from netmon.alarms.family import Family
from netmon.alarms.occurrence import form_of, occurrence, rewritten
from netmon.alarms.placing import hides_of, placing
from netmon.alarms.register import NEVER, Register, due_of, escalates, note_hidden
from netmon.alarms.shade import Shade
from netmon.alarms.states import FLAPPING
from netmon.alarms.throttle import Throttles
from netmon.alarms.timers import Queue, TimerKind, Timers
from netmon.alarms.tombstones import Tombstones
from netmon.alarms.visits import Visits
from netmon.domain.alarm import (
    Acted,
    Alarm,
    AlarmChange,
    AlarmKey,
    ChangeKind,
    Edge,
    Order,
)
from netmon.domain.alarm_text import filled
from netmon.domain.dropped import Dropped
from netmon.domain.managed_object import NETMON
from netmon.domain.manner import Hides, Manner
from netmon.domain.outcomes import Outcomes
from netmon.rulebook.kinds import Form

DAY_MS = 86_400_000
PURGE_AFTER_MS = DAY_MS + 1
"""A cleared alarm leaves the book when it was cleared more than 24 h ago."""

UPDATE_EVERY_MS = 10_000
"""Changes that only count: at most one per alarm in this time."""

KEYS = 1_000_000
ALARM_KEYS = "alarm keys"
"""Stands for all rules together where there is no room for a new key; no rule can be called so."""
DEFAULT_LIMIT = 10_000
REMOVED_MS = 300_000
"""Alarms of a rule that is gone, or makes other keys now, clear after this."""


class Told(msgspec.Struct, frozen=True):
    """What is told of edges beside changes."""

    outcomes: Outcomes = msgspec.field(default_factory=Outcomes)
    """What became of them."""
    refused: list[Dropped] = msgspec.field(default_factory=list)
    """Raises for which there was no room; who tells of them takes them out."""


class Ledger:
    """All alarm state; `condition`, `operator` and `moves` write in it, by the tables of `states`."""

    def __init__(self, told: Told | None = None) -> None:
        self.told = told or Told()
        self.count = self.told.outcomes.count
        """Counts what became of an edge."""
        self.registers: dict[AlarmKey, Register] = {}
        self.past: dict[str, Alarm] = {}
        """Cleared occurrences, by id, of keys that have a newer one."""
        self.by_id: dict[str, AlarmKey] = {}
        """Keys by the id of their last occurrence."""
        self.tombstones, self.timers, self.throttles = Tombstones(), Timers(), Throttles()
        self.updates, self.purges = Queue[AlarmKey](), Queue[str]()
        self.shade, self.family, self.visits = Shade(), Family(), Visits()
        self.limits, self.forms = dict[str, int](), dict[str, Form]()
        self.manners: dict[str, Manner | None] = {}
        """By rule."""
        self.polled: frozenset[str] = frozenset()
        """Alarm types that polls raise or clear, too."""
        self.next_seq, self.now, self._cause, self.ticked = 1, 0, 0, 0
        """``ticked``: the last Tick; 0 before the first."""
        self.grace_until = 0
        """No raise by ``for`` before this: a blind gap has just ended."""
        self.unstable: dict[str, dict[AlarmKey, None]] = {}
        """Keys by an object that is known by its index only."""
        self.full, self._active_of = dict[str, int](), dict[str, int]()
        self._changes: list[AlarmChange] = []

    def begin(self, now: int, seq: int) -> None:
        """Start on what observation ``seq`` means."""
        self.now = max(now, self.now)
        self._cause = seq
        self._changes = []

    @property
    def changes(self) -> list[AlarmChange]:
        """The changes since `begin`."""
        return self._changes

    def occurrence(self, register: Register, edge: Edge, *, first: Order, previous: Alarm | None) -> Alarm:
        """Return a new occurrence, as the next change will write it."""
        register.form = form_of(edge)
        now, cause, version = self.now, self._cause, self.next_seq
        return occurrence(register, edge, first=first, previous=previous, now=now, cause=cause, version=version)

    def is_full(self, name: str) -> bool:
        """Tell whether a rule, or `ALARM_KEYS`, has no room for another alarm."""
        if name == ALARM_KEYS:
            return len(self.registers) >= KEYS
        return self._active_of.get(name, 0) >= self.limits.get(name, DEFAULT_LIMIT)

    def refuses(self, edge: Edge) -> bool:
        """Tell whether there is no room for another alarm of the edge's rule; and if so, note it."""
        if self.is_full(edge.rule):
            self.full.setdefault(edge.rule, self._active_of.get(edge.rule, 0))
        elif edge.key in self.registers or edge.key[0] == NETMON or not self.is_full(ALARM_KEYS):
            return False
        else:
            self.full.setdefault(ALARM_KEYS, len(self.registers))
        self.told.refused.append(Dropped("limit", edge.rule, self._cause))
        return True

    def is_active(self, object_: str, type_: str) -> bool:
        """Tell whether an alarm of that type is active at that object, whatever its qualifier."""
        return any(key[1] == type_ for key in self.shade.objects.at(object_))

    def add(self, register: Register) -> None:
        """Put a register in."""
        self.registers[register.key] = register
        if ":#" in register.key[0]:
            self.unstable.setdefault(register.key[0], {})[register.key] = None

    def remove(self, register: Register) -> None:
        """Take a register out; its last occurrence is purged, was moved, or never came to be."""
        key = register.key
        del self.registers[key]
        if self.shade:
            self.shade.uncover(key)
        keys = self.unstable.get(key[0])
        if keys is not None:
            keys.pop(key, None)
            if not keys:
                del self.unstable[key[0]]

    def raise_alarm(
        self, register: Register, edge: Edge, *, first: Order, previous: Alarm | None, because: str
    ) -> None:
        """Write a new occurrence; one that continues a ``previous`` goes on where that ended."""
        self.retire(register)
        register.alarm = alarm = self.occurrence(register, edge, first=first, previous=previous)
        register.state, register.pending, register.purged = "active", None, False
        self.by_id[alarm.alarm_id] = register.key
        self.count_active(register.key, alarm, 1)
        if register.after_ms:
            self.set_timer(register, "after")
        hides = hides_of(register)
        if self.shade or hides is not None or (previous is not None and previous.shelved_by):
            alarm = self._placed(register, alarm, previous)
        if escalates(register):
            register.escalated, register.hidden_ms = 0, 0
            register.hidden_at = alarm.raised if alarm.hidden_by else None
            self.set_timer(register, "escalate")
        self._write(alarm, "raised", because, {})
        if hides is not None:
            register.shading_until = None
            self.shade.cover(register.key, hides, alarm.alarm_id)

    def _placed(self, register: Register, alarm: Alarm, previous: Alarm | None) -> Alarm:
        """Return a new occurrence as it stands from its first moment: hidden or shown."""
        fields = self.place(register, alarm)
        if previous is not None and (previous.shelved_until or 0) > self.now:
            # A shelf ends by its timer only, not with the occurrence it was asked for.
            fields["hidden_by"] = tuple(sorted((*fields["hidden_by"], f"shelf:{previous.shelved_by}")))
            fields |= {"shelved_until": previous.shelved_until, "shelved_by": previous.shelved_by}
        register.alarm = alarm = msgspec.structs.replace(alarm, ever_shown=not fields["hidden_by"], **fields)
        self.family.join(alarm.alarm_id, (), alarm.parents)
        return alarm

    def active_alarm(self, alarm_id: str) -> Alarm | None:
        """Return an alarm if it is active."""
        key = self.by_id.get(alarm_id)
        register = self.registers.get(key) if key is not None else None
        return register.alarm if register is not None and register.state == "active" else None

    def place(self, register: Register, alarm: Alarm, group_parent: str | None = None) -> dict[str, Any]:
        """Return the fields that say by what an alarm is hidden now, and whether it is a root cause or stale.

        ``group_parent``: what an operator gives it now; None: the one it has, while that is active.
        """
        if group_parent is None:
            group_parent = alarm.group_parent if self.active_alarm(alarm.group_parent) is not None else ""
        return placing(self.shade, self.family, register, alarm, group_parent=group_parent)

    def previous(self, register: Register, edge: Edge, first: Order) -> Alarm | None:
        """Return the occurrence that a new one continues; None when there is none within ``reopen``."""
        last = register.alarm
        return last if last is not None and first[0] - (last.cleared or 0) <= edge.reopen_ms else None

    def retire(self, register: Register) -> None:
        """Keep the last occurrence apart until it is purged: the register gets a new one."""
        last = register.alarm
        if last is not None and not register.purged:
            del self.by_id[last.alarm_id]
            self.past[last.alarm_id] = last

    def clear_alarm(self, register: Register, *, at: int, reason: str, because: str, **more: Any) -> None:
        """Write that the occurrence ended."""
        alarm = register.alarm
        assert alarm is not None, "an active register has an alarm"
        register.state, register.waiting, register.removed_due, register.voices = "cleared", None, None, ()
        register.ended = register.last_clear
        self.count_active(register.key, alarm, -1)
        if alarm.parents:
            self.family.regroup(alarm.alarm_id, alarm.parents, (), grouped=False)
        if self.family.grouped:
            self._end_group(alarm.alarm_id)
        if (hides := hides_of(register)) is not None:
            self._end_hiding(register, hides)
        fields: dict[str, Any] = {
            "state": "cleared",
            "severity": "cleared",
            "last_severity": alarm.severity,
            "cleared": max(alarm.raised, at),
            "clear_reason": reason,
            **more,
        }
        if register.damped is not None and register.damped.flapping:
            register.damped = msgspec.structs.replace(register.damped, flapping=False)
            fields["flags"] = tuple(flag for flag in alarm.flags if flag != FLAPPING)
        alarm = self.change(register, "cleared", because, fields)
        self.purge_later(alarm)

    def _end_group(self, parent: str) -> None:
        """Look again at what operators grouped under an alarm that has ended."""
        for child in self.family.of(parent):
            if child in self.family.grouped:
                self.shade.dirty[self.by_id[child]] = None

    def use_manner(self, register: Register, manner: Manner | None) -> None:
        """Take what new rules say of an alarm that is active."""
        if register.state != "active" or manner == register.manner:
            return
        register.manner = manner
        hides, alarm = hides_of(register), register.alarm
        if hides is not None and alarm is not None:
            self.shade.cover(register.key, hides, alarm.alarm_id)
        elif self.shade:
            self.shade.uncover(register.key)
        self.shade.dirty[register.key] = None
        self.set_timer(register, "steady")
        self.set_timer(register, "escalate")
        self.set_timer(register, "act")

    def _end_hiding(self, register: Register, hides: Hides) -> None:
        """Show what an alarm hid; where that answers again only by and by, not at once."""
        if hides.settle_ms:
            register.shading_until = self.now + hides.settle_ms
            self.set_timer(register, "unhide")
        else:
            self.shade.uncover(register.key)

    def purge_later(self, alarm: Alarm) -> None:
        """See to it that a cleared alarm leaves the book in time."""
        self.purges.put((alarm.cleared or 0) + PURGE_AFTER_MS, alarm.alarm_id)

    def set_timer(self, register: Register, kind: TimerKind) -> None:
        """Set a timer of a register, if it has one of that kind now."""
        due = due_of(register, kind, grace_until=self.grace_until)
        if due is not None:
            self.timers.set(due, register.key, kind)

    def change(self, register: Register, kind: ChangeKind, because: str, fields: dict[str, Any]) -> Alarm:
        """Write a change of the last occurrence of a key, with its registers as they are now."""
        alarm = register.alarm
        assert alarm is not None, "a pending register has no alarm to change"
        fields["count"], fields["last_raise"] = register.count, register.last_raise
        if register.last_clear != NEVER:
            fields["last_clear"] = register.last_clear
        if register.form and register.state == "active":
            self._fill(register, alarm, fields)
        register.alarm = alarm = self.rewrite(alarm, kind, because, fields)
        if escalates(register):
            note_hidden(register, bool(alarm.hidden_by), self.now)
            self.set_timer(register, "escalate")
        return alarm

    def _fill(self, register: Register, alarm: Alarm, fields: dict[str, Any]) -> None:
        """Let the text say what the book knows now."""
        grouped = self.family.grouped
        hides = sum(child not in grouped for child in fields.get("children", alarm.children))
        text = filled(register.form, count=register.count, hides=hides)
        if text != alarm.text:
            fields |= {"text": text, "revised": True}

    def rewrite(self, alarm: Alarm, kind: ChangeKind, because: str, fields: dict[str, Any]) -> Alarm:
        """Write a change of an occurrence and return it as it is now; the caller keeps it."""
        new, before = rewritten(alarm, fields, now=self.now, cause=self._cause, version=self.next_seq)
        self._write(new, kind, because, before)
        return new

    def record(self, alarm: Alarm, because: str) -> None:
        """Write an occurrence that is known only after it ended: history, nothing to send."""
        self._write(alarm, "edge", because, {})

    def record_edge(self, register: Register, because: str) -> None:
        """Write that the condition of a flapping alarm went on or off; the alarm stands as it stood."""
        alarm = register.alarm
        assert alarm is not None, "a flapping alarm is active"
        moved = {"last_raise": register.last_raise, "last_clear": register.last_clear}
        before = {name: getattr(alarm, name) for name in moved}
        now = msgspec.structs.replace(alarm, version=self.next_seq, count=register.count, **moved)
        self._write(now, "edge", because, before)

    def act(self, register: Register, acted: Acted, because: str) -> None:
        """Write what an output is to do; the alarm stands as it stood."""
        alarm = register.alarm
        assert alarm is not None, "what was told as raised is an alarm"
        register.alarm = msgspec.structs.replace(alarm, version=self.next_seq)
        self._write(register.alarm, "action", because, {}, acted)

    def tell_later(self, register: Register) -> None:
        """See to it that a count that changed is told, though not at once."""
        if not register.dirty and register.alarm is not None:
            register.dirty = True
            self.updates.put(register.alarm.changed + UPDATE_EVERY_MS, register.key)

    def count_active(self, key: AlarmKey, alarm: Alarm, by: int) -> None:
        """Keep the numbers of active alarms right when one comes or goes."""
        self._active_of[alarm.rule] = self._active_of.get(alarm.rule, 0) + by
        if by > 0:
            self.shade.enter(key)
        else:
            self.shade.leave(key)

    def _write(
        self, alarm: Alarm, kind: ChangeKind, because: str, before: dict[str, Any], acted: Acted | None = None
    ) -> None:
        change = AlarmChange(self.next_seq, alarm.alarm_id, kind, self.now, self._cause, because, before, alarm, acted)
        self.next_seq += 1
        self._changes.append(change)
