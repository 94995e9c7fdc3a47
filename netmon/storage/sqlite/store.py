"""The store of an engine in ``data_dir/netmon.db``, and the read-only look at it that other processes have."""

import os
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from netmon.domain.alarm import Alarm, AlarmChange, AlarmKey
from netmon.domain.usage import UsageRecord, UsageSettled
from netmon.storage.account import AccountCall, ApiToken, AuditRow, Operator, Refused, SavedView, Session, Task
from netmon.storage.sqlite import (
    accounts,
    alarm_queries,
    alarms,
    audit,
    cursors,
    rejected,
    retention,
    snapshots,
    tasks,
    usage,
)
from netmon.storage.sqlite import log as observations
from netmon.storage.sqlite.database import Lock, Readers, open_writer, plain_errors
from netmon.storage.sqlite.retention import Limits
from netmon.storage.sqlite.usage_reads import UsageReads
from netmon.storage.sqlite.writer import GATHER_S, Writer
from netmon.storage.store import Batch, SnapshotRow, StoreError, UsageFile

_LIMITS = Limits()


def open_store(path: Path, *, read_only: bool = False, gather_s: float = GATHER_S) -> "SqliteStore":
    """Open the store; the file and its tables are made where there are none.

    What is no batch waits up to ``gather_s`` for the next one, once there was one.

    Raises:
        StoreError: another engine has it, a newer netmon wrote it, or it cannot be read; the text says which.
    """
    if read_only:
        if not path.exists():
            raise StoreError(f"{path}: there is no such file; it is made by `netmon run`")
        store = SqliteStore(path, None)
        store.position()
        return store
    lock = Lock(path)
    try:
        _own(path)
        connection = open_writer(path)
        with plain_errors(path):
            snapshots.drop_unfinished(connection)
    except StoreError:
        lock.release()
        raise
    return SqliteStore(path, _Engine(path, lock, connection, gather_s=gather_s))


def _own(path: Path) -> None:
    """Make the file readable for its owner only: it holds the hashes of passwords and tokens."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror})") from error


class _Engine:
    """What only the one engine has: the lock, the connection that writes and its thread."""

    def __init__(self, path: Path, lock: Lock, connection: sqlite3.Connection, *, gather_s: float) -> None:
        self._lock = lock
        self._connection = connection
        self.writer = Writer(connection, path, gather_s=gather_s)

    def close(self) -> None:
        self.writer.close()
        self._connection.close()
        self._lock.release()


class SqliteStore:
    """The ``Store`` protocol on SQLite. ``async`` methods return after their commit; all others read and may block."""

    def __init__(self, path: Path, engine: _Engine | None) -> None:
        self._path = path
        self._engine = engine
        self._chain = alarms.Chain()
        self._readers = Readers(path)
        self.log = observations.Log(self._readers)
        self.usage = UsageReads(self._readers)

    async def commit(
        self, batch: Batch, snapshot: SnapshotRow | None = None, kept: Callable[[], None] | None = None
    ) -> None:
        """Commit a batch, or raise ``StoreFull`` or ``StoreError`` and keep nothing of it."""
        await self._writer().batch(partial(_write, batch=batch, snapshot=snapshot, chain=self._chain), kept)

    async def set_cursor(self, name: str, position: int) -> None:
        """Move the cursor of an output, after its peer has taken the rows."""
        await self._join(lambda to: cursors.set_cursor(to, name, position))

    async def set_source_state(self, source: str, key: str, value: bytes | None, changed: int) -> None:
        """Keep what a source has learned; None: it is no longer wanted."""
        await self._join(lambda to: cursors.set_source_state(to, source, key=key, value=value, changed=changed))

    async def keep_rejected(self, messages: Sequence[tuple[int, bytes]]) -> None:
        """Keep messages (time, JSON) that the receiver turned away, the oldest first; of all only the last 1,000."""
        await self._join(lambda to: rejected.keep(to, messages))

    async def bind_usage_file(self, file: UsageFile) -> None:
        """Bind records to a file; a number that is bound already is refused."""
        await self._join(lambda to: usage.bind(to, file))

    async def publish_usage_file(self, file: UsageFile) -> None:
        """Note that a bound file was published, with its hashes."""
        await self._join(lambda to: usage.publish(to, file))

    async def acknowledge_usage_files(self, feed: str, through: int, at: int) -> int:
        """Note that billing has all published files up to number ``through``; return of how many that is news."""
        return await self._writer().join(lambda to: usage.acknowledge(to, feed, through=through, at=at))

    async def archive_usage_files(self, feed: str, numbers: Sequence[int], at: int) -> None:
        """Note that files were moved to the archive."""
        await self._join(lambda to: usage.archive(to, feed, numbers=numbers, at=at))

    async def account(self, *calls: AccountCall) -> None:
        """Change accounts, sessions, tokens, views or the audit: all that is asked, or nothing."""
        await self._join(lambda to: accounts.apply(to, calls))

    async def retire(self, now: int, limits: Limits = _LIMITS) -> int:
        """Delete a few rows of what is past its limits; return how many, 0 when nothing is left to do."""
        return await self._writer().join(lambda to: retention.retire(to, now=now, limits=limits))

    def position(self) -> tuple[int, int]:
        """Return (last batch number, last committed seq); (0, 0) when empty."""
        with self._readers.read() as connection:
            batch, last_seq = connection.execute("SELECT batch, last_seq FROM checkpoint").fetchone()
        return batch, last_seq

    def snapshot(self, *, before: int = 1 << 62) -> tuple[int, list[bytes]] | None:
        """Return (seq, rows) of the newest valid snapshot; ``before`` leads to an older one when that is damaged."""
        with self._readers.read() as connection:
            return snapshots.newest(connection, before)

    def snapshots(self) -> list[tuple[int, int]]:
        """Return (seq, time) of the valid snapshots, the oldest first."""
        with self._readers.read() as connection:
            return snapshots.valid(connection)

    def cursor(self, name: str) -> int:
        """Return where an output stands; 0 when it never moved."""
        with self._readers.read() as connection:
            return cursors.cursor(connection, name)

    def cursors(self) -> dict[str, int]:
        """Return all cursors."""
        with self._readers.read() as connection:
            return cursors.cursors(connection)

    def source_state(self, source: str) -> dict[str, bytes]:
        """Return what a source has learned, by key."""
        with self._readers.read() as connection:
            return cursors.source_state(connection, source)

    def rejected(self) -> list[bytes]:
        """Return the last messages that the receiver turned away, the newest first."""
        with self._readers.read() as connection:
            return rejected.last(connection)

    def changes(self, after: int, limit: int) -> list[AlarmChange]:
        """Return alarm changes with ``seq`` greater than ``after``, in order."""
        with self._readers.read() as connection:
            return alarms.changes(connection, after, limit)

    def alarms(self) -> list[Alarm]:
        """Return all alarms not yet purged, in order of their raise."""
        return self.alarms_at()[1]

    def last_change(self) -> int:
        """Return the number of the last change of an alarm, 0 when there is none."""
        with self._readers.read() as connection:
            return alarms.last_change(connection)

    def alarms_at(self) -> tuple[int, list[Alarm]]:
        """Return the number of the last change and all alarms not yet purged as it left them."""
        with self._readers.read() as connection:
            seq, stored = alarms.last_change(connection), alarms.stored_alarms(connection)
        # A long read keeps the write-ahead log from starting anew.
        return seq, alarms.decoded(stored)

    def alarm(self, alarm_id: str) -> Alarm | None:
        """Return one alarm."""
        with self._readers.read() as connection:
            return alarms.alarm(connection, alarm_id)

    def picked_alarms(self, pick: alarm_queries.Pick) -> tuple[int, list[Alarm]]:
        """Return the number of the last change, and of the alarms not yet purged those that ``pick`` chooses."""
        with self._readers.read() as connection:
            seq = alarms.last_change(connection)
            stored = alarm_queries.stored(connection, pick(alarm_queries.heads(connection)))
        return seq, alarms.decoded(stored)

    def alarm_heads(self) -> list[alarm_queries.Head]:
        """Return the heads of all alarms not yet purged, in order of their raise."""
        with self._readers.read() as connection:
            return alarm_queries.heads(connection)

    def ended_alarms(self, before: tuple[int, str], limit: int) -> list[Alarm]:
        """Return alarms after (cleared, id) in the order of their clears, the last one first."""
        with self._readers.read() as connection:
            stored = alarm_queries.ended(connection, before, limit)
        return alarms.decoded(stored)

    def element_history(self, element: str, since: int, limit: int) -> list[Alarm]:
        """Return alarms of an element and its parts that were cleared since; of purged ones the last of them."""
        with self._readers.read() as connection:
            stored = alarm_queries.of_element(connection, element, since=since, limit=limit)
        return alarms.decoded(stored)

    def past_alarm(self, alarm_id: str) -> Alarm | None:
        """Return a purged alarm."""
        with self._readers.read() as connection:
            return alarm_queries.past(connection, alarm_id)

    def past_alarms(self, begins: str) -> list[Alarm]:
        """Return purged alarms whose ids begin with some digits, a few of them."""
        with self._readers.read() as connection:
            return alarm_queries.past_from(connection, begins)

    def occurrences(self, key: AlarmKey, *, since: int, limit: int) -> list[Alarm]:
        """Return occurrences of an alarm key that were cleared since; of purged ones the last of them."""
        with self._readers.read() as connection:
            return alarm_queries.occurrences(connection, key, since=since, limit=limit)

    def last_told(self, alarm_id: str) -> int:
        """Return the number of the last change of an alarm that is not yet purged, 0 when there is no such alarm."""
        with self._readers.read() as connection:
            return alarm_queries.last_told(connection, alarm_id)

    def changes_of(self, alarm_id: str, *, at: int, batches: int) -> tuple[list[AlarmChange], int]:
        """Return changes of an alarm, the last first, in some batches from that with ``at`` on; and where to go on."""
        with self._readers.read() as connection:
            return alarm_queries.changes_of(connection, alarm_id, at=at, batches=batches)

    def records(self, feed: str, after: int, limit: int) -> list[UsageRecord]:
        """Return usage records with ``rec_seq`` greater than ``after``, in order."""
        with self._readers.read() as connection:
            return usage.records(connection, feed, after=after, limit=limit)

    def heads(self) -> dict[str, tuple[int, str]]:
        """Return (number, hash) of the last record of every feed."""
        with self._readers.read() as connection:
            return usage.heads(connection)

    def usage_files(self, feed: str) -> list[UsageFile]:
        """Return the files of a feed in order of ``file_seq``."""
        with self._readers.read() as connection:
            return usage.usage_files(connection, feed)

    def usage_head(self, feed: str) -> tuple[int, str] | None:
        """Return (number, hash) of the last record of a feed."""
        with self._readers.read() as connection:
            return usage.head(connection, feed)

    def usage_settled(self, feed: str, through: int) -> UsageSettled | None:
        """Return the first statement that a feed has all that ends by ``through``, UTC ms."""
        with self._readers.read() as connection:
            return usage.settled(connection, feed, through=through)

    def published_file(self, feed: str) -> UsageFile | None:
        """Return the newest published file of a feed."""
        with self._readers.read() as connection:
            return usage.published_file(connection, feed)

    def answer(self, request_id: str) -> bytes | None:
        """Return the answer kept for an operator request."""
        with self._readers.read() as connection:
            return cursors.answer(connection, request_id)

    def token(self, sha256: str) -> tuple[ApiToken, Operator] | None:
        """Return a token and its owner by the SHA-256 of its text."""
        with self._readers.read() as connection:
            return accounts.token(connection, sha256)

    def session(self, sha256: str) -> tuple[Session, Operator] | None:
        """Return a session and whose it is by the SHA-256 of its cookie."""
        with self._readers.read() as connection:
            return accounts.session(connection, sha256)

    def operator(self, name: str) -> Operator | None:
        """Return an account."""
        with self._readers.read() as connection:
            return accounts.operator(connection, name)

    def operators(self) -> list[Operator]:
        """Return all accounts."""
        with self._readers.read() as connection:
            return accounts.operators(connection)

    def tokens(self) -> list[ApiToken]:
        """Return all tokens by operator, then in the order they were made."""
        with self._readers.read() as connection:
            return accounts.tokens(connection)

    def views(self, operator: str) -> list[SavedView]:
        """Return the views of an operator and what others share, by name."""
        with self._readers.read() as connection:
            return accounts.views(connection, operator)

    def tasks(self, kind: str, *, offset: int, limit: int) -> tuple[int, list[Task]]:
        """Return how many tasks of a kind there are, and some of them, the oldest first."""
        with self._readers.read() as connection:
            return tasks.of_kind(connection, kind, offset=offset, limit=limit)

    def task(self, task_id: str) -> Task | None:
        """Return a task."""
        with self._readers.read() as connection:
            return tasks.one(connection, task_id)

    def audit(
        self, *, user: str = "", action: str = "", since: int = 0, before: int = 0, limit: int = 100
    ) -> list[AuditRow]:
        """Return rows of the audit, newest first; ``before`` is the id of the last one seen."""
        with self._readers.read() as connection:
            return audit.rows(connection, user=user, action=action, since=since, before=before, limit=limit)

    def refused(self, alarm_id: str, *, since: int, limit: int) -> list[Refused]:
        """Return the requests that an alarm was refused, newest first."""
        with self._readers.read() as connection:
            return audit.refused(connection, alarm_id, since=since, limit=limit)

    def sign_in_failures(self, *, user: str, address: str, since: int) -> tuple[list[int], list[int]]:
        """Return when sign-ins failed, newest first: for this name, and from this address."""
        with self._readers.read() as connection:
            return audit.failures(connection, user=user, address=address, since=since)

    def wal_bytes(self) -> int:
        """Return the size of the write-ahead log, a metric with an alarm: a long reader makes it grow."""
        wal = self._path.with_name(self._path.name + "-wal")
        return wal.stat().st_size if wal.exists() else 0

    def close(self) -> None:
        """Commit what waits and close."""
        self._readers.close()
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _writer(self) -> Writer:
        if self._engine is None:
            raise StoreError(f"{self._path}: is closed or open for reading only")
        return self._engine.writer

    async def _join(self, write: Callable[[sqlite3.Connection], object]) -> None:
        def write_one(connection: sqlite3.Connection) -> int:
            write(connection)
            return 0

        await self._writer().join(write_one)


def _write(connection: sqlite3.Connection, *, batch: Batch, snapshot: SnapshotRow | None, chain: alarms.Chain) -> int:
    """Write all of a batch inside the open transaction."""
    observations.append(connection, batch)
    if batch.changes:
        alarms.append(connection, batch.changes, batch.at, chain=chain)
    if batch.records:
        usage.append(connection, batch.records)
    if batch.settled:
        usage.settle(connection, batch.settled)
    if batch.answers:
        cursors.keep_answers(connection, batch.answers, batch.at)
        audit.add_requests(connection, batch.observations, batch.answers)
    if snapshot is not None:
        snapshots.append(connection, snapshot)
    return batch.number
