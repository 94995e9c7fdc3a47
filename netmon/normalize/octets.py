"""Octet counters of interfaces: rates for everyone, judged pairs for billing (specs/usage.md 1, specs/snmp.md 6.5)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from netmon.domain.observation import Block, PollResult
from netmon.domain.sample import SampleBlock
from netmon.domain.usage import Assignment, CounterSample, Pair, UsageSettings
from netmon.normalize import packets
from netmon.normalize.counters import Counters
from netmon.normalize.identity import belongs, scope_of

_HIGH = ("ifHCInOctets", "ifHCOutOctets")
_LOW = ("ifInOctets", "ifOutOctets")
_UNKNOWN_SPEED = 4_294_967_295
"""ifSpeed of an interface too fast for it (RFC 2863, ifSpeed); without ifHighSpeed the speed is unknown."""
_MOST_DIGITS = 20

NAMES = (
    ("netmon_if_in_bits_per_second", "bit/s"),
    ("netmon_if_out_bits_per_second", "bit/s"),
    ("netmon_if_in_utilization_percent", "%"),
    ("netmon_if_out_utilization_percent", "%"),
)


def _head(named: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    names, units = zip(*named, strict=True)
    return {"names": names, "kinds": ("gauge",) * len(names), "units": units, "oids": ("",) * len(names)}


_OCTETS_ALONE, _WITH_PACKETS = _head(NAMES), _head((*NAMES, *packets.NAMES))

_ABSENT = ("series_missing", "series_ambiguous")

Row = Mapping[str, Any]
Rates = tuple[float | None, ...]
_NONE: Rates = (None, None, None, None)
_ERRORS = "ifInErrors"
"""A block with this column has packet counters, too."""


class Billed(msgspec.Struct, frozen=True):
    """Metered series that a run has read, and what that proves."""

    series: list[str]
    pairs: list[Pair]


class Octets:
    """The last octet counters of every interface, apart for rates and for billing."""

    def __init__(self) -> None:
        self._rates = Counters(kept=1)
        self._packets = packets.Packets()
        self._billed = Counters()
        self._assigned: dict[tuple[str, str], list[Assignment]] = {}

    def configure(self, assignments: Sequence[Assignment], settings: UsageSettings, surviving: Sequence[str]) -> None:
        """Meter these series from now on; ``surviving`` elements keep their counters when the agent restarts."""
        self._billed.configure(assignments, settings, surviving=surviving)
        self._assigned = {}
        for item in assignments:
            if item.name:
                self._assigned.setdefault((item.element, item.name), []).append(item)

    def rates(
        self, sampled: SampleBlock, block: Block, result: PollResult, rows: Mapping[str, Row]
    ) -> SampleBlock | None:
        """Return rates and utilization of the interfaces of a block, None where it has no octet counters."""
        if not (_HIGH[0] in block.columns or _LOW[0] in block.columns):
            return None
        head = _WITH_PACKETS if _ERRORS in block.columns else _OCTETS_ALONE
        width = len(head["names"])
        values = [self._rate(result, block, index, rows[index])[:width] for index in block.index]
        return msgspec.structs.replace(
            sampled,
            table=f"{sampled.table}_derived",
            **head,
            columns=tuple(zip(*values, strict=True)),
        )

    def billed(self, result: PollResult, blocks: Sequence[Block]) -> Billed:
        """Return what the newest samples of billed interfaces prove, one judgment per metered series."""
        billed = Billed([], [])
        for block in blocks:
            for sample in counter_samples(result, block):
                self._judge(result.element, sample, billed)
        return billed

    def absent(self, result: PollResult) -> list[tuple[str, str]]:
        """Return the metered series that the run could not find, with the reason (specs/usage.md section 1)."""
        found = []
        for where, reason in result.errors:
            kind, _, name = where.partition(":")
            if kind == "usage" and reason in _ABSENT:
                found += [(item.series, reason) for item in self._assigned.get((result.element, name), ())]
        return found

    def forget(self, element: str) -> None:
        """Forget an element that left the inventory."""
        for counters in (self._rates, self._billed):
            for series in [one for one in counters.series() if belongs(one.partition("|")[0], element)]:
                counters.forget(series)
                self._packets.forget(series)

    def dump(self) -> list[Any]:
        """Return the last samples of every series."""
        rates = [("rate", *item) for item in self._rates.dump()]
        counted = [("packets", *item) for item in self._packets.dump()]
        return rates + counted + [("billed", *item) for item in self._billed.dump()]

    def load_state(self, items: Sequence[Any]) -> None:
        """Take back what ``dump`` gave."""
        self._rates.load_state([item[1:] for item in items if item[0] == "rate"])
        self._packets.load_state([item[1:] for item in items if item[0] == "packets"])
        self._billed.load_state([item[1:] for item in items if item[0] == "billed"])

    def _judge(self, element: str, sample: CounterSample, billed: Billed) -> None:
        series = {item.series for item in self._assigned.get((element, sample.ifname), ())}
        for name in sorted(series):
            billed.series.append(name)
            billed.pairs.extend(self._billed.add(name, sample).pairs)

    def _rate(self, result: PollResult, block: Block, index: str, row: Row) -> Rates:
        sample = _sample(result, block, index, row)
        if sample is None:
            return (*_NONE, *packets.NONE)
        series = f"{scope_of(result)}|{index}"
        judged = self._rates.add(series, sample)
        if judged.note:
            return (*_NONE, *packets.NONE)
        pair = judged.pairs[0] if len(judged.pairs) == 1 and judged.pairs[0].ok else None
        elapsed_ms = pair.b.t - pair.a.t if pair is not None else 0
        counted = self._packets.rates(series, row, elapsed_ms=elapsed_ms) if _ERRORS in row else packets.NONE
        return (*(_NONE if pair is None else _per_second(pair)), *counted)


def counter_samples(result: PollResult, block: Block) -> Iterator[CounterSample]:
    """Yield the octet counters of the rows of a block that have both."""
    for position, index in enumerate(block.index):
        row = {name: cells[position] for name, cells in zip(block.columns, block.cells, strict=True)}
        sample = _sample(result, block, index, row)
        if sample is not None:
            yield sample


def _per_second(pair: Pair) -> Rates:
    elapsed_ms = pair.b.t - pair.a.t
    if elapsed_ms <= 0 or pair.d_in is None or pair.d_out is None:
        return _NONE
    inward, outward = pair.d_in * 8000 / elapsed_ms, pair.d_out * 8000 / elapsed_ms
    speed = max(pair.a.speed_bps, pair.b.speed_bps)
    if speed == 0:
        return inward, outward, None, None
    return inward, outward, inward * 100 / speed, outward * 100 / speed


def _sample(result: PollResult, block: Block, index: str, row: Row) -> CounterSample | None:
    """Return the octet counters of a row; None when one is missing. Never one counter of each width."""
    width, (in_name, out_name) = (64, _HIGH) if row.get(_HIGH[0]) is not None else (32, _LOW)
    inward, outward = row.get(in_name), row.get(out_name)
    if not isinstance(inward, int) or not isinstance(outward, int) or block.uptime_cs is None:
        return None
    if not index.isdecimal():
        # RFC 2863: ifIndex is one number; an agent may send anything.
        return None
    return CounterSample(
        t=block.t,
        run=result.run,
        mono_ms=block.mono_ms,
        uptime_cs=block.uptime_cs,
        boots=block.boots,
        disc_cs=_whole(row.get("ifCounterDiscontinuityTime")),
        ifindex=int(index),
        ifname=_text(row.get("ifName")),
        width=width,
        speed_bps=speed_bps(row),
        in_octets=inward,
        out_octets=outward,
        wall=block.t + block.offset_ms if block.offset_ms else None,
    )


def speed_bps(row: Row) -> int:
    """Return the speed of an interface from its ifHighSpeed or ifSpeed, 0 where neither tells it (RFC 2863)."""
    high, low = _whole(row.get("ifHighSpeed")), _whole(row.get("ifSpeed"))
    if high:
        return high * 1_000_000
    return 0 if low == _UNKNOWN_SPEED else low


def _whole(value: Any) -> int:
    """A number that some agents write as text; 0 for what is none."""
    if isinstance(value, bytes) and value.isdigit() and len(value) <= _MOST_DIGITS:
        return int(value)
    return value if isinstance(value, int) else 0


def _text(value: Any) -> str:
    """A name as text; octets that are not UTF-8 stand as %XX, since no log can hold a lone surrogate."""
    if not isinstance(value, bytes):
        return ""
    text = value.decode("utf-8", "surrogateescape")
    return "".join(f"%{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else c for c in text)
