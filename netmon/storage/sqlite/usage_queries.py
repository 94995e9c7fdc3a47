"""What APIs ask of usage records: one by its id, those of a span of time, and which there are."""

import sqlite3

import msgspec

from netmon.domain.usage import UsageRecord

_NEXT_FEED = "SELECT min(feed) FROM usage_record WHERE feed > ?"
_BOUNDS = "SELECT min(rec_seq), max(rec_seq) FROM usage_record WHERE feed = ?"
_ONE = "SELECT * FROM usage_record WHERE id = ?"
_STARTED = """SELECT * FROM usage_record WHERE feed = ? AND start >= ? AND start < ? AND (start, rec_seq) > (?, ?)
    ORDER BY start, rec_seq LIMIT ?"""


class UsageRange(msgspec.Struct, frozen=True):
    """The records of a feed, from the first to the last that is kept."""

    feed: str
    first: int
    last: int


class UsageSpan(msgspec.Struct, frozen=True):
    """Records of a feed that start in a span of time, UTC ms, the end not included."""

    feed: str
    since: int
    until: int


def ranges(connection: sqlite3.Connection) -> list[UsageRange]:
    """Return the ranges of all feeds by name; asks the index for the next name, a DISTINCT would read all of it."""
    found = []
    feed = ""
    while (feed := connection.execute(_NEXT_FEED, (feed,)).fetchone()[0]) is not None:
        found.append(UsageRange(feed, *connection.execute(_BOUNDS, (feed,)).fetchone()))
    return found


def record(connection: sqlite3.Connection, record_id: str) -> UsageRecord | None:
    """Return one record."""
    row = connection.execute(_ONE, (record_id,)).fetchone()
    return UsageRecord(*row) if row else None


def started(
    connection: sqlite3.Connection, span: UsageSpan, *, after: tuple[int, int], limit: int
) -> list[UsageRecord]:
    """Return records by start and number."""
    rows = connection.execute(_STARTED, (span.feed, max(span.since, after[0]), span.until, *after, limit))
    return [UsageRecord(*row) for row in rows]
