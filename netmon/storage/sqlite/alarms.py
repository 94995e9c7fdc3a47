"""Alarms as they stand, every change of them, and what was purged."""

import sqlite3
import zlib
from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec

from netmon.domain.alarm import Acted, Alarm, AlarmChange
from netmon.storage.store import StoreError

_ENCODER = msgspec.msgpack.Encoder()
_ALARM = msgspec.msgpack.Decoder(Alarm)
_CHANGES = msgspec.msgpack.Decoder(tuple[AlarmChange, ...])

# An edge was damped or is known only after it ended: the alarm as it stands is another one.
_NOT_STANDING = frozenset(("edge", "purged"))

_CHANGE = "INSERT INTO alarm_change VALUES (?, ?, ?, ?)"
_HISTORY = "INSERT OR REPLACE INTO alarm_history VALUES (?, ?, ?, ?, ?, ?, ?)"
_ROW = "(?, ?, ?, ?, ?, ?, ?)"
_STAND_ONE = """INSERT INTO alarm (alarm_id, version, told, state, object, cleared, data) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (alarm_id) DO UPDATE SET version = excluded.version, told = excluded.told, state = excluded.state,
    cleared = excluded.cleared, data = excluded.data"""
_STAND = {size: _STAND_ONE.replace(_ROW, ", ".join([_ROW] * size)) for size in (64, 16, 4, 1)}
_TELL = "UPDATE alarm SET told = ? WHERE alarm_id = ?"
_TOLD_AT_ONCE = 64
_TOLD = f"SELECT alarm_id, told FROM alarm WHERE alarm_id IN ({', '.join('?' * _TOLD_AT_ONCE)})"  # noqa: S608
_AFTER = """SELECT data FROM alarm_change
    WHERE first_seq >= (SELECT coalesce(max(first_seq), 0) FROM alarm_change WHERE first_seq <= ?) ORDER BY first_seq"""


_Standing = tuple[str, int, int, str, str, int | None, bytes]
"""A row of the table ``alarm`` without its number."""


class _Change(msgspec.Struct, frozen=True, tag="alarm", omit_defaults=True):
    """An ``AlarmChange`` whose alarm is encoded already: it goes into two tables. ``earlier`` is not read with it."""

    seq: int
    alarm_id: str
    kind: str
    at: int
    cause_seq: int
    because: str
    before: dict[str, Any]
    after: msgspec.Raw
    earlier: int
    """Number of the change before this one of the same alarm, 0 when it is the first."""
    action: Acted | None = None


class Chain:
    """Knows the last change of each alarm, so that the next one can tell it; about 100 bytes per alarm not yet purged.

    What it does not know, after a start, is read. Only the thread that writes has it.
    """

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def link(self, connection: sqlite3.Connection, changes: Sequence[AlarmChange]) -> list[int]:
        """Return for each change the number of the one before it of the same alarm, 0 when it is the first."""
        last, first_seq = self._last, changes[0].seq
        # A batch that could not be written is written again: what is known of it says nothing.
        unknown = {c.alarm_id for c in changes if not 0 <= last.get(c.alarm_id, -1) < first_seq}
        asked = list(unknown.difference([c.alarm_id for c in changes if c.kind == "raised" and not c.before]))
        last.update(dict.fromkeys(unknown, 0))
        for start in range(0, len(asked), _TOLD_AT_ONCE):
            some = asked[start : start + _TOLD_AT_ONCE]
            last.update(connection.execute(_TOLD, (*some, *[None] * (_TOLD_AT_ONCE - len(some)))))
        earlier = []
        for change in changes:
            earlier.append(last[change.alarm_id])
            last[change.alarm_id] = change.seq
        return earlier

    def forget(self, alarm_id: str) -> None:
        """Let go of an alarm that has ended for good."""
        self._last.pop(alarm_id, None)


def append(connection: sqlite3.Connection, changes: Sequence[AlarmChange], at: int, *, chain: Chain) -> None:
    """Write the changes of a batch, and the alarms as the last of them left them."""
    encode = _ENCODER.encode
    octets = [encode(change.after) for change in changes]
    earlier = chain.link(connection, changes)
    last = {change.alarm_id: change.seq for change in changes}
    told = [
        _Change(c.seq, c.alarm_id, c.kind, c.at, c.cause_seq, c.because, c.before, msgspec.Raw(after), before, c.action)
        for c, after, before in zip(changes, octets, earlier, strict=True)
    ]
    connection.execute(_CHANGE, (changes[0].seq, changes[-1].seq, at, zlib.compress(encode(told), 1)))
    standing: dict[str, _Standing] = {}
    for c, octet in zip(changes, octets, strict=True):
        if c.kind not in _NOT_STANDING:
            alarm = c.after
            standing[c.alarm_id] = (
                c.alarm_id,
                c.seq,
                last[c.alarm_id],
                alarm.state,
                alarm.object,
                alarm.cleared,
                octet,
            )
        elif c.after.state == "cleared":
            _keep_history(connection, c.after, octet)
            chain.forget(c.alarm_id)
    gone = [(change.alarm_id,) for change in changes if change.kind == "purged"]
    for (alarm_id,) in gone:
        standing.pop(alarm_id, None)
    connection.executemany("DELETE FROM alarm WHERE alarm_id = ?", gone)
    _stand(connection, list(standing.values()))
    edges = [(seq, alarm_id) for alarm_id, seq in last.items() if alarm_id not in standing]
    connection.executemany(_TELL, edges)


def _stand(connection: sqlite3.Connection, rows: list[_Standing]) -> None:
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
