"""Holds: a raise that must last (``for``) is pending, a clear that must last (``clear.for``) waits."""

import msgspec

from netmon.alarms import acting, damping, wildcard
from netmon.alarms.ledger import Ledger
from netmon.alarms.register import Pending, Register, Waiting
from netmon.domain.alarm import Edge, Order

BLIND_MS = 30_000
"""Ticks further apart: netmon had no eyes, and time without eyes is no evidence."""

TOO_BLIND_MS = 1_800_000
GRACE_MS = 60_000

MOST_RAISES = 32
"""Of a hold, remembered by their orders: a clear that comes later than so many raises after it changes nothing."""

replace = msgspec.structs.replace


def because_of(edge: Edge, *, how: str = "") -> str:
    """Return the words for an edge as a cause: ``link-down raise[0]: trap IF-MIB::linkDown``."""
    words = f": {edge.words}" if edge.words else ""
    return f"{edge.rule} {'raise' if edge.on else 'clear'}[{edge.condition}]{how}{words}"


def start(ledger: Ledger, edge: Edge, register: Register) -> None:
    """Take the first raise of an occurrence: pending where it must last, else an alarm."""
    register.counts(edge.seq)
    if edge.for_ms:
        due = edge.order[0] + edge.for_ms
        register.state, register.pending = "pending", Pending(due, edge.order, edge, 1, ((due, edge.order),))
        ledger.set_timer(register, "for")
        ledger.count("pending", edge.rule)
    else:
        ledger.count("raised", edge.rule)
        _raise(ledger, register, edge, first=edge.order, count=1, because=because_of(edge))


def count(ledger: Ledger, edge: Edge, register: Register) -> None:
    """Count a raise of a hold; its end is not put off, another condition may end it earlier."""
    old = register.pending
    assert old is not None, "state pending has a hold"
    unwait(register, edge.order)
    if edge.order <= register.last_clear and register.last_clear[0] - edge.order[0] < edge.for_ms:
        ledger.count("held_off", edge.rule)
        return
    newest = edge if edge.order > register.last_raise else old.edge
    new = Pending(old.due, old.first, newest, old.count + register.counts(edge.seq), old.raises)
    register.moved_raise(edge.order)
    if edge.order > register.last_clear:
        due = edge.order[0] + edge.for_ms
        raises = (*old.raises, (due, edge.order))
        new = replace(new, due=min(old.due, due), first=min(old.first, edge.order), raises=raises[-MOST_RAISES:])
        if not edge.for_ms:
            if activate(ledger, register, new, because=because_of(edge)):
                ledger.count("raised", edge.rule)
            else:
                ledger.count("limit", edge.rule)
            return
    register.pending, register.rule = new, newest.rule
    if new.due < old.due:
        ledger.set_timer(register, "for")
    ledger.count("repeated", edge.rule)


def activate(ledger: Ledger, register: Register, pending: Pending, *, because: str) -> bool:
    """Let a hold end in an alarm, unless its rule has no room for one; tell whether it had."""
    if ledger.refuses(pending.edge):
        forget(ledger, register)
        return False
    _raise(ledger, register, pending.edge, first=pending.first, count=pending.count, because=because)
    return True


def _raise(ledger: Ledger, register: Register, edge: Edge, *, first: Order, count: int, because: str) -> None:
    previous = ledger.previous(register, edge, first)
    register.count = count if previous is None else count + register.count
    if register.manner is not None or edge.manner is not None:
        acting.give_way(ledger, register, edge.manner)
    register.after_ms, register.reopen_ms, register.manner = edge.after_ms, edge.reopen_ms, edge.manner
    ledger.raise_alarm(register, edge, first=first, previous=previous, because=because)
    if edge.manner is not None and edge.manner.clears is not None:
        wildcard.sweep(ledger, register, edge.manner.clears, first)


def withdraw(ledger: Ledger, edge: Edge, register: Register) -> None:
    """Take a clear of a hold: no alarm comes of it."""
    if edge.for_ms:
        wait(ledger, edge, register)
        return
    ledger.count("held_off", edge.rule)
    _withdraw(ledger, register, edge.order)


def shorten(ledger: Ledger, edge: Edge, register: Register) -> None:
    """Take a clear of a hold that came after a newer raise: what was before it is held off, as if it had come in time.

    A clear that itself must last was ended by the next raise, where that came soon enough.
    """
    register.moved_clear(edge.order)
    old = register.pending
    assert old is not None, "state pending has a hold"
    rest = tuple(one for one in old.raises if one[1] > edge.order)
    lost = {order for _, order in old.raises} - {order for _, order in rest}
    first = min((order for _, order in rest), default=old.first)
    if not lost or not rest or first[0] - edge.order[0] < edge.for_ms:
        ledger.count("clear_only", edge.rule)
        return
    ledger.count("held_off", edge.rule)
    due = min(due for due, _ in rest)
    count = old.count - len(lost) if len(old.raises) < MOST_RAISES else len({order for _, order in rest})
    register.pending = Pending(due, first, old.edge, count, rest)


def wait(ledger: Ledger, edge: Edge, register: Register) -> None:
    """Let a clear wait until it has lasted; its end is not put off by another one."""
    ledger.count("pending", edge.rule)
    due = edge.order[0] + edge.for_ms
    old = register.waiting
    if old is None:
        register.waiting = Waiting(due, edge.order, edge.order, edge)
    else:
        due = min(old.due, due)
        register.waiting = Waiting(due, old.first, max(old.newest, edge.order), old.edge)
    if old is None or due < old.due:
        ledger.set_timer(register, "clear_for")


def unwait(register: Register, order: Order) -> None:
    """Cancel a clear that waits because of a newer raise; a clear newer than that raise starts to wait anew."""
    old = register.waiting
    if old is None or order <= old.first:
        return
    if order > old.newest:
        register.waiting = None
    else:
        due = old.newest[0] + old.edge.for_ms
        register.waiting = Waiting(due, old.newest, old.newest, old.edge)


def hold_due(ledger: Ledger, register: Register) -> None:
    """Raise what has lasted."""
    pending = register.pending
    assert pending is not None, "only a hold has this timer"
    activate(ledger, register, pending, because=because_of(pending.edge, how=" for"))


def wait_due(ledger: Ledger, register: Register) -> None:
    """Clear what has been clear for long enough."""
    waiting = register.waiting
    assert waiting is not None, "only a clear that waits has this timer"
    if register.state == "pending":
        _withdraw(ledger, register, waiting.newest)
    else:
        edge, at = waiting.edge, waiting.first[0]
        register.waiting = None
        reason = edge.reason or "condition_gone"
        because = because_of(edge, how=" for")
        damping.ended(ledger, register, waiting.newest, at=at, reason=reason, because=because)


def forget(ledger: Ledger, register: Register) -> None:
    """Forget a hold; what was before it is again."""
    register.pending = register.waiting = None
    register.voices = ()
    if register.alarm is None:
        ledger.remove(register)
        return
    register.state = "cleared"
    if register.purged:
        ledger.set_timer(register, "forget")


def after_gap(ledger: Ledger) -> None:
    """Move holds over the time in which netmon saw nothing (specs/rules.md 3, blind gap)."""
    gap = ledger.now - ledger.ticked
    if not ledger.ticked or gap <= BLIND_MS:
        return
    ledger.grace_until = ledger.now + GRACE_MS
    for register in [r for r in ledger.registers.values() if r.pending is not None or r.waiting is not None]:
        if gap > TOO_BLIND_MS:
            register.waiting = None
            if register.pending is not None:
                forget(ledger, register)
            continue
        if register.pending is not None:
            pending = register.pending
            raises = tuple((due + gap, order) for due, order in pending.raises)
            register.pending = replace(pending, due=pending.due + gap, raises=raises)
        if register.waiting is not None:
            register.waiting = replace(register.waiting, due=register.waiting.due + gap)


def _withdraw(ledger: Ledger, register: Register, order: Order) -> None:
    register.moved_clear(order)
    if register.alarm is None:
        # A raise that is older still may come: it must find that it is old.
        ledger.tombstones.bury(register.key, register.last_clear, ledger.now)
    forget(ledger, register)
