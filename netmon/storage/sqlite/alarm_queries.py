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

_CHANGES = msgspec.msgpack.Decoder(tuple[AlarmChange, ...])
_ALARM = msgspec.msgpack.Decoder(Alarm)
_AT_ONCE = 500

_BELOW = "SELECT first_seq, data FROM alarm_change WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT ?"
_ENDED = """SELECT data FROM alarm_history WHERE cleared IS NOT NULL AND (cleared, alarm_id) < (?, ?)
    ORDER BY cleared DESC, alarm_id DESC LIMIT ?"""
_OCCURRENCES = """SELECT data FROM alarm_history WHERE object = ? AND type = ? AND qualifier = ? AND cleared >= ?
    ORDER BY cleared DESC LIMIT ?"""


# Paths of parts begin with the element's id and "/"; "0" is the character after it.
_OF_ELEMENT = """SELECT data FROM alarm_history
    WHERE (object = :element OR object >= :element || '/' AND object < :element || '0') AND cleared >= :since
    ORDER BY cleared DESC LIMIT :limit"""


def of_element(connection: sqlite3.Connection, element: str, *, since: int, limit: int) -> list[tuple[bytes]]:
    """Return purged alarms of an element and its parts that were cleared since, as they are stored."""
    asked = {"element": element, "since": since, "limit": limit}
    return connection.execute(_OF_ELEMENT, asked).fetchall()


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


def stored_cleared(connection: sqlite3.Connection) -> list[tuple[bytes]]:
    """Return the cleared alarms that are not yet purged, as they are stored."""
    return connection.execute("SELECT data FROM alarm WHERE state = 'cleared'").fetchall()


def ended(connection: sqlite3.Connection, before: tuple[int, str], limit: int) -> list[Alarm]:
    """Return purged alarms that come after (cleared, id) in the order of their clears, the last one first."""
    return [_ALARM.decode(data) for (data,) in connection.execute(_ENDED, (*before, limit))]


def past(connection: sqlite3.Connection, alarm_id: str) -> Alarm | None:
    """Return a purged alarm."""
    row = connection.execute("SELECT data FROM alarm_history WHERE alarm_id = ?", (alarm_id,)).fetchone()
    return _ALARM.decode(row[0]) if row else None


def occurrences(connection: sqlite3.Connection, key: AlarmKey, *, since: int, limit: int) -> list[Alarm]:
    """Return purged occurrences of an alarm key that were cleared since, the last one first."""
    return [_ALARM.decode(data) for (data,) in connection.execute(_OCCURRENCES, (*key, since, limit))]


def changes_of(
    connection: sqlite3.Connection, alarm_id: str, *, below: int, batches: int
) -> tuple[list[AlarmChange], int]:
    """Return changes of one alarm, the last one first, found in some batches that begin at ``below`` or before.

    Also returns where to go on; 0 when there is nothing before.
    """
    found: list[AlarmChange] = []
    mark = alarm_id.encode()
    first = 0
    rows = connection.execute(_BELOW, (below, batches)).fetchall()
    for first, data in rows:
        try:
            text = zlib.decompress(data)
            # Most batches say nothing of it, and looking for its id is a hundred times faster than decoding them.
            if mark in text:
                found += [change for change in reversed(_CHANGES.decode(text)) if change.alarm_id == alarm_id]
        except (msgspec.DecodeError, zlib.error) as error:
            raise StoreError(f"alarm changes at {first} cannot be read: {error}") from error
    return found, first - 1 if len(rows) == batches else 0
