"""Traps that wait for the core: bounded, and fair to senders when there are too many (specs/snmp.md 3.3 step 9)."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from netmon.domain.observation import Trap
from netmon.sources.source import Acknowledge, Intake
from netmon.sources.traps.fair import FairQueue

MOST_HANDED = 20_000
"""Traps with the core at one time: more than it commits at once, few enough that the queue's bound is the bound."""
MOST_WAITING = 200_000 - MOST_HANDED
MOST_OCTETS = 64 << 20


class Waiting:
    """Hands traps to the Intake as fast as they are committed and holds back the rest."""

    def __init__(
        self,
        intake: Intake,
        *,
        committed: Callable[[int], None],
        given_up: Callable[[Trap], None],
        most_waiting: int = MOST_WAITING,
        most_handed: int = MOST_HANDED,
        most_octets: int = MOST_OCTETS,
    ) -> None:
        self._intake = intake
        self._committed = committed
        self._most_handed = most_handed
        self._handed = 0
        self._protected: Collection[str] = ()
        self._queue = FairQueue(most_waiting, most_octets, given_up=given_up)

    def __len__(self) -> int:
        return len(self._queue) + self._handed

    def protect(self, trap_oids: Collection[str]) -> None:
        """Give these traps up last."""
        self._protected = trap_oids

    def put(self, trap: Trap, answer: Acknowledge | None = None) -> None:
        """Queue a trap; ``answer`` is called after its commit."""
        acknowledge = self._done if answer is None else partial(self._done_and_answer, answer)
        if self._handed < self._most_handed and not len(self._queue):
            self._handed += 1
            self._intake.put(trap, acknowledge)
        else:
            self._queue.put(trap, acknowledge, protected=trap.trap_oid in self._protected)

    def put_all(self, traps: Sequence[Trap]) -> None:
        """Queue traps in their order; while there is room they are handed over and acknowledged as one."""
        count = len(traps)
        if not traps or len(self._queue) or self._handed + count > self._most_handed:
            for trap in traps:
                self.put(trap)
            return
        self._handed += count
        self._intake.put_all(traps, partial(self._done, count))

    def _hand_over(self) -> None:
        room = self._most_handed - self._handed
        for trap, acknowledge in self._queue.take(room):
            self._handed += 1
            self._intake.put(trap, acknowledge)

    def _done(self, count: int = 1) -> None:
        self._handed -= count
        self._committed(count)
        if len(self._queue):
            self._hand_over()

    def _done_and_answer(self, answer: Acknowledge) -> None:
        answer()
        self._done()
