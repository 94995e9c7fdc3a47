"""What a contract's usage of a period amounts to, from records of its feed alone (specs/usage.md section 5); pure."""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from netmon.domain.usage import UsageRecord
from netmon.rulebook.metering import Contract
from netmon.usage.percentile import percentile, rank, slot_rate, summed
from netmon.usage.periods import SLOT_MS, utc_text

_ENOUGH_PCT = 95

Slots = list[int | None]
"""Octets by slot of the period, None where nothing valid is known."""


class Statement(msgspec.Struct, frozen=True):
    """A period of a contract; rates are bit/s, octets decimal text as they may be too large for a JSON reader."""

    contract: str
    feed: str
    period: str
    zone: str
    billing_day: int
    tzdata: str
    """Version of the time zones that bound the period."""
    start: str
    end: str
    series: list[str]
    method: str
    pct: int
    direction: str
    missing: str
    slot_s: int
    n_expected: int
    """Slots of the period."""
    n_valid: int
    """Of these: slots for which every port has a value that counts."""
    rank: int | None
    """Of the percentile, counted from 1; null: there is no slot."""
    value_bps: int | None
    """Percentile of both directions together."""
    in_bps: int | None
    out_bps: int | None
    octets_in: str | None
    """Volume; null: nothing is known, which is not 0."""
    octets_out: str | None
    average_in_bps: int | None
    average_out_bps: int | None
    peak_in_bps: int | None
    """Of the busiest valid slot."""
    peak_out_bps: int | None
    by_quality: dict[str, int]
    """Intervals: measured, estimated, partial, unknown."""
    committed_bps: int | None
    billable: str
    """yes; review: fewer than 95 % of the slots are valid."""
    through_rec_seq: int
    """Last record that was looked at."""
    ids_sha256: str
    """SHA-256 of the ids of the records that it was made of, in order of series and start, a line feed after each."""


class _Line(msgspec.Struct, frozen=True):
    """What is needed of a line."""

    contract_id: str | None
    octets_in: int | None
    octets_out: int | None
    quality: str
    coverage_ms: int
    slots_in: tuple[int | None, ...] | None
    slots_out: tuple[int | None, ...] | None
    slots_quality: str | None


class Asked(msgspec.Struct, frozen=True):
    """Which statement."""

    contract: Contract
    feed: str
    period: str
    start: int
    """UTC ms."""
    end: int
    tzdata: str


class _Port:
    """The newest records of one series."""

    def __init__(self, records: Iterable[tuple[UsageRecord, _Line]]) -> None:
        self.records = sorted(records, key=lambda item: item[0].start)

    def slots(self, asked: Asked) -> tuple[Slots, Slots]:
        valid = "me" if asked.contract.admit_estimated else "m"
        octets_in: Slots = [None] * ((asked.end - asked.start) // SLOT_MS)
        octets_out: Slots = list(octets_in)
        for record, line in self.records:
            first = (record.start - asked.start) // SLOT_MS
            for place, letter in enumerate(line.slots_quality or ""):
                if letter in valid and line.slots_in is not None and line.slots_out is not None:
                    octets_in[first + place] = line.slots_in[place]
                    octets_out[first + place] = line.slots_out[place]
        return octets_in, octets_out

    def average(self, side: str) -> int | None:
        covered = sum(line.coverage_ms for _, line in self.records)
        return (_total([getattr(line, side) for _, line in self.records]) or 0) * 8_000 // covered if covered else None


_decoder = msgspec.json.Decoder(_Line)


def statement(records: Iterable[UsageRecord], asked: Asked) -> Statement:
    """Return what records of a feed say of a contract's period.

    Args:
        records: those that start in the period, in order of their numbers; the newest of an interval counts.
        asked: which contract and period.
    """
    newest, through = _newest(records, asked)
    ports = [_Port(items) for _, items in sorted(_by_series(newest).items())]
    lines = [line for port in ports for _, line in port.records]
    slots = [port.slots(asked) for port in ports]
    rates = [_rates([one[side] for one in slots]) for side in (0, 1)]
    n_expected = (asked.end - asked.start) // SLOT_MS
    n_valid = sum(rate is not None for rate in rates[0])
    counted = n_expected if asked.contract.missing == "zero" else n_valid
    value, in_bps, out_bps = _percentiles(rates, asked.contract, n_expected)
    contract = asked.contract
    return Statement(
        contract=contract.id,
        feed=asked.feed,
        period=asked.period,
        zone=contract.zone,
        billing_day=contract.billing_day,
        tzdata=asked.tzdata,
        start=utc_text(asked.start),
        end=utc_text(asked.end),
        series=sorted({record.series for record, _ in newest}),
        method=contract.method,
        pct=contract.pct,
        direction=contract.direction,
        missing=contract.missing,
        slot_s=SLOT_MS // 1000,
        n_expected=n_expected,
        n_valid=n_valid,
        rank=rank(counted, contract.pct) if counted and ports else None,
        value_bps=value,
        in_bps=in_bps,
        out_bps=out_bps,
        octets_in=_text(_total([line.octets_in for line in lines])),
        octets_out=_text(_total([line.octets_out for line in lines])),
        average_in_bps=_total([port.average("octets_in") for port in ports]),
        average_out_bps=_total([port.average("octets_out") for port in ports]),
        peak_in_bps=max((rate for rate in rates[0] if rate is not None), default=None),
        peak_out_bps=max((rate for rate in rates[1] if rate is not None), default=None),
        by_quality={name: sum(line.quality == name for line in lines) for name in _QUALITIES},
        committed_bps=contract.committed_bps,
        billable="yes" if n_valid * 100 >= n_expected * _ENOUGH_PCT else "review",
        through_rec_seq=through,
        ids_sha256=_hash(record.id for port in ports for record, _ in port.records),
    )


_QUALITIES = ("measured", "estimated", "partial", "unknown")


def _newest(records: Iterable[UsageRecord], asked: Asked) -> tuple[list[tuple[UsageRecord, _Line]], int]:
    """Return the newest record of each interval of the contract, and the last number that was looked at."""
    found: dict[tuple[str, int], UsageRecord] = {}
    through = 0
    for record in records:
        through = max(through, record.rec_seq)
        key = (record.series, record.start)
        if record.kind != "exception" and (key not in found or found[key].revision < record.revision):
            found[key] = record
    lines = ((record, _decoder.decode(record.line)) for record in found.values())
    return [(record, line) for record, line in lines if line.contract_id == asked.contract.id], through


def _by_series(records: Iterable[tuple[UsageRecord, _Line]]) -> dict[str, list[tuple[UsageRecord, _Line]]]:
    found: dict[str, list[tuple[UsageRecord, _Line]]] = {}
    for record, line in records:
        found.setdefault(record.series, []).append((record, line))
    return found


def _rates(ports: Sequence[Slots]) -> Slots:
    return [None if octets is None else slot_rate(octets) for octets in summed(ports)] if ports else []


def _percentiles(
    rates: Sequence[Slots], contract: Contract, expected: int
) -> tuple[int | None, int | None, int | None]:
    """Return the percentile of both directions together, in and out."""

    def of(slots: Iterable[int | None]) -> int | None:
        return percentile(slots, pct=contract.pct, expected=expected, missing=contract.missing)

    if not any(rates):
        return None, None, None
    into, out = (of(slots) for slots in rates)
    pairs = list(zip(*rates, strict=True))
    match contract.direction:
        case "sum":
            both = of(None if a is None or b is None else a + b for a, b in pairs)
        case "max_slot":
            both = of(None if a is None or b is None else max(a, b) for a, b in pairs)
        case "max":
            both = max((value for value in (into, out) if value is not None), default=None)
    return both, into, out


def _total(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _text(octets: int | None) -> str | None:
    return None if octets is None else str(octets)


def _hash(ids: Iterable[str]) -> str:
    told = hashlib.sha256()
    for id_ in ids:
        told.update(f"{id_}\n".encode())
    return told.hexdigest()
