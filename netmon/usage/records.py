"""Records of a feed, each linked to the one before it (specs/usage.md section 6)."""

import hashlib
from typing import Any

import msgspec

from netmon.domain.usage import Assignment, CounterSample, Pair, UsageRecord
from netmon.usage.interval import Interval, Totals
from netmon.usage.periods import SLOT_MS, parse_utc, share, utc_text
from netmon.usage.record_line import (
    LARGEST,
    NO_HASH,
    SCHEMA,
    DroppedEvidence,
    Evidence,
    Line,
    MeasuredBy,
    Resource,
    SampleEvidence,
    exception_id,
    record_id,
)


class Revision(msgspec.Struct, frozen=True):
    """Which record of an interval it is: 0 the first, each later one a change with its reason."""

    number: int = 0
    reason: str = ""
    before: Totals | None = None
    """Totals of the revision before; None for the first."""


class Chain(msgspec.Struct, array_like=True):
    """The end of a feed: the next record takes the number after ``rec_seq`` and links to ``head``."""

    feed: str
    collector: str
    rec_seq: int = 0
    head: str = NO_HASH
    settled: int = 0
    """Up to when it was stated to be complete, UTC ms."""

    def measured(
        self, who: Assignment, interval: Interval, totals: Totals, *, revision: Revision, created: int
    ) -> UsageRecord:
        """Write the record of an interval, or of a change of it."""
        start, end = interval.whole.start, interval.whole.end
        adjusts = record_id(self.feed, who.series, start, end, 0) if revision.number else None
        return self._append(
            start,
            end,
            kind="adjustment" if revision.number else "usage",
            id=record_id(self.feed, who.series, start, end, revision.number),
            revision=revision.number,
            adjusts=adjusts,
            reason=revision.reason or None,
            created=utc_text(created),
            evidence=_evidence(interval),
            flags=totals.flags,
            coverage_ms=totals.coverage_ms,
            quality=totals.quality,
            delta_octets_in=_delta(revision.before, totals, "octets_in"),
            delta_octets_out=_delta(revision.before, totals, "octets_out"),
            **_octets(who, totals),
            **_who(who, interval.last),
        )

    def exception(
        self,
        who: Assignment,
        start: int,
        end: int,
        *,
        number: int,
        reason: str,
        pair: Pair | None,
        created: int,
        refused: str = "",
    ) -> UsageRecord:
        """Write that something between two times could not be counted, or that billing refuses a record, and why."""
        return self._append(
            start,
            end,
            kind="exception",
            id=exception_id(self.feed, who.series, start, end, number),
            revision=0,
            adjusts=refused or None,
            reason=reason,
            created=utc_text(created),
            evidence=_pair_evidence(pair, _left_out(pair, start, end, reason)) if pair else _NO_EVIDENCE,
            flags=tuple(sorted(pair.flags)) if pair else (),
            coverage_ms=0,
            quality=None,
            delta_octets_in=None,
            delta_octets_out=None,
            **_NOTHING,
            **_who(who, pair.b if pair else None),
        )

    def reassigned(self, line: Line, who: Assignment, start: int, *, created: int) -> list[UsageRecord]:
        """Write that a closed interval is another service's: its octets are taken from one and given to the other."""
        end = parse_utc(line.end)
        flags = tuple(sorted({*line.flags, "reassigned"}))
        kept = msgspec.structs.asdict(line) | {
            "kind": "adjustment",
            "adjusts": record_id(self.feed, line.series, start, end, 0),
            "reason": "reassigned",
            "flags": flags,
            "created": utc_text(created),
        }
        deltas = {f"delta_octets_{side}": -(getattr(line, f"octets_{side}") or 0) for side in ("in", "out")}
        taken = {name: None if getattr(line, name) is None else 0 for name in _SUMS} | deltas
        empty = dict.fromkeys(("slot_s", "slots_in", "slots_out", "slots_quality", "peak_bps_in", "peak_bps_out"))
        sides = {"customer": (line.octets_in, line.octets_out), "network": (line.octets_out, line.octets_in)}
        from_customer, to_customer = sides.get(who.facing, (None, None))
        given = {name: -delta for name, delta in deltas.items()} | {
            "octets_from_customer": from_customer,
            "octets_to_customer": to_customer,
            "service_id": who.service or None,
            "party_ref": who.party or None,
            "contract_id": who.contract or None,
            "facing": who.facing or None,
        }
        return [
            self._revised(kept | changed, start, end, line.revision + number)
            for number, changed in ((1, taken | empty), (2, given))
        ]

    def _revised(self, fields: dict[str, Any], start: int, end: int, revision: int) -> UsageRecord:
        left = {name: value for name, value in fields.items() if name not in _MADE}
        id_ = record_id(self.feed, fields["series"], start, end, revision)
        return self._append(start, end, **left | {"id": id_, "revision": revision})

    def _append(self, start: int, end: int, **fields: Any) -> UsageRecord:
        self.rec_seq += 1
        line = Line(
            feed=self.feed,
            rec_seq=self.rec_seq,
            prev=self.head,
            collector=self.collector,
            schema=SCHEMA,
            octet_layer="L2",
            approver=None,
            start=utc_text(start),
            end=utc_text(end),
            **fields,
        )
        octets = msgspec.json.encode(line)
        self.head = hashlib.sha256(octets).hexdigest()
        return UsageRecord(
            self.feed,
            self.rec_seq,
            line.id,
            line.kind,
            line.series,
            start,
            end,
            line.revision,
            octets,
            self.head,
        )


_SUMS = (
    *("octets_in", "octets_out", "octets_in_estimated", "octets_out_estimated"),
    *("octets_from_customer", "octets_to_customer"),
)
_MADE = ("feed", "rec_seq", "prev", "collector", "schema", "octet_layer", "approver", "start", "end")
"""What every line is given where it is appended."""

_NOTHING: dict[str, None] = dict.fromkeys(
    (
        *("octets_in", "octets_out", "octets_in_estimated", "octets_out_estimated"),
        *("octets_from_customer", "octets_to_customer", "peak_bps_in", "peak_bps_out"),
        *("slot_s", "slots_in", "slots_out", "slots_quality"),
    )
)


def _octets(who: Assignment, totals: Totals) -> dict[str, Any]:
    sides = {"customer": (totals.octets_in, totals.octets_out), "network": (totals.octets_out, totals.octets_in)}
    from_customer, to_customer = sides.get(who.facing, (None, None))
    return {
        "octets_in": totals.octets_in,
        "octets_out": totals.octets_out,
        "octets_in_estimated": totals.octets_in_estimated,
        "octets_out_estimated": totals.octets_out_estimated,
        "octets_from_customer": from_customer,
        "octets_to_customer": to_customer,
        "peak_bps_in": totals.peak_bps_in,
        "peak_bps_out": totals.peak_bps_out,
        "slot_s": SLOT_MS // 1000 if totals.slots_quality is not None else None,
        "slots_in": totals.slots_in,
        "slots_out": totals.slots_out,
        "slots_quality": totals.slots_quality,
    }


def _who(who: Assignment, sample: CounterSample | None) -> dict[str, Any]:
    return {
        "series": who.series,
        "element": who.element,
        "resource": Resource(_text(who.object), sample.ifindex if sample else None, _text(who.name)),
        "service_id": who.service or None,
        "party_ref": who.party or None,
        "contract_id": who.contract or None,
        "facing": who.facing or None,
        "source": MeasuredBy(who.poll_ms // 1000, "snmp-ifmib", sample.width if sample else None),
    }


def _text(text: str) -> str:
    """Return text that can be written as UTF-8: names come from devices and need not be."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _delta(before: Totals | None, now: Totals, field: str) -> int | None:
    if before is None:
        return None
    return (getattr(now, field) or 0) - (getattr(before, field) or 0)


def _evidence(interval: Interval) -> Evidence:
    last = interval.last
    return Evidence(
        dropped=tuple(_dropped(pair) for pair in sorted(interval.dropped, key=lambda pair: pair.a.t)),
        first=_sample(interval.first) if interval.first else None,
        last=_sample(last) if last else None,
        samples=interval.samples,
        speed_bps=last.speed_bps if last else None,
    )


_NO_EVIDENCE = Evidence((), None, None, 0, None)


def _pair_evidence(pair: Pair, left_out: DroppedEvidence) -> Evidence:
    samples = 2 if pair.b.t > pair.a.t else 1
    return Evidence((left_out,), _sample(pair.a), _sample(pair.b), samples, pair.b.speed_bps)


def _sample(sample: CounterSample) -> SampleEvidence:
    return SampleEvidence(
        boots=sample.boots,
        disc_cs=sample.disc_cs,
        in_=str(sample.in_octets),
        out=str(sample.out_octets),
        t=utc_text(sample.t),
        uptime_cs=sample.uptime_cs,
    )


def _left_out(pair: Pair, start: int, end: int, reason: str) -> DroppedEvidence:
    """Return what an exception leaves out: a dropped pair, or the share of an accepted one that comes too late."""
    if not pair.ok:
        return _dropped(pair)
    a, b = pair.a.t, pair.b.t
    start, end = max(start, a), min(end, b)
    octets_in, octets_out = (share(delta or 0, a, b, start, end) for delta in (pair.d_in, pair.d_out))
    return DroppedEvidence(utc_text(start), _certain(octets_in), _certain(octets_out), reason, utc_text(end))


def _dropped(pair: Pair) -> DroppedEvidence:
    a, b = pair.a, pair.b
    octets_in = octets_out = None
    if pair.reason == "gap_too_long":
        octets_in, octets_out = b.in_octets - a.in_octets, b.out_octets - a.out_octets
    elif pair.reason == "implausible_rate":
        octets_in = (b.in_octets - a.in_octets) % (1 << b.width)
        octets_out = (b.out_octets - a.out_octets) % (1 << b.width)
    return DroppedEvidence(utc_text(a.t), _certain(octets_in), _certain(octets_out), pair.reason, utc_text(b.t))


def _certain(octets: int | None) -> int | None:
    """Leave out what went back or is no exact JSON number; the counters themselves stand beside it as text."""
    return octets if octets is not None and 0 <= octets <= LARGEST else None
