"""An Intake without a core: keeps what it takes and commits when told."""

import asyncio
from collections.abc import Callable

from netmon.domain.observation import Observation, OperatorRequest
from netmon.sources.source import Acknowledge, Backlog
from tests.patience import PATIENCE_S


class Taking:
    """Everything that was put, in order; ``commit`` acknowledges it, or with ``at_once`` each put does.

    Of backlogs it takes at once whatever comes, but no more than ``most_open`` that are not committed.
    """

    def __init__(self, *, at_once: bool = False, most_open: int = 1_000_000) -> None:
        self.observations: list[Observation] = []
        self.asked: list[OperatorRequest] = []
        self._at_once = at_once
        self._most_open = most_open
        self._backlogs: list[Backlog] = []
        self._taken = 0
        self._open: list[Acknowledge] = []
        self._answers: list[Callable[[bytes], None]] = []
        self._more = asyncio.Event()

    def put(self, observation: Observation, acknowledge: Acknowledge | None = None) -> None:
        self.observations.append(observation)
        self._taken += 1
        if acknowledge is not None:
            self._open.append(acknowledge)
        if self._at_once:
            self.commit()
        self._more.set()

    def draw(self, backlog: Backlog) -> None:
        self._backlogs.append(backlog)

    def wake(self) -> None:
        for backlog in self._backlogs:
            for observation, acknowledge in backlog.take(self._most_open - self._taken):
                self.put(observation, acknowledge)

    def ask(self, request: OperatorRequest, answer: Callable[[bytes], None]) -> None:
        self.asked.append(request)
        self._answers.append(answer)

    def answer(self, text: bytes) -> None:
        answers, self._answers = self._answers, []
        for answer in answers:
            answer(text)

    def commit(self) -> None:
        done, self._open, self._taken = self._open, [], 0
        for acknowledge in done:
            acknowledge()
        self.wake()

    def fail(self) -> None:
        """The commit failed: nothing is acknowledged, ever."""
        self._open.clear()
        self._taken = 0

    async def until(self, enough: Callable[[], bool]) -> None:
        """Wait until what was taken is enough."""
        async with asyncio.timeout(PATIENCE_S):
            while not enough():
                self._more.clear()
                await self._more.wait()

    async def count(self, number: int) -> list[Observation]:
        await self.until(lambda: len(self.observations) >= number)
        return self.observations


class HandClock:
    """Nanosecond clocks that stand still until moved, to build a ``Clock`` from."""

    def __init__(self, at_ms: int = 1_800_000_000_000) -> None:
        self.wall = at_ms * 1_000_000
        self.monotonic = 5_000_000_000

    def wall_ns(self) -> int:
        return self.wall

    def monotonic_ns(self) -> int:
        return self.monotonic

    def move(self, ms: int) -> None:
        self.wall += ms * 1_000_000
        self.monotonic += ms * 1_000_000
