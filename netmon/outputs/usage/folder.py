"""The folder of a feed: its parts, and how a file gets into ``out/`` whole or not at all (specs/usage.md section 7)."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from netmon.outputs.usage.render import MANIFEST, Rendered

_PARTS = {"out": 0o2750, "ack": 0o2770, "archive": 0o2750, "samples": 0o2750, "quarantine": 0o2750, ".tmp": 0o2750}
_FILE_MODE = 0o640


class _Manifest(msgspec.Struct, frozen=True):
    """What a manifest tells of its file."""

    sha256: str
    content_sha256: str


class Folder:
    """``data_dir/usage/<feed>/``; only the engine writes here, but for ``ack/``."""

    def __init__(self, path: Path, *, group: str = "") -> None:
        self.path = path
        self._group = group
        self.out = path / "out"
        self._tmp = path / ".tmp"

    def prepare(self) -> None:
        """Make what is missing and remove what an interrupted publication left behind.

        Raises:
            OSError: it cannot be made; LookupError: there is no such group.
        """
        for name, mode in _PARTS.items():
            part = self.path / name
            part.mkdir(parents=True, exist_ok=True)
            if self._group:
                shutil.chown(part, group=self._group)
            part.chmod(mode)
        for leftover in self._tmp.iterdir():
            leftover.unlink()

    def publish(self, name: str, render: Callable[[BinaryIO], Rendered]) -> Iterator[Rendered]:
        """Write a file and then its manifest, each whole or not at all; yields after every step that lasts.

        A consumer takes a file only when its manifest is there. Repeated after a stop at any step it gives the same.
        """
        with _created(self._tmp / name) as data:
            rendered = render(data)
            _to_disk(data)
        yield rendered
        self._move(name)
        yield rendered
        with _created(self._tmp / (name + MANIFEST)) as manifest:
            manifest.write(rendered.manifest)
            _to_disk(manifest)
        yield rendered
        self._move(name + MANIFEST)
        yield rendered

    def published(self, name: str) -> Rendered | None:
        """Return a file that stands in ``out/`` whole with its manifest, as a consumer may have taken it; else None."""
        try:
            manifest = (self.out / (name + MANIFEST)).read_bytes()
            told = msgspec.json.decode(manifest, type=_Manifest)
            with (self.out / name).open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        return Rendered(sha256, told.content_sha256, manifest) if sha256 == told.sha256 else None

    def _move(self, name: str) -> None:
        (self._tmp / name).rename(self.out / name)
        directory = os.open(self.out, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _created(path: Path) -> BinaryIO:
    file = path.open("wb")
    os.fchmod(file.fileno(), _FILE_MODE)
    return file


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
