"""What two readings of a pair of octet counters prove (specs/usage.md section 2); rates and usage alike use it."""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from netmon.domain.usage import Assignment, CounterSample, Pair, PairSettings, UsageSettings
from netmon.normalize.ordering import Note, is_duplicate, without_downgrades

_UPTIME_RANGE_MS = (1 << 32) * 10
"""sysUpTime is a TimeTicks of 32 bits, in hundredths of a second (RFC 2578 section 7.1.8)."""

_CLOCK_TOLERANCE_MS = 1_000


def judge(a: CounterSample, b: CounterSample, series: str, settings: PairSettings) -> Pair:
    """Judge two consecutive kept samples: accept their difference, or drop it and say why.

    The rules stand in the order of the specification; the first that drops wins. Both directions stand or fall as one.
    """
    flags: list[str] = []
    elapsed = _elapsed(a, b, flags)
    reason, counted, skewed = _continuity(a, b, elapsed, settings, flags)
    if reason:
        return Pair(series, a, b, False, reason, None, None, (reason,))
    cap = _cap(a, b, counted, settings, flags)
    d_in = b.in_octets - a.in_octets
    d_out = b.out_octets - a.out_octets
    if d_in < 0 or d_out < 0 or b.width == 32 or cap is None or d_in > cap or d_out > cap:
        return _doubtful(a, b, series, cap, flags, gap=_is_gap(counted, skewed, settings))
    return _accepted(a, b, series, d_in, d_out, flags, gap=_is_gap(counted, skewed, settings))


def _elapsed(a: CounterSample, b: CounterSample, flags: list[str]) -> int:
    """Return the elapsed milliseconds: monotonic within one run of the poller, else by sample time."""
    if not a.run or a.run != b.run or a.mono_ms is None or b.mono_ms is None:
        return b.t - a.t
    elapsed = b.mono_ms - a.mono_ms
    wall_a = a.t if a.wall is None else a.wall
    wall_b = b.t if b.wall is None else b.wall
    if abs(wall_b - wall_a - elapsed) > _CLOCK_TOLERANCE_MS:
        flags.append("clock_anomaly")
    return elapsed


def _continuity(
    a: CounterSample, b: CounterSample, elapsed: int, settings: PairSettings, flags: list[str]
) -> tuple[str, int, bool]:
    """Rules 1 to 8: return (reason to drop or empty, elapsed ms to count with, skewed)."""
    if a.conflict or b.conflict:
        return "conflicting_sample", elapsed, False
    if elapsed <= 0:
        return "clock_anomaly", elapsed, False
    uptime = _uptime_growth(a, b, elapsed, settings, flags)
    counted, skewed = elapsed, False
    if _restarted(a, b, elapsed, uptime, settings):
        if not settings.counters_survive_agent_restart:
            return "agent_restart", elapsed, False
        skewed = True
    elif abs(uptime - elapsed) > settings.uptime_tol_ms:
        flags.append("clock_anomaly")
        counted, skewed = uptime, True
    return _same_counter(a, b, counted, settings), counted, skewed


def _uptime_growth(a: CounterSample, b: CounterSample, elapsed: int, settings: PairSettings, flags: list[str]) -> int:
    uptime = (b.uptime_cs - a.uptime_cs) * 10
    if uptime < 0 and abs(uptime + _UPTIME_RANGE_MS - elapsed) <= settings.uptime_tol_ms:
        flags.append("uptime_wrap")
        uptime += _UPTIME_RANGE_MS
    return uptime


def _restarted(a: CounterSample, b: CounterSample, elapsed: int, uptime: int, settings: PairSettings) -> bool:
    if a.boots is not None and b.boots is not None:
        return a.boots != b.boots or uptime < 0
    # An agent that restarted long ago may show a larger uptime than before: what counts is how far it fell behind.
    return elapsed - uptime > settings.uptime_tol_ms


def _same_counter(a: CounterSample, b: CounterSample, counted: int, settings: PairSettings) -> str:
    if a.disc_cs != b.disc_cs:
        # RFC 2863 section 3.1.5, ifCounterDiscontinuityTime: after a change the difference means nothing.
        return "counter_discontinuity"
    if a.ifindex != b.ifindex:
        return "interface_renumbered"
    if a.width != b.width:
        return "width_change"
    return "gap_too_long" if counted > settings.max_bridge_ms else ""


def _cap(a: CounterSample, b: CounterSample, counted: int, settings: PairSettings, flags: list[str]) -> int | None:
    """Return the most octets the line can carry in that time, None when its speed is unknown."""
    speed = a.speed_bps
    if speed != b.speed_bps:
        flags.append("speed_change")
        speed = max(speed, b.speed_bps)
    if speed == 0:
        flags.append("speed_unknown")
        return None
    most = speed * counted // 8000
    return most + most * settings.rate_tol_pct // 100 + settings.rate_tol_octets


def _is_gap(counted: int, skewed: bool, settings: PairSettings) -> bool:
    return skewed or counted * 100 > settings.poll_interval_ms * settings.max_gap_factor_pct


def _doubtful(a: CounterSample, b: CounterSample, series: str, cap: int | None, flags: list[str], *, gap: bool) -> Pair:
    """Rules 9 to 11, for pairs that may have wrapped or moved too much."""
    width = b.width
    if width == 32 and (cap is None or cap >= 1 << 32):
        # RFC 2863 section 3.1.6: at this speed the counter may have wrapped unseen, even if the value rose.
        return _dropped(a, b, series, "wrap_ambiguous", flags)
    deltas: list[int] = []
    for before, after in ((a.in_octets, b.in_octets), (a.out_octets, b.out_octets)):
        delta = after - before
        if delta < 0:
            delta += 1 << width
            if width == 64 and (cap is None or delta > cap):
                return _dropped(a, b, series, "counter_regress", flags)
            flags.append(f"wrap{width}")
        deltas.append(delta)
    for direction, delta in zip(("in", "out"), deltas, strict=True):
        if cap is not None and delta > cap:
            return _dropped(a, b, series, "implausible_rate", flags, (direction, delta, cap))
    return _accepted(a, b, series, deltas[0], deltas[1], flags, gap=gap)


def _dropped(
    a: CounterSample,
    b: CounterSample,
    series: str,
    reason: str,
    flags: list[str],
    quarantined: tuple[str, int, int | None] | None = None,
) -> Pair:
    told = tuple(dict.fromkeys([*flags, reason]))
    return Pair(series, a, b, False, reason, None, None, told, False, quarantined)


def _accepted(
    a: CounterSample, b: CounterSample, series: str, d_in: int, d_out: int, flags: list[str], *, gap: bool
) -> Pair:
    if gap:
        flags.append("gap_bridged")
    return Pair(series, a, b, True, "", d_in, d_out, tuple(sorted(set(flags))) if flags else (), gap)


def growth(a: CounterSample, b: CounterSample, settings: PairSettings) -> tuple[int | None, int, str]:
    """Return how far a counter of any kind moved, in which milliseconds; None and why where that is not proven.

    It is the ``in_octets`` of the samples. What is no interface has no speed to judge by: a counter of 32 bits may have
    wrapped once if it moved less than half its range.
    """
    flags: list[str] = []
    elapsed = _elapsed(a, b, flags)
    reason, counted, _ = _continuity(a, b, elapsed, settings, flags)
    if reason:
        return None, elapsed, reason
    delta = b.in_octets - a.in_octets
    if delta < 0 and b.width == 64:
        return None, counted, "counter_regress"
    delta %= 1 << b.width
    if b.width == 32 and delta >= 1 << 31:
        return None, counted, "wrap_ambiguous"
    return delta, counted, ""


class Judged(msgspec.Struct, frozen=True):
    """What one more sample proves."""

    pairs: tuple[Pair, ...] = ()
    """Withdrawn ones first. A sample that came too late is a dropped pair of itself, reason ``late_sample``."""
    note: str = ""
    """Why the sample was set aside or found its place out of order (specs/usage.md section 1), mostly empty."""


class Counters:
    """The last kept samples of every series, and what each new one proves: the live path of normalization.

    A sample that comes late finds its place among the last ``kept`` samples, at most ``late_ms`` behind the newest; the
    pairs that its coming makes void are given back as withdrawn. ``kept=1`` is enough where only rates are wanted.
    """

    def __init__(self, *, kept: int = 6) -> None:
        self._kept = kept
        self._samples: dict[str, list[CounterSample]] = {}
        self._default = PairSettings()
        self._settings: dict[str, PairSettings] = {}
        self._speeds: dict[str, int] = {}
        self._late_ms = UsageSettings().late_ms

    def configure(
        self, assignments: Iterable[Assignment], settings: UsageSettings, *, surviving: Collection[str] = ()
    ) -> None:
        """Judge by these settings from now on.

        Args:
            assignments: what is metered: each series has its poll interval and maybe a speed of its own.
            settings: all else.
            surviving: elements whose counters survive a restart of the agent.
        """
        self._default, self._late_ms = settings.pairs, settings.late_ms
        self._settings, self._speeds = {}, {}
        for item in assignments:
            self._settings[item.series] = msgspec.structs.replace(
                settings.pairs,
                poll_interval_ms=item.poll_ms,
                counters_survive_agent_restart=item.element in surviving,
            )
            if item.speed_override_bps is not None:
                self._speeds[item.series] = item.speed_override_bps

    def add(self, series: str, sample: CounterSample) -> Judged:
        """Take the next sample of a series in order of arrival."""
        if series in self._speeds:
            sample = msgspec.structs.replace(sample, speed_bps=self._speeds[series])
        samples = self._samples.setdefault(series, [])
        if not samples:
            samples.append(sample)
            return Judged()
        last = samples[-1]
        if sample.t <= last.t:
            return self._late(series, samples, sample)
        if sample.width == 32 and last.width == 64:
            return Judged(note="width_downgrade")
        samples.append(sample)
        self._trim(samples)
        return Judged((judge(last, sample, series, self._settings.get(series, self._default)),))

    def last(self, series: str) -> CounterSample | None:
        """Return the newest kept sample of a series."""
        samples = self._samples.get(series)
        return samples[-1] if samples else None

    def forget(self, series: str) -> None:
        """Forget a series: its next sample will be its first."""
        self._samples.pop(series, None)

    def series(self) -> list[str]:
        """Return the names of all series that have a sample."""
        return list(self._samples)

    def dump(self) -> list[Any]:
        """Return (series, kept samples) of every series, for a snapshot."""
        return [(series, tuple(samples)) for series, samples in sorted(self._samples.items())]

    def load_state(self, items: Iterable[Sequence[Any]]) -> None:
        """Take back what ``dump`` gave."""
        self._samples = {series: msgspec.convert(samples, list[CounterSample]) for series, samples in items}

    def _trim(self, samples: list[CounterSample]) -> None:
        oldest = samples[-1].t - self._late_ms
        while len(samples) > 1 and (len(samples) > self._kept or samples[0].t < oldest):
            del samples[0]

    def _late(self, series: str, samples: list[CounterSample], sample: CounterSample) -> Judged:
        """Place a sample that is not newer than the newest kept one; judge its neighborhood again."""
        before = list(samples)
        place = next((i for i, kept in enumerate(before) if kept.t >= sample.t), len(before))
        if before[place].t == sample.t:
            if is_duplicate(before[place], sample):
                return Judged(note="duplicate_sample")
            samples[place] = msgspec.structs.replace(before[place], conflict=True)
            return Judged(self._judged_again(series, before, samples), "conflicting_sample")
        if place == 0:
            late = Pair(series, sample, sample, False, "late_sample", None, None, ("late_sample",))
            return Judged((late,), "late_sample")
        notes: list[Note] = []
        after = without_downgrades([*before[:place], sample, *before[place:]], notes)
        if sample not in after:
            return Judged(note="width_downgrade")
        samples[:] = after
        self._trim(samples)
        return Judged(self._judged_again(series, before, after), "out_of_order_sample")

    def _judged_again(self, series: str, before: list[CounterSample], after: list[CounterSample]) -> tuple[Pair, ...]:
        """Return what no longer holds, and what holds instead."""
        settings = self._settings.get(series, self._default)
        was, now = list(pairwise(before)), list(pairwise(after))
        void = [judge(a, b, series, settings) for a, b in was if (a, b) not in now]
        fresh = [judge(a, b, series, settings) for a, b in now if (a, b) not in was]
        return (*(msgspec.structs.replace(pair, withdrawn=True) for pair in void), *fresh)
