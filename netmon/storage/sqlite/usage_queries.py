"""What APIs ask of usage records: one by its id, those of a span of time, and which there are."""

import sqlite3

import msgspec

from netmon.domain.usage import UsageRecord
from netmon.storage.store import UsageFile, WaitingFiles

_NEXT_FEED = "SELECT min(feed) FROM usage_record WHERE feed > ?"
_NEXT_SERIES = "SELECT min(series) FROM usage_record WHERE feed = ? AND series > ?"
_BOUNDS = "SELECT min(rec_seq), max(rec_seq) FROM usage_record WHERE feed = ?"
_ONE = "SELECT * FROM usage_record WHERE id = ?"
_STARTED = """SELECT * FROM usage_record WHERE feed = ? AND start >= ? AND start < ? AND (start, rec_seq) > (?, ?)
    ORDER BY start, rec_seq LIMIT ?"""
_OF_SERIES = "FROM usage_record WHERE feed = ? AND series = ? AND start >= ? AND start < ?"
_MANY_OF_SERIES = f"SELECT count(*) {_OF_SERIES}"
_LAST_OF_SERIES = f"SELECT * {_OF_SERIES} ORDER BY start DESC, rec_seq DESC LIMIT ?"
_STARTED_OF_SERIES = f"SELECT * {_OF_SERIES} AND (start, rec_seq) > (?, ?) ORDER BY start, rec_seq LIMIT ?"
_NUMBERED_OF_SERIES = """SELECT * FROM usage_record WHERE feed = ? AND series = ? AND rec_seq > ?
    ORDER BY rec_seq LIMIT ?"""
_MEASURED = b'"quality":"measured"'.hex()
_DOUBT = f"(kind = 'exception' OR instr(line, X'{_MEASURED}') = 0)"
"""As the index ``usage_record_doubt`` has it; lines are canonical, and text in them cannot look like this."""
_STARTED_DOUBT = f"FROM usage_record WHERE feed = ? AND start >= ? AND start < ? AND {_DOUBT}"
_NEWEST = "AND (start, rec_seq) < (?, ?) ORDER BY start DESC, rec_seq DESC LIMIT ?"
_DOUBTED = f"SELECT * {_STARTED_DOUBT} {_NEWEST}"
_DOUBTED_OF_SERIES = f"SELECT * {_OF_SERIES} AND {_DOUBT} {_NEWEST}"
_INTERVAL_AT = """SELECT * FROM usage_record WHERE feed = ? AND series = ? AND start <= ? AND kind <> 'exception'
    ORDER BY start DESC, rec_seq DESC LIMIT 1"""
_FILE = "SELECT * FROM usage_file WHERE feed = ? AND file_seq = ?"
_UNARCHIVED = """SELECT * FROM usage_file WHERE feed = ? AND acknowledged IS NOT NULL AND archived IS NULL
    ORDER BY file_seq LIMIT ?"""
_UNACKNOWLEDGED = """SELECT * FROM usage_file WHERE feed = ? AND file_seq > ? AND published IS NOT NULL
    AND acknowledged IS NULL ORDER BY file_seq LIMIT ?"""
_ACKNOWLEDGED = """SELECT file_seq FROM usage_file WHERE feed = ? AND acknowledged < ?
    ORDER BY acknowledged DESC, file_seq DESC LIMIT 1"""
_EXCEPTIONS_OF = """SELECT * FROM usage_record WHERE feed = ? AND series = ? AND start = ? AND "end" = ?
    AND kind = 'exception' ORDER BY rec_seq"""
_NEWEST_OF = """SELECT * FROM usage_record WHERE feed = ? AND series = ? AND start = ? AND kind <> 'exception'
    ORDER BY rec_seq DESC LIMIT 1"""
_WAITING = """SELECT count(*), min(published), coalesce(min(file_seq), 0) FROM usage_file
    WHERE feed = ? AND published IS NOT NULL AND acknowledged IS NULL"""
_NEXT_FILED = "SELECT min(feed) FROM usage_file WHERE feed > ?"
_SETTLED_BY = "SELECT coalesce(max(through), 0) FROM usage_settled WHERE feed = ?"
_FILES_BEFORE = "SELECT * FROM usage_file WHERE feed = ? AND file_seq < ? ORDER BY file_seq DESC LIMIT ?"
_FILED = """SELECT count(*), count(published), coalesce(min(file_seq), 0), coalesce(max(file_seq), 0),
    coalesce(max(last_rec_seq), 0) FROM usage_file WHERE feed = ?"""
_AFTER_HOLES = """SELECT file_seq FROM usage_file AS f WHERE feed = ? AND file_seq > ?
    AND NOT EXISTS (SELECT 1 FROM usage_file WHERE feed = f.feed AND file_seq = f.file_seq - 1)
    ORDER BY file_seq LIMIT ?"""
_MOST_HOLES = 10


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


class FiledUsage(msgspec.Struct, frozen=True):
    """The files of a feed as a whole."""

    files: int
    published: int
    first: int
    last: int
    """file_seq; 0: there is no file."""
    last_rec_seq: int
    """The last record that is bound to a file."""
    after_holes: list[int]
    """file_seq of the first files that follow a number that is missing."""


def ranges(connection: sqlite3.Connection) -> list[UsageRange]:
    """Return the ranges of all feeds by name; asks the index for the next name, a DISTINCT would read all of it."""
    found = []
    feed = ""
    while (feed := connection.execute(_NEXT_FEED, (feed,)).fetchone()[0]) is not None:
        found.append(UsageRange(feed, *connection.execute(_BOUNDS, (feed,)).fetchone()))
    return found


def series(connection: sqlite3.Connection, feed: str) -> list[str]:
    """Return the series of a feed by name, as ``ranges`` asks for its feeds."""
    found = []
    name = ""
    while (name := connection.execute(_NEXT_SERIES, (feed, name)).fetchone()[0]) is not None:
        found.append(name)
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


def started_of_series(
    connection: sqlite3.Connection, series: str, *, span: UsageSpan, after: tuple[int, int], limit: int
) -> list[UsageRecord]:
    """Return records of a series by start and number."""
    since = max(span.since, after[0])
    rows = connection.execute(_STARTED_OF_SERIES, (span.feed, series, since, span.until, *after, limit))
    return [UsageRecord(*row) for row in rows]


def numbered_of_series(
    connection: sqlite3.Connection, feed: str, series: str, *, after: int, limit: int
) -> list[UsageRecord]:
    """Return records of a series by number."""
    rows = connection.execute(_NUMBERED_OF_SERIES, (feed, series, after, limit))
    return [UsageRecord(*row) for row in rows]


def last_of_series(
    connection: sqlite3.Connection, series: str, *, span: UsageSpan, limit: int
) -> tuple[int, list[UsageRecord]]:
    """Return how many records a series has in a span of time, and the last of them by start, the newest first."""
    of = (span.feed, series, span.since, span.until)
    [total] = connection.execute(_MANY_OF_SERIES, of).fetchone()
    return total, [UsageRecord(*row) for row in connection.execute(_LAST_OF_SERIES, (*of, limit))]


def doubted(
    connection: sqlite3.Connection, span: UsageSpan, *, before: tuple[int, int], limit: int, series: str
) -> list[UsageRecord]:
    """Return exceptions and records of intervals that are not measured, the newest first; of one series, or of all."""
    until = min(span.until, before[0] + 1)
    if series:
        rows = connection.execute(_DOUBTED_OF_SERIES, (span.feed, series, span.since, until, *before, limit))
    else:
        rows = connection.execute(_DOUBTED, (span.feed, span.since, until, *before, limit))
    return [UsageRecord(*row) for row in rows]


def interval_at(connection: sqlite3.Connection, record: UsageRecord) -> UsageRecord | None:
    """Return the newest record of the interval in which another one starts, None where there is none."""
    row = connection.execute(_INTERVAL_AT, (record.feed, record.series, record.start)).fetchone()
    found = UsageRecord(*row) if row else None
    return found if found is not None and record.start < found.end else None


def file(connection: sqlite3.Connection, feed: str, file_seq: int) -> UsageFile | None:
    """Return one file of a feed."""
    row = connection.execute(_FILE, (feed, file_seq)).fetchone()
    return UsageFile(*row) if row else None


def unarchived(connection: sqlite3.Connection, feed: str, limit: int) -> list[UsageFile]:
    """Return acknowledged files that are not in the archive yet, the oldest first."""
    return [UsageFile(*row) for row in connection.execute(_UNARCHIVED, (feed, limit))]


def unacknowledged(connection: sqlite3.Connection, feed: str, *, after: int, limit: int) -> list[UsageFile]:
    """Return published files above a number that billing has not acknowledged, the oldest first."""
    return [UsageFile(*row) for row in connection.execute(_UNACKNOWLEDGED, (feed, after, limit))]


def acknowledged(connection: sqlite3.Connection, feed: str, *, before: int) -> int:
    """Return the number of the last file that was acknowledged before a time, UTC ms; 0: none."""
    row = connection.execute(_ACKNOWLEDGED, (feed, before)).fetchone()
    return int(row[0]) if row else 0


def waiting(connection: sqlite3.Connection, feed: str) -> WaitingFiles:
    """Return what billing has not acknowledged."""
    return WaitingFiles(*connection.execute(_WAITING, (feed,)).fetchone())


def exceptions_of(connection: sqlite3.Connection, record: UsageRecord) -> list[UsageRecord]:
    """Return the exceptions with feed, series, start and end of a record."""
    of = (record.feed, record.series, record.start, record.end)
    return [UsageRecord(*row) for row in connection.execute(_EXCEPTIONS_OF, of)]


def newest(connection: sqlite3.Connection, feed: str, series: str, *, start: int) -> UsageRecord | None:
    """Return the newest record of an interval."""
    row = connection.execute(_NEWEST_OF, (feed, series, start)).fetchone()
    return UsageRecord(*row) if row else None


def filed_feeds(connection: sqlite3.Connection) -> list[str]:
    """Return the feeds that have files, by name."""
    found = []
    feed = ""
    while (feed := connection.execute(_NEXT_FILED, (feed,)).fetchone()[0]) is not None:
        found.append(feed)
    return found


def settled_by(connection: sqlite3.Connection, feed: str) -> int:
    """Return the time (UTC ms) up to which a feed is complete, 0 where it never stated one."""
    [through] = connection.execute(_SETTLED_BY, (feed,)).fetchone()
    return int(through)


def filed(connection: sqlite3.Connection, feed: str) -> FiledUsage:
    """Return how many files a feed has, and whether their numbers have holes."""
    files, published, first, last, last_rec_seq = connection.execute(_FILED, (feed,)).fetchone()
    holed = files != last - first + 1 and files
    holes = connection.execute(_AFTER_HOLES, (feed, first, _MOST_HOLES)).fetchall() if holed else []
    return FiledUsage(files, published, first, last, last_rec_seq, [row[0] for row in holes])


def files_before(connection: sqlite3.Connection, feed: str, *, before: int, limit: int) -> list[UsageFile]:
    """Return files of a feed with ``file_seq`` below ``before``, the newest first."""
    return [UsageFile(*row) for row in connection.execute(_FILES_BEFORE, (feed, before, limit))]
