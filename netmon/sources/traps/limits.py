"""Storm limits of the receiver: token buckets per source, and per source and trap (specs/snmp.md 3.7)."""

import ipaddress
from collections.abc import Collection, Sized
from typing import Annotated, Literal, TypeVar

import msgspec

from netmon.domain.duration import Rate
from netmon.sources.realm import DEFAULT

Shed = Literal["storm_source", "storm_trap"]

_BUCKETS = 50_000
_CALM_SHARE = 0.2
"""A storm is over when the rate stayed below this share of the limit ..."""
_CALM_NS = 30_000_000_000
"""... for so long."""
_PROTECTED_FACTOR = 10
_PROVEN_NS = 600_000_000_000
_NS = 1_000_000_000
_SWEPT = 5_000
"""Buckets that are looked at in one go: a table of all of them would stall the loop."""
_ELEMENTS, _ALL = "elements", "*"

_Key = tuple[str, str]
Name = TypeVar("Name")


class LimitConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token bucket."""

    rate: Rate
    burst: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class LimitsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``traps.limits``: what one source may send before the rest is shed and counted."""

    source: LimitConfig = LimitConfig(Rate("1000/s"), 5_000)
    """Of all traps of a source; what only clears may be ten times as much."""
    trap: LimitConfig = LimitConfig(Rate("200/s"), 1_000)
    """Of one trap of a source."""
    v3_crypto_rate: Rate = Rate("5000/s")
    """Messages of version 3 of one source that are looked into."""
    v3_crypto_total: Rate = Rate("10000/s")
    """The same of all sources."""


class Bucket:
    """Tokens that grow with time; one message takes one."""

    __slots__ = ("_at_ns", "_burst", "_per_ns", "_tokens", "calm_since_ns", "storm", "window_ns", "window_sent")

    def __init__(self, rate_per_s: float, burst: float, now_ns: int) -> None:
        self._per_ns = rate_per_s / _NS
        self._burst = burst
        self._tokens = burst
        self._at_ns = now_ns
        self.storm = False
        self.calm_since_ns = now_ns
        self.window_ns = now_ns
        self.window_sent = 0

    def take(self, now_ns: int, *, keep: float = 0.0) -> bool:
        """Take a token; False when there is none, or no more than ``keep`` are left."""
        if now_ns != self._at_ns:
            self._refill(now_ns)
        self.window_sent += 1
        if self._tokens < 1.0 + keep:
            self.storm = True
            self.calm_since_ns = now_ns
            return False
        self._tokens -= 1.0
        return True

    def spend(self, tokens: float, now_ns: int) -> None:
        """Take tokens, even those that are not there."""
        if now_ns != self._at_ns:
            self._refill(now_ns)
        self._tokens = max(self._tokens - tokens, -self._burst)

    def press(self, messages: int) -> None:
        """Take note of more messages that found no token at the time of the last one."""
        self.window_sent += messages

    def give_back(self) -> None:
        """Take back what the last ``take`` gave."""
        self._tokens += 1.0

    def _refill(self, now_ns: int) -> None:
        """Grow; and count second by second: only one above the share of the limit keeps a storm alive."""
        self._tokens = min(self._tokens + (now_ns - self._at_ns) * self._per_ns, self._burst)
        self._at_ns = now_ns
        if now_ns - self.window_ns >= _NS:
            if self._is_busy():
                self.calm_since_ns = now_ns
            self.window_ns, self.window_sent = now_ns, 0

    def _is_busy(self) -> bool:
        return self.window_sent > self._per_ns * _NS * _CALM_SHARE

    def is_over(self, now_ns: int) -> bool:
        """Tell whether a storm is over; if it is, it has ended with this."""
        busy = self._is_busy() and now_ns - self.window_ns < 2 * _NS
        if not self.storm or busy or now_ns - self.calm_since_ns < _CALM_NS:
            return False
        self.storm = False
        return True


class Limits:
    """What each source may still send; a storm of one takes nothing from the others.

    A source is an address, or the element that a trusted proxy speaks for.
    """

    def __init__(self, config: LimitsConfig, protected: Collection[str] = (), *, most: int = _BUCKETS) -> None:
        self._config = config
        self._protected = frozenset(protected)
        self._most = most
        self._buckets: dict[_Key, Bucket] = {}
        """By (source or its network, trap OID); an empty OID is the whole source, ``+`` its protected traps."""
        self._storms: dict[_Key, str] = {}
        """Buckets that are in a storm, and a source that is."""
        self._raging: set[str] = set()
        self._unswept: list[_Key] = []
        self._crypto: dict[str, Bucket] = {}
        self._unswept_crypto: list[str] = []
        self._crypto_of_all: Bucket | None = None
        self._proven: dict[str, int] = {}

    @property
    def storms(self) -> Collection[str]:
        """The sources that are in a storm, as it is at every moment: these are judged before they are decoded."""
        return self._raging

    @property
    def protected(self) -> Collection[str]:
        """Traps that a storm of other ones takes nothing from."""
        return self._protected

    def configure(self, config: LimitsConfig) -> None:
        """Take other limits; every bucket starts anew."""
        if config != self._config:
            self._config = config
            self._buckets.clear()
            self._storms.clear()
            self._raging.clear()
            self._crypto.clear()
            self._crypto_of_all = None

    def protect(self, protected: Collection[str]) -> None:
        """Let these traps through as long as they are not a storm by themselves."""
        self._protected = frozenset(protected)

    def shed(self, source: str, trap_oid: str, now_ns: int) -> Shed | None:
        """Charge a trap to its source; return why it must go, None when it may pass."""
        known, limit = self._buckets, self._config.source
        if trap_oid in self._protected:
            of_source = known.get((source, "+")) or self._bucket(source, "+", limit, now_ns, factor=_PROTECTED_FACTOR)
            raging = of_source.storm
            if of_source.take(now_ns):
                return None
            self._rage(source, "+", raging=raging)
            return "storm_source"
        of_source = known.get((source, "")) or self._bucket(source, "", limit, now_ns)
        raging = of_source.storm
        if not of_source.take(now_ns):
            self._rage(source, "", raging=raging)
            return "storm_source"
        of_trap = known.get((source, trap_oid)) or self._bucket(source, trap_oid, self._config.trap, now_ns)
        # Sources that share a bucket are told apart by nothing: they are charged once.
        raging = of_trap.storm
        if of_trap is of_source or of_trap.take(now_ns):
            return None
        self._rage(source, trap_oid, raging=raging)
        # A flood of one trap leaves to the other traps of its source what they may send.
        of_source.give_back()
        return "storm_trap"

    def press(self, source: str, trap_oid: str, reason: Shed, messages: int) -> None:
        """Take note of more traps that were shed like the last one: they keep its storm alive."""
        protected = trap_oid in self._protected
        for oid in ("+",) if protected else ("",) if reason == "storm_source" else ("", trap_oid):
            bucket = self._buckets.get((source, oid)) or self._buckets.get(self._shared(source, oid))
            if bucket is not None:
                bucket.press(messages)

    def _rage(self, source: str, oid: str, *, raging: bool) -> None:
        """Take note of a bucket without a token, which was in a storm already or is now."""
        if (not raging or source not in self._raging) and len(self._storms) < self._most:
            self._raging.add(source)
            self._storms[source, oid] = source

    def over(self, now_ns: int) -> tuple[str, ...]:
        """Return the sources whose storm has ended since the last call, and forget some of what is idle."""
        for key in [key for key in self._storms if self._is_over(key, now_ns)]:
            del self._storms[key]
        ended = self._raging.difference(self._storms.values())
        self._raging -= ended
        self._unswept = _sweep(self._buckets, self._unswept, now_ns)
        self._unswept_crypto = _sweep(self._crypto, self._unswept_crypto, now_ns)
        return tuple(sorted(ended))

    def _is_over(self, key: _Key, now_ns: int) -> bool:
        bucket = self._buckets.get(key) or self._buckets.get(self._shared(*key))
        return bucket is None or not bucket.storm or bucket.is_over(now_ns)

    def may_decrypt(self, source: str, now_ns: int) -> bool:
        """Charge the work of looking into a message of version 3.

        Of what all sources together may cost, half is kept for those whose MAC was right of late.
        """
        per_s = _per_s(self._config.v3_crypto_rate)
        bucket = self._crypto.get(source)
        if bucket is None:
            bucket = self._crypto.setdefault(self._crypto_share(source), Bucket(per_s, per_s, now_ns))
        if not bucket.take(now_ns):
            return False
        total = _per_s(self._config.v3_crypto_total)
        if self._crypto_of_all is None:
            self._crypto_of_all = Bucket(total, total, now_ns)
        proven = now_ns - self._proven.get(source, -_PROVEN_NS) < _PROVEN_NS
        return self._crypto_of_all.take(now_ns, keep=0.0 if proven else total / 2)

    def spend(self, messages: int, now_ns: int) -> None:
        """Charge messages of version 3 that were looked into elsewhere, by polls, to what all may cost."""
        if self._crypto_of_all is not None and messages > 0:
            self._crypto_of_all.spend(messages, now_ns)

    def proved(self, source: str, now_ns: int) -> None:
        """Take note that the MAC of a message was right."""
        if len(self._proven) >= self._most and source not in self._proven:
            self._proven.clear()
        self._proven[source] = now_ns

    def _bucket(self, source: str, oid: str, limit: LimitConfig, now_ns: int, *, factor: int = 1) -> Bucket:
        key = (source, oid) if len(self._buckets) < self._most else self._shared(source, oid)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(_per_s(limit.rate) * factor, limit.burst * factor, now_ns)
        return bucket

    def _shared(self, source: str, oid: str) -> _Key:
        """Return the bucket of a network, once there are too many sources; of all of them, once there are too many."""
        oid = "+" if oid == "+" else ""
        key = (_network(source), oid)
        return key if key in self._buckets or self._has_room(self._buckets) else (_ALL, oid)

    def _crypto_share(self, source: str) -> str:
        of = source if len(self._crypto) < self._most else _network(source)
        return of if of in self._crypto or self._has_room(self._crypto) else _ALL

    def _has_room(self, table: Sized) -> bool:
        return len(table) < self._most + self._most // 4


def _sweep(table: dict[Name, Bucket], unswept: list[Name], now_ns: int) -> list[Name]:
    """Forget the idle buckets among the next few of a table; return what is left to look at."""
    unswept = unswept or list(table)
    for key in unswept[-_SWEPT:]:
        bucket = table.get(key)
        if bucket is not None and not bucket.storm and now_ns - bucket.window_ns > _CALM_NS:
            del table[key]
    return unswept[:-_SWEPT]


class Reports:
    """How many Reports go out: an engine that answers strangers must not become an amplifier (specs/snmp.md 2.7)."""

    def __init__(self, per_source: float = 10, of_all: float = 100) -> None:
        self._per_source = per_source
        self._of_all = Bucket(of_all, of_all, 0)
        self._buckets: dict[str, Bucket] = {}

    def may(self, source: str, now_ns: int) -> bool:
        """Tell whether a Report may go to an address."""
        bucket = self._buckets.get(source)
        if bucket is None:
            if len(self._buckets) >= _BUCKETS:
                self._buckets.clear()
            bucket = self._buckets[source] = Bucket(self._per_source, self._per_source, now_ns)
        return bucket.take(now_ns) and self._of_all.take(now_ns)


def _per_s(rate: Rate) -> float:
    return rate.number * 1000 / rate.per_ms


def in_realm(realm: str, address: str) -> str:
    """Return the name of a source here: its address, which another realm may have, too."""
    return address if realm == DEFAULT else f"{realm}|{address}"


def _network(source: str) -> str:
    """Return the network of an address; elements behind proxies are one network."""
    realm, bar, text = source.rpartition("|")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return f"{realm}{bar}{_ELEMENTS}"
    return f"{realm}{bar}{ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False)}"
