"""The books of the receiver: every datagram is queued, a duplicate, rejected or shed (specs/snmp.md 3.8)."""

from collections import Counter
from collections.abc import Callable

from netmon.domain.observation import ShedRow
from netmon.domain.rejection import Reason
from netmon.domain.request import TrapBooks
from netmon.sources.traps.kinds import Kind
from netmon.sources.traps.rejections import Rejection, Rejections

_ROWS = 970
"""Of the 1,000 rows of a Tick; what is left is room for the sums."""
_SAMPLES = 100
"""Traps of a second of a storm that are kept to look at."""
_REST = "*"
_LOST = 10_000
"""Kinds of lost traps that are counted one by one before they are put into rows."""

Lost = tuple[str, str, Reason, str, str]
"""(realm, source, reason, trap OID, element or nothing) of traps that a limit or the queue gave up."""


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
        self._open: list[Kind] = []
        """Kinds that are counted before they are put into rows."""
        self._rejections = Rejections(log)
        self._dropped = dropped
        self._rows: dict[Lost, int] = {}
        self._reasons: Counter[Reason] = Counter()
        self._lost: dict[Lost, int] = {}
        """Since the last look at them: a storm loses many thousands a second, each must be cheap."""
        self._lost_at = 0
        self._sampled_s = 0
        self._sampled: set[tuple[str, str, str]] = set()

    @property
    def rejections(self) -> Rejections:
        """What was turned away, for people to see."""
        self._sum_up()
        return self._rejections

    def reject(self, rejection: Rejection) -> None:
        """Count a datagram that was turned away and keep its first octets."""
        self._rejected += 1
        self._row((rejection.realm, rejection.source, rejection.reason, "", ""), 1)
        self._rejections.add(rejection)

    def queue_full(self, lost: Lost, *, at: int) -> None:
        """Count a trap that was queued and had to go again."""
        self._queue_full += 1
        self._lose(lost, at)

    def shed(self, lost: Lost, *, at: int, datagram: bytes) -> None:
        """Count a message that a limit shed before it was queued; of each trap one a second is kept to look at."""
        self._shed += 1
        if self._lose(lost, at):
            self._sample(lost, at, datagram)

    def open(self, kind: Kind) -> None:
        """Count from now on what is shed of a kind beside those of ``shed``: a storm is too fast for a call each."""
        kind.is_open = True
        self._open.append(kind)

    def settle(self, kind: Kind) -> None:
        """Put what was counted of a kind into the rows."""
        self._shed += kind.more
        self._lose(lost_of(kind), self._lost_at, kind.more)
        kind.more = 0

    def close(self) -> list[Kind]:
        """Return the kinds that were opened, each to be settled now."""
        closed, self._open = self._open, []
        for kind in closed:
            kind.is_open = False
        return closed

    def _lose(self, lost: Lost, at: int, more: int = 1) -> bool:
        """Count losses; tell whether they are the first of their kind since all were summed up."""
        count = self._lost.get(lost, 0)
        if not count and len(self._lost) >= _LOST:
            self._sum_up()
        self._lost[lost] = count + more
        self._lost_at = at
        return not count

    def _sample(self, lost: Lost, at: int, datagram: bytes) -> None:
        realm, source, reason, trap_oid, _ = lost
        key = (realm, source, trap_oid)
        if at // 1000 != self._sampled_s:
            self._sampled_s = at // 1000
            self._sampled.clear()
        if key not in self._sampled and len(self._sampled) < _SAMPLES:
            self._sampled.add(key)
            detail = f"trap {trap_oid}" if trap_oid else ""
            self._rejections.keep(Rejection(at, realm, source, reason, detail, datagram))

    def take(self) -> tuple[ShedRow, ...]:
        """Return what was given up since the last call, for the Tick; at most 1,000 rows, in order."""
        self._sum_up()
        rows = tuple(ShedRow(*key[:4], count, key[4]) for key, count in sorted(self._rows.items()))
        self._rows.clear()
        for reason, count in self._reasons.items():
            self._dropped(reason, count)
        self._reasons.clear()
        return rows

    def books(self, waiting: int, *, unread: int = 0, kernel_drops: int = 0) -> TrapBooks:
        """Return the books.

        Args:
            waiting: traps that are queued and not yet committed.
            unread: datagrams that nobody has looked at.
            kernel_drops: what nobody read.
        """
        shed = self._shed + sum(kind.more for kind in self._open)
        unjudged = self.read - unread - self.queued - self.duplicates - self.discoveries - self._rejected - shed
        unqueued = self.queued - self.committed - self._queue_full - waiting
        return TrapBooks(
            read=self.read,
            queued=self.queued,
            duplicates=self.duplicates,
            discoveries=self.discoveries,
            rejected=self._rejected,
            shed=shed,
            queue_full=self._queue_full,
            committed=self.committed,
            waiting=waiting,
            unread=unread,
            missing=abs(unjudged) + abs(unqueued),
            kernel_drops=kernel_drops,
        )

    def _sum_up(self) -> None:
        of_sources: Counter[tuple[str, str, Reason]] = Counter()
        for lost, count in self._lost.items():
            self._row(lost, count)
            of_sources[lost[:3]] += count
        for source, count in of_sources.items():
            self._rejections.pairs.count(source, at=self._lost_at, count=count)
        self._lost.clear()

    def _row(self, lost: Lost, count: int) -> None:
        reason, rows = lost[2], self._rows
        self._reasons[reason] += count
        known = rows.get(lost)
        if known is None and len(rows) >= _ROWS:
            lost = (_REST, _REST, reason, "", "")
            known = rows.get(lost)
        rows[lost] = (known or 0) + count


def lost_of(kind: Kind) -> Lost:
    """Return what goes into the books; whose storm it is was told by the trap that began it, which was decoded."""
    return kind.realm, kind.source, kind.reason, kind.trap_oid, ""
