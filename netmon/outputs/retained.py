"""Which message a broker should retain for each alarm; pure bookkeeping (specs/alarms.md section 7)."""

import heapq
from collections.abc import Callable, Iterable, Iterator

import msgspec

from netmon.domain.alarm import Alarm, AlarmChange
from netmon.outputs.alarm_message import alarm_message

SNAPSHOT = "snapshot"
"""``change`` of a state that is told again, not because it changed."""

_GONE = 0


class Message(msgspec.Struct, frozen=True):
    """One message, mostly retained; an empty payload removes what is retained."""

    topic: str
    payload: bytes
    alarm_id: str = ""
    version: int = _GONE
    forget: bool = False
    """The alarm is purged: nothing of it will come again."""
    retain: bool = True


def topic(alarm: Alarm) -> str:
    """Return ``netmon/alarms/v1/<element>/<alarm id>``."""
    return f"netmon/alarms/v1/{_level(alarm.element)}/{alarm.alarm_id}"


def _level(name: str) -> str:
    """Encode what may not stand in one level of a topic (MQTT 3.1.1 section 4.7)."""
    return "".join(_quoted(c) if c in "/+#%" or not c.isprintable() else c for c in name)


def _quoted(character: str) -> str:
    return "".join(f"%{octet:02X}" for octet in character.encode("utf-8", "surrogatepass"))


class Retained:
    """What the broker has of each alarm as far as it confirmed, and what it should have; times are UTC ms."""

    def __init__(self, passes: Callable[[Alarm], bool], clear_retain_ms: int) -> None:
        self._passes = passes
        self._clear_retain_ms = clear_retain_ms
        self._told: dict[str, int] = {}
        """Version that the broker has, `_GONE` when it has nothing; absent: not known since the start."""
        self._clears: list[tuple[int, str, str]] = []
        """(when, alarm id, topic) of cleared alarms to be removed."""

    def confirm(self, message: Message) -> None:
        """Note that the broker has taken a message."""
        if message.forget:
            self._told.pop(message.alarm_id, None)
        elif message.alarm_id:
            self._told[message.alarm_id] = message.version

    def begin(self) -> None:
        """Forget what is to come: a snapshot of all alarms follows."""
        self._clears.clear()

    def snapshot(self, alarms: Iterable[Alarm], *, now: int, since: int) -> Iterator[Message]:
        """Yield what a broker needs that may have forgotten everything, and was right at change ``since``.

        ``since`` 0: it may hold anything of the alarms given.
        """
        for alarm in alarms:
            told = self._told.get(alarm.alarm_id)
            if self._wanted(alarm, now):
                yield self._state(alarm, SNAPSHOT)
            elif told or (told is None and self._may_be_there(alarm, since)):
                yield _removal(alarm)
            else:
                self._told[alarm.alarm_id] = _GONE

    def purged(self, changes: Iterable[AlarmChange]) -> Iterator[Message]:
        """Yield the removals of alarms that a snapshot no longer holds."""
        for change in changes:
            if change.kind == "purged" and self._told.get(change.alarm_id) != _GONE:
                yield _removal(change.after, forget=True)

    def changed(self, changes: Iterable[AlarmChange], *, now: int) -> Iterator[Message]:
        """Yield what changes after the snapshot mean; at most one of each alarm may be given (see `newest`)."""
        for change in changes:
            alarm, purged = change.after, change.kind == "purged"
            if not purged and self._wanted(alarm, now):
                yield self._state(alarm, change.kind)
            elif self._told.get(alarm.alarm_id):
                yield _removal(alarm, forget=purged)
            elif purged:
                self._told.pop(alarm.alarm_id, None)
            else:
                self._told[alarm.alarm_id] = _GONE

    def due(self, now: int) -> Iterator[Message]:
        """Yield the removals of cleared alarms whose time is over."""
        while self._clears and self._clears[0][0] <= now:
            _, alarm_id, topic_ = heapq.heappop(self._clears)
            if self._told.get(alarm_id):
                yield Message(topic_, b"", alarm_id)

    def next_due(self) -> int | None:
        """Return when the next removal is due."""
        return self._clears[0][0] if self._clears else None

    def _wanted(self, alarm: Alarm, now: int) -> bool:
        if alarm.hidden_by or not self._passes(alarm):
            return False
        if alarm.state == "active":
            return True
        # The clear of what the broker never had, or has no more, tells its readers nothing.
        return alarm.ever_shown and self._told.get(alarm.alarm_id) != _GONE and self._over(alarm) > now

    def _over(self, alarm: Alarm) -> int:
        """Return when a cleared alarm is to be removed."""
        return (alarm.cleared or alarm.changed) + self._clear_retain_ms

    def _may_be_there(self, alarm: Alarm, since: int) -> bool:
        """Tell whether something may be retained from before the start: it went after ``since``, or by time."""
        return alarm.ever_shown and (alarm.version > since or (alarm.state == "cleared" and self._passes(alarm)))

    def _state(self, alarm: Alarm, change: str) -> Message:
        if alarm.state == "cleared":
            heapq.heappush(self._clears, (self._over(alarm), alarm.alarm_id, topic(alarm)))
        return Message(topic(alarm), alarm_message(alarm, change), alarm.alarm_id, alarm.version)


def newest(changes: Iterable[AlarmChange]) -> list[AlarmChange]:
    """Return the newest change of each alarm; edges that were damped are none of a reader's business."""
    return list({change.alarm_id: change for change in changes if change.kind not in ("edge", "action")}.values())


def actions(changes: Iterable[AlarmChange], output: str) -> Iterator[Message]:
    """Yield what an output is to do: ``netmon/actions/v1/<element>/<alarm id>``, not retained."""
    for change in changes:
        if change.action is not None and change.action.do == output:
            alarm = change.after
            topic_ = f"netmon/actions/v1/{_level(alarm.element)}/{alarm.alarm_id}"
            yield Message(topic_, alarm_message(alarm, change.action.on), retain=False)


def _removal(alarm: Alarm, *, forget: bool = False) -> Message:
    return Message(topic(alarm), b"", alarm.alarm_id, forget=forget)
