"""What may be deleted, oldest first and a few rows at a time (DESIGN section 6)."""

import sqlite3

import msgspec

from netmon.storage.sqlite import snapshots, tasks, usage_retention

_DAY_MS = 86_400_000

# Only the first rows are looked at, so that a step stays short; they are the oldest.
_OLD_CHANGES = """DELETE FROM alarm_change WHERE first_seq IN
    (SELECT first_seq FROM (SELECT first_seq, at FROM alarm_change ORDER BY first_seq LIMIT ?) WHERE at < ?)"""
_OLD_HISTORY = """DELETE FROM alarm_history WHERE alarm_id IN
    (SELECT alarm_id FROM alarm_history WHERE cleared < ? ORDER BY cleared LIMIT ?)"""
_OLD_ANSWERS = "DELETE FROM request WHERE id IN (SELECT id FROM request WHERE at < ? ORDER BY at LIMIT ?)"


class Limits(msgspec.Struct, frozen=True):
    """How long and how large the log and the alarm tables may grow; whichever limit is met first."""

    log_ms: int = 7 * _DAY_MS
    log_bytes: int = 10 << 30
    polls_ms: int = _DAY_MS // 4
    polls_bytes: int = 10 << 30
    changes_ms: int = 90 * _DAY_MS
    history_ms: int = 400 * _DAY_MS
    """Of alarms that were purged, from their clear."""
    answers_ms: int = _DAY_MS
    usage_ms: int = 400 * _DAY_MS
    """Of usage files and their records, from the acknowledgment by billing; without one they stay."""
    rows: int = 100
    """At most so many rows of each table go in one call."""


def retire(connection: sqlite3.Connection, *, now: int, limits: Limits) -> int:
    """Delete what is past its limits; return how many rows are gone, 0 when nothing is left to do."""
    bound = _bound(connection)
    gone = _shrink_log(connection, now=now, limits=limits, bound=bound)
    gone += _shrink_polls(connection, now=now, limits=limits, bound=bound)
    log_first = connection.execute("SELECT coalesce(min(first_seq), 0) FROM observation_batch").fetchone()[0]
    gone += snapshots.retire(connection, now=now, log_first=log_first, most=min(limits.rows, 8))
    gone += connection.execute(_OLD_CHANGES, (limits.rows, now - limits.changes_ms)).rowcount
    gone += connection.execute(_OLD_HISTORY, (now - limits.history_ms, limits.rows)).rowcount
    gone += connection.execute(_OLD_ANSWERS, (now - limits.answers_ms, limits.rows)).rowcount
    gone += tasks.retire(connection, now=now, most=limits.rows)
    gone += usage_retention.retire(connection, before=now - limits.usage_ms, most=limits.rows)
    return gone


def _bound(connection: sqlite3.Connection) -> int:
    """Return the observation that the older of the last two snapshots includes: what came later stays."""
    last_two = snapshots.valid(connection)[-2:]
    return last_two[0][0] if len(last_two) == 2 else 0


def _shrink_log(connection: sqlite3.Connection, *, now: int, limits: Limits, bound: int) -> int:
    size = connection.execute("SELECT log_bytes FROM checkpoint").fetchone()[0]
    rows = connection.execute(
        """SELECT o.first_seq, o.at, length(o.data), coalesce(length(p.data), 0)
           FROM observation_batch AS o LEFT JOIN poll_batch AS p USING (first_seq)
           WHERE o.first_seq + o.count - 1 <= ? ORDER BY o.first_seq LIMIT ?""",
        (bound, limits.rows),
    ).fetchall()
    gone = _past(rows, size=size, most=limits.log_bytes, before=now - limits.log_ms)
    connection.executemany("DELETE FROM observation_batch WHERE first_seq = ?", [row[:1] for row in gone])
    connection.executemany("DELETE FROM poll_batch WHERE first_seq = ?", [row[:1] for row in gone])
    _account(connection, sum(row[2] for row in gone), sum(row[3] for row in gone))
    return len(gone)


def _shrink_polls(connection: sqlite3.Connection, *, now: int, limits: Limits, bound: int) -> int:
    size = connection.execute("SELECT poll_bytes FROM checkpoint").fetchone()[0]
    rows = connection.execute(
        """SELECT p.first_seq, p.at, length(p.data) FROM poll_batch AS p JOIN observation_batch AS o USING (first_seq)
           WHERE o.first_seq + o.count - 1 <= ? ORDER BY p.first_seq LIMIT ?""",
        (bound, limits.rows),
    ).fetchall()
    gone = _past(rows, size=size, most=limits.polls_bytes, before=now - limits.polls_ms)
    connection.executemany("DELETE FROM poll_batch WHERE first_seq = ?", [row[:1] for row in gone])
    _account(connection, 0, sum(row[2] for row in gone))
    return len(gone)


def _past(rows: list[tuple[int, ...]], *, size: int, most: int, before: int) -> list[tuple[int, ...]]:
    """Return the leading rows (first_seq, at, bytes, ...) that are too old or too much."""
    gone = []
    for row in rows:
        if row[1] >= before and size <= most:
            break
        size -= row[2]
        gone.append(row)
    return gone


def _account(connection: sqlite3.Connection, log_bytes: int, poll_bytes: int) -> None:
    connection.execute(
        "UPDATE checkpoint SET log_bytes = log_bytes - ?, poll_bytes = poll_bytes - ?", (log_bytes, poll_bytes)
    )
