"""Rows of snapshots: a snapshot counts once its last row is committed."""

import sqlite3
import zlib

from netmon.storage.store import SnapshotRow

# The core may be a batch ahead of the log when a snapshot is taken: it counts once the log has caught up.
_VALID = """SELECT seq FROM snapshot WHERE last = 1 AND seq < ? AND seq <= (SELECT last_seq FROM checkpoint)
    ORDER BY seq DESC LIMIT 1"""
_UNFINISHED = """DELETE FROM snapshot WHERE seq > (SELECT last_seq FROM checkpoint)
    OR seq NOT IN (SELECT seq FROM snapshot WHERE last = 1)"""
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS


def append(connection: sqlite3.Connection, row: SnapshotRow) -> None:
    """Write one row; writing it again after a restart replaces it."""
    connection.execute(
        "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?, ?)",
        (row.snapshot, row.part, row.last, row.at, row.batch, zlib.compress(row.data, 1)),
    )


def newest(connection: sqlite3.Connection, before: int) -> tuple[int, list[bytes]] | None:
    """Return (seq, rows) of the newest valid snapshot older than observation ``before``."""
    found = connection.execute(_VALID, (before,)).fetchone()
    if found is None:
        return None
    rows = connection.execute("SELECT data FROM snapshot WHERE seq = ? ORDER BY part", found)
    return int(found[0]), [_unpacked(data) for (data,) in rows]


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error:
        # The checksum of the whole tells that it is damaged; the reader then takes the one before.
        return b""


def drop_unfinished(connection: sqlite3.Connection) -> None:
    """Delete what a crash left: snapshots without their end, and those ahead of the log."""
    connection.execute(_UNFINISHED)


def valid(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    """Return (seq, time) of every valid snapshot, oldest first."""
    return connection.execute("SELECT seq, at FROM snapshot WHERE last = 1 ORDER BY seq").fetchall()


def kept(snapshots: list[tuple[int, int]], *, now: int, log_first: int) -> set[int]:
    """Return which snapshots stay: the last two, one per hour for 24 h, one per day while the log lasts."""
    stay = {seq for seq, _ in snapshots[-2:]}
    taken: set[tuple[str, int]] = set()
    for seq, at in snapshots:
        if seq + 1 < log_first:
            continue
        slot = ("hour", at // _HOUR_MS) if now - at < _DAY_MS else ("day", at // _DAY_MS)
        if slot not in taken:
            taken.add(slot)
            stay.add(seq)
    return stay


def retire(connection: sqlite3.Connection, *, now: int, log_first: int, most: int) -> int:
    """Delete at most ``most`` rows of snapshots that are not kept; return how many are gone."""
    snapshots = valid(connection)
    stay = kept(snapshots, now=now, log_first=log_first)
    newest_seq = snapshots[-1][0] if snapshots else 0
    gone = 0
    for (seq,) in connection.execute("SELECT DISTINCT seq FROM snapshot ORDER BY seq").fetchall():
        if gone >= most:
            break
        # What lies above the newest valid one is being written.
        if seq < newest_seq and seq not in stay:
            gone += _delete(connection, seq, most - gone)
    return gone


def _delete(connection: sqlite3.Connection, seq: int, most: int) -> int:
    """Delete from the end, so that what is left of a snapshot does not count as one."""
    deleted = connection.execute(
        """DELETE FROM snapshot WHERE seq = ?1 AND part IN
           (SELECT part FROM snapshot WHERE seq = ?1 ORDER BY part DESC LIMIT ?2)""",
        (seq, most),
    )
    return deleted.rowcount
