"""An Intake without a core: keeps what it takes and commits when told."""

import asyncio
from collections.abc import Callable, Sequence

from netmon.domain.observation import Observation, OperatorRequest
from netmon.sources.source import Acknowledge

PATIENCE_S = 10.0


class Taking:
    """Everything that was put, in order; ``commit`` acknowledges it, or with ``at_once`` each put does."""

    def __init__(self, *, at_once: bool = False) -> None:
        self.observations: list[Observation] = []
        self.asked: list[OperatorRequest] = []
        self._at_once = at_once
        self._open: list[Acknowledge] = []
        self._answers: list[Callable[[bytes], None]] = []
        self._more = asyncio.Event()

    def put(self, observation: Observation, acknowledge: Acknowledge | None = None) -> None:
        self.observations.append(observation)
        if acknowledge is not None:
            if self._at_once:
                acknowledge()
            else:
                self._open.append(acknowledge)
        self._more.set()

    def put_all(self, observations: Sequence[Observation], acknowledge: Acknowledge) -> None:
        *before, last = observations
        for observation in before:
            self.put(observation)
        self.put(last, acknowledge)

    def ask(self, request: OperatorRequest, answer: Callable[[bytes], None]) -> None:
        self.asked.append(request)
        self._answers.append(answer)

    def answer(self, text: bytes) -> None:
        answers, self._answers = self._answers, []
        for answer in answers:
            answer(text)

    def commit(self) -> None:
        done, self._open = self._open, []
        for acknowledge in done:
            acknowledge()

    def fail(self) -> None:
        """The commit failed: nothing is acknowledged, ever."""
        self._open.clear()

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
