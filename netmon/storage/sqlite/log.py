"""The log of observations: poll results apart from all else, in two tables with one numbering."""

import sqlite3
import zlib
from collections.abc import Iterator
from heapq import merge

import msgspec

from netmon.domain.observation import Observation, PollFailed, PollResult
from netmon.storage.observations import encode
from netmon.storage.sqlite.database import Readers
from netmon.storage.store import Batch, StoreError

_Part = tuple[tuple[int, ...], tuple[Observation, ...]]
"""(offsets from the first number of the batch, observations)."""

_POLLS = frozenset((PollResult, PollFailed))
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Part)
_PAGE = 32
"""Batches per read transaction."""

_ADVANCE = """UPDATE checkpoint SET batch = ?, last_seq = ?, at = ?,
    log_bytes = log_bytes + ?, poll_bytes = poll_bytes + ? WHERE last_seq = ? AND batch < ?"""
_FIND = "SELECT coalesce(max(first_seq), 0) FROM observation_batch WHERE first_seq <= ?"
_WHEN = "SELECT first_seq, at FROM observation_batch WHERE first_seq >= ? ORDER BY first_seq LIMIT 1"
_COMMITTED = "SELECT at FROM observation_batch WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1"
_AFTER_LAST = "SELECT last_seq + 1 FROM checkpoint"
_POLLED = "SELECT 1 FROM observation_batch WHERE first_seq BETWEEN ? AND ? AND polls > 0 LIMIT 1"
# From the newest back: what is asked for is minutes old at most.
_READ_BUT_POLLS = "SELECT first_seq, data, NULL FROM observation_batch WHERE first_seq >= ? ORDER BY first_seq LIMIT ?"
_READ = """SELECT first_seq, o.data, p.data FROM observation_batch AS o LEFT JOIN poll_batch AS p USING (first_seq)
    WHERE first_seq >= ? ORDER BY first_seq LIMIT ?"""


def append(connection: sqlite3.Connection, batch: Batch) -> None:
    """Write the observations of a batch and move the checkpoint; a batch that does not follow the last is refused."""
    observations = batch.observations
    polls = [n for n, one in enumerate(observations) if type(one) in _POLLS]
    apart = set(polls)
    rest = [n for n in range(len(observations)) if n not in apart] if polls else range(len(observations))
    octets = batch.octets or tuple(map(encode, observations))
    data = _pack(rest, octets)
    poll_data = _pack(polls, octets) if polls else b""
    last_seq = batch.first_seq + len(observations) - 1
    moved = connection.execute(
        _ADVANCE,
        (batch.number, last_seq, batch.at, len(data), len(poll_data), batch.first_seq - 1, batch.number),
    )
    if moved.rowcount != 1:
        raise StoreError(f"batch {batch.number} from observation {batch.first_seq} does not follow the last one kept")
    connection.execute(
        "INSERT INTO observation_batch VALUES (?, ?, ?, ?, ?, ?)",
        (batch.first_seq, batch.number, batch.at, len(observations), len(polls), data),
    )
    if polls:
        connection.execute("INSERT INTO poll_batch VALUES (?, ?, ?)", (batch.first_seq, batch.at, poll_data))


class Log:
    """Reads the log page by page, so that no read lasts long."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def read(self, after_seq: int, *, polls: bool = True) -> Iterator[tuple[int, Observation]]:
        """Yield (seq, observation) of everything committed after ``after_seq``, oldest first.

        Where poll results are past retention their numbers are missing; ``complete_after`` tells. Without ``polls`` all
        of them are.
        """
        query = _READ if polls else _READ_BUT_POLLS
        with self._readers.read() as connection:
            start = connection.execute(_FIND, (after_seq + 1,)).fetchone()[0]
        while True:
            with self._readers.read() as connection:
                page = connection.execute(query, (start, _PAGE)).fetchall()
            if not page:
                return
            for first_seq, data, poll_data in page:
                for seq, observation in _unpack(first_seq, data, poll_data):
                    if seq > after_seq:
                        yield seq, observation
            start = page[-1][0] + 1

    def first_seq(self) -> int:
        """Return the number of the oldest observation that is kept, 0 when there is none."""
        with self._readers.read() as connection:
            return int(connection.execute("SELECT coalesce(min(first_seq), 0) FROM observation_batch").fetchone()[0])

    def committed(self, seq: int) -> int:
        """Return when an observation was committed, 0 when nothing so old is kept."""
        with self._readers.read() as connection:
            row = connection.execute(_COMMITTED, (seq,)).fetchone()
        return int(row[0]) if row else 0

    def before(self, at: int) -> int:
        """Return a number after which everything stands that was committed at a time or later; found by halves."""
        with self._readers.read() as connection:
            low, high = self._ends(connection)
            while low < high:
                middle = (low + high) // 2
                found = connection.execute(_WHEN, (middle + 1,)).fetchone()
                if found is not None and found[1] < at:
                    low = int(found[0])
                else:
                    high = middle
        return low

    def since(self, at: int) -> int:
        """Return the number of the first observation committed at a time or later; after the last: there is none."""
        before = self.before(at)
        with self._readers.read() as connection:
            row = connection.execute(_WHEN, (before + 1,)).fetchone()
            if row is None:
                row = connection.execute(_AFTER_LAST).fetchone()
        return int(row[0])

    @staticmethod
    def _ends(connection: sqlite3.Connection) -> tuple[int, int]:
        query = "SELECT coalesce(min(first_seq) - 1, 0), coalesce(max(first_seq), 0) FROM observation_batch"
        low, high = connection.execute(query).fetchone()
        return int(low), int(high)

    def has_polls(self, after_seq: int, until_seq: int) -> bool:
        """Tell whether polls are, or were, among the observations after one up to another; whole batches count."""
        with self._readers.read() as connection:
            start = connection.execute(_FIND, (after_seq + 1,)).fetchone()[0]
            return connection.execute(_POLLED, (start, until_seq)).fetchone() is not None

    def complete_after(self) -> int:
        """Return the number after which no poll result is missing from the log."""
        with self._readers.read() as connection:
            row = connection.execute(
                """SELECT first_seq + count - 1 FROM observation_batch AS o WHERE polls > 0
                   AND first_seq < (SELECT coalesce(min(first_seq), 1 << 62) FROM poll_batch)
                   ORDER BY first_seq DESC LIMIT 1"""
            ).fetchone()
            oldest = connection.execute("SELECT coalesce(min(first_seq), 1) FROM observation_batch").fetchone()[0]
        return int(row[0]) if row else int(oldest) - 1


def _pack(offsets: "list[int] | range", octets: tuple[bytes, ...]) -> bytes:
    """Return a `_Part` as it is stored: what was encoded one by one, joined (msgpack, format of arrays)."""
    chosen = octets if len(offsets) == len(octets) else tuple(octets[n] for n in offsets)
    head = b"\x92" + _ENCODER.encode(tuple(offsets)) + b"\xdd" + len(chosen).to_bytes(4, "big")
    return zlib.compress(head + b"".join(chosen), 1)


def _unpack(first_seq: int, data: bytes, poll_data: bytes | None) -> Iterator[tuple[int, Observation]]:
    parts = [_numbered(first_seq, blob) for blob in (data, poll_data) if blob is not None]
    return merge(*parts, key=_number) if len(parts) > 1 else iter(parts[0])


def _numbered(first_seq: int, blob: bytes) -> list[tuple[int, Observation]]:
    try:
        offsets, observations = _DECODER.decode(zlib.decompress(blob))
    except (msgspec.DecodeError, zlib.error) as error:
        raise StoreError(f"observations from {first_seq} on cannot be read: {error}") from error
    return [(first_seq + n, one) for n, one in zip(offsets, observations, strict=True)]


def _number(numbered: tuple[int, Observation]) -> int:
    return numbered[0]
