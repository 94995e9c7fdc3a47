"""The last messages that the receiver of traps turned away, so that they can be read after a restart."""

import sqlite3
from collections.abc import Iterable

_MOST = 1_000


def keep(connection: sqlite3.Connection, messages: Iterable[tuple[int, bytes]]) -> None:
    """Keep messages (time, JSON), the oldest first; of all that are kept only the last 1,000."""
    connection.executemany("INSERT INTO trap_rejected (at, data) VALUES (?, ?)", messages)
    connection.execute("DELETE FROM trap_rejected WHERE nr <= (SELECT max(nr) FROM trap_rejected) - ?", (_MOST,))


def last(connection: sqlite3.Connection) -> list[bytes]:
    """Return all that is kept, the newest first."""
    return [bytes(data) for (data,) in connection.execute("SELECT data FROM trap_rejected ORDER BY nr DESC")]
