"""Usage: what the hash chain costs, how fast a month is recomputed, how long closing 20,000 series takes."""

import gc
import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchmarks.measure import Row, median, row
from netmon.domain.usage import Assignment, CounterSample, UsageRecord, UsageSettings
from netmon.normalize.counters import Counters
from netmon.outputs.usage.recompute import recompute
from netmon.outputs.usage.render import Frame, render
from netmon.storage.store import UsageFile
from netmon.usage.meter import Meter
from netmon.usage.periods import utc_text
from netmon.usage.recompute import RecomputeConfig
from netmon.usage.record_line import NO_HASH, Line, decode_line

_START = 1_772_409_600_000
"""2026-03-02T00:00:00Z"""
_MINUTE, _QUARTER, _MONTH = 60_000, 900_000, 30 * 86_400_000
_SERIES = 20_000
_LINES = 100_000
_TIMES = 5


def usage(folder: Path) -> list[Row]:
    """Return what usage costs."""
    closing, records = _closing()
    return [*_chain(records, folder), _month(folder), *closing]


def _chain(records: list[UsageRecord], folder: Path) -> Iterator[Row]:
    fields = [msgspec.structs.asdict(decode_line(record.line)) for record in records[:_SERIES]]
    encode = msgspec.json.Encoder().encode

    def plain() -> None:
        for one in fields:
            encode(Line(**one))

    def chained() -> None:
        for one in fields:
            hashlib.sha256(encode(Line(**one))).hexdigest()

    netmon, peer = _cpu_us(chained) / len(fields), _cpu_us(plain) / len(fields)
    yield row(
        "usage record encoded with hash chain", "us CPU", netmon=netmon, peer=peer, peer_name="encoded", target="<= 1.5"
    )
    many = (records * (_LINES // len(records) + 1))[:_LINES]
    file = UsageFile("main", 1, "bench.jsonl.gz", _START, _START + _QUARTER, 2, 1, _LINES, NO_HASH)
    frame = Frame("bench", 1, NO_HASH, compress=True)
    began = time.process_time()
    with (folder / "bench.jsonl.gz").open("wb") as out:
        render(file, frame, many, out)
    rate = _LINES / (time.process_time() - began)
    yield row("usage records into a packed file, per s of CPU", "1/s", netmon=rate, peer=0, peer_name="")


def _month(folder: Path) -> Row:
    """Recompute a month of one series that is read each minute, as an auditor does."""
    lines = [msgspec.json.encode(_sample_line(t)) for t in range(_START, _START + _MONTH + 1, _MINUTE)]
    config = RecomputeConfig(poll_interval_ms=_MINUTE)

    def once() -> None:
        for one in recompute(config, lines, file=str(folder)):
            assert len(one.records) >= _MONTH // _QUARTER

    name = f"recompute a month of a series ({len(lines):,} readings)"
    return row(name, "s CPU", netmon=_cpu_us(once) / 1e6, peer=1.0, peer_name="budget", target="<= 1")


def _sample_line(t: int) -> dict[str, object]:
    octets = (t - _START) * 1_000
    return {
        "t": utc_text(t), "uptime_cs": (t - _START) // 10 + 1_000, "disc_cs": 0, "ifindex": 5, "width": 64,
        "speed_bps": 10_000_000_000, "in": octets, "out": octets // 3,
    }  # fmt: skip


def _closing() -> tuple[list[Row], list[UsageRecord]]:
    """Let an interval of 20,000 series end; return rows and the records."""
    meter, counters = Meter(), Counters()
    names = [f"r{number // 200}|ifName:xe-{number % 200}" for number in range(_SERIES)]
    settings = UsageSettings()
    assignments = [_assignment(name) for name in names]
    meter.configure(assignments, settings)
    counters.configure(assignments, settings)
    meter.tick(_START)
    for t in range(_START, _START + _QUARTER, _MINUTE):
        _read(meter, counters, names, t)
        meter.tick(t + 1)
    gc.collect()
    gc.disable()
    _read(meter, counters, names, _START + _QUARTER)
    records: list[UsageRecord] = []
    took: list[float] = []
    at = _START + _QUARTER
    while meter.left_over:
        at += 20
        began = time.process_time()
        told = meter.tick(at)
        took.append(time.process_time() - began)
        records += [one for one in told if isinstance(one, UsageRecord)]
    gc.enable()
    assert len(records) == _SERIES, len(records)
    budget = "budget"
    return [
        row(
            f"an interval of {_SERIES:,} series closed", "s CPU", netmon=sum(took), peer=3.0, peer_name=budget,
            target="<= 1",
        ),
        row(
            f"its longest Tick of {len(took)}", "ms", netmon=max(took) * 1000, peer=20.0, peer_name=budget,
            target="<= 1",
        ),
    ], records  # fmt: skip


def _read(meter: Meter, counters: Counters, names: list[str], t: int) -> None:
    octets = (t - _START) * 1_000
    for place, name in enumerate(names):
        at = t + place % 1_000
        sample = CounterSample(
            t=at, run="r", mono_ms=at, uptime_cs=(at - _START) // 10 + 1_000, boots=None, disc_cs=0, ifindex=5,
            ifname="xe", width=64, speed_bps=10_000_000_000, in_octets=octets, out_octets=octets // 3,
        )  # fmt: skip
        meter.pairs(counters.add(name, sample).pairs)


def _assignment(series: str) -> Assignment:
    element, _, name = series.partition("|ifName:")
    return Assignment(
        series, element, f"{element}/if:{name}", name, "ifName", "main", "bench", "c-1", "svc-1", "cust-1", "customer",
        valid_from=_START,
    )  # fmt: skip


def _cpu_us(run: Callable[[], None]) -> float:
    figures = []
    for _ in range(_TIMES):
        began = time.process_time()
        run()
        figures.append((time.process_time() - began) * 1e6)
    return median(figures)
