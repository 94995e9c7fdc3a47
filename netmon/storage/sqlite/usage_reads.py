"""What APIs and commands read of usage; every method is one short read and may block."""

from netmon.domain.usage import UsageRecord
from netmon.storage.sqlite import usage_queries
from netmon.storage.sqlite.database import Readers
from netmon.storage.sqlite.usage_queries import FiledUsage, UsageRange, UsageSpan
from netmon.storage.store import UsageFile, WaitingFiles


class UsageReads:
    """Reads records and files of feeds."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def ranges(self) -> list[UsageRange]:
        """Return which records each feed has; their numbers have no gap."""
        with self._readers.read() as connection:
            return usage_queries.ranges(connection)

    def series(self, feed: str) -> list[str]:
        """Return the series of a feed that have records, by name."""
        with self._readers.read() as connection:
            return usage_queries.series(connection, feed)

    def record(self, record_id: str) -> UsageRecord | None:
        """Return one record."""
        with self._readers.read() as connection:
            return usage_queries.record(connection, record_id)

    def started(self, span: UsageSpan, *, after: tuple[int, int], limit: int) -> list[UsageRecord]:
        """Return records by their start and number, those after (start, number)."""
        with self._readers.read() as connection:
            return usage_queries.started(connection, span, after=after, limit=limit)

    def last_of_series(self, series: str, span: UsageSpan, *, limit: int) -> tuple[int, list[UsageRecord]]:
        """Return how many records a series has in a span of time, and the last of them, the newest first."""
        with self._readers.read() as connection:
            return usage_queries.last_of_series(connection, series, span=span, limit=limit)

    def started_of_series(
        self, series: str, span: UsageSpan, *, after: tuple[int, int], limit: int
    ) -> list[UsageRecord]:
        """Return records of a series by their start and number, those after (start, number)."""
        with self._readers.read() as connection:
            return usage_queries.started_of_series(connection, series, span=span, after=after, limit=limit)

    def numbered_of_series(self, feed: str, series: str, *, after: int, limit: int) -> list[UsageRecord]:
        """Return records of a series by number, those after ``after``."""
        with self._readers.read() as connection:
            return usage_queries.numbered_of_series(connection, feed, series, after=after, limit=limit)

    def doubted(
        self, span: UsageSpan, *, before: tuple[int, int], limit: int, series: str = ""
    ) -> list[tuple[UsageRecord, UsageRecord | None]]:
        """Return what is not simply measured before (start, number), the newest first.

        Beside each record stands the newest one of the interval in which it starts, None where that is still open.
        """
        with self._readers.read() as connection:
            found = usage_queries.doubted(connection, span, before=before, limit=limit, series=series)
            return [(one, usage_queries.interval_at(connection, one)) for one in found]

    def file(self, feed: str, file_seq: int) -> UsageFile | None:
        """Return one file of a feed."""
        with self._readers.read() as connection:
            return usage_queries.file(connection, feed, file_seq)

    def unarchived(self, feed: str, limit: int) -> list[UsageFile]:
        """Return acknowledged files that are not in the archive yet, the oldest first."""
        with self._readers.read() as connection:
            return usage_queries.unarchived(connection, feed, limit)

    def unacknowledged(self, feed: str, after: int, limit: int) -> list[UsageFile]:
        """Return published files above a number that billing has not acknowledged, the oldest first."""
        with self._readers.read() as connection:
            return usage_queries.unacknowledged(connection, feed, after=after, limit=limit)

    def acknowledged(self, feed: str, before: int) -> int:
        """Return the number of the last file that was acknowledged before a time, UTC ms; 0: none."""
        with self._readers.read() as connection:
            return usage_queries.acknowledged(connection, feed, before=before)

    def waiting(self, feed: str) -> WaitingFiles:
        """Return what billing has not acknowledged."""
        with self._readers.read() as connection:
            return usage_queries.waiting(connection, feed)

    def exceptions_of(self, record: UsageRecord) -> list[UsageRecord]:
        """Return the exceptions with feed, series, start and end of a record."""
        with self._readers.read() as connection:
            return usage_queries.exceptions_of(connection, record)

    def newest(self, feed: str, series: str, start: int) -> UsageRecord | None:
        """Return the newest record of an interval."""
        with self._readers.read() as connection:
            return usage_queries.newest(connection, feed, series, start=start)

    def filed_feeds(self) -> list[str]:
        """Return the feeds that have files, by name."""
        with self._readers.read() as connection:
            return usage_queries.filed_feeds(connection)

    def settled_by(self, feed: str) -> int:
        """Return the time (UTC ms) up to which a feed is complete, 0 where it never stated one."""
        with self._readers.read() as connection:
            return usage_queries.settled_by(connection, feed)

    def filed(self, feed: str) -> FiledUsage:
        """Return how many files a feed has, and whether their numbers have holes."""
        with self._readers.read() as connection:
            return usage_queries.filed(connection, feed)

    def files_before(self, feed: str, *, before: int, limit: int) -> list[UsageFile]:
        """Return files of a feed with ``file_seq`` below ``before``, the newest first."""
        with self._readers.read() as connection:
            return usage_queries.files_before(connection, feed, before=before, limit=limit)
