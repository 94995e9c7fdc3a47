"""The alarm book as small items for a snapshot, and back (specs/rules.md section 11)."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from netmon.alarms import acting, bounds, hiding
from netmon.alarms.bounds import FullItem, FullParentItem
from netmon.alarms.family import Family
from netmon.alarms.ledger import DAY_MS, Ledger
from netmon.alarms.register import NEVER, Register, may_be_due
from netmon.alarms.sessions import Sessions
from netmon.alarms.shade import Shade
from netmon.alarms.throttle import Throttle
from netmon.alarms.timers import KINDS
from netmon.domain.alarm import Alarm, AlarmKey, Order
from netmon.domain.managed_object import is_link
from netmon.domain.manner import Hides, Manner
from netmon.domain.way import Way


class ClockItem(msgspec.Struct, frozen=True, array_like=True, tag="clock"):
    """Time and numbers of the whole book."""

    next_seq: int
    now: int
    ticked: int
    grace_until: int


class PastItem(msgspec.Struct, frozen=True, array_like=True, tag="past"):
    """A cleared occurrence of a key that has a newer one."""

    alarm: Alarm


class TombstoneItem(msgspec.Struct, frozen=True, array_like=True, tag="tombstone"):
    """A clear without an alarm."""

    key: AlarmKey
    order: Order
    used: int


class BehindItem(msgspec.Struct, frozen=True, array_like=True, tag="behind"):
    """A root cause, and the elements that do not answer because of it."""

    root: str
    elements: tuple[str, ...]
    ways: tuple[Way, ...] = ()


class SilentItem(msgspec.Struct, frozen=True, array_like=True, tag="silent"):
    """An element that does not answer."""

    element: str


class VisitItem(msgspec.Struct, frozen=True, array_like=True, tag="visit"):
    """An element, an object or an alarm to be looked at again: work began or ended there, or a session moved."""

    kind: str
    what: Any


Item = (
    ClockItem
    | Register
    | PastItem
    | TombstoneItem
    | BehindItem
    | SilentItem
    | Throttle
    | FullItem
    | FullParentItem
    | VisitItem
)


def dump(ledger: Ledger) -> list[Any]:
    """Return all state; timers follow from it."""
    return list(_items(ledger))


def load(ledger: Ledger, items: list[Any]) -> None:
    """Put back what ``dump`` gave into an empty ledger, and set the timers."""
    is_typed = bool(items) and isinstance(items[0], ClockItem)
    found: list[Item] = items if is_typed else msgspec.convert(items, list[Item])
    for item in found:
        if isinstance(item, FullItem | FullParentItem):
            bounds.load_item(ledger, item)
        elif isinstance(item, VisitItem):
            ledger.visits.load_item(item.kind, item.what)
        else:
            _load_item(ledger, item)
    ledger.throttles.wanted = ledger.throttles.wanted or acting.stand(ledger)
    hiding.restore(ledger)


def _load_item(ledger: Ledger, item: Item) -> None:
    match item:
        case ClockItem():
            ledger.next_seq, ledger.now = item.next_seq, item.now
            ledger.ticked, ledger.grace_until = item.ticked, item.grace_until
        case Register():
            _load_register(ledger, item)
        case PastItem():
            ledger.past[item.alarm.alarm_id] = item.alarm
            ledger.purge_later(item.alarm)
        case TombstoneItem():
            ledger.tombstones.load_item(item.key, item.order, item.used)
        case BehindItem():
            ledger.shade.behind[item.root] = item.elements
            ledger.shade.ways.put(item.root, item.ways)
        case SilentItem():
            ledger.shade.silent[item.element] = None
        case Throttle():
            ledger.throttles.load_item(item)


def adopt(ledger: Ledger, alarms: Sequence[Alarm], *, next_seq: int) -> None:
    """Let the ledger hold exactly these alarms as they were committed; holds that are running go on."""
    ledger.next_seq = max(ledger.next_seq, next_seq)
    committed = {alarm.alarm_id: alarm for alarm in alarms}
    for register in list(ledger.registers.values()):
        alarm = register.alarm
        if alarm is not None and not register.purged and committed.get(alarm.alarm_id) != alarm:
            if register.state == "active":
                ledger.count_active(register.key, alarm, -1)
            del ledger.by_id[alarm.alarm_id]
            ledger.remove(register)
    for alarm in alarms:
        if alarm.alarm_id not in ledger.by_id and alarm.alarm_id not in ledger.past:
            _adopt_one(ledger, alarm, _adopted_manner(ledger, alarm, committed))
    full = ledger.family.full
    shade, ledger.shade, ledger.family = ledger.shade, Shade(), Family()
    ledger.family.full = full
    ledger.shade.behind, ledger.shade.contained, ledger.shade.silent = shade.behind, shade.contained, shade.silent
    ledger.shade.plans, ledger.shade.ways = shade.plans, shade.ways
    ledger.shade.sessions = Sessions(shade.sessions.over)
    for register in ledger.registers.values():
        if register.state == "active":
            ledger.shade.enter(register.key)
    hiding.restore(ledger)


def _adopted_manner(ledger: Ledger, alarm: Alarm, by_id: dict[str, Alarm]) -> Manner | None:
    """Return the manner of a committed alarm: of its rule, or of a link, whose children are its ends."""
    if not is_link(alarm.object):
        return ledger.manners.get(alarm.rule)
    ends = sorted(by_id[child].object for child in alarm.children if child in by_id)
    return Manner(hides=Hides(objects=tuple(dict.fromkeys(ends))))


def _adopt_one(ledger: Ledger, alarm: Alarm, manner: Manner | None) -> None:
    key = (alarm.object, alarm.type, alarm.qualifier)
    there = ledger.registers.get(key)
    if there is not None and there.alarm is not None:
        # A cleared occurrence of a key that has a newer one.
        ledger.past[alarm.alarm_id] = alarm
        ledger.purge_later(alarm)
        return
    if there is not None:
        ledger.remove(there)
    cleared = alarm.last_clear or NEVER
    register = Register(key, alarm.state, alarm.rule, alarm.last_raise, cleared, count=alarm.count, alarm=alarm)
    register.ended = cleared if alarm.state == "cleared" else NEVER
    register.reopen_ms = DAY_MS
    register.manner = manner
    _load_register(ledger, register)


def _items(ledger: Ledger) -> Iterator[Item]:
    yield ClockItem(ledger.next_seq, ledger.now, ledger.ticked, ledger.grace_until)
    for register in ledger.registers.values():
        # A copy: the register goes on changing while the snapshot is encoded.
        yield msgspec.structs.replace(register, dirty=False)
    for alarm in ledger.past.values():
        yield PastItem(alarm)
    for tombstone in ledger.tombstones.dump():
        yield TombstoneItem(*tombstone)
    for root in sorted(ledger.shade.behind):
        yield BehindItem(root, ledger.shade.behind[root], ledger.shade.ways.of(root))
    for element in sorted(ledger.shade.silent):
        yield SilentItem(element)
    yield from ledger.throttles.dump()
    yield from bounds.items(ledger)
    for visit in ledger.visits.dump():
        yield VisitItem(*visit)


def _load_register(ledger: Ledger, register: Register) -> None:
    alarm = register.alarm
    ledger.add(register)
    if register.state == "active" and alarm is not None:
        ledger.count_active(register.key, alarm, 1)
    if alarm is not None and not register.purged:
        ledger.by_id[alarm.alarm_id] = register.key
        if alarm.count != register.count:
            ledger.tell_later(register)
        if alarm.state == "cleared":
            ledger.purge_later(alarm)
    if may_be_due(register):
        for kind in KINDS:
            ledger.set_timer(register, kind)
