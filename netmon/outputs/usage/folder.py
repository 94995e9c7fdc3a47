"""The folder of a feed: its parts, and how a file gets into ``out/`` whole or not at all (specs/usage.md section 7)."""

import contextlib
import errno
import gzip
import hashlib
import os
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from netmon.outputs.usage.render import MANIFEST, Rendered

_PARTS = {"out": 0o2750, "ack": 0o2770, "archive": 0o2750, "samples": 0o2750, "quarantine": 0o2750, ".tmp": 0o2750}
_FILE_MODE = 0o640
AGAIN = ".again-"
"""Begin of the names of folders in which redeliveries write."""
_KILLED_S = 3_600
_MOST_DIGITS = 18
"""Of a number; more than that is none of the store's."""


class Standing(msgspec.Struct, frozen=True):
    """A file that stands in ``out/`` whole with its manifest, as a consumer may have taken it."""

    rendered: Rendered
    told: dict[str, Any]
    """Its header, and what its manifest adds."""


class Folder:
    """``data_dir/usage/<feed>/``; only the engine writes here, but for ``ack/``."""

    def __init__(self, path: Path, *, group: str = "", tmp: str = ".tmp") -> None:
        self.path = path
        self._group = group
        self.out, self.ack, self._archive = path / "out", path / "ack", path / "archive"
        self._tmp = path / tmp

    def prepare(self, *, known: bool = False) -> None:
        """Make what is missing and remove what an interrupted publication left behind.

        Raises:
            OSError: it cannot be made, or files are known to be published and their folder is gone: what is mounted
                there is missing; LookupError: there is no such group.
        """
        if known and not self.out.is_dir():
            raise FileNotFoundError(errno.ENOENT, "The folder of the feed is gone: mount it, or make it", str(self.out))
        for name, mode in _PARTS.items():
            self._make(self.path / name, mode)
        for leftover in self._tmp.iterdir():
            leftover.unlink()

    def prepare_tmp(self) -> None:
        """Make the place where files are written before they move into ``out/``, and nothing else.

        Raises:
            OSError: it cannot be made; LookupError: there is no such group.
        """
        self._make(self._tmp, _PARTS[".tmp"])

    def remove_killed(self) -> None:
        """Remove what redeliveries left behind that were killed more than an hour ago."""
        for left in self.path.glob(f"{AGAIN}*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > _KILLED_S:
                    shutil.rmtree(left)

    def remove_tmp(self) -> None:
        """Remove that place with what is in it."""
        shutil.rmtree(self._tmp)

    def _make(self, part: Path, mode: int) -> None:
        part.mkdir(parents=True, exist_ok=True)
        if self._group:
            shutil.chown(part, group=self._group)
        part.chmod(mode)

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

    def archive(self, name: str) -> bool:
        """Move a file out of the way of consumers, its manifest first; tell whether the file was there."""
        moved = False
        for one in (name + MANIFEST, name):
            try:
                (self.out / one).rename(self._archive / one)
                moved = True
            except FileNotFoundError:
                moved = moved and one != name
        return moved or (self._archive / name).exists()

    def take_away(self, name: str) -> None:
        """Remove a file that was delivered once more."""
        for one in (name + MANIFEST, name):
            (self.out / one).unlink(missing_ok=True)

    def numbered(self, last: int) -> list[str]:
        """Return the files in ``out/`` with their manifests, up to number ``last``."""
        manifests = [name for name in os.listdir(self.out) if name.endswith(MANIFEST)]
        return [name.removesuffix(MANIFEST) for name in manifests if 0 < file_number(name) <= last]

    def expire(self, last: int, most: int) -> int:
        """Delete files from the archive, up to number ``last`` and the oldest first; return how many."""
        old = sorted(name for name in os.listdir(self._archive) if 0 < file_number(name) <= last)[:most]
        for name in old:
            (self._archive / name).unlink(missing_ok=True)
        return len(old)

    def set_aside(self, path: Path) -> None:
        """Move what a consumer wrote and nobody can use to ``quarantine/``; what lies there by that name stays."""
        place = self.path / "quarantine" / path.name
        number = 1
        while os.path.lexists(place):
            number += 1
            place = place.with_name(f"{path.name}.{number}")
        path.rename(place)

    def restore(self, name: str, sha256: str) -> bool:
        """Copy a file from the archive to ``out/`` once more; tell whether it was there as it was published."""
        found = self.published(name, archived=True)
        if found is None or found.rendered.sha256 != sha256:
            return False

        def copy(out: BinaryIO) -> Rendered:
            with (self._archive / name).open("rb") as file:
                shutil.copyfileobj(file, out)
            return found.rendered

        for _ in self.publish(name, copy):
            pass
        return True

    def published(self, name: str, *, archived: bool = False) -> Standing | None:
        """Return a file that stands whole with its manifest; else None."""
        folder = self._archive if archived else self.out
        try:
            octets = (folder / (name + MANIFEST)).read_bytes()
            manifest = msgspec.json.decode(octets, type=dict[str, Any])
            with (folder / name).open("rb") as file:
                rendered = Rendered(hashlib.file_digest(file, "sha256").hexdigest(), manifest["content_sha256"], octets)
        except (FileNotFoundError, KeyError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        if rendered.sha256 != manifest.get("sha256"):
            return None
        # A manifest tells of a file without records that it has no first one; its header tells which would be next.
        return Standing(rendered, manifest | _header(folder / name))

    def ahead(self, name: str) -> str:
        """Return a file that was published with the number of this one, or a later one, of another name; else empty."""
        number = file_number(name)
        others = (other.removesuffix(MANIFEST) for folder in (self.out, self._archive) for other in os.listdir(folder))
        return min((other for other in others if other != name and file_number(other) >= number), default="")

    def _move(self, name: str) -> None:
        (self._tmp / name).rename(self.out / name)
        directory = os.open(self.out, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def file_number(name: str) -> int:
    """Return the ``file_seq`` in the name of a file (see ``file_name``), -1 where it has none."""
    number = name.rpartition("_-_")[0].rpartition("_-_")[2].partition(".")[0]
    return int(number) if number.isdecimal() and len(number) <= _MOST_DIGITS else -1


def _header(path: Path) -> dict[str, Any]:
    """Return the first line of a file; empty where it is none."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            return msgspec.json.decode(file.readline(), type=dict[str, Any])
    except (gzip.BadGzipFile, EOFError, zlib.error, msgspec.DecodeError, UnicodeDecodeError):
        return {}


def _created(path: Path) -> BinaryIO:
    file = path.open("wb")
    os.fchmod(file.fileno(), _FILE_MODE)
    return file


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
