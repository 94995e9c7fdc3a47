"""A bounded queue that is fair: whoever fills it gives up its own traps first (specs/snmp.md 3.3 step 9)."""

from collections import deque
from collections.abc import Callable
from heapq import heapify, heappop, heappush, heapreplace

import msgspec

from netmon.domain.observation import Trap
from netmon.sources.source import Acknowledge

_SPARE = 64
_NUMBER_OCTETS = 8

Sender = tuple[str, str]
"""(realm, source or element)."""


class _Share(msgspec.Struct):
    """What one sender has in the queue."""

    sender: Sender
    plain: "deque[_Queued]" = msgspec.field(default_factory=deque)
    """Oldest first."""
    protected: "deque[_Queued]" = msgspec.field(default_factory=deque)
    count: int = 0
    octets: int = 0
    bound: int = 0
    """Never less than its weight; the newest entry of the heap has it."""


class _Queued(msgspec.Struct):
    trap: Trap
    acknowledge: Acknowledge
    octets: int
    share: _Share
    lane: "deque[_Queued]"
    """Of its share, the one it waits in."""
    given_up: bool = False


class FairQueue:
    """Holds so many traps and so many octets; above that the sender with the largest share gives up its oldest trap.

    A protected trap goes only when its sender has no other one left.
    """

    def __init__(self, most: int, most_octets: int, *, given_up: Callable[[Trap], None]) -> None:
        self._most = most
        self._most_octets = most_octets
        self._octets_per_trap = max(most_octets // max(most, 1), 1)
        self._given_up = given_up
        self._order: deque[_Queued] = deque()
        """Everything in the order of its arrival; what was given up stays until it comes to the front."""
        self._count = 0
        self._octets = 0
        self._shares: dict[Sender, _Share] = {}
        self._heaviest: list[tuple[int, Sender]] = []
        """(-bound, sender): a heap in which only entries with a sender's present bound count."""

    def __len__(self) -> int:
        return self._count

    def put(self, trap: Trap, acknowledge: Acknowledge, *, protected: bool) -> None:
        """Add a trap at the end; what no longer fits is given up."""
        sender = (trap.realm, payer(trap))
        share = self._shares.get(sender)
        if share is None:
            share = self._shares[sender] = _Share(sender)
        lane = share.protected if protected else share.plain
        octets = octets_of(trap)
        queued = _Queued(trap, acknowledge, octets, share, lane)
        lane.append(queued)
        self._order.append(queued)
        self._count += 1
        self._octets += octets
        share.count += 1
        share.octets += octets
        if share.octets > share.bound or share.count * self._octets_per_trap > share.bound:
            self._bind(share)
        while self._count > self._most or (self._octets > self._most_octets and self._count > 1):
            self._give_up()

    def take(self, most: int) -> list[tuple[Trap, Acknowledge]]:
        """Return up to ``most`` traps, oldest first."""
        taken: list[tuple[Trap, Acknowledge]] = []
        while self._order and len(taken) < most:
            queued = self._order.popleft()
            if not queued.given_up:
                # The oldest of all is the oldest of its lane.
                self._remove(queued)
                taken.append((queued.trap, queued.acknowledge))
        return taken

    def _give_up(self) -> None:
        share = self._largest()
        queued = (share.plain or share.protected)[0]
        self._remove(queued)
        queued.given_up = True
        if len(self._order) > 2 * self._count + _SPARE:
            self._order = deque(one for one in self._order if not one.given_up)
        self._given_up(queued.trap)

    def _remove(self, queued: _Queued) -> None:
        """Take out the oldest of a lane."""
        share = queued.share
        queued.lane.popleft()
        share.count -= 1
        share.octets -= queued.octets
        self._count -= 1
        self._octets -= queued.octets
        if not share.count:
            del self._shares[share.sender]

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


def payer(trap: Trap) -> str:
    """Return what is charged for a trap: its source, or behind a trusted proxy its element."""
    return trap.element if trap.element_by == "proxy" else trap.source


def octets_of(trap: Trap) -> int:
    """Return roughly what a trap takes: its names and values."""
    octets = 0
    for oid, _, value in trap.varbinds:
        octets += len(oid) + (len(value) if isinstance(value, (str, bytes)) else _NUMBER_OCTETS)
    return octets
