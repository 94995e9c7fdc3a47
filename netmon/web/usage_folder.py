"""Published files as they lie in the folder of their feed: whole, missing or changed; and a proof of the newest."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from netmon.outputs.usage.render import MANIFEST
from netmon.outputs.usage.verify import Finding, verify
from netmon.storage.store import UsageFile

_MOST_FINDINGS = 100
_MOST_FILES, _MOST_RECORDS = 200, 20_000
"""What one proof reads, at most, but the newest file always; ``netmon usage verify`` reads everything.

Octets in the folder say nothing of the work: packed they are a tenth.
"""

Kept = Literal["whole", "missing", "changed"]


class Manifest(msgspec.Struct, frozen=True):
    """What of a manifest is shown."""

    bytes: int
    records: int
    sha256: str
    by_kind: dict[str, int]
    by_quality: dict[str, int]
    sum_octets_in: str
    sum_octets_out: str

    @property
    def nothing_known(self) -> bool:
        """Whether no record of usage has octets: then the sums, which are 0, say nothing."""
        return self.by_quality.get("unknown", 0) >= self.by_kind.get("usage", 0)

    @property
    def at_least(self) -> bool:
        """Whether something is missing, so that the sums are a lower bound."""
        return any(self.by_quality.get(quality) for quality in ("partial", "unknown"))


class Proof(msgspec.Struct, frozen=True):
    """What the checks R1 to R4 and R10 found in the newest files of a feed (specs/usage.md section 9)."""

    now: int
    feed: str
    files: int
    first: int | None
    """file_seq of the first one that was read; it is taken as the beginning."""
    last: int | None
    older: int
    """Published files before it, which were not read."""
    ok: bool
    findings: list[Finding]
    more: int
    """Findings beyond those listed."""


_MANIFEST = msgspec.json.Decoder(Manifest)


def place(folder: Path, file: UsageFile) -> Path:
    """Return the folder in which a file is to be looked for: ``out/``, or the archive when it was moved there."""
    there = (folder / (file.name + MANIFEST)).exists()
    return folder if there or file.archived is None else folder.parent / "archive"


def manifest(folder: Path, file: UsageFile) -> Manifest | None:
    """Return the manifest of a published file, None when it is not there or is none; blocks."""
    try:
        return _MANIFEST.decode((folder / (file.name + MANIFEST)).read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def kept(folder: Path, file: UsageFile, told: Manifest | None) -> Kept:
    """Tell at a glance whether a file lies in its folder as it was published; blocks."""
    try:
        octets = (folder / file.name).stat().st_size
    except OSError:
        return "missing"
    if told is None:
        return "missing"
    return "whole" if told.sha256 == file.sha256 and told.bytes == octets else "changed"


def lies(folder: Path, file: UsageFile, told: Manifest | None) -> str:
    """Tell how a published file lies: whole, missing or changed; or archived, and deleted from there; blocks."""
    word = kept(folder, file, told)
    if folder.name != "archive":
        return word
    return {"whole": "archived", "missing": "deleted"}.get(word, word)


def stamp(folder: Path, files: Sequence[UsageFile]) -> str:
    """Return a text that is another when one of the files that a proof reads was changed, as far as stat(2) tells."""
    told = hashlib.sha256()
    for file in _newest(files):
        at = place(folder, file)
        for name in (file.name, file.name + MANIFEST):
            told.update(f"{name} {_touched(at / name)}\n".encode())
    return told.hexdigest()


def _touched(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def prove(folder: Path, files: Sequence[UsageFile], *, now: int, older: int = 0) -> Proof:
    """Check the newest of some published files, oldest first, as far as one proof reads; blocks."""
    feed = files[-1].feed if files else ""
    chosen = _newest(files)
    at = {file.file_seq: place(folder, file) for file in chosen}
    findings = [
        Finding("R3", file.name, 0, f"is {word} in the folder")
        for file in chosen
        if (word := lies(at[file.file_seq], file, manifest(at[file.file_seq], file)))
        not in ("whole", "archived", "deleted")
    ]
    there = [at[file.file_seq] / file.name for file in chosen if (at[file.file_seq] / file.name).is_file()]
    findings += verify(there)
    return Proof(
        now=now,
        feed=feed,
        files=len(chosen),
        first=chosen[0].file_seq if chosen else None,
        last=chosen[-1].file_seq if chosen else None,
        older=older + len(files) - len(chosen),
        ok=not findings,
        findings=findings[:_MOST_FINDINGS],
        more=max(0, len(findings) - _MOST_FINDINGS),
    )


def records(file: UsageFile) -> int:
    """Return how many records are bound to a file."""
    first, last = file.first_rec_seq, file.last_rec_seq
    return last - first + 1 if first is not None and last is not None else 0


def _newest(files: Sequence[UsageFile]) -> list[UsageFile]:
    chosen: list[UsageFile] = []
    many = 0
    for file in reversed(files):
        many += records(file)
        if chosen and (many > _MOST_RECORDS or len(chosen) >= _MOST_FILES):
            break
        chosen.append(file)
    return chosen[::-1]
