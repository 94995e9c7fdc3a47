"""What every source is, and where it puts what it has learned."""

from collections.abc import Callable, Sequence
from typing import Protocol

from netmon.domain.observation import HealthRow, Observation, OperatorRequest

Acknowledge = Callable[[], None]


class Backlog(Protocol):
    """What a source holds back until the core comes for it; the source says who is next."""

    def __len__(self) -> int: ...

    def begin(self) -> None:
        """Begin a batch: what was left over by the one before has waited for its turn."""
        ...

    def take(self, most: int) -> Sequence[tuple[Observation, Acknowledge | None]]:
        """Return up to ``most`` observations, each with what is called after its commit; all go into one batch."""
        ...


class Intake(Protocol):
    """Takes observations; the pipeline is one.

    ``acknowledge`` is called on the event loop, once, after the transaction that holds the observation is committed.
    If that commit fails it is never called: what hangs on it (the answer to an inform, room in a queue) stays undone.
    """

    def put(self, observation: Observation, acknowledge: Acknowledge | None = None) -> None:
        """Take an observation; never waits. Observations of one source keep their order."""
        ...

    def draw(self, backlog: Backlog) -> None:
        """Take from a backlog, a little at a time, whenever there is something in it."""
        ...

    def wake(self) -> None:
        """Something was added to a backlog."""
        ...


class Desk(Protocol):
    """Takes operator requests; the pipeline is one."""

    def ask(self, request: OperatorRequest, answer: Callable[[bytes], None]) -> None:
        """Take a request; ``answer`` gets the core's JSON on the loop after the commit, never if that fails."""
        ...


class Source(Protocol):
    """One place that observations come from. Constructing it is inert: no socket, no file, no task."""

    name: str

    async def run(self) -> None:
        """Run until cancelled, then let go of everything that was opened."""
        ...

    def health(self) -> tuple[HealthRow, ...]:
        """Return what the source reports about itself in the next Tick."""
        ...
