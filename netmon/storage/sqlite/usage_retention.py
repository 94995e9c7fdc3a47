"""What of usage may be deleted: files that billing acknowledged long ago, with their records; oldest first."""

import sqlite3

from netmon.storage.sqlite.usage_queries import filed_feeds

_OLDEST = "SELECT file_seq, last_rec_seq, acknowledged FROM usage_file WHERE feed = ? ORDER BY file_seq LIMIT 2"
# The last record of a feed stays: the next one carries its hash.
_RECORDS = """DELETE FROM usage_record WHERE feed = ?1 AND rec_seq IN (SELECT rec_seq FROM usage_record
    WHERE feed = ?1 AND rec_seq <= ?2 AND rec_seq < (SELECT max(rec_seq) FROM usage_record WHERE feed = ?1)
    ORDER BY rec_seq LIMIT ?3)"""
_FILE = "DELETE FROM usage_file WHERE feed = ? AND file_seq = ?"


def retire(connection: sqlite3.Connection, *, before: int, most: int) -> int:
    """Delete records of the oldest file of each feed, ``most`` at a time, then the file; return how many rows went.

    Only of files that were acknowledged before a time, UTC ms; never the newest file of a feed.
    """
    gone = 0
    for feed in filed_feeds(connection):
        files = connection.execute(_OLDEST, (feed,)).fetchall()
        if len(files) == 2 and files[0][2] is not None and files[0][2] < before:
            gone += _retire(connection, feed, number=files[0][0], last=files[0][1] or 0, most=most)
    return gone


def _retire(connection: sqlite3.Connection, feed: str, *, number: int, last: int, most: int) -> int:
    gone = connection.execute(_RECORDS, (feed, last, most)).rowcount
    return gone or connection.execute(_FILE, (feed, number)).rowcount
