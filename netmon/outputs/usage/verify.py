"""Proves from files alone that a feed is whole and unchanged (checks R1 to R4 and R10 of specs/usage.md section 9)."""

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from netmon.outputs.usage.adjustments import Adjustments
from netmon.outputs.usage.render import MANIFEST, Tally
from netmon.outputs.usage.sign import wrong_signature
from netmon.storage.store import UsageFile
from netmon.usage.periods import parse_utc
from netmon.usage.record_line import NO_HASH, canonical, exception_id, record_id

_MOST_EXCEPTIONS = 16
_NO_KEYS: Mapping[str, bytes] = {}


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong; ``line`` counts from 1, 0: the file as a whole."""

    check: str
    file: str
    line: int
    text: str
    series: str = ""
    start: str = ""


class Seen(msgspec.Struct):
    """What was looked at, as headers and trailers tell it."""

    feed: str = ""
    files: int = 0
    records: int = 0
    file_seq: tuple[int, int] | None = None
    """Of the first and the last file."""
    rec_seq: tuple[int, int] | None = None
    times: tuple[str, str] | None = None
    """``opened`` of the first and ``closed`` of the last file."""

    def take(self, header: dict[str, Any], trailer: dict[str, Any], records: int) -> None:
        """Take a file; raises what a field of another type or none raises."""
        first, number = header["first_rec_seq"], header["file_seq"]
        self.feed = self.feed or header["feed"]
        self.records += records
        self.file_seq = (self.file_seq[0] if self.file_seq else number, number)
        if records:
            self.rec_seq = (self.rec_seq[0] if self.rec_seq else first, first + records - 1)
        self.times = (self.times[0] if self.times else header["opened"], trailer["closed"])


class Verified(msgspec.Struct, frozen=True):
    """What was found, and in what."""

    findings: list[Finding]
    seen: Seen


def verify(paths: Iterable[Path]) -> list[Finding]:
    """Check files of one feed, or all files in folders; the first file is taken as the beginning."""
    return verified(paths).findings


def verified(paths: Iterable[Path], *, keys: Mapping[str, bytes] = _NO_KEYS) -> Verified:
    """Check files as ``verify`` does, signatures too where their keys are given by id; also tell what was seen."""
    checker = _Checker(keys)
    for path in _data_files(paths):
        checker.file(path)
    checker.end()
    return Verified(checker.findings, checker.seen)


def _data_files(paths: Iterable[Path]) -> list[Path]:
    found: set[Path] = set()
    for path in paths:
        for file in path.iterdir() if path.is_dir() else [path]:
            name = file.name.removesuffix(MANIFEST)
            if ".jsonl" in name:
                found.add(file.with_name(name))
    return sorted(found, key=lambda file: file.name)


class _Before(msgspec.Struct):
    """What the next file must continue."""

    file_seq: int
    rec_seq: int
    chain: str
    content: str


class _Checker:
    """Goes through files in order and remembers where the last one ended."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = keys
        self.seen = Seen()
        self.findings: list[Finding] = []
        self._before: _Before | None = None
        self._ids: dict[str, str] = {}
        self._exceptions: dict[tuple[str, str, str], int] = {}
        self._adjustments = Adjustments()
        self._name = ""
        self._line = 0

    def file(self, path: Path) -> None:
        self._name, self._line = path.name, 0
        self.seen.files += 1
        try:
            delivered = path.read_bytes()
            content = gzip.decompress(delivered) if path.suffix == ".gz" else delivered
        except (OSError, EOFError, zlib.error) as error:
            self._find("R3", f"cannot be read ({error})")
            self._before = None
            return
        lines = content.split(b"\n")
        if lines.pop() != b"" or len(lines) < 2:
            self._find("R3", "does not end with a whole trailer")
        items = list(self._parsed(lines))
        if not items or items[0].get("type") != "header" or items[-1].get("type") != "trailer":
            self._find("R3", "has no header or no trailer")
            return
        try:
            self._contents(items, lines, hashlib.sha256(content).hexdigest())
        except (KeyError, TypeError, ValueError) as error:
            self._find("R3", f"lacks a field or has one of another type ({error})")
            self._before = None
        self._manifest(path, items[-1], delivered, content)

    def end(self) -> None:
        for text, file, line, item in self._adjustments.problems():
            self.findings.append(Finding("R10", file, line, text, item["series"], item["start"]))

    def _find(self, check: str, text: str, item: dict[str, Any] | None = None) -> None:
        series, start = (str(item.get("series", "")), str(item.get("start", ""))) if item else ("", "")
        self.findings.append(Finding(check, self._name, self._line, text, series, start))

    def _parsed(self, lines: list[bytes]) -> Iterator[dict[str, Any]]:
        for self._line, line in enumerate(lines, 1):
            try:
                item = msgspec.json.decode(line, type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError):
                self._find("R3", "is not a JSON object")
                yield {}
                continue
            if canonical(item) != line:
                self._find("R3", "is not in canonical form", item)
            yield item

    def _contents(self, items: list[dict[str, Any]], lines: list[bytes], content: str) -> None:
        self._header(items[0])
        chain = self._records(items[1:-1], lines[1:-1], items[0])
        self._ending(items[0], items[-1], lines)
        self.seen.take(items[0], items[-1], len(items) - 2)
        last = items[0]["first_rec_seq"] + len(items) - 3
        self._before = _Before(items[0]["file_seq"], last, chain, content)

    def _header(self, header: dict[str, Any]) -> None:
        self._line = 1
        before = self._before
        if before is None:
            return
        if header["file_seq"] != before.file_seq + 1:
            self._find("R1", f"file_seq {header['file_seq']} after {before.file_seq}")
        if header["first_rec_seq"] != before.rec_seq + 1:
            self._find("R2", f"first_rec_seq {header['first_rec_seq']} after {before.rec_seq}")
        if header["chain_prev"] != before.chain:
            self._find("R3", "chain_prev is not the hash of the record before")
        if header["prev_file_sha256"] != before.content:
            self._find("R3", "prev_file_sha256 is not the hash of the file before")

    def _records(self, items: list[dict[str, Any]], lines: list[bytes], header: dict[str, Any]) -> str:
        chain, expected = header["chain_prev"], header["first_rec_seq"]
        if expected == 1 and chain != NO_HASH:
            self._find("R3", "chain_prev of the first record is not 64 zeros")
        for self._line, (item, line) in enumerate(zip(items, lines, strict=True), 2):
            if item.get("rec_seq") != expected:
                self._find("R2", f"rec_seq {item.get('rec_seq')}, expected {expected}", item)
            if item.get("prev") != chain:
                self._find("R3", "prev is not the hash of the record before: one of the two was changed", item)
            self._id(item)
            self._adjustments.add(item, self._name, self._line)
            chain, expected = hashlib.sha256(line).hexdigest(), expected + 1
        return str(chain)

    def _id(self, item: dict[str, Any]) -> None:
        try:
            expected = self._expected_id(item)
        except (KeyError, ValueError, TypeError):
            self._find("R4", "lacks what its id is made of", item)
            return
        if item.get("id") != expected:
            self._find("R4", f"id {item.get('id')} is not the computed one, {expected}", item)
        other = self._ids.setdefault(expected, f"{self._name}:{self._line}")
        if other != f"{self._name}:{self._line}":
            self._find("R4", f"id {expected} stands at {other} already", item)

    def _expected_id(self, item: dict[str, Any]) -> str:
        start, end = parse_utc(item["start"]), parse_utc(item["end"])
        if item["kind"] != "exception":
            return record_id(item["feed"], item["series"], start, end, item["revision"])
        key = (item["series"], item["start"], item["end"])
        number = self._exceptions.get(key)
        if number is None:
            # Others with the same times may stand before the first file that was given.
            ids = (exception_id(item["feed"], item["series"], start, end, other) for other in range(_MOST_EXCEPTIONS))
            number = next((other for other, id_ in enumerate(ids) if id_ == item["id"]), 0)
        self._exceptions[key] = number + 1
        return exception_id(item["feed"], item["series"], start, end, number)

    def _ending(self, header: dict[str, Any], trailer: dict[str, Any], lines: list[bytes]) -> None:
        """Compare the trailer with what the lines say."""
        self._line = len(lines)
        tally = Tally(header["chain_prev"])
        try:
            for line in lines[1:-1]:
                tally.add(line)
            expected = tally.trailer(_as_bound(header, trailer, tally.records))
        except (msgspec.DecodeError, KeyError, ValueError):
            self._find("R3", "cannot be compared with the records, some of which are no records")
            return
        for name, value in expected.items():
            if trailer.get(name) != value:
                self._find("R3", f"{name} is {trailer.get(name)}, the records give {value}")

    def _manifest(self, path: Path, trailer: dict[str, Any], delivered: bytes, content: bytes) -> None:
        self._name, self._line = path.name + MANIFEST, 1
        try:
            manifest = msgspec.json.decode((path.with_name(self._name)).read_bytes(), type=dict[str, Any])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            self._find("R3", f"cannot be read ({error})")
            return
        expected = trailer | {
            "name": path.name,
            "bytes": len(delivered),
            "sha256": hashlib.sha256(delivered).hexdigest(),
            "content_sha256": hashlib.sha256(content).hexdigest(),
        }
        for name, value in expected.items():
            if manifest.get(name) != value:
                self._find("R3", f"{name} is {manifest.get(name)}, the file gives {value}")
        if text := wrong_signature(manifest, self._keys):
            self._find("R3", text)


def _as_bound(header: dict[str, Any], trailer: dict[str, Any], records: int) -> UsageFile:
    first = header["first_rec_seq"]
    return UsageFile(
        feed=header["feed"],
        file_seq=header["file_seq"],
        name="",
        opened=parse_utc(header["opened"]),
        closed=parse_utc(trailer["closed"]),
        closure_reason=trailer["closure_reason"],
        first_rec_seq=first if records else None,
        last_rec_seq=first + records - 1 if records else None,
        prev_file_sha256=header["prev_file_sha256"],
    )
