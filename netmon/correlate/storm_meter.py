"""How many traps come from where: a token bucket per element or site, and what a storm brought (specs/rules.md 6.11).

Tokens are counted in parts, so that they stay whole numbers: a trap costs as many as the rate has milliseconds.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from netmon.rulebook.storm import Storm

_MOST = 50_000
_MOST_STORMS = 1_000
_MOST_COUNTED = 500
_MOST_NAMES = 1_000
_MOST_ELEMENTS = 1_000
_TOLD = 100
_SECOND_MS = 1_000
OTHERS = "others"

Counted = tuple[str, str]
"""(trap OID, managed object)."""


class _Bucket(msgspec.Struct, array_like=True):
    tokens: int
    at: int


class Going(msgspec.Struct, array_like=True):
    """A storm that is going on."""

    calm_since: int
    since: int
    """When the present second began."""
    came: int = 0
    """In it."""
    left_out: int = 0
    told: int = 0
    """How many of these the alarm tells of."""
    told_at: int = 0
    counts: dict[Counted, int] = {}
    rest: int = 0
    """Of those that had no more room in ``counts``."""
    sampled: dict[str, int] = {}
    """When a trap of each name was let through."""
    elements: dict[str, None] = {}
    """Those that lost traps."""

    def leave_out(self, name: str, object_: str, element: str, *, count: int = 1) -> None:
        """Count traps that are not judged."""
        key = (name, object_)
        self.left_out += count
        if key in self.counts or len(self.counts) < _MOST_COUNTED:
            self.counts[key] = self.counts.get(key, 0) + count
        else:
            self.rest += count
        if len(self.elements) < _MOST_ELEMENTS:
            self.elements[element] = None

    def samples(self, name: str, at: int, every_ms: int) -> bool:
        """Tell whether a trap of a name is the one of its time that is judged, and note it."""
        due = self.is_due(name, at, every_ms)
        if due:
            self.sampled[name] = at
        return due

    def is_due(self, name: str, at: int, every_ms: int) -> bool:
        """Tell whether a trap of a name would be the one of its time that is judged."""
        last = self.sampled.get(name)
        return len(self.sampled) < _MOST_NAMES if last is None else at - last >= every_ms

    def most(self) -> list[tuple[Counted, int]]:
        """Return what came most, at most 100, and the number of all others."""
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        others = self.rest + sum(count for _, count in ranked[_TOLD:])
        return [*ranked[:_TOLD], *([((OTHERS, ""), others)] if others else [])]


class Meter:
    """The buckets and storms of one entry."""

    def __init__(self, storm: Storm) -> None:
        self.storm = storm
        self.going: dict[str, Going] = {}
        """By element, or site."""
        self._buckets: dict[str, _Bucket] = {}
        self._swept = 0

    def take(self, key: str, at: int, count: int = 1) -> Going | None:
        """Charge traps to where they come from; return the storm that this is, or becomes, a part of."""
        storm, bucket = self.storm, self._buckets.get(key)
        full = storm.burst * storm.per_ms
        if bucket is None:
            bucket = self._begin(key, full, at)
        elif at > bucket.at:
            tokens = bucket.tokens + (at - bucket.at) * storm.number
            bucket.tokens = full if tokens > full else tokens
            bucket.at = at
        going = self.going.get(key)
        cost = count * storm.per_ms
        if bucket.tokens >= cost:
            bucket.tokens -= cost
        elif going is None and len(self.going) < _MOST_STORMS:
            bucket.tokens %= storm.per_ms
            going = self.going[key] = Going(at, at)
        if going is not None:
            going.came += count
        return going

    def tick(self, now: int, gap_ms: int) -> list[str]:
        """Let time pass; return where storms are over, in order."""
        if now - self._swept >= 60 * _SECOND_MS:
            self._sweep(now)
        return [key for key, going in sorted(self.going.items()) if self._is_over(going, now, gap_ms)]

    def dump(self) -> Iterator[list[Any]]:
        """Yield all of it."""
        yield ["swept", self._swept]
        for key, bucket in self._buckets.items():
            yield ["bucket", key, bucket.tokens, bucket.at]
        for key, going in self.going.items():
            yield ["going", key, *_dumped(going)]

    def load_item(self, item: list[Any]) -> None:
        """Take back one item that ``dump`` gave."""
        match item:
            case ["swept", at]:
                self._swept = at
            case ["bucket", key, tokens, at]:
                self._buckets[key] = _Bucket(min(tokens, self.storm.burst * self.storm.per_ms), at)
            case ["going", key, *parts]:
                self.going[key] = _loaded(parts)

    def _begin(self, key: str, tokens: int, at: int) -> _Bucket:
        if len(self._buckets) >= _MOST:
            del self._buckets[next(iter(self._buckets))]
        bucket = self._buckets[key] = _Bucket(tokens, at)
        return bucket

    def _is_over(self, going: Going, now: int, gap_ms: int) -> bool:
        storm = self.storm
        if gap_ms:
            # Time without eyes is no evidence of calm.
            going.calm_since, going.since, going.came = going.calm_since + gap_ms, now, 0
        elif now - going.since >= _SECOND_MS:
            if going.came * storm.calm_per_ms > storm.calm_number * (now - going.since):
                going.calm_since = now
            going.since, going.came = now, 0
        return now - going.calm_since >= storm.for_ms

    def _sweep(self, now: int) -> None:
        """Forget buckets that have filled up again."""
        self._swept = now
        storm = self.storm
        full = storm.burst * storm.per_ms
        buckets = self._buckets.items()
        self._buckets = {key: one for key, one in buckets if one.tokens + (now - one.at) * storm.number < full}


def _dumped(going: Going) -> list[Any]:
    numbers = [going.calm_since, going.since, going.came, going.left_out, going.told, going.told_at, going.rest]
    counts = [[*key, count] for key, count in going.counts.items()]
    return [numbers, counts, list(going.sampled.items()), list(going.elements)]


def _loaded(parts: list[Any]) -> Going:
    numbers, counts, sampled, elements = parts
    calm_since, since, came, left_out, told, told_at, rest = numbers
    return Going(
        calm_since,
        since,
        came,
        left_out,
        told,
        told_at,
        {(name, object_): count for name, object_, count in counts},
        rest,
        dict(sampled),
        dict.fromkeys(elements),
    )
