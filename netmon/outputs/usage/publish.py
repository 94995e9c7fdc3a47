"""Committed usage records into published files: cut, bind, write, note; a crash at any point changes nothing."""

import asyncio
import errno
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from netmon.domain.usage import UsageRecord, UsageSettled
from netmon.outputs.usage.folder import Folder
from netmon.outputs.usage.render import Frame, Rendered, file_name, header, render
from netmon.outputs.usage.sign import SigningKey
from netmon.storage.store import Store, UsageFile
from netmon.usage.periods import floor_to, utc_text
from netmon.usage.record_line import NO_HASH

BY_SIZE, BY_TIME, BY_RECORDS = 1, 2, 3
FILE_SYSTEM_ERROR, STORAGE_EXHAUSTED, INTEGRITY_ERROR = 129, 130, 131
"""Closure reasons (3GPP TS 32.297 section 6.1.1.9)."""

_ROWS = 500
_NO_LIMIT = 1 << 62

_FIXED = ("feed", "file_seq", "opened", "first_rec_seq", "chain_prev", "prev_file_sha256")
"""What a header tells that any release of netmon must tell alike."""


class IntegrityError(Exception):
    """A file stands where another one is bound, or a later one already; the text tells which and how they differ."""


class Feed(msgspec.Struct, frozen=True):
    """What a publisher must know of its feed."""

    id: str
    node_id: str
    group: str = ""
    compress: bool = True
    open_ms: int = 900_000
    max_octets: int = 64 << 20
    max_records: int = 100_000
    key: SigningKey | None = None
    """Signs manifests."""


class Publisher:
    """Publishes the files of one feed; all that lasts is in the store and in the folder, so it may be made anew."""

    def __init__(self, feed: Feed, *, store: Store, folder: Path) -> None:
        self._feed = feed
        self._store = store
        self._folder = Folder(folder / feed.id, group=feed.group)
        self._files: list[UsageFile] = []
        self._cut = _Cut()
        self._trouble = 0
        self.ready = False
        """Whether the folders are made."""
        self._began: int | None = None
        """Begin of the first file, while there is none."""

    async def prepare(self) -> None:
        """Learn from the store what was bound and published; make the folder ready."""
        self._files = await asyncio.to_thread(self._store.usage_files, self._feed.id)
        bound = max((file.last_rec_seq or 0 for file in self._files), default=0)
        self._cut = _Cut(after=bound, seen=bound)
        known = any(file.published is not None for file in self._files)
        await asyncio.to_thread(self._folder.prepare, known=known)
        await asyncio.to_thread(self._folder.remove_killed)
        self.ready = True

    async def publish_due(self, now: int) -> int:
        """Publish what is due and return how many files that were; ``now`` is the wall time.

        Raises:
            OSError: the folder takes nothing; what is bound stays bound, and the next file tells the trouble.
            IntegrityError: another file has the name of the bound one, and it may have been taken; likewise.
        """
        published = 0
        while (file := await self.bind_due(now)) is not None:
            await self._publish(file, now)
            published += 1
        return published

    async def bind_due(self, now: int) -> UsageFile | None:
        """Return the file to publish next: one that is bound already, or a new one if it is due.

        A file is due when the core has stated that its feed has every record of what ended by then, and ends with the
        last record of that statement; or before, when it is full.
        """
        if self._files and self._files[-1].published is None:
            return self._files[-1]
        file = await asyncio.to_thread(self._due, now)
        if file is None:
            return None
        await self._store.bind_usage_file(file)
        self._files.append(file)
        bound = file.last_rec_seq or self._cut.after
        self._cut = _Cut(after=bound, seen=bound)
        self._trouble = 0
        return file

    def next_due(self) -> int:
        """Return the time up to which the next file will tell, UTC ms; 0: no feed has begun."""
        opened = self._files[-1].closed if self._files else self._began
        return floor_to(opened, self._feed.open_ms) + self._feed.open_ms if opened is not None else 0

    def _due(self, now: int) -> UsageFile | None:
        opened = self._opened()
        if opened is None:
            return None
        until, settled = self._until(opened)
        full = self._scan(settled.rec_seq if settled is not None else _NO_LIMIT)
        if full:
            return self._next_file(opened, min(max(now, opened), until), full, last=self._cut.last)
        if settled is None:
            return None
        return self._next_file(opened, floor_to(settled.through, self._feed.open_ms), BY_TIME, last=settled.rec_seq)

    def _opened(self) -> int | None:
        """Return when the next file begins, None when the core has stated nothing yet."""
        if self._files:
            return self._files[-1].closed
        if self._began is None:
            first = self._store.usage_settled(self._feed.id, 0)
            self._began = floor_to(first.through, self._feed.open_ms) if first is not None else None
        return self._began

    def _until(self, opened: int) -> tuple[int, UsageSettled | None]:
        """Return the time up to which the next file tells, and the statement that this is complete."""
        if opened == floor_to(opened, self._feed.open_ms):
            # What ended by then may have filled a file before it was complete.
            settled = self._store.usage_settled(self._feed.id, opened)
            if settled is None or settled.rec_seq > self._cut.after:
                return opened, settled
        until = floor_to(opened, self._feed.open_ms) + self._feed.open_ms
        return until, self._store.usage_settled(self._feed.id, until)

    def _next_file(self, opened: int, closed: int, reason: int, *, last: int) -> UsageFile:
        number = self._files[-1].file_seq + 1 if self._files else 1
        first = self._cut.after + 1
        suffix = ".gz" if self._feed.compress else ""
        return UsageFile(
            feed=self._feed.id,
            file_seq=number,
            name=file_name(self._feed.node_id, number, opened, suffix=suffix),
            opened=opened,
            closed=closed,
            closure_reason=self._trouble or reason,
            first_rec_seq=first if last >= first else None,
            last_rec_seq=last if last >= first else None,
            prev_file_sha256=self._files[-1].content_sha256 if self._files else NO_HASH,
        )

    def _scan(self, limit: int) -> int:
        """Look at records not yet bound, up to number ``limit``; return the reason to close, 0 while there is room."""
        cut, feed = self._cut, self._feed
        while (many := min(_ROWS, limit - cut.seen)) > 0:
            rows = self._store.records(feed.id, cut.seen, many)
            for record in rows:
                if cut.octets + len(record.line) > feed.max_octets and cut.last > cut.after:
                    return BY_SIZE
                cut.seen = cut.last = record.rec_seq
                cut.octets += len(record.line) + 1
                if cut.last - cut.after >= feed.max_records:
                    return BY_RECORDS
            if len(rows) < many:
                break
        return 0

    async def _publish(self, file: UsageFile, now: int) -> None:
        try:
            rendered = await asyncio.to_thread(self._write, file)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            self._trouble = STORAGE_EXHAUSTED if full else FILE_SYSTEM_ERROR
            raise
        except IntegrityError:
            self._trouble = INTEGRITY_ERROR
            raise
        done = msgspec.structs.replace(
            file, sha256=rendered.sha256, content_sha256=rendered.content_sha256, published=now
        )
        await self._store.publish_usage_file(done)
        self._files[-1] = done
        del self._files[:-1]

    def _write(self, file: UsageFile) -> Rendered:
        self._folder.prepare(known=self._files[0].published is not None)
        # After a kill between the manifest and the commit the file is published: another release of netmon, or of zlib,
        # would write other octets under the name that a consumer has taken.
        if ahead := self._folder.ahead(file.name):
            raise IntegrityError(f"{ahead} stands in {self._folder.out} already, {file.name} is still to come")
        standing = self._folder.published(file.name) or self._folder.published(file.name, archived=True)
        if standing is None:
            return deque(self.steps(file), maxlen=1)[0]
        told = standing.told
        others = [f"{key} {told.get(key)}, not {to}" for key, to in self._bound(file).items() if told.get(key) != to]
        if others:
            raise IntegrityError(f"{file.name} in {self._folder.out} has {'; '.join(others)}")
        return standing.rendered

    def steps(self, file: UsageFile) -> Iterator[Rendered]:
        """Write a bound file, step by step; exhaust it to publish."""
        frame = self._frame(file)

        def write(out: BinaryIO) -> Rendered:
            return render(file, frame, records_of(self._store, file), out)

        return self._folder.publish(file.name, write)

    def _frame(self, file: UsageFile) -> Frame:
        before = (file.first_rec_seq or self._cut.after + 1) - 1
        return Frame(self._feed.node_id, before + 1, self._hash(file.feed, before), self._feed.compress, self._feed.key)

    def _bound(self, file: UsageFile) -> dict[str, Any]:
        """Return what a file must tell to be the one that is bound."""
        frame = self._frame(file)
        head = header(file, frame)
        last = file.last_rec_seq
        return {key: head[key] for key in _FIXED} | {
            "closed": utc_text(file.closed),
            "last_rec_seq": last,
            "chain_head": self._hash(file.feed, last) if last is not None else frame.chain_prev,
        }

    def _hash(self, feed: str, rec_seq: int) -> str:
        return self._store.records(feed, rec_seq - 1, 1)[0].hash if rec_seq else NO_HASH


def records_of(store: Store, file: UsageFile) -> Iterator[UsageRecord]:
    """Yield the records that are bound to a file."""
    if file.first_rec_seq is None or file.last_rec_seq is None:
        return
    after = file.first_rec_seq - 1
    while after < file.last_rec_seq:
        rows = store.records(file.feed, after, min(_ROWS, file.last_rec_seq - after))
        yield from rows
        after = rows[-1].rec_seq


class _Cut(msgspec.Struct):
    """Records that wait for the next file."""

    after: int = 0
    """Number of the last record bound to a file."""
    seen: int = 0
    last: int = 0
    octets: int = 0

    def __post_init__(self) -> None:
        self.last = self.after
