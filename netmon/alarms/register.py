"""What the book remembers of one alarm key (specs/rules.md 2.3, 2.4)."""

from collections.abc import Callable
from typing import Literal

import msgspec

from netmon.alarms.penalty import Damped, reuse_due
from netmon.alarms.timers import TimerKind
from netmon.domain.alarm import Alarm, AlarmKey, Edge, Order
from netmon.domain.manner import Manner

NEVER: Order = (-1, -1)
"""Older than any order."""

Voice = tuple[str, Order, Order]
"""(input, last raise, last clear) of a rule with ``evidence: all``."""


class Pending(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A hold that is running."""

    due: int
    first: Order
    """First raise of it."""
    edge: Edge
    """Newest raise: what the alarm will say."""
    count: int
    raises: tuple[tuple[int, Order], ...] = ()
    """When each of the newest would be due by itself, and its order: a clear between them that comes late ends some."""


class Waiting(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A clear whose ``clear.for`` is running."""

    due: int
    first: Order
    newest: Order
    edge: Edge


class Register(msgspec.Struct, array_like=True, tag="register", gc=False):
    """One alarm key: its last occurrence and what raised and cleared it; changed in place by each repeat."""

    key: AlarmKey
    state: Literal["pending", "active", "cleared"]
    rule: str
    """Of the newest raise."""
    last_raise: Order
    last_clear: Order = NEVER
    ended: Order = NEVER
    """The clear that ended the last occurrence; ``last_clear`` may have moved on since."""
    count: int = 0
    """Distinct raise events of the chain."""
    counted_seq: int = -1
    """Observation that was counted last; it may reach a key by several rules."""
    after_ms: int = 0
    reopen_ms: int = 0
    removed_due: int | None = None
    """Its rule is gone: clear then."""
    purged: bool = False
    """The last occurrence has left the book; only what a new one takes over is kept."""
    pending: Pending | None = None
    waiting: Waiting | None = None
    alarm: Alarm | None = None
    """Last occurrence as of its last change; None while the first is pending."""
    dirty: bool = False
    """A timer will tell the new count; no state, it follows from the rest."""
    manner: Manner | None = None
    """What the rule says of the life of the alarm; None for most."""
    shading_until: int | None = None
    """It was cleared, and what it hid stays hidden until then."""
    damped: Damped | None = None
    """How often it has come and gone; None where its rule does not ask."""
    escalated: int = 0
    """Steps by which the occurrence has risen, counting those that were passed over."""
    hidden_ms: int = 0
    """For how long the occurrence was hidden, where its rule escalates."""
    hidden_at: int | None = None
    """Since when it is hidden, where its rule escalates."""
    acted: int = 0
    """Bits: the actions that were told of this occurrence, as long as it is visible."""
    act_passed: int = 0
    """Bits: the actions that waited, and were told or not."""
    act_since: int | None = None
    """Since when it is visible, where its rule has actions."""
    form: str = ""
    """Text of the newest raise with places for what the book knows; empty: it has none."""
    voices: tuple[Voice, ...] = ()
    """What each input says of the occurrence, where its rule asks for ``evidence: all``; by name."""
    keys_before: str = ""
    """Hash of what made the keys of its rule, when ``removed_due`` was set because that changed."""

    def says(self, text: str) -> bool:
        """Tell whether a raise says what the active alarm says already."""
        return text == (self.form or (self.alarm.text if self.alarm is not None else ""))

    def moved_raise(self, order: Order) -> None:
        """Move ``last_raise`` forward."""
        if order > self.last_raise:
            self.last_raise = order

    def moved_clear(self, order: Order) -> None:
        """Move ``last_clear`` forward."""
        if order > self.last_clear:
            self.last_clear = order

    def counts(self, seq: int) -> bool:
        """Tell whether an observation is a raise event not yet counted, and note it."""
        if seq == self.counted_seq:
            return False
        self.counted_seq = seq
        return True


def due_of(register: Register, kind: TimerKind, *, grace_until: int) -> int | None:
    """Return when a timer of a register is due; None if it has none of that kind now."""
    if kind in _BY_MANNER:
        return _BY_MANNER[kind](register)
    match kind:
        case "unhide":
            return register.shading_until
        case "for":
            return max(register.pending.due, grace_until) if register.pending is not None else None
        case "clear_for":
            return register.waiting.due if register.waiting is not None else None
        case "after":
            return (
                register.last_raise[0] + register.after_ms if register.state == "active" and register.after_ms else None
            )
        case "removed":
            return register.removed_due if register.state != "cleared" else None
        case "shelf":
            return register.alarm.shelved_until if register.alarm is not None and not register.purged else None
    return _forgotten(register)


def next_escalation(register: Register) -> int | None:
    """Return the step that an active alarm rises by next, if nothing changes; None: there is none."""
    alarm, manner = register.alarm, register.manner
    if register.state != "active" or alarm is None or manner is None or register.hidden_at is not None:
        return None
    for number in range(register.escalated, len(manner.escalate)):
        if not (manner.escalate[number].unless_ack and alarm.ack):
            return number
    return None


def note_hidden(register: Register, hidden: bool, now: int) -> None:
    """Let the time to the next escalation stand still while an alarm is hidden, and go on when it is shown."""
    if hidden and register.hidden_at is None:
        register.hidden_at = now
    elif not hidden and register.hidden_at is not None:
        register.hidden_ms += now - register.hidden_at
        register.hidden_at = None


def escalates(register: Register) -> bool:
    """Tell whether the rule of an alarm lets it rise."""
    return register.manner is not None and bool(register.manner.escalate)


def _escalation(register: Register) -> int | None:
    number, alarm, manner = next_escalation(register), register.alarm, register.manner
    if number is None or alarm is None or manner is None:
        return None
    return alarm.raised + manner.escalate[number].after_ms + register.hidden_ms


def may_be_due(register: Register) -> bool:
    """Tell whether a register may have a timer; most alarms that just stand have none."""
    one, alarm = register, register.alarm
    stands = one.state == "active" and not one.after_ms and one.removed_due is None and one.shading_until is None
    waits = one.pending is not None or one.waiting is not None or one.damped is not None
    asks = escalates(one) or one.act_since is not None
    return not stands or waits or asks or (alarm is not None and alarm.shelved_until is not None)


def _steady(register: Register) -> int | None:
    """Return when damping ends; at once where new rules do not ask for it any more."""
    damped, manner = register.damped, register.manner
    if register.state != "active" or damped is None or not damped.flapping:
        return None
    return reuse_due(damped, manner.flap) if manner is not None and manner.flap is not None else damped.at


def _forgotten(register: Register) -> int | None:
    """Return when no raise can continue the chain of a purged occurrence any more."""
    if register.state != "cleared" or not register.purged or register.alarm is None:
        return None
    return (register.alarm.cleared or 0) + register.reopen_ms + 1


def _act(register: Register) -> int | None:
    """Return when the next action is due that waits."""
    manner, since = register.manner, register.act_since
    if register.state != "active" or manner is None or since is None:
        return None
    waiting = (action.after_ms for at, action in enumerate(manner.actions) if not register.act_passed >> at & 1)
    return min((since + after_ms for after_ms in waiting if after_ms), default=None)


_BY_MANNER: dict[TimerKind, Callable[[Register], int | None]] = {
    "act": _act,
    "escalate": _escalation,
    "steady": _steady,
}
