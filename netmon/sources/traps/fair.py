"""A bounded queue that is fair: senders are served in turn, who fills it gives up its own (specs/snmp.md 3.3)."""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from heapq import heapify, heappop, heappush, heapreplace
from typing import Any, Generic, TypeVar

import msgspec

from netmon.domain.observation import Trap
from netmon.sources.source import Acknowledge
from netmon.sources.traps.arrived import Arrived

_FEW = 1_000
"""So many are mostly done in one batch, whoever sent them: they are served as they came."""
_LARGEST = 65_536
"""Octets of no trap are more."""
_SPARE = 64
_NUMBER_OCTETS = 8

Sender = tuple[str, str]
"""(realm, source or element)."""

Item = TypeVar("Item", Trap, Arrived)
Waiter = tuple[Item, Acknowledge | None]

_Queued = tuple[int, Waiter[Any], int]
"""(number in the order of arrival, who waits, octets)."""


class _Share(msgspec.Struct):
    """What one sender has in the queue."""

    sender: Sender
    plain: deque[_Queued] = msgspec.field(default_factory=deque)
    """Oldest first."""
    protected: deque[_Queued] | None = None
    """Made when it is needed: an empty deque is large, and thousands of senders have nothing in it."""
    count: int = 0
    octets: int = 0
    bound: int = 0
    """Never less than its weight; the newest entry of the heap has it."""

    def oldest(self) -> deque[_Queued]:
        """Return the lane with its oldest trap."""
        plain, protected = self.plain, self.protected
        return protected if protected and (not plain or protected[0][0] < plain[0][0]) else plain

    def most_expendable(self) -> deque[_Queued]:
        """Return the lane that is given up first."""
        return self.plain or self.sheltered()

    def sheltered(self) -> deque[_Queued]:
        """Return the lane of protected traps."""
        if self.protected is None:
            self.protected = deque()
        return self.protected


class FairQueue(Generic[Item]):
    """Holds so many traps and so many octets; above that the sender with the largest share gives up its oldest trap.

    A protected trap goes only when its sender has no other one left. Traps of one sender keep their order.
    """

    def __init__(self, most: int, most_octets: int, *, given_up: Callable[[Item], None]) -> None:
        self._most = most
        self._most_octets = most_octets
        self._octets_per_trap = max(most_octets // max(most, 1), 1)
        self._given_up: Callable[[Item], None] = given_up
        self._protected: Collection[str] = ()
        self._few = min(_FEW, most, most_octets // _LARGEST)
        self._fresh: deque[Waiter[Item]] = deque()
        """As they came, not yet sorted by sender; never more than fit, however large they are."""
        self._left = False
        """The last one that took has left some of them."""
        self._number = 0
        self._count = 0
        """Of those that are sorted."""
        self._octets = 0
        self._shares: dict[Sender, _Share] = {}
        self._turns: deque[_Share] = deque()
        """Whose turn is next; shares that were given up whole stay until it is theirs."""
        self._heaviest: list[tuple[int, Sender]] = []
        """(-bound, sender): a heap in which only entries with a sender's present bound count."""

    def __len__(self) -> int:
        return self._count + len(self._fresh)

    def protect(self, trap_oids: Collection[str]) -> None:
        """Give these traps up last."""
        self._protected = trap_oids

    def put_all(self, waiters: Iterable[Waiter[Item]]) -> None:
        """Add what waits in its order."""
        self._fresh.extend(waiters)
        if self._count or len(self._fresh) > self._few:
            self._sort()

    def begin(self) -> None:
        """Begin another batch: what the one before could not do is not done in a moment, so senders take turns."""
        if self._left:
            self._sort()

    def take(self, most: int) -> list[Waiter[Item]]:
        """Return up to ``most`` traps: of few the oldest, of many one of each sender in turn, its oldest first."""
        fresh, turns = self._fresh, self._turns
        if not self._count:
            taken = [fresh.popleft() for _ in range(min(most, len(fresh)))]
            self._left = bool(fresh)
            return taken
        taken = []
        while self._count and len(taken) < most:
            share = turns.popleft()
            if share.count:
                taken.append(self._remove(share, share.oldest()))
            if share.count:
                turns.append(share)
        return taken

    def _sort(self) -> None:
        """Sort what came by sender."""
        shares, number, protected = self._shares, self._number, self._protected
        for waiter in self._fresh:
            trap = waiter[0]
            sender = (trap.realm, payer(trap))
            share = shares.get(sender)
            if share is None:
                share = shares[sender] = _Share(sender)
                self._turns.append(share)
            octets = octets_of(trap)
            number += 1
            (share.sheltered() if trap.trap_oid in protected else share.plain).append((number, waiter, octets))
            share.count += 1
            share.octets += octets
            self._octets += octets
            if share.octets > share.bound or share.count * self._octets_per_trap > share.bound:
                self._bind(share)
        self._count += number - self._number
        self._number = number
        self._fresh.clear()
        self._left = False
        while self._count > self._most or (self._octets > self._most_octets and self._count > 1):
            self._give_up()

    def _give_up(self) -> None:
        share = self._largest()
        trap, _ = self._remove(share, share.most_expendable())
        if len(self._turns) > 2 * len(self._shares) + _SPARE:
            self._turns = deque(one for one in self._turns if one.count)
        self._given_up(trap)

    def _remove(self, share: _Share, lane: deque[_Queued]) -> Waiter[Item]:
        """Take out the oldest of a lane."""
        waiter: Waiter[Item]
        _, waiter, octets = lane.popleft()
        share.count -= 1
        share.octets -= octets
        self._count -= 1
        self._octets -= octets
        if not share.count:
            del self._shares[share.sender]
        return waiter

    def _weight(self, share: _Share) -> int:
        """Return how much of the queue a sender fills: by traps or by octets, whichever is more of the bound."""
        return max(share.count * self._octets_per_trap, share.octets)

    def _bind(self, share: _Share) -> None:
        # With room to grow, so that most traps leave the heap alone.
        share.bound = 2 * self._weight(share)
        heappush(self._heaviest, (-share.bound, share.sender))
        if len(self._heaviest) > 2 * len(self._shares) + _SPARE:
            self._heaviest = [(-one.bound, one.sender) for one in self._shares.values()]
            heapify(self._heaviest)

    def _largest(self) -> _Share:
        heap = self._heaviest
        while True:
            bound, sender = heap[0]
            share = self._shares.get(sender)
            if share is None or share.bound != -bound:
                heappop(heap)
                continue
            weight = self._weight(share)
            if weight == share.bound:
                return share
            share.bound = weight
            heapreplace(heap, (-weight, sender))


def payer(one: Trap | Arrived) -> str:
    """Return what is charged for a trap: its source, or behind a trusted proxy its element; see ``Arrived``."""
    if isinstance(one, Arrived):
        return one.account
    return one.element if one.element_by == "proxy" else one.source


def element_of(one: Trap | Arrived) -> str:
    """Return the element of a trap, nothing where the inventory has none or the trap is not decoded yet."""
    return one.element if isinstance(one, Trap) and one.element_by != "unknown" else ""


def octets_of(one: Trap | Arrived) -> int:
    """Return roughly what a trap takes: its names and values."""
    if isinstance(one, Arrived):
        return len(one.datagram)
    octets = 0
    for oid, _, value in one.varbinds:
        octets += len(oid) + (len(value) if isinstance(value, (str, bytes)) else _NUMBER_OCTETS)
    return octets
