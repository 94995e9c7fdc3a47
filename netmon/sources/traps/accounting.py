"""The books of the receiver: every datagram is queued, a duplicate, rejected or shed (specs/snmp.md 3.8, 3.9)."""

from collections import Counter, deque
from collections.abc import Callable
from typing import Literal

import msgspec

from netmon.domain.observation import ShedRow

Reason = Literal[
    "not_snmp",
    "truncated",
    "malformed",
    "unsupported_version",
    "wrong_pdu",
    "no_trap_oid",
    "bad_community",
    "source_not_allowed",
    "unknown_user",
    "unknown_engine",
    "wrong_digest",
    "not_in_time_window",
    "decryption_failed",
    "unsupported_security_level",
    "unknown_context",
    "unknown_source",
    "storm_source",
    "storm_trap",
    "storm_unread",
    "queue_full",
]

SENTENCES: dict[Reason, str] = {
    "not_snmp": "this is no SNMP message: check what sends to this port",
    "truncated": "the message is longer than the datagram: something on the way cuts packets",
    "malformed": "the message breaks the encoding rules of SNMP",
    "unsupported_version": "there is no such version of SNMP: send v1, v2c or v3",
    "wrong_pdu": "the message is neither a trap nor an inform",
    "no_trap_oid": "the notification does not say which trap it is (no snmpTrapOID.0)",
    "bad_community": "no credential in traps.communities has this community",
    "source_not_allowed": "the community is known, but traps.communities does not allow it from this address",
    "unknown_source": "no element has this address, and traps.unknown_sources is drop",
    "unknown_user": "no credential has this user",
    "unknown_engine": "the engine is not known, and traps.engines is configured",
    "wrong_digest": "the user is known, but the MAC does not verify: check the authentication password and protocol",
    "not_in_time_window": "the time of the engine is behind what it said before: a replay, or a device that was reset",
    "decryption_failed": "the MAC is right, but it cannot be decrypted: check the privacy password and protocol",
    "unsupported_security_level": "the user is configured with another security level",
    "unknown_context": "traps.contexts does not name this context",
    "storm_source": "the source sends more than traps.limits.source allows",
    "storm_trap": "the source sends more of this trap than traps.limits.trap allows",
    "storm_unread": "more version 3 messages than traps.limits allows to look into",
    "queue_full": "more arrived than could be committed: the source with most in the queue lost its oldest trap",
}

_ROWS = 970
"""Of the 1,000 rows of a Tick; what is left is room for the sums."""
_PAIRS = 10_000
_KEPT = 1_000
_HEAD = 64
_SAMPLES = 100
"""Traps of a second of a storm that are kept to look at."""
_DAY_MS = 86_400_000
_MINUTE_MS = 60_000
_REST = "*"


class Rejection(msgspec.Struct, frozen=True):
    """One datagram that was turned away."""

    at: int
    realm: str
    source: str
    reason: Reason
    detail: str
    head: bytes
    """The first octets, the community's replaced."""

    @property
    def sentence(self) -> str:
        """What an operator reads."""
        because = SENTENCES.get(self.reason, "the message was turned away")
        return f"{self.source}: {self.reason}: {because}" + (f" ({self.detail})" if self.detail else "")


class Balance(msgspec.Struct, frozen=True):
    """The books since the start; ``read = queued + duplicates + discoveries + rejected + shed``.

    And ``queued = committed + queue_full + waiting``.
    """

    read: int
    queued: int
    duplicates: int
    discoveries: int
    rejected: int
    shed: int
    queue_full: int
    committed: int
    waiting: int

    @property
    def missing(self) -> int:
        """How many datagrams the books cannot explain; anything but 0 is a fault of netmon."""
        unread = self.read - self.queued - self.duplicates - self.discoveries - self.rejected - self.shed
        return abs(unread) + abs(self.queued - self.committed - self.queue_full - self.waiting)


class _Pair(msgspec.Struct):
    count: int
    last: int
    logged: int


class Accounting:
    """Counts what became of every datagram; bounded, whatever is sent."""

    def __init__(self, log: Callable[[Rejection], None], dropped: Callable[[Reason, int], None]) -> None:
        self.read = 0
        self.queued = 0
        self.duplicates = 0
        self.discoveries = 0
        """Questions which engine netmon has, before an inform of version 3."""
        self.committed = 0
        self._rejected = 0
        self._shed = 0
        self._queue_full = 0
        self._log = log
        self._dropped = dropped
        self._rows: Counter[tuple[str, str, str, str]] = Counter()
        self._reasons: Counter[Reason] = Counter()
        self._pairs: dict[tuple[str, str], _Pair] = {}
        self._last: deque[Rejection] = deque(maxlen=_KEPT)
        self._sampled_s = 0
        self._sampled: set[tuple[str, str]] = set()

    def reject(self, reason: Reason, *, at: int, realm: str, source: str, detail: str, datagram: bytes) -> None:
        """Count a datagram that was turned away and keep its first octets."""
        self._rejected += 1
        self._row(realm, source, reason, "")
        rejection = Rejection(at, realm, source, reason, detail, datagram[:_HEAD])
        self._last.append(rejection)
        pair = self._pair(source, reason, at)
        if at - pair.logged >= _MINUTE_MS:
            pair.logged = at
            self._log(masked(rejection))

    def queue_full(self, *, at: int, realm: str, source: str, trap_oid: str) -> None:
        """Count a trap that was queued and had to go again."""
        self._queue_full += 1
        self._row(realm, source, "queue_full", trap_oid)
        self._pair(source, "queue_full", at)

    def shed(self, reason: Reason, *, at: int, realm: str, source: str, trap_oid: str, datagram: bytes) -> None:
        """Count a message that a limit shed before it was queued; of each trap one a second is kept to look at."""
        self._shed += 1
        self._row(realm, source, reason, trap_oid)
        self._pair(source, reason, at)
        key = (source, trap_oid)
        if at // 1000 != self._sampled_s:
            self._sampled_s = at // 1000
            self._sampled.clear()
        if key not in self._sampled and len(self._sampled) < _SAMPLES:
            self._sampled.add(key)
            self._last.append(Rejection(at, realm, source, reason, f"trap {trap_oid}", datagram[:_HEAD]))

    def take(self) -> tuple[ShedRow, ...]:
        """Return what was given up since the last call, for the Tick; at most 1,000 rows, in order."""
        rows = tuple(ShedRow(*key, count) for key, count in sorted(self._rows.items()))
        self._rows.clear()
        for reason, count in self._reasons.items():
            self._dropped(reason, count)
        self._reasons.clear()
        return rows

    def rejections(self) -> list[Rejection]:
        """Return the last 1,000 rejections, oldest first, without communities."""
        return [masked(rejection) for rejection in self._last]

    def counts(self, now: int) -> dict[tuple[str, str], int]:
        """Return how often each (source, reason) happened; pairs silent for 24 h are forgotten."""
        self._forget(now)
        return {key: pair.count for key, pair in sorted(self._pairs.items())}

    def balance(self, waiting: int) -> Balance:
        """Return the books; ``waiting`` is what is queued and not yet committed."""
        return Balance(
            self.read,
            self.queued,
            self.duplicates,
            self.discoveries,
            self._rejected,
            self._shed,
            self._queue_full,
            self.committed,
            waiting,
        )

    def _row(self, realm: str, source: str, reason: Reason, trap_oid: str) -> None:
        self._reasons[reason] += 1
        key = (realm, source, reason, trap_oid)
        if key not in self._rows and len(self._rows) >= _ROWS:
            key = (_REST, _REST, reason, "")
        self._rows[key] += 1

    def _pair(self, source: str, reason: Reason, at: int) -> _Pair:
        pair = self._pairs.get((source, reason))
        if pair is None:
            if len(self._pairs) >= _PAIRS:
                source = _REST
            pair = self._pairs.setdefault((source, reason), _Pair(0, at, at - _MINUTE_MS))
        pair.count += 1
        pair.last = at
        return pair

    def _forget(self, now: int) -> None:
        for key in [key for key, pair in self._pairs.items() if now - pair.last > _DAY_MS]:
            del self._pairs[key]


def masked(rejection: Rejection) -> Rejection:
    """Return a rejection whose first octets show no community."""
    head = rejection.head
    span = _community(head)
    head = head[: span.start] + b"*" * len(head[span.start : span.stop]) + head[span.stop :]
    return msgspec.structs.replace(rejection, head=head)


def _community(head: bytes) -> range:
    """Find the octets of the community: SEQUENCE, INTEGER version, OCTET STRING; everything after it if unsure."""
    if head[:1] != b"\x30":
        return range(0)
    version = 2 + (head[1] & 0x7F if len(head) > 1 and head[1] & 0x80 else 0)
    text = version + 2 + (head[version + 1] if len(head) > version + 1 else 0)
    if head[text : text + 1] != b"\x04" or len(head) < text + 2:
        return range(version, len(head))
    if head[text + 1] & 0x80:
        return range(text + 2, len(head))
    return range(text + 2, min(len(head), text + 2 + head[text + 1]))
