"""What a contract's usage of a period amounts to, from records of its feed alone (specs/usage.md section 5); pure."""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from netmon.domain.usage import UsageRecord
from netmon.rulebook.metering import Contract
from netmon.usage.percentile import percentile, rank, slot_rate
from netmon.usage.periods import SLOT_MS, utc_text
from netmon.usage.ports import Port, Slots, ports_of, summed

_ENOUGH_PCT = 95


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
    """Of these: slots for which every port that is part of it then has a value that counts; one has at least."""
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


class Asked(msgspec.Struct, frozen=True):
    """Which statement."""

    contract: Contract
    feed: str
    period: str
    start: int
    """UTC ms."""
    end: int
    tzdata: str


def statement(records: Iterable[UsageRecord], asked: Asked, *, settled: int) -> Statement:
    """Return what records of a feed say of a contract's period.

    Args:
        records: those that start in the period, by start and number; they are read once, and only the newest of each
            interval of the contract is kept.
        asked: which contract and period.
        settled: the feed has the record of every interval that ends by then, as it states itself; UTC ms, 0: it states
            nothing.
    """
    ports, through = ports_of(records, asked.contract.id)
    intervals = [interval for port in ports for interval in port.in_order()]
    rates = _rates(ports, asked, settled) if ports else [[], []]
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
        series=[port.series for port in ports],
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
        octets_in=_text(_total([one.octets_in for one in intervals])),
        octets_out=_text(_total([one.octets_out for one in intervals])),
        average_in_bps=_total([_average(port, "octets_in") for port in ports]),
        average_out_bps=_total([_average(port, "octets_out") for port in ports]),
        peak_in_bps=max((rate for rate in rates[0] if rate is not None), default=None),
        peak_out_bps=max((rate for rate in rates[1] if rate is not None), default=None),
        by_quality={name: sum(one.quality == name for one in intervals) for name in _QUALITIES},
        committed_bps=contract.committed_bps,
        billable="yes" if n_valid * 100 >= n_expected * _ENOUGH_PCT else "review",
        through_rec_seq=through,
        ids_sha256=_hash(one.id for one in intervals),
    )


_QUALITIES = ("measured", "estimated", "partial", "unknown")


def _rates(ports: Sequence[Port], asked: Asked, settled: int) -> list[Slots]:
    """Return the rates in and out by slot, in bit/s."""
    valid = "me" if asked.contract.admit_estimated else "m"
    sides = summed(ports, (asked.start, asked.end), settled=settled, valid=valid)
    return [[None if octets is None else slot_rate(octets) for octets in side] for side in sides]


def _average(port: Port, side: str) -> int | None:
    covered = sum(one.coverage_ms for one in port.intervals.values())
    return (
        (_total([getattr(one, side) for one in port.intervals.values()]) or 0) * 8_000 // covered if covered else None
    )


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
