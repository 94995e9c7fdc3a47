"""What the pairs of a series amount to in one interval: octets, quality, slots, evidence (specs/usage.md section 3)."""

import msgspec

from netmon.domain.usage import CounterSample, Pair, Quality
from netmon.usage.periods import SLOT_MS, share


class Totals(msgspec.Struct, frozen=True, array_like=True):
    """The outcome of an interval; octets are None where nothing is known, never 0."""

    octets_in: int | None
    octets_out: int | None
    octets_in_estimated: int | None
    octets_out_estimated: int | None
    coverage_ms: int
    quality: Quality
    flags: tuple[str, ...]
    slots_in: tuple[int | None, ...] | None
    slots_out: tuple[int | None, ...] | None
    slots_quality: str | None
    peak_bps_in: int | None
    peak_bps_out: int | None

    def without_octets(self, flag: str) -> "Totals":
        """Return the same without octets, as unknown, for the reason ``flag``."""
        slots = None if self.slots_in is None else (None,) * len(self.slots_in)
        letters = None if slots is None else "u" * len(slots)
        flags = tuple(sorted((*self.flags, flag)))
        return Totals(None, None, None, None, self.coverage_ms, "unknown", flags, slots, slots, letters, None, None)


class Span(msgspec.Struct, array_like=True):
    """Sums over a stretch of time: an interval, or one slot of it."""

    start: int
    end: int
    octets_in: int = 0
    octets_out: int = 0
    estimated_in: int = 0
    estimated_out: int = 0
    coverage_ms: int = 0
    splits: int = 0
    """Accepted gap pairs that reach past an end."""
    prorated: int = 0
    """Other accepted pairs that do."""

    def add(self, pair: Pair, times: int) -> None:
        """Count the share of an accepted pair; ``times`` is -1 for one that no longer holds."""
        a, b, d_in, d_out = pair.a.t, pair.b.t, pair.d_in or 0, pair.d_out or 0
        start, end = self.start, self.end
        if a >= start and b <= end:
            self.coverage_ms += times * (b - a)
        else:
            d_in, d_out = share(d_in, a, b, start, end), share(d_out, a, b, start, end)
            self.coverage_ms += times * (min(b, end) - max(a, start))
            self._reach_past(pair, times, d_in, d_out)
        self.octets_in += times * d_in
        self.octets_out += times * d_out

    def _reach_past(self, pair: Pair, times: int, d_in: int, d_out: int) -> None:
        if not pair.gap:
            self.prorated += times
            return
        self.splits += times
        self.estimated_in += times * d_in
        self.estimated_out += times * d_out

    def quality(self) -> Quality:
        """Return the first that applies: unknown, partial, estimated, measured."""
        if self.coverage_ms == 0:
            return "unknown"
        if self.coverage_ms < self.end - self.start:
            return "partial"
        return "estimated" if self.splits else "measured"


class Interval(msgspec.Struct, array_like=True):
    """The sums of one interval in the making; pairs may also be taken out again."""

    whole: Span
    slots: list[Span]
    flags: dict[str, int] = {}
    pairs: int = 0
    first: CounterSample | None = None
    last: CounterSample | None = None
    dropped: list[Pair] = []

    def add(self, pair: Pair, times: int = 1) -> None:
        """Count a pair that overlaps the interval; ``times`` is -1 for one that no longer holds."""
        self._witness(pair, times)
        for flag in pair.flags:
            self.flags[flag] = self.flags.get(flag, 0) + times
        if pair.ok:
            self.whole.add(pair, times)
            self._slots(pair, times)
        elif times > 0:
            self.dropped.append(pair)
        else:
            self.dropped = [other for other in self.dropped if (other.a.t, other.b.t) != (pair.a.t, pair.b.t)]

    @property
    def samples(self) -> int:
        """How many kept samples were used: consecutive pairs share one."""
        return self.pairs + 1 if self.pairs else 0

    def totals(self) -> Totals:
        """Return what the interval amounts to now."""
        whole = self.whole
        quality = whole.quality()
        known = quality != "unknown"
        flags = [flag for flag, count in self.flags.items() if count]
        if whole.splits:
            flags.append("estimated_split")
        if whole.prorated:
            flags.append("boundary_prorated")
        slots = self.slots
        letters = "".join(slot.quality()[0] for slot in slots)
        measured = [slot for slot, letter in zip(slots, letters, strict=True) if letter == "m"]
        return Totals(
            octets_in=whole.octets_in if known else None,
            octets_out=whole.octets_out if known else None,
            octets_in_estimated=whole.estimated_in if known else None,
            octets_out_estimated=whole.estimated_out if known else None,
            coverage_ms=whole.coverage_ms,
            quality=quality,
            flags=tuple(sorted(flags)),
            slots_in=tuple(slot.octets_in if slot.coverage_ms else None for slot in slots) if slots else None,
            slots_out=tuple(slot.octets_out if slot.coverage_ms else None for slot in slots) if slots else None,
            slots_quality=letters or None,
            peak_bps_in=_peak([slot.octets_in for slot in measured]),
            peak_bps_out=_peak([slot.octets_out for slot in measured]),
        )

    def _slots(self, pair: Pair, times: int) -> None:
        slots = self.slots
        if not slots:
            return
        start = self.whole.start
        first = max(0, (pair.a.t - start) // SLOT_MS)
        last = min(len(slots), -((start - pair.b.t) // SLOT_MS))
        for position in range(first, last):
            slots[position].add(pair, times)

    def _witness(self, pair: Pair, times: int) -> None:
        """Keep the first and the last sample used; pairs that no longer hold are taken out before others come in."""
        self.pairs += times
        if times < 0:
            self._forget(pair)
        elif self.first is None or self.last is None:
            self.first, self.last = pair.a, pair.b
        else:
            if pair.a.t <= self.first.t:
                self.first = pair.a
            if pair.b.t >= self.last.t:
                self.last = pair.b

    def _forget(self, pair: Pair) -> None:
        if self.pairs == 0:
            self.first = self.last = None
        elif self.first is not None and self.first.t == pair.a.t:
            self.first = pair.b
        elif self.last is not None and self.last.t == pair.b.t:
            self.last = pair.a


def new_interval(start: int, end: int) -> Interval:
    """Return an empty interval, with slots where it is a whole number of them."""
    slots: list[Span] = []
    if (end - start) % SLOT_MS == 0:
        slots = [Span(at, at + SLOT_MS) for at in range(start, end, SLOT_MS)]
    return Interval(Span(start, end), slots, {}, 0, None, None, [])


def _peak(octets: list[int]) -> int | None:
    return max(octets) * 8 // (SLOT_MS // 1000) if octets else None
