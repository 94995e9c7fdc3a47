"""Alarms as they stand, every change of them, and what was purged."""

import sqlite3
import zlib
from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec

from netmon.domain.alarm import Alarm, AlarmChange
from netmon.storage.store import StoreError

_ENCODER = msgspec.msgpack.Encoder()
_ALARM = msgspec.msgpack.Decoder(Alarm)
_CHANGES = msgspec.msgpack.Decoder(tuple[AlarmChange, ...])

# An edge was damped or is known only after it ended: the alarm as it stands is another one.
_NOT_STANDING = frozenset(("edge", "purged"))

_CHANGE = "INSERT INTO alarm_change VALUES (?, ?, ?, ?)"
_HISTORY = "INSERT OR REPLACE INTO alarm_history VALUES (?, ?, ?, ?, ?, ?, ?)"
_ROW = "(?, ?, ?, ?)"
_STAND_ONE = """INSERT INTO alarm (alarm_id, version, state, data) VALUES (?, ?, ?, ?)
    ON CONFLICT (alarm_id) DO UPDATE SET version = excluded.version, state = excluded.state, data = excluded.data"""
_STAND = {size: _STAND_ONE.replace(_ROW, ", ".join([_ROW] * size)) for size in (64, 16, 4, 1)}
_AFTER = """SELECT data FROM alarm_change
    WHERE first_seq >= (SELECT coalesce(max(first_seq), 0) FROM alarm_change WHERE first_seq <= ?) ORDER BY first_seq"""


class _Change(msgspec.Struct, frozen=True, tag="alarm"):
    """An ``AlarmChange`` whose alarm is encoded already: it goes into two tables."""

    seq: int
    alarm_id: str
    kind: str
    at: int
    cause_seq: int
    because: str
    before: dict[str, Any]
    after: msgspec.Raw


def append(connection: sqlite3.Connection, changes: Sequence[AlarmChange], at: int) -> None:
    """Write the changes of a batch, and the alarms as the last of them left them."""
    encode = _ENCODER.encode
    octets = [encode(change.after) for change in changes]
    told = [
        _Change(c.seq, c.alarm_id, c.kind, c.at, c.cause_seq, c.because, c.before, msgspec.Raw(after))
        for c, after in zip(changes, octets, strict=True)
    ]
    connection.execute(_CHANGE, (changes[0].seq, changes[-1].seq, at, zlib.compress(encode(told), 1)))
    standing: dict[str, tuple[str, int, str, bytes]] = {}
    for change, after in zip(changes, octets, strict=True):
        if change.kind not in _NOT_STANDING:
            standing[change.alarm_id] = (change.alarm_id, change.seq, change.after.state, after)
        elif change.after.state == "cleared":
            _keep_history(connection, change.after, after)
    gone = [(change.alarm_id,) for change in changes if change.kind == "purged"]
    for (alarm_id,) in gone:
        standing.pop(alarm_id, None)
    connection.executemany("DELETE FROM alarm WHERE alarm_id = ?", gone)
    _stand(connection, list(standing.values()))


def _stand(connection: sqlite3.Connection, rows: list[tuple[str, int, str, bytes]]) -> None:
    """Write rows of the table ``alarm``.

    Many by one statement: between two statements this thread lets go of the interpreter, and under load it waits for it
    longer than the write itself takes.
    """
    done = 0
    for size, statement in _STAND.items():
        while len(rows) - done >= size:
            connection.execute(statement, tuple(chain.from_iterable(rows[done : done + size])))
            done += size


def changes(connection: sqlite3.Connection, after: int, limit: int) -> list[AlarmChange]:
    """Return changes with ``seq`` above ``after``, in order; lists in ``before`` stand for tuples."""
    found: list[AlarmChange] = []
    for (data,) in connection.execute(_AFTER, (after + 1,)):
        try:
            of_batch = _CHANGES.decode(zlib.decompress(data))
        except (msgspec.DecodeError, zlib.error) as error:
            raise StoreError(f"alarm changes after {after} cannot be read: {error}") from error
        found += [change for change in of_batch if change.seq > after]
        if len(found) >= limit:
            break
    return found[:limit]


def last_change(connection: sqlite3.Connection) -> int:
    """Return the number of the newest change, 0 when there is none."""
    row = connection.execute("SELECT last_seq FROM alarm_change ORDER BY first_seq DESC LIMIT 1").fetchone()
    return int(row[0]) if row else 0


def stored_alarms(connection: sqlite3.Connection) -> list[tuple[bytes]]:
    """Return all alarms not yet purged, in order of their raise, as they are stored: decoded when no read is open."""
    return connection.execute("SELECT data FROM alarm ORDER BY nr").fetchall()


def decoded(stored: list[tuple[bytes]]) -> list[Alarm]:
    """Return stored alarms."""
    return [_ALARM.decode(data) for (data,) in stored]


def alarm(connection: sqlite3.Connection, alarm_id: str) -> Alarm | None:
    """Return one alarm that is not yet purged."""
    row = connection.execute("SELECT data FROM alarm WHERE alarm_id = ?", (alarm_id,)).fetchone()
    return _ALARM.decode(row[0]) if row else None


def _keep_history(connection: sqlite3.Connection, alarm: Alarm, octets: bytes) -> None:
    connection.execute(
        _HISTORY,
        (
            alarm.alarm_id,
            alarm.object,
            alarm.type,
            alarm.qualifier,
            alarm.raised,
            alarm.cleared,
            octets,
        ),
    )
