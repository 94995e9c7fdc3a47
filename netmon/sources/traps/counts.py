"""How often each source was turned away for which reason in the last 24 hours (specs/snmp.md 3.9)."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

import msgspec
import structlog

from netmon.domain.rejection import Reason

log = structlog.get_logger("netmon.traps")

SOURCE: Final = "trap-rejections"
"""Whose state it is in the store."""

_PAIRS = 10_000
_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
_REST = "*"

Key = tuple[str, str, Reason]
"""(realm, source, reason)."""


class Pair(msgspec.Struct):
    """The counts of one source and reason, hour by hour."""

    logged: int
    """When it was last written to the log, UTC ms."""
    last: int = 0
    hour: int = 0
    """When the present hour began."""
    new: int = 0
    """How many there were in it."""
    hours: list[tuple[int, int]] = []
    """(when an hour began, how many were in it), those before, the oldest first."""

    def add(self, count: int, at: int) -> None:
        """Take that it happened so often at a moment."""
        if not 0 <= at - self.hour < _HOUR_MS:
            self._forget(at)
            self.hours.append((self.hour, self.new))
            self.hour, self.new = at - at % _HOUR_MS, 0
        self.new += count
        self.last = at

    def of_day(self, now: int) -> int:
        """Return how many there were in the last 24 h, to the hour."""
        self._forget(now)
        return sum(count for _, count in self.hours) + (self.new if now - self.hour < _DAY_MS else 0)

    def _forget(self, now: int) -> None:
        while self.hours and now - self.hours[0][0] >= _DAY_MS:
            del self.hours[0]


class _Kept(msgspec.Struct, frozen=True):
    """A pair as it lies in the store."""

    realm: str
    source: str
    reason: Reason
    pair: Pair


class Counts:
    """At most 10,000 pairs of source and reason, then one for all other sources; knows which are not kept yet."""

    def __init__(self) -> None:
        self._pairs: dict[Key, Pair] = {}
        self._looked = 0
        self._due: dict[Key, None] = {}
        """Pairs that went on since they were kept, those that wait longest first; also such as are gone."""
        self._told: list[Key] = []

    def __len__(self) -> int:
        return len(self._pairs)

    def count(self, key: Key, *, at: int, count: int = 1) -> Pair:
        """Count, and return what is known of the pair now, or of all together where there are too many."""
        pair = self._pairs.get(key)
        if pair is None:
            if len(self._pairs) >= _PAIRS and not self._forget(at):
                key = (_REST, _REST, key[2])
            pair = self._pairs.setdefault(key, Pair(at - _MINUTE_MS))
        pair.add(count, at)
        self._due[key] = None
        return pair

    def of_day(self, now: int) -> Iterator[tuple[Key, int, int]]:
        """Return every pair with when it happened last, and how often in the last 24 h."""
        self._looked = 0
        self._forget(now)
        return ((key, pair.last, pair.of_day(now)) for key, pair in self._pairs.items())

    def learned(self, most: int) -> dict[str, bytes | None]:
        """Return at most ``most`` pairs that are not kept yet, for the store; None: forgotten."""
        self._told = keys = list(islice(self._due, most))
        for key in keys:
            del self._due[key]
        return {_name(key): self._encoded(key) for key in keys}

    def not_kept(self) -> None:
        """Take back what was told last: the store has not taken it."""
        self._due |= dict.fromkeys(self._told)

    def restore(self, kept: Mapping[str, bytes], now: int) -> None:
        """Take back what was kept before a restart; what is older than a day goes from the store, too."""
        for one in _decoded(kept.values()):
            key = (one.realm, one.source, one.reason)
            self._pairs[key] = one.pair
            if one.pair.last > now:
                # The clock went back over the restart: no count may wait for that time to come again.
                self._pairs[key] = Pair(one.pair.logged, now, now - now % _HOUR_MS, one.pair.of_day(now))
        self._forget(now)

    def _encoded(self, key: Key) -> bytes | None:
        pair = self._pairs.get(key)
        return None if pair is None else msgspec.msgpack.encode(_Kept(*key, pair))

    def _forget(self, now: int) -> bool:
        """Let go of pairs that were silent for a day; tell whether there is room, at most once a minute."""
        if now - self._looked < _MINUTE_MS:
            return False
        self._looked = now
        for key in [key for key, pair in self._pairs.items() if now - pair.last > _DAY_MS]:
            del self._pairs[key]
            self._due[key] = None
        return len(self._pairs) < _PAIRS


def _name(key: Key) -> str:
    realm, source, reason = key
    return f"{reason} {source} {realm}"


def _decoded(kept: Iterable[bytes]) -> Iterator[_Kept]:
    for data in kept:
        try:
            yield msgspec.msgpack.decode(data, type=_Kept)
        except msgspec.MsgspecError as error:
            log.warning("counts of rejections cannot be read", error=str(error))
