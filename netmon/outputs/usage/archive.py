"""Files of a feed after publication: whether they still lie as published, and where acknowledged ones go."""

import asyncio
import hashlib
import os
from pathlib import Path

import structlog

from netmon.outputs.usage.folder import Folder
from netmon.storage.store import Store, UsageFile

log = structlog.get_logger("netmon.usage")

KEPT_MS = 90 * 86_400_000
"""How long acknowledged files stay in the archive (specs/usage.md section 7)."""
_AT_ONCE = 100
_MOST_HASHED = 16 << 20
"""Octets that one look hashes."""

_Touched = tuple[int, int, int]


class Archive:
    """Moves acknowledged files of one feed out of the way of consumers, and deletes them after 90 days."""

    def __init__(self, feed: str, *, store: Store, folder: Folder) -> None:
        self._feed = feed
        self._store = store
        self._folder = folder

    async def look(self, now: int) -> None:
        """Move and delete a few files. What a kill interrupts is done again."""
        files = await asyncio.to_thread(self._store.usage.unarchived, self._feed, _AT_ONCE)
        for file in files:
            if not await asyncio.to_thread(self._folder.archive, file.name):
                log.warning("acknowledged file is not there", feed=self._feed, file=file.name)
        if files:
            await self._store.archive_usage_files(self._feed, [file.file_seq for file in files], now)
        last = await asyncio.to_thread(self._store.usage.acknowledged, self._feed, now - KEPT_MS)
        if last:
            await asyncio.to_thread(self._folder.expire, last, _AT_ONCE)


class Watch:
    """Looks whether files that wait for billing lie as they were published, some at a time."""

    def __init__(self, feed: str, *, store: Store, folder: Folder) -> None:
        self._feed = feed
        self._store = store
        self._folder = folder
        self._after = 0
        self.whole: dict[int, _Touched] = {}
        """Files that wait and were whole, by number, as they lay then; those acknowledged go when a round begins."""
        self._told: set[int] = set()

    def look(self) -> list[str]:
        """Return what is wrong and was not told before; reads the store and files."""
        files = self._store.usage.unacknowledged(self._feed, self._after, _AT_ONCE)
        if not self._after:
            self._forget(files)
        left = _MOST_HASHED
        found: list[str] = []
        for file in files:
            if left < 0:
                return found
            word, hashed = self._state(file)
            left -= hashed
            self._after = file.file_seq
            if word and file.file_seq not in self._told:
                self._told.add(file.file_seq)
                found.append(f"{file.name} is {word} in {self._folder.out}: netmon usage redeliver puts it back")
            elif not word:
                self._told.discard(file.file_seq)
        if len(files) < _AT_ONCE:
            self._after = 0
        return found

    def _state(self, file: UsageFile) -> tuple[str, int]:
        """Return what is wrong with a file, and how much was read to know."""
        path = self._folder.out / file.name
        try:
            touched = _touched(path)
            if self.whole.get(file.file_seq) == touched:
                return "", 0
            with path.open("rb") as opened:
                same = hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
        except FileNotFoundError:
            return "missing", 0
        if not same:
            return "changed", touched[0]
        self.whole[file.file_seq] = touched
        return "", touched[0]

    def _forget(self, files: list[UsageFile]) -> None:
        """Forget what is before the first of the files that wait."""
        self.whole = {number: lay for number, lay in self.whole.items() if files and number >= files[0].file_seq}
        self._told = {number for number in self._told if files and number >= files[0].file_seq}


def _touched(path: Path) -> _Touched:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns, found.st_ino
