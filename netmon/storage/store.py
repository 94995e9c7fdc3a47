"""The seam to what is kept: protocols only; SQLite is one implementation (DESIGN sections 2 and 6)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from netmon.domain.alarm import Alarm, AlarmChange
from netmon.domain.observation import Observation
from netmon.domain.usage import UsageRecord, UsageSettled
from netmon.storage.account import AccountCall, ApiToken, Operator, Session


class Batch(msgspec.Struct, frozen=True):
    """What came in and what it meant, for one transaction."""

    number: int
    first_seq: int
    """Number of the first observation; the others follow without a gap."""
    at: int
    """Engine time."""
    observations: tuple[Observation, ...]
    changes: tuple[AlarmChange, ...] = ()
    """In order of ``seq``; the table ``alarm`` takes the last ``after`` of each alarm."""
    records: tuple[UsageRecord, ...] = ()
    settled: tuple[UsageSettled, ...] = ()
    answers: tuple[tuple[str, bytes], ...] = ()
    """(request id, JSON answer) of operator requests, kept 24 h."""
    octets: tuple[bytes, ...] = ()
    """The observations as ``storage.observations.encode`` made them; the store does it where there are none."""


class SnapshotRow(msgspec.Struct, frozen=True):
    """At most 256 KiB of a snapshot; the snapshot is valid once its last row is committed."""

    snapshot: int
    """The number of the last observation it includes."""
    part: int
    last: bool
    data: bytes
    at: int = 0
    batch: int = 0


class UsageFile(msgspec.Struct, frozen=True):
    """A file of a feed: bound to records first, published later."""

    feed: str
    file_seq: int
    name: str
    opened: int
    closed: int
    closure_reason: int
    first_rec_seq: int | None
    last_rec_seq: int | None
    prev_file_sha256: str
    content_sha256: str = ""
    sha256: str = ""
    published: int | None = None
    acknowledged: int | None = None
    """When billing said that it has it."""
    archived: int | None = None
    """When it was moved out of the way of consumers."""


class StoreError(Exception):
    """The store cannot take or give data; the text says why and what to do."""


class StoreFull(StoreError):
    """There is no room on the disk: nothing of the batch was kept."""


class ObservationLog(Protocol):
    """Observations in the order in which they were stepped."""

    def read(self, after_seq: int) -> Iterator[tuple[int, Observation]]:
        """Yield (seq, observation) of everything committed after ``after_seq``."""
        ...

    def first_seq(self) -> int:
        """Return the number of the oldest observation that is kept, 0 when there is none."""
        ...


class WaitingFiles(msgspec.Struct, frozen=True):
    """Published files of a feed that billing has not acknowledged."""

    many: int
    oldest: int | None
    """When the first of them was published, UTC ms."""
    first: int
    """Its file_seq; 0: there is none."""


class FeedReads(Protocol):
    """What is kept of usage feeds beside their records in order; short reads that may block."""

    def file(self, feed: str, file_seq: int) -> UsageFile | None:
        """Return one file of a feed."""
        ...

    def unarchived(self, feed: str, limit: int) -> list[UsageFile]:
        """Return acknowledged files that are not in the archive yet, the oldest first."""
        ...

    def unacknowledged(self, feed: str, after: int, limit: int) -> list[UsageFile]:
        """Return published files above a number that billing has not acknowledged, the oldest first."""
        ...

    def waiting(self, feed: str) -> WaitingFiles:
        """Return what billing has not acknowledged."""
        ...

    def acknowledged(self, feed: str, before: int) -> int:
        """Return the number of the last file that was acknowledged before a time, UTC ms; 0: none."""
        ...

    def record(self, record_id: str) -> UsageRecord | None:
        """Return one record."""
        ...

    def exceptions_of(self, record: UsageRecord) -> list[UsageRecord]:
        """Return the exceptions with feed, series, start and end of a record."""
        ...


class Store(Protocol):
    """All of an engine's state; the only writer is the engine's writer thread, one transaction per batch.

    Every ``async`` method returns after its commit. Writes that are not a batch join the next transaction.
    """

    @property
    def log(self) -> ObservationLog:
        """The observations that are kept."""
        ...

    @property
    def usage(self) -> FeedReads:
        """What is kept of usage feeds."""
        ...

    async def commit(
        self, batch: Batch, snapshot: SnapshotRow | None = None, kept: Callable[[], None] | None = None
    ) -> None:
        """Commit a batch, or raise ``StoreFull`` or ``StoreError`` and keep nothing of it.

        ``kept`` is called once it is on disk, a turn of the loop before who awaits this goes on. A batch may follow
        before the one ahead of it is on disk; it is refused if that one is.
        """
        ...

    async def set_cursor(self, name: str, position: int) -> None:
        """Move the cursor of an output, after its peer has taken the rows."""
        ...

    async def set_source_state(self, source: str, key: str, value: bytes | None, changed: int) -> None:
        """Keep what a source has learned; None: it is no longer wanted."""
        ...

    async def keep_rejected(self, messages: Sequence[tuple[int, bytes]]) -> None:
        """Keep messages (time, JSON) that the receiver turned away, the oldest first; of all only the last 1,000."""
        ...

    async def bind_usage_file(self, file: UsageFile) -> None:
        """Bind records to a file."""
        ...

    async def publish_usage_file(self, file: UsageFile) -> None:
        """Note that a bound file was published, with its hashes."""
        ...

    async def acknowledge_usage_files(self, feed: str, through: int, at: int) -> int:
        """Note that billing has all published files up to number ``through``; return of how many that is news."""
        ...

    async def archive_usage_files(self, feed: str, numbers: Sequence[int], at: int) -> None:
        """Note that files were moved to the archive."""
        ...

    async def account(self, *calls: AccountCall) -> None:
        """Change accounts, sessions, tokens, views or the audit: all that is asked, or nothing and ``StoreError``."""
        ...

    # Reads: short, from a read-only connection; call them with asyncio.to_thread.

    def position(self) -> tuple[int, int]:
        """Return (last batch number, last committed seq); (0, 0) when empty."""
        ...

    def snapshot(self) -> tuple[int, list[bytes]] | None:
        """Return (seq, rows) of the newest valid snapshot."""
        ...

    def cursor(self, name: str) -> int:
        """Return where an output stands; 0 when it never moved."""
        ...

    def cursors(self) -> dict[str, int]:
        """Return all cursors."""
        ...

    def source_state(self, source: str) -> dict[str, bytes]:
        """Return what a source has learned, by key."""
        ...

    def rejected(self) -> list[bytes]:
        """Return the last messages that the receiver turned away, the newest first."""
        ...

    def changes(self, after: int, limit: int) -> list[AlarmChange]:
        """Return alarm changes with ``seq`` greater than ``after``, in order."""
        ...

    def alarms(self) -> list[Alarm]:
        """Return all alarms not yet purged, in order of their raise."""
        ...

    def alarms_at(self) -> tuple[int, list[Alarm]]:
        """Return the number of the last change and all alarms not yet purged as it left them."""
        ...

    def alarm(self, alarm_id: str) -> Alarm | None:
        """Return one alarm."""
        ...

    def records(self, feed: str, after: int, limit: int) -> list[UsageRecord]:
        """Return usage records with ``rec_seq`` greater than ``after``, in order."""
        ...

    def usage_files(self, feed: str) -> list[UsageFile]:
        """Return the files of a feed in order of ``file_seq``."""
        ...

    def usage_head(self, feed: str) -> tuple[int, str] | None:
        """Return (number, hash) of the last record of a feed, None when it has none."""
        ...

    def usage_settled(self, feed: str, through: int) -> UsageSettled | None:
        """Return the first statement that a feed has all that ends by ``through``, UTC ms; None: not yet."""
        ...

    def published_file(self, feed: str) -> UsageFile | None:
        """Return the newest published file of a feed."""
        ...

    def answer(self, request_id: str) -> bytes | None:
        """Return the answer kept for an operator request."""
        ...

    def token(self, sha256: str) -> tuple[ApiToken, Operator] | None:
        """Return a token and its owner by the SHA-256 of its text."""
        ...

    def session(self, sha256: str) -> tuple[Session, Operator] | None:
        """Return a session and whose it is by the SHA-256 of its cookie."""
        ...

    def operator(self, name: str) -> Operator | None:
        """Return an account."""
        ...

    def operators(self) -> list[Operator]:
        """Return all accounts."""
        ...

    def tokens(self) -> list[ApiToken]:
        """Return all tokens by operator, then in the order they were made."""
        ...

    def close(self) -> None:
        """Commit what waits and close."""
        ...
