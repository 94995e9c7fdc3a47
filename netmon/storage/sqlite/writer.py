"""The one thread that writes: what waits goes into one transaction, and each caller learns what became of its part."""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from netmon.storage.sqlite.database import plain_error
from netmon.storage.store import StoreError, StoreFull

log = structlog.get_logger("netmon.store")

Write = Callable[[sqlite3.Connection], int]
"""Encodes and writes inside the open transaction; returns a number for its caller."""

GATHER_S = 0.025
"""How long writes that are no batch usually wait for one, to share its fsync; before the first batch, not at all."""


class _Job(msgspec.Struct):
    write: Write
    done: "asyncio.Future[int]"
    batch: bool
    kept: Callable[[], None] | None = None
    result: int = 0
    error: StoreError | None = None


class Writer:
    """Runs writes one transaction after the other, each with all that was waiting; order is the order of the calls."""

    def __init__(self, connection: sqlite3.Connection, path: Path, *, gather_s: float) -> None:
        self._connection = connection
        self._gather_s = gather_s
        self._path = path
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._had_batch = False
        self._thread = threading.Thread(target=self._run, name="netmon-store", daemon=True)
        self._thread.start()

    async def batch(self, write: Write, kept: Callable[[], None] | None = None) -> int:
        """Write a batch; ``kept`` is called in the loop once it is on disk, before who awaits this goes on."""
        return await self._add(write, batch=True, kept=kept)

    async def join(self, write: Write) -> int:
        """Write with the next batch, or alone when none comes soon."""
        return await self._add(write, batch=False)

    def close(self) -> None:
        """Write what waits and end the thread."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._thread.join()

    async def _add(self, write: Write, *, batch: bool, kept: Callable[[], None] | None = None) -> int:
        if self._closed:
            raise StoreError(f"{self._path}: is closed")
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Job(write, done, batch, kept))
        return await done

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            jobs, closing = self._gather(first)
            self._transact(jobs)
            _tell(jobs)
            if closing:
                return

    def _gather(self, first: _Job) -> tuple[list[_Job], bool]:
        """Return what shares the next transaction, and whether the end was seen behind it."""
        jobs = [first]
        self._had_batch |= first.batch
        until = 0.0 if first.batch or not self._had_batch else time.monotonic() + self._gather_s
        while True:
            wait_s = until - time.monotonic()
            try:
                job = self._jobs.get(timeout=wait_s) if wait_s > 0 else self._jobs.get_nowait()
            except queue.Empty:
                return jobs, False
            if job is None:
                return jobs, True
            jobs.append(job)
            if job.batch:
                self._had_batch = True
                until = 0.0

    def _transact(self, jobs: list[_Job]) -> None:
        error = self._try(jobs)
        if error is None:
            return
        if len(jobs) == 1 or isinstance(error, StoreFull):
            for job in jobs:
                job.error = error
            return
        # One of them is at fault; the others must not pay for it.
        for job in jobs:
            job.error = self._try([job])

    def _try(self, jobs: list[_Job]) -> StoreError | None:
        """Write the jobs in one transaction; of a failed one nothing is kept and its reason is returned."""
        connection = self._connection
        try:
            if connection.in_transaction:
                # The one before failed, and so did taking it back.
                connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
            for job in jobs:
                job.result = job.write(connection)
            connection.execute("COMMIT")
        except StoreError as error:
            failure = error
        except sqlite3.Error as error:
            failure = plain_error(error, self._path)
        except Exception as error:
            # A bug must not end the thread: those who wait, now and later, would wait for ever.
            log.exception("write failed")
            failure = StoreError(f"{self._path}: cannot write: {type(error).__name__}: {error}")
        else:
            return None
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        return failure


def _tell(jobs: list[_Job]) -> None:
    for loop in {job.done.get_loop() for job in jobs}:
        # A loop that was closed has nobody left who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, [job for job in jobs if job.done.get_loop() is loop])


def _resolve(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.done.done():
            continue
        if job.error is None:
            _keep(job)
        else:
            job.done.set_exception(job.error)


def _keep(job: _Job) -> None:
    try:
        if job.kept is not None:
            job.kept()
    except Exception as error:
        # It is on disk, and who it was for has a bug: that ends the one who waits, not the jobs behind it.
        log.exception("what was kept could not be let go")
        job.done.set_exception(error)
    else:
        job.done.set_result(job.result)
