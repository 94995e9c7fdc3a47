"""Final totals of intervals straight from judged pairs, as an auditor computes them (specs/usage.md section 11)."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import msgspec

from netmon.domain.usage import Pair, PairSettings
from netmon.usage.interval import Totals, new_interval
from netmon.usage.periods import ceil_to, floor_to, parse_utc, utc_text
from netmon.usage.record_line import record_id

Positive = Annotated[int, msgspec.Meta(ge=1)]
Natural = Annotated[int, msgspec.Meta(ge=0)]


class RecomputeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What samples are judged by."""

    period: tuple[str, str] | None = None
    """[start, end); default: all intervals that the samples touch."""
    feed: str = "netmon"
    series: str = "dev1|ifName:xe-0/0/1"
    """Series of samples that name none."""
    speed_override_bps: Positive | None = None
    uptime_tol_ms: Natural = 10_000
    rate_tol_pct: Natural = 10
    rate_tol_octets: Natural = 65_536
    poll_interval_ms: Positive = 300_000
    interval_ms: Positive = 900_000
    max_gap_factor_pct: Natural = 250
    max_bridge_ms: Natural = 86_400_000
    policy_unknown_speed: Literal["quarantine32"] = "quarantine32"
    counters_survive_agent_restart: bool = False
    """As the element has it in the inventory."""

    def __post_init__(self) -> None:
        if self.period is None:
            return
        start, end = map(parse_utc, self.period)
        if start > end or (end - start) % self.interval_ms:
            raise ValueError(f"period: not a whole number of intervals of {self.interval_ms} ms")

    def settings(self) -> PairSettings:
        """Return the limits of the pair rules."""
        return PairSettings(
            poll_interval_ms=self.poll_interval_ms,
            uptime_tol_ms=self.uptime_tol_ms,
            rate_tol_pct=self.rate_tol_pct,
            rate_tol_octets=self.rate_tol_octets,
            max_gap_factor_pct=self.max_gap_factor_pct,
            max_bridge_ms=self.max_bridge_ms,
            counters_survive_agent_restart=self.counters_survive_agent_restart,
        )

    def starts(self, sample_times: Sequence[int]) -> range:
        """Return the starts of the intervals to compute."""
        if self.period is not None:
            start, end = map(parse_utc, self.period)
            return range(start, end, self.interval_ms)
        if not sample_times:
            return range(0)
        first, last = min(sample_times), max(sample_times)
        return range(floor_to(first, self.interval_ms), ceil_to(last, self.interval_ms), self.interval_ms)


def totals(pairs: Iterable[Pair], starts: range) -> list[Totals]:
    """Return the totals of each interval from the pairs of one series."""
    intervals = [new_interval(start, start + starts.step) for start in starts]
    for pair in pairs:
        first = max(0, (pair.a.t - starts.start) // starts.step)
        last = min(len(starts), -((starts.start - pair.b.t) // starts.step))
        for position in range(first, last):
            intervals[position].add(pair)
    return [interval.totals() for interval in intervals]


def record(config: RecomputeConfig, series: str, start: int, outcome: Totals) -> dict[str, Any]:
    """Return the ``record`` line of an interval."""
    end = start + config.interval_ms
    return {
        "type": "record",
        "feed": config.feed,
        "series": series,
        "id": record_id(config.feed, series, start, end, 0),
        "start": utc_text(start),
        "end": utc_text(end),
        **{name: getattr(outcome, name) for name in outcome.__struct_fields__},
    }


def pair_line(pair: Pair) -> dict[str, Any]:
    """Return the ``pair`` line of a judged pair; what does not apply is left out."""
    line: dict[str, Any] = {"type": "pair", "from": utc_text(pair.a.t), "to": utc_text(pair.b.t), "ok": pair.ok}
    if pair.ok:
        line |= {"d_in": pair.d_in, "d_out": pair.d_out}
    else:
        line["reason"] = pair.reason
    line["flags"] = list(pair.flags)
    if pair.quarantined is not None:
        direction, octets, cap = pair.quarantined
        line["quarantined"] = {"dir": direction, "octets": octets, "cap": cap}
    return line
