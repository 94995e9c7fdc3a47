"""Where each output stands, what sources have learned, and the answers of operator requests."""

import sqlite3
from collections.abc import Sequence


def set_cursor(connection: sqlite3.Connection, name: str, position: int) -> None:
    """Move a cursor."""
    connection.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?)", (name, position))


def cursors(connection: sqlite3.Connection) -> dict[str, int]:
    """Return all cursors by name."""
    return dict(connection.execute("SELECT name, position FROM cursor ORDER BY name").fetchall())


def cursor(connection: sqlite3.Connection, name: str) -> int:
    """Return where an output stands; 0 when it never moved."""
    row = connection.execute("SELECT position FROM cursor WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def set_source_state(
    connection: sqlite3.Connection, source: str, *, key: str, value: bytes | None, changed: int
) -> None:
    """Keep what a source has learned; None: it is no longer wanted."""
    if value is None:
        connection.execute("DELETE FROM source_state WHERE source = ? AND key = ?", (source, key))
        return
    connection.execute("INSERT OR REPLACE INTO source_state VALUES (?, ?, ?, ?)", (source, key, value, changed))


def source_state(connection: sqlite3.Connection, source: str) -> dict[str, bytes]:
    """Return what a source has learned, by key."""
    rows = connection.execute("SELECT key, value FROM source_state WHERE source = ? ORDER BY key", (source,))
    return dict(rows.fetchall())


def keep_answers(connection: sqlite3.Connection, answers: Sequence[tuple[str, bytes]], at: int) -> None:
    """Keep answers by request id; the first answer to a request stays."""
    connection.executemany(
        "INSERT OR IGNORE INTO request VALUES (?, ?, ?)", [(request_id, at, answer) for request_id, answer in answers]
    )


def answer(connection: sqlite3.Connection, request_id: str) -> bytes | None:
    """Return the answer kept for a request."""
    row = connection.execute("SELECT answer FROM request WHERE id = ?", (request_id,)).fetchone()
    return bytes(row[0]) if row else None
