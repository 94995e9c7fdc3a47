"""What APIs ask of alarms: some of them by number, those that ended, and what happened to one."""

import sqlite3
import zlib
from collections.abc import Callable, Sequence

import msgspec

from netmon.domain.alarm import Alarm, AlarmChange, AlarmKey
from netmon.storage.store import StoreError

Head = tuple[int, str, int, str]
"""(number in the order of the raises, alarm id, version, state) of an alarm that is not yet purged."""

Pick = Callable[[list[Head]], Sequence[int]]
"""Chooses numbers; runs inside the read."""


class _Earlier(msgspec.Struct, frozen=True):
    earlier: int = 0


_RAW = msgspec.msgpack.Decoder(list[msgspec.Raw])
_CHANGE = msgspec.msgpack.Decoder(AlarmChange)
_EARLIER = msgspec.msgpack.Decoder(_Earlier)
_ALARM = msgspec.msgpack.Decoder(Alarm)
_AT_ONCE = 500
_FEW = 10
# Digits are hexadecimal: "g" comes after all of them.
_PAST_FROM = "SELECT data FROM alarm_history WHERE alarm_id >= ? AND alarm_id < ? ORDER BY alarm_id LIMIT ?"
_HOLDS = "SELECT first_seq, data FROM alarm_change WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1"

# Those not yet purged, and those that are; an alarm is in one of the two.
_ENDED = """SELECT data FROM (
    SELECT * FROM (SELECT cleared, alarm_id, data FROM alarm
        WHERE cleared IS NOT NULL AND (cleared, alarm_id) < (:cleared, :id)
        ORDER BY cleared DESC, alarm_id DESC LIMIT :limit)
    UNION ALL
    SELECT * FROM (SELECT cleared, alarm_id, data FROM alarm_history
        WHERE cleared IS NOT NULL AND (cleared, alarm_id) < (:cleared, :id)
        ORDER BY cleared DESC, alarm_id DESC LIMIT :limit)
    ) ORDER BY cleared DESC, alarm_id DESC LIMIT :limit"""
_OF_OBJECT = "SELECT data FROM alarm WHERE cleared >= ? AND object = ? ORDER BY cleared DESC"
_OCCURRENCES = """SELECT data FROM alarm_history WHERE object = ? AND type = ? AND qualifier = ? AND cleared >= ?
    ORDER BY cleared DESC LIMIT ?"""
# Paths of parts begin with the element's id and "/"; "0" is the character after it.
_OF_ELEMENT = """SELECT data FROM {table}
    WHERE (object = :element OR object >= :element || '/' AND object < :element || '0') AND cleared >= :since
    ORDER BY cleared DESC LIMIT :limit"""
_KEPT_OF_ELEMENT, _PAST_OF_ELEMENT = (_OF_ELEMENT.format(table=table) for table in ("alarm", "alarm_history"))


def of_element(connection: sqlite3.Connection, element: str, *, since: int, limit: int) -> list[tuple[bytes]]:
    """Return alarms of an element and its parts that were cleared since, purged or not, as they are stored."""
    asked = {"element": element, "since": since, "limit": limit}
    kept = connection.execute(_KEPT_OF_ELEMENT, asked).fetchall()
    return kept + connection.execute(_PAST_OF_ELEMENT, asked).fetchall()


def heads(connection: sqlite3.Connection) -> list[Head]:
    """Return the heads of all alarms not yet purged, in order of their raise."""
    return connection.execute("SELECT nr, alarm_id, version, state FROM alarm ORDER BY nr").fetchall()


def stored(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[tuple[bytes]]:
    """Return alarms by their numbers as they are stored, in order of their raise."""
    found: list[tuple[bytes]] = []
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        marks = ",".join("?" * len(some))
        found += connection.execute(f"SELECT data FROM alarm WHERE nr IN ({marks}) ORDER BY nr", some)  # noqa: S608
    return found


def ended(connection: sqlite3.Connection, before: tuple[int, str], limit: int) -> list[tuple[bytes]]:
    """Return alarms after (cleared, id) in the order of their clears, the last one first, as they are stored."""
    return connection.execute(_ENDED, {"cleared": before[0], "id": before[1], "limit": limit}).fetchall()


def past(connection: sqlite3.Connection, alarm_id: str) -> Alarm | None:
    """Return a purged alarm."""
    row = connection.execute("SELECT data FROM alarm_history WHERE alarm_id = ?", (alarm_id,)).fetchone()
    return _ALARM.decode(row[0]) if row else None


def past_from(connection: sqlite3.Connection, begins: str) -> list[Alarm]:
    """Return purged alarms whose ids begin with some digits, a few of them."""
    found = connection.execute(_PAST_FROM, (begins, begins + "g", _FEW))
    return [_ALARM.decode(data) for (data,) in found]


def occurrences(connection: sqlite3.Connection, key: AlarmKey, *, since: int, limit: int) -> list[Alarm]:
    """Return occurrences of an alarm key that were cleared since, purged or not."""
    kept = [_ALARM.decode(data) for (data,) in connection.execute(_OF_OBJECT, (since, key[0]))]
    of_key = [one for one in kept if (one.type, one.qualifier) == key[1:]]
    return of_key + [_ALARM.decode(data) for (data,) in connection.execute(_OCCURRENCES, (*key, since, limit))]


def last_told(connection: sqlite3.Connection, alarm_id: str) -> int:
    """Return the number of the last change of an alarm that is not yet purged, 0 when there is no such alarm."""
    row = connection.execute("SELECT told FROM alarm WHERE alarm_id = ?", (alarm_id,)).fetchone()
    return int(row[0]) if row else 0


def changes_of(
    connection: sqlite3.Connection, alarm_id: str, *, at: int, batches: int
) -> tuple[list[AlarmChange], int]:
    """Return changes of one alarm, the last one first, from some batches, beginning with the one that holds ``at``.

    Also returns the number of the change to go on with; 0 when there is nothing before, or it is kept no more.
    """
    found: list[AlarmChange] = []
    for _ in range(batches):
        row = connection.execute(_HOLDS, (at,)).fetchone() if at else None
        some = _steps_of(alarm_id, *row) if row else []
        if not some:
            return found, 0
        found += [change for change, _ in reversed(some)]
        at = some[0][1]
    return found, at


def _steps_of(alarm_id: str, first_seq: int, data: bytes) -> list[tuple[AlarmChange, int]]:
    """Return the changes of an alarm in a batch, each with the number of the one before it."""
    mark = alarm_id.encode()
    try:
        # Most of a batch says nothing of it, and looking for its id is a hundred times faster than decoding.
        raw = [bytes(one) for one in _RAW.decode(zlib.decompress(data))]
        near = [one for one in raw if mark in one]
        steps = [(_CHANGE.decode(one), _EARLIER.decode(one).earlier) for one in near]
    except (msgspec.DecodeError, zlib.error) as error:
        raise StoreError(f"alarm changes at {first_seq} cannot be read: {error}") from error
    return [step for step in steps if step[0].alarm_id == alarm_id]
