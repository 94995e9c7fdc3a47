"""What a made-up network carries and measures over the day: a wave and noise, the same for the same seed."""

import math
import time
from zlib import crc32

import msgspec

_DAY_MS = 86_400_000
_PEAK_MS = 19 * 3_600_000
"""Most is carried in the evening, UTC."""
_STEP_MS = 10_000
_BURST = 5
_CALMED = 5
"""How much less than usual a value strays at a level that it was pushed to, whatever the hour."""
_MASK = (1 << 64) - 1
_OCTAVES = ((1_500_000, 0.55), (150_000, 0.3), (_STEP_MS, 0.25))
"""Length and weight of each part of the noise: what lasts long weighs more."""


def seed_of(*names: str) -> int:
    """Return the seed of something, by its name."""
    return crc32("|".join(names).encode())


def wall_ms() -> int:
    """Return UTC in milliseconds."""
    return time.time_ns() // 1_000_000


class Wave(msgspec.Struct, frozen=True):
    """A value over time; ``at`` takes UTC milliseconds."""

    mean: float
    seed: int
    day: float = 0.45
    """Share of the mean by which it rises in the evening and falls in the morning."""
    noise: float = 0.12
    """Share by which it strays."""
    period_ms: int = _DAY_MS
    """How long its day is."""

    def at(self, ms: int) -> float:
        """Return the value at a time."""
        share = (ms - self.period_ms * _PEAK_MS // _DAY_MS) % self.period_ms / self.period_ms
        day = 1 + self.day * math.cos(share * 2 * math.pi)
        return self.mean * day * (1 + self.noise * _noise(self.seed, ms))

    def octets(self, since: int, until: int) -> int:
        """Return the octets that pass at this rate in bits per second."""
        total = 0
        while since < until:
            step = since - since % _STEP_MS
            end = min(until, step + _STEP_MS)
            # Whole octets in each step, so that they add up exactly however often they are read.
            whole = int(self.at(step + _STEP_MS // 2) * _STEP_MS / 8000)
            total += whole * (end - step) // _STEP_MS - whole * (since - step) // _STEP_MS
            since = end
        return total


class Burst(msgspec.Struct, frozen=True):
    """Traffic that comes in the first fifth of each period, and then five times its mean."""

    mean: float
    period_ms: int

    def octets(self, since: int, until: int) -> int:
        """Return the octets that pass at this rate in bits per second; times count from 0."""
        return self._total(until) - self._total(since)

    def _total(self, ms: int) -> int:
        burst = self.period_ms // _BURST
        periods, rest = divmod(ms, self.period_ms)
        return int(self.mean * self.period_ms / burst * (periods * burst + min(rest, burst)) / 8000)


def _noise(seed: int, ms: int) -> float:
    """Return something between about -1 and 1 that moves smoothly."""
    total = 0.0
    for number, (length, weight) in enumerate(_OCTAVES):
        place, rest = divmod(ms, length)
        before, after = _lattice(seed + number, place), _lattice(seed + number, place + 1)
        share = rest / length
        total += weight * (before + (after - before) * share * share * (3 - 2 * share))
    return total


def _lattice(seed: int, place: int) -> float:
    """Return a number of [-1, 1) that belongs to a place (splitmix64, G. Steele et al., 2014)."""
    mixed = (seed * 0x9E3779B97F4A7C15 + place * 0xD1B54A32D192ED03) & _MASK
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ mixed >> 31) / (1 << 63) - 1


class Gauge:
    """A measured value: a wave, and for a time a push to another level; takes simulator time."""

    def __init__(self, wave: Wave, *, zero_ms: int, most: float = 1e12) -> None:
        self.wave = wave
        self._zero_ms = zero_ms
        """UTC at simulator time 0."""
        self._most = most
        self._level, self._from, self._until, self._rise = 0.0, 0, 0, 1

    def push(self, level: float, *, now: int, for_ms: int, rise_ms: int) -> None:
        """Let the value go to a level within ``rise_ms``, stay about there, and return as fast after ``for_ms``."""
        self._level, self._from, self._until, self._rise = level, now, now + for_ms, max(rise_ms, 1)

    def at(self, now: int) -> float:
        """Return the value at a time."""
        usual = self.wave.at(self._zero_ms + now)
        up = min(max(now - self._from, 0) / self._rise, 1.0)
        down = min(max(now - self._until, 0) / self._rise, 1.0)
        pushed = self._level + (usual - self.wave.mean) / _CALMED
        return min(usual + (pushed - usual) * (up - down), self._most)
