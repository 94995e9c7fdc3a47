"""Usage records and the files they are bound to."""

import sqlite3
from collections.abc import Sequence

import msgspec

from netmon.domain.usage import UsageRecord, UsageSettled
from netmon.storage.store import StoreError, UsageFile

_RECORD = "INSERT INTO usage_record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_BIND = "INSERT OR IGNORE INTO usage_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUBLISH = """UPDATE usage_file SET name = ?, opened = ?, closed = ?, closure_reason = ?, first_rec_seq = ?,
    last_rec_seq = ?, prev_file_sha256 = ?, content_sha256 = ?, sha256 = ?, published = ?
    WHERE feed = ? AND file_seq = ?"""
_PUBLISHED = "SELECT * FROM usage_file WHERE feed = ? AND published IS NOT NULL ORDER BY file_seq DESC LIMIT 1"
_FILES = "SELECT * FROM usage_file WHERE feed = ? ORDER BY file_seq"
_ACKNOWLEDGE = """UPDATE usage_file SET acknowledged = ?
    WHERE feed = ? AND file_seq <= ? AND published IS NOT NULL AND acknowledged IS NULL"""
_ARCHIVE = "UPDATE usage_file SET archived = ? WHERE feed = ? AND file_seq = ?"
_SETTLE = "INSERT OR IGNORE INTO usage_settled VALUES (?, ?, ?)"
_SETTLED = "SELECT * FROM usage_settled WHERE feed = ? AND through >= ? ORDER BY through LIMIT 1"
_FORGET = "DELETE FROM usage_settled WHERE feed = ? AND through < ?"


def append(connection: sqlite3.Connection, records: Sequence[UsageRecord]) -> None:
    """Write records; a number that was written before is refused."""
    connection.executemany(
        _RECORD,
        [(r.feed, r.rec_seq, r.id, r.kind, r.series, r.start, r.end, r.revision, r.line, r.hash) for r in records],
    )


def records(connection: sqlite3.Connection, feed: str, *, after: int, limit: int) -> list[UsageRecord]:
    """Return records of a feed with ``rec_seq`` above ``after``, in order."""
    rows = connection.execute(
        "SELECT * FROM usage_record WHERE feed = ? AND rec_seq > ? ORDER BY rec_seq LIMIT ?", (feed, after, limit)
    )
    return [UsageRecord(*row) for row in rows]


def settle(connection: sqlite3.Connection, statements: Sequence[UsageSettled]) -> None:
    """Keep statements until a file needs none before them."""
    connection.executemany(_SETTLE, [(one.feed, one.through, one.rec_seq) for one in statements])


def settled(connection: sqlite3.Connection, feed: str, *, through: int) -> UsageSettled | None:
    """Return the first statement that a feed has all that ends by a time."""
    row = connection.execute(_SETTLED, (feed, through)).fetchone()
    return UsageSettled(*row) if row else None


def bind(connection: sqlite3.Connection, file: UsageFile) -> None:
    """Bind records to a new file; statements on what ended before it are of no use any more."""
    if connection.execute(_BIND, msgspec.structs.astuple(file)).rowcount != 1:
        raise StoreError(f"usage file {file.file_seq} of feed {file.feed} is bound already")
    connection.execute(_FORGET, (file.feed, file.closed))


def publish(connection: sqlite3.Connection, file: UsageFile) -> None:
    """Note what became of a bound file."""
    feed, file_seq, *told = msgspec.structs.astuple(file)[:-2]
    if connection.execute(_PUBLISH, (*told, feed, file_seq)).rowcount != 1:
        raise StoreError(f"usage file {file.file_seq} of feed {file.feed} was never bound")


def acknowledge(connection: sqlite3.Connection, feed: str, *, through: int, at: int) -> int:
    """Note that billing has all published files up to a number; return of how many that is news."""
    return connection.execute(_ACKNOWLEDGE, (at, feed, through)).rowcount


def archive(connection: sqlite3.Connection, feed: str, *, numbers: Sequence[int], at: int) -> None:
    """Note that files were moved to the archive."""
    connection.executemany(_ARCHIVE, [(at, feed, number) for number in numbers])


def usage_files(connection: sqlite3.Connection, feed: str) -> list[UsageFile]:
    """Return the files of a feed, oldest first."""
    return [UsageFile(*row) for row in connection.execute(_FILES, (feed,))]


def published_file(connection: sqlite3.Connection, feed: str) -> UsageFile | None:
    """Return the newest published file of a feed."""
    row = connection.execute(_PUBLISHED, (feed,)).fetchone()
    return UsageFile(*row) if row else None


def head(connection: sqlite3.Connection, feed: str) -> tuple[int, str] | None:
    """Return (number, hash) of the last record of a feed."""
    row = connection.execute(
        "SELECT rec_seq, hash FROM usage_record WHERE feed = ? ORDER BY rec_seq DESC LIMIT 1", (feed,)
    ).fetchone()
    return (row[0], row[1]) if row else None


def heads(connection: sqlite3.Connection) -> dict[str, tuple[int, str]]:
    """Return (number, hash) of the last record of every feed."""
    rows = connection.execute(
        "SELECT feed, rec_seq, hash FROM usage_record AS r WHERE rec_seq = "
        "(SELECT max(rec_seq) FROM usage_record WHERE feed = r.feed)"
    )
    return {feed: (rec_seq, hash_) for feed, rec_seq, hash_ in rows}
