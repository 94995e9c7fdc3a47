"""Readings as lines of a file of samples, as ``netmon usage recompute`` takes them (specs/usage.md section 11)."""

from typing import Any

from netmon.domain.usage import CounterSample
from netmon.usage.periods import utc_text


def anchor_line(sample: CounterSample) -> dict[str, Any]:
    """Return the anchor of the run that a reading is of: wall clock and monotonic clock at one moment."""
    return {"type": "anchor", "run": sample.run, "t": utc_text(sample.t), "mono_ms": sample.mono_ms}


def sample_line(series: str, sample: CounterSample) -> dict[str, Any]:
    """Return the line of a reading; counters as text, since not every reader of JSON holds 64 bits."""
    line: dict[str, Any] = {
        "series": series,
        "t": utc_text(sample.t if sample.wall is None else sample.wall),
        "run": sample.run,
        "mono_ms": sample.mono_ms,
        "uptime_cs": sample.uptime_cs,
        "disc_cs": sample.disc_cs,
        "ifindex": sample.ifindex,
        "ifname": sample.ifname,
        "width": sample.width,
        "speed_bps": sample.speed_bps,
        "in": str(sample.in_octets),
        "out": str(sample.out_octets),
    }
    return line if sample.boots is None else {**line, "boots": sample.boots}
