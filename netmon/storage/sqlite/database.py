"""The file itself: how it is opened, locked and read, and what its errors mean in plain words."""

import fcntl
import os
import resource
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from netmon.storage.store import StoreError, StoreFull

VERSION = 8
"""Number of the schema; a file with a greater one was written by a newer netmon."""
_OLDEST = 2
"""What was written before had no release."""
_UPGRADES = {
    2: "CREATE TABLE trap_rejected (nr INTEGER PRIMARY KEY, at INTEGER NOT NULL, data BLOB NOT NULL);",
    # Only files made anew had it.
    3: "CREATE INDEX IF NOT EXISTS audit_refused ON audit (at) WHERE after <> '';",
    4: "CREATE INDEX usage_record_series ON usage_record (feed, series, start, rec_seq);",
    5: """CREATE TABLE usage_settled (feed TEXT NOT NULL, through INTEGER NOT NULL, rec_seq INTEGER NOT NULL,
        PRIMARY KEY (feed, through)) WITHOUT ROWID;
        CREATE INDEX usage_record_number ON usage_record (feed, series, rec_seq);
        CREATE INDEX usage_record_doubt ON usage_record (feed, start, rec_seq)
        WHERE (kind = 'exception' OR instr(line, X'227175616c697479223a226d6561737572656422') = 0);""",
    6: """ALTER TABLE usage_file ADD COLUMN acknowledged INTEGER;
        ALTER TABLE usage_file ADD COLUMN archived INTEGER;""",
    7: """CREATE INDEX usage_file_waiting ON usage_file (feed, file_seq)
        WHERE published IS NOT NULL AND acknowledged IS NULL;
        CREATE INDEX usage_file_unarchived ON usage_file (feed, file_seq)
        WHERE acknowledged IS NOT NULL AND archived IS NULL;
        CREATE INDEX usage_file_acknowledged ON usage_file (feed, acknowledged, file_seq)
        WHERE acknowledged IS NOT NULL;""",
}
"""From each schema to the next."""

_PRAGMAS = (
    "PRAGMA page_size=4096",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA mmap_size=0",
    "PRAGMA wal_autocheckpoint=1000",
)
_NEARLY_FULL_BYTES = 1 << 20
_MOST_READERS = 4
"""Connections that read at a time; a thread borrows one at a time, so that none waits for itself."""


class Lock:
    """Keeps a second engine away from the data directory for as long as this one lives."""

    def __init__(self, path: Path) -> None:
        # A file of its own: closing any descriptor of the database would drop the POSIX locks SQLite holds on it.
        lock = path.with_name(path.name + ".lock")
        try:
            self._fd = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"data directory {path.parent}: cannot be written ({error.strerror})") from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._fd)
            raise StoreError(f"data directory {path.parent} is in use by another netmon") from error

    def release(self) -> None:
        """Let another engine in."""
        os.close(self._fd)


def open_writer(path: Path) -> sqlite3.Connection:
    """Open the one connection that writes; makes the file and its tables where there are none."""
    with plain_errors(path):
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            _prepare(connection, path)
        except (sqlite3.Error, StoreError):
            connection.close()
            raise
    return connection


class Readers:
    """Read-only connections, lent for one short transaction each; any thread may borrow one, and waits for it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()
        self._room = threading.BoundedSemaphore(_MOST_READERS)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection inside one read transaction; keep it short, it holds up the checkpoint of the WAL."""
        with self._room, plain_errors(self._path):
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._open()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")
                self._idle.append(connection)

    def close(self) -> None:
        """Close every connection that is not lent."""
        while self._idle:
            self._idle.pop().close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA temp_store=MEMORY")
            if check_version(connection, self._path) == 0:
                raise StoreError(f"{self._path}: is empty; it is filled by `netmon run`")
        except (sqlite3.Error, StoreError):
            connection.close()
            raise
        return connection


def check_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the number of the schema in the file.

    Raises:
        StoreError: it is newer than this program, or older than the first release.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise StoreError(
            f"{path}: written by a newer netmon (schema {version}, this one knows {VERSION}): install that release"
        )
    if 0 < version < _OLDEST:
        raise StoreError(f"{path}: written before the first release (schema {version}): move it away and start anew")
    return version


def plain_error(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    """Return what a failure of SQLite means for its caller."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _no_room(path)):
        return StoreFull(f"{path}: no room on the disk; free some or make `retention` shorter")
    if code == sqlite3.SQLITE_NOTADB:
        return StoreError(f"{path}: is not a database of netmon; move it away or restore a backup")
    if code == sqlite3.SQLITE_CORRUPT:
        return StoreError(f"{path}: is damaged ({error}); restore a backup")
    return StoreError(f"{path}: {error}")


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Raise every failure of SQLite inside as a ``StoreError``."""
    try:
        yield
    except sqlite3.Error as error:
        raise plain_error(error, path) from error


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = check_version(connection, path)
    if version == 0:
        schema = files(__package__).joinpath("schema.sql").read_text("utf-8")
    else:
        schema = "\n".join(_UPGRADES[number] for number in range(version, VERSION))
    if version != VERSION:
        connection.executescript(f"BEGIN IMMEDIATE;\n{schema}\nPRAGMA user_version={VERSION};\nCOMMIT;")


def _no_room(path: Path) -> bool:
    room = os.statvfs(path.parent)
    if room.f_bavail * room.f_frsize < _NEARLY_FULL_BYTES:
        return True
    # setrlimit(2): beyond RLIMIT_FSIZE (systemd: LimitFSIZE=) writes fail with EFBIG, for SQLite just an I/O error.
    longest, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    files = [file for file in (path, path.with_name(path.name + "-wal")) if file.exists()]
    return longest != resource.RLIM_INFINITY and any(
        file.stat().st_size + _NEARLY_FULL_BYTES > longest for file in files
    )
