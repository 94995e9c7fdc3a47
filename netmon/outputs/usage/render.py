"""A usage file from its records: header, lines, trailer, manifest; from the same rows the same octets."""

import gzip
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, BinaryIO

import msgspec

from netmon import __version__
from netmon.domain.usage import UsageRecord
from netmon.outputs.usage.sign import SigningKey, signature
from netmon.storage.store import UsageFile
from netmon.usage.periods import utc_text
from netmon.usage.record_line import SCHEMA, canonical

MANIFEST = ".manifest.json"
KINDS = ("usage", "adjustment", "exception")
QUALITIES = ("measured", "estimated", "partial", "unknown")


class Frame(msgspec.Struct, frozen=True):
    """What surrounds the records of a file, beside what is bound to it."""

    node_id: str
    first_rec_seq: int
    """Number of the first record, or of the next one when the file is empty."""
    chain_prev: str
    """Hash of the record before this file."""
    compress: bool
    key: SigningKey | None = None
    """Signs the manifest."""


class Rendered(msgspec.Struct, frozen=True):
    """A file as it was written, with its manifest."""

    sha256: str
    content_sha256: str
    manifest: bytes


class _Counted(msgspec.Struct, frozen=True):
    """What the trailer needs of a line."""

    kind: str
    start: str
    quality: str | None
    octets_in: int | None
    octets_out: int | None
    delta_octets_in: int | None
    delta_octets_out: int | None


class Tally:
    """Counts and sums over the lines of a file."""

    def __init__(self, chain_head: str) -> None:
        self.records = 0
        self.chain_head = chain_head
        self.first_start: str | None = None
        self.last_start: str | None = None
        self.by_kind = dict.fromkeys(KINDS, 0)
        self.by_quality = dict.fromkeys(QUALITIES, 0)
        self.sums = [0, 0, 0, 0]

    def add(self, line: bytes) -> None:
        """Count a line."""
        item = _decoder.decode(line)
        self.records += 1
        self.chain_head = hashlib.sha256(line).hexdigest()
        self.by_kind[item.kind] += 1
        if item.kind == "usage":
            self.first_start = min(self.first_start or item.start, item.start)
            self.last_start = max(self.last_start or item.start, item.start)
            self.by_quality[item.quality or "unknown"] += 1
            self.sums[0] += item.octets_in or 0
            self.sums[1] += item.octets_out or 0
        self.sums[2] += item.delta_octets_in or 0
        self.sums[3] += item.delta_octets_out or 0

    def trailer(self, file: UsageFile) -> dict[str, Any]:
        """Return the last line of the file."""
        names = ("sum_octets_in", "sum_octets_out", "sum_delta_octets_in", "sum_delta_octets_out")
        return {
            "type": "trailer",
            "closed": utc_text(file.closed),
            "closure_reason": file.closure_reason,
            "records": self.records,
            "first_rec_seq": file.first_rec_seq,
            "last_rec_seq": file.last_rec_seq,
            "first_start": self.first_start,
            "last_start": self.last_start,
            "by_kind": self.by_kind,
            "by_quality": self.by_quality,
            **dict(zip(names, map(str, self.sums), strict=True)),
            "lost_indicator": 0,
            "chain_head": self.chain_head,
        }


def file_name(node_id: str, file_seq: int, opened: int, *, suffix: str) -> str:
    """Return the name of a file after the pattern of 3GPP TS 32.297; the time is that of its opening."""
    at = datetime.fromtimestamp(opened // 1000, UTC)
    return f"{node_id}_-_{file_seq:010d}.{at:%Y%m%d}_-_{at:%H%M}+0000.jsonl{suffix}"


def header(file: UsageFile, frame: Frame) -> dict[str, Any]:
    """Return the first line of a file."""
    return {
        "type": "header",
        "schema": SCHEMA,
        "feed": file.feed,
        "node_id": frame.node_id,
        "file_seq": file.file_seq,
        "opened": utc_text(file.opened),
        "producer": f"netmon {__version__}",
        "first_rec_seq": frame.first_rec_seq,
        "chain_prev": frame.chain_prev,
        "prev_file_sha256": file.prev_file_sha256,
    }


def render(file: UsageFile, frame: Frame, records: Iterable[UsageRecord], out: BinaryIO) -> Rendered:
    """Write a file to ``out`` and return its hashes and manifest."""
    delivered = _Hashing(out)
    # Level, time and name are fixed: the octets must be the same every time (RFC 1952 section 2.3).
    packed = gzip.GzipFile("", "wb", 6, delivered, mtime=0) if frame.compress else None
    content = _Hashing(packed if packed is not None else delivered)
    tally = Tally(frame.chain_prev)
    content.write(canonical(header(file, frame)) + b"\n")
    for record in records:
        tally.add(record.line)
        content.write(record.line + b"\n")
    trailer = tally.trailer(file)
    content.write(canonical(trailer) + b"\n")
    if packed is not None:
        packed.close()
    manifest = trailer | {
        "name": file.name,
        "bytes": delivered.octets,
        "sha256": delivered.hash.hexdigest(),
        "content_sha256": content.hash.hexdigest(),
        "samples": [],
        "signature": None,
    }
    if frame.key is not None:
        manifest["signature"] = signature(manifest, frame.key)
    return Rendered(manifest["sha256"], manifest["content_sha256"], canonical(manifest) + b"\n")


class _Hashing:
    """Passes octets on and hashes them on the way."""

    def __init__(self, out: Any) -> None:
        self._out = out
        self.hash = hashlib.sha256()
        self.octets = 0

    def write(self, octets: bytes) -> int:
        self.hash.update(octets)
        self.octets += len(octets)
        self._out.write(octets)
        return len(octets)

    def flush(self) -> None:
        self._out.flush()


_decoder = msgspec.json.Decoder(_Counted)
