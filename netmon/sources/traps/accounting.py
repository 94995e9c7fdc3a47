"""The books of the receiver: every datagram is queued, a duplicate, rejected or shed (specs/snmp.md 3.8)."""

from collections import Counter
from collections.abc import Callable

from netmon.domain.observation import ShedRow
from netmon.domain.request import TrapBooks
from netmon.sources.traps.rejections import Reason, Rejection, Rejections

_ROWS = 970
"""Of the 1,000 rows of a Tick; what is left is room for the sums."""
_SAMPLES = 100
"""Traps of a second of a storm that are kept to look at."""
_REST = "*"


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
        self.rejections = Rejections(log)
        """What was turned away, for people to see."""
        self._dropped = dropped
        self._rows: Counter[tuple[str, str, str, str]] = Counter()
        self._reasons: Counter[Reason] = Counter()
        self._sampled_s = 0
        self._sampled: set[tuple[str, str]] = set()

    def reject(self, rejection: Rejection) -> None:
        """Count a datagram that was turned away and keep its first octets."""
        self._rejected += 1
        self._row(rejection.realm, rejection.source, rejection.reason, "")
        self.rejections.add(rejection)

    def queue_full(self, *, at: int, realm: str, source: str, trap_oid: str) -> None:
        """Count a trap that was queued and had to go again."""
        self._queue_full += 1
        self._row(realm, source, "queue_full", trap_oid)
        self.rejections.count(realm, source, "queue_full", at=at)

    def shed(self, reason: Reason, *, at: int, realm: str, source: str, trap_oid: str, datagram: bytes) -> None:
        """Count a message that a limit shed before it was queued; of each trap one a second is kept to look at."""
        self._shed += 1
        self._row(realm, source, reason, trap_oid)
        self.rejections.count(realm, source, reason, at=at)
        key = (f"{realm}|{source}", trap_oid)
        if at // 1000 != self._sampled_s:
            self._sampled_s = at // 1000
            self._sampled.clear()
        if key not in self._sampled and len(self._sampled) < _SAMPLES:
            self._sampled.add(key)
            detail = f"trap {trap_oid}" if trap_oid else ""
            self.rejections.keep(Rejection(at, realm, source, reason, detail, datagram))

    def take(self) -> tuple[ShedRow, ...]:
        """Return what was given up since the last call, for the Tick; at most 1,000 rows, in order."""
        rows = tuple(ShedRow(*key, count) for key, count in sorted(self._rows.items()))
        self._rows.clear()
        for reason, count in self._reasons.items():
            self._dropped(reason, count)
        self._reasons.clear()
        return rows

    def books(self, waiting: int, *, kernel_drops: int = 0) -> TrapBooks:
        """Return the books; ``waiting`` is what is queued and not yet committed."""
        unread = self.read - self.queued - self.duplicates - self.discoveries - self._rejected - self._shed
        unqueued = self.queued - self.committed - self._queue_full - waiting
        return TrapBooks(
            read=self.read,
            queued=self.queued,
            duplicates=self.duplicates,
            discoveries=self.discoveries,
            rejected=self._rejected,
            shed=self._shed,
            queue_full=self._queue_full,
            committed=self.committed,
            waiting=waiting,
            missing=abs(unread) + abs(unqueued),
            kernel_drops=kernel_drops,
        )

    def _row(self, realm: str, source: str, reason: Reason, trap_oid: str) -> None:
        self._reasons[reason] += 1
        key = (realm, source, reason, trap_oid)
        if key not in self._rows and len(self._rows) >= _ROWS:
            key = (_REST, _REST, reason, "")
        self._rows[key] += 1
