"""Traps that wait for the core, which takes of each sender in turn (specs/snmp.md 3.3 step 9)."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from netmon.domain.observation import Trap
from netmon.sources.source import Acknowledge, Intake
from netmon.sources.traps.fair import FairQueue, Waiter

MOST_WAITING = 200_000
MOST_OCTETS = 64 << 20


class Waiting:
    """Holds traps until the core takes them, and counts those that are not committed yet."""

    def __init__(
        self,
        intake: Intake,
        *,
        gather: Callable[[], None],
        unread: Callable[[], int],
        committed: Callable[[int], None],
        given_up: Callable[[Trap], None],
        most_waiting: int = MOST_WAITING,
        most_octets: int = MOST_OCTETS,
    ) -> None:
        self._wake = intake.wake
        self._gather = gather
        self._unread = unread
        self._committed = committed
        self._taken = 0
        self._queue = FairQueue[Trap](most_waiting, most_octets, given_up=given_up)
        intake.draw(self)

    def __len__(self) -> int:
        """Return how many wait for the core, or to be looked at before."""
        return len(self._queue) + self._unread()

    @property
    def uncommitted(self) -> int:
        """How many wait, here or in the core."""
        return len(self._queue) + self._taken

    def protect(self, trap_oids: Collection[str]) -> None:
        """Give these traps up last."""
        self._queue.protect(trap_oids)

    def put_all(self, waiters: Sequence[Waiter[Trap]]) -> None:
        """Queue traps in their order, each with what is called after its commit."""
        if waiters:
            self._queue.put_all(waiters)
            self._wake()

    def begin(self) -> None:
        """Begin another batch with all that has arrived."""
        self._gather()
        self._queue.begin()

    def take(self, most: int) -> list[Waiter[Trap]]:
        """Return the next ones; they are stepped in one batch and acknowledged together."""
        taken = self._queue.take(most)
        if taken:
            self._taken += len(taken)
            trap, answer = taken[-1]
            taken[-1] = trap, partial(self._done, len(taken), answer)
        return taken

    def _done(self, count: int, answer: Acknowledge | None) -> None:
        self._taken -= count
        self._committed(count)
        if answer is not None:
            answer()
