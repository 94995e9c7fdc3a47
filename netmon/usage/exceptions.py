"""What of a feed is not simply measured, row by row: intervals in doubt and exception records; pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from netmon.domain.usage import UsageRecord
from netmon.usage.advice import ESTIMATED, NOT_READ, advice
from netmon.usage.record_line import Line, decode_line

Place = tuple[int, int]
"""Start and rec_seq of a record: where a list goes on."""

Doubted = tuple[UsageRecord, UsageRecord | None]
"""A record, and the newest one of the interval in which it starts; None: that is not closed yet."""

MOST_LOOKED_AT = 20_000
_CHUNK = 500


class UsageException(msgspec.Struct, frozen=True):
    """An interval that is not simply measured, or a pair of readings that was left out; octets are decimal text."""

    kind: Literal["interval", "exception"]
    feed: str
    rec_seq: int
    id: str
    series: str
    element: str
    object: str
    name: str
    service: str
    party: str
    contract: str
    start: int
    """UTC ms; of an exception: the time of its first reading."""
    end: int
    quality: str | None
    """Of the interval, or of the one in which the exception starts; null: that is not closed yet."""
    reasons: list[str]
    coverage_ms: int
    """How much of the interval is proven; 0 of an exception."""
    octets_in: str | None
    """Of an interval: what is proven. Of an exception: what was counted and is in no sum, where it is a number."""
    octets_out: str | None
    advice: str
    """What to do."""


class Wanted(msgspec.Struct, frozen=True):
    """Which of them; empty means any."""

    reason: str = ""
    quality: str = ""

    def takes(self, row: UsageException) -> bool:
        """Tell whether a row is asked for."""
        return self.reason in ("", *row.reasons) and self.quality in ("", row.quality or "")


class Page(msgspec.Struct, frozen=True):
    """Rows, the newest first."""

    rows: list[UsageException]
    before: Place | None
    """Where older ones go on; None: there are no others."""


def page(read: Callable[[Place, int], Sequence[Doubted]], wanted: Wanted, *, before: Place, limit: int) -> Page:
    """Return rows before a place, the newest first; ``read`` gives records before a place, at most so many."""
    rows: list[UsageException] = []
    looked = 0
    while looked < MOST_LOOKED_AT:
        chunk = read(before, _CHUNK)
        for record, newest in chunk:
            before = (record.start, record.rec_seq)
            row = _row(record, newest)
            if row is not None and wanted.takes(row):
                rows.append(row)
            if len(rows) == limit:
                return Page(rows, before)
        if len(chunk) < _CHUNK:
            return Page(rows, None)
        looked += len(chunk)
    return Page(rows, before)


def _row(record: UsageRecord, newest: UsageRecord | None) -> UsageException | None:
    """Return what a record tells, None where a later one of its interval has the word."""
    line = decode_line(record.line)
    if line.kind == "exception":
        quality = decode_line(newest.line).quality if newest is not None else None
        return _told(record, line, kind="exception", quality=quality, reasons=[line.reason or "unknown"])
    if newest is not None and newest.rec_seq != record.rec_seq:
        return None
    return _told(record, line, kind="interval", quality=line.quality, reasons=list(_reasons(line)))


def _reasons(line: Line) -> Iterator[str]:
    dropped = list(dict.fromkeys(one.reason for one in line.evidence.dropped))
    yield from dropped
    if "overflow" in line.flags:
        yield "overflow"
    elif line.quality in ("partial", "unknown") and not dropped:
        yield NOT_READ
    if ESTIMATED in line.flags:
        yield ESTIMATED


def _told(
    record: UsageRecord, line: Line, *, kind: Literal["interval", "exception"], quality: str | None, reasons: list[str]
) -> UsageException:
    octets = _left_out(line) if kind == "exception" else (line.octets_in, line.octets_out)
    octets_in, octets_out = (None if value is None else str(value) for value in octets)
    return UsageException(
        kind=kind,
        feed=record.feed,
        rec_seq=record.rec_seq,
        id=record.id,
        series=record.series,
        element=line.element,
        object=line.resource.id,
        name=line.resource.name,
        service=line.service_id or "",
        party=line.party_ref or "",
        contract=line.contract_id or "",
        start=record.start,
        end=record.end,
        quality=quality,
        reasons=reasons,
        coverage_ms=line.coverage_ms,
        octets_in=octets_in,
        octets_out=octets_out,
        advice=advice(reasons[0]) if reasons else "",
    )


def _left_out(line: Line) -> tuple[int | None, int | None]:
    known: Iterable[tuple[int | None, int | None]] = ((one.octets_in, one.octets_out) for one in line.evidence.dropped)
    return next(iter(known), (None, None))
