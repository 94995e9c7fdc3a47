"""The wall clock stays where it stepped to: polls go on there, and none has a time of both lines."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from netmon.domain.observation import PollResult
from netmon.runtime.supervise import renewed
from netmon.sources.poller.schedule import PollingConfig
from tests.patience import PATIENCE_S
from tests.sources.answering import answering, router
from tests.sources.test_poller_poll import Polling

HOUR_MS = 3_600_000
QUARTER_MS = 900_000
MINUTE_MS = 60_000


class Jumping(Polling):
    """A poller that begins anew when its clock does."""

    def __init__(self) -> None:
        super().__init__(PollingConfig())
        self._jumped = asyncio.Event()
        self.starts = 0
        self.running = asyncio.ensure_future(renewed(self._run, lambda: self._jumped))

    async def _run(self) -> None:
        self.starts += 1
        await self.poller.run()

    def step(self, by_ms: int) -> None:
        """Step the wall clock, and let that last."""
        self.hands.wall += by_ms * 1_000_000
        assert not self.clock.follow_wall()
        self.hands.move(2 * QUARTER_MS)

    async def jump(self, by_ms: int) -> None:
        """Step the wall clock, wait until that has lasted, and let the poller begin anew."""
        self.step(by_ms)
        await self.follow()

    async def follow(self) -> None:
        """Let the poller begin anew where the wall clock is."""
        assert self.clock.follow_wall()
        starts = self.starts
        self._jumped.set()
        self._jumped = asyncio.Event()
        async with asyncio.timeout(PATIENCE_S):
            while self.starts == starts:
                await asyncio.sleep(0)

    def results(self, group: str = "60s") -> list[PollResult]:
        return [one for one in self.taking.observations if isinstance(one, PollResult) and one.group == group]

    async def more(self, number: int, *, group: str = "60s", pace: int = 1) -> list[PollResult]:
        """Let so many times ``pace`` minutes pass, and each time one more result of a group come."""
        seen = len(self.results(group))
        for _ in range(number):
            before = len(self.results(group))
            self.hands.move(pace * MINUTE_MS)
            self.poller.wake()
            await self.taking.until(lambda before=before: len(self.results(group)) > before)  # type: ignore[misc]
        return self.results(group)[seen:]


@contextlib.asynccontextmanager
async def jumping() -> AsyncIterator[Jumping]:
    at = Jumping()
    async with asyncio.timeout(PATIENCE_S):
        while not at.starts:
            await asyncio.sleep(0)
    try:
        yield at
    finally:
        at.running.cancel()
        await asyncio.wait([at.running])


@pytest.mark.parametrize("by_ms", [-HOUR_MS, HOUR_MS])
async def test_polls_begin_anew_where_the_wall_clock_stays(by_ms: int) -> None:
    async with answering(router("lo0")) as agent, jumping() as at:
        at.load(agent.element())
        [first] = await at.more(1)
        await at.jump(by_ms)
        began_ms = at.clock.now_ms()
        new = await at.more(2, pace=1 if by_ms > 0 else 2)
        assert [one.run for one in new] == [at.clock.run] * 2
        assert first.run != at.clock.run
        assert all(began_ms < one.slot <= began_ms + 2 * MINUTE_MS for one in new)
        assert all(began_ms <= block.t <= at.clock.now_ms() for one in new for block in one.blocks)


async def test_what_is_under_way_when_time_jumps_is_never_told() -> None:
    asked = asyncio.Event()
    async with answering(router("lo0")) as agent, jumping() as at:
        at.load(agent.element())
        agent.before_answer = asked.set
        at.step(-HOUR_MS)
        at.poller.wake()
        async with asyncio.timeout(PATIENCE_S):
            await asked.wait()
        await at.follow()
        assert at.results() == []
        [first] = await at.more(1, pace=2)
        assert first.run == at.clock.run


async def test_after_a_step_back_no_moment_is_billed_twice() -> None:
    async with answering(router("lo0")) as agent, jumping() as at:
        at.load(agent.element(), billed=["lo0"])
        [before] = await at.more(1, group="usage-60s")
        await at.jump(-3 * MINUTE_MS)
        spent_ms = at.clock.spent_ms
        await at.more(1, pace=2)
        assert at.results("usage-60s") == [before]
        for _ in range(3):
            [after] = await at.more(1, group="usage-60s", pace=2)
            # While the line is ahead, a reading has the time of the wall clock all the same.
            assert {block.t for block in after.blocks} == {at.hands.wall // 1_000_000}
            assert after.blocks[0].t > spent_ms
            assert after.run == at.clock.run


async def test_a_reading_tells_how_far_the_wall_clock_was() -> None:
    async with answering(router("lo0")) as agent, jumping() as at:
        at.load(agent.element())
        [before] = await at.more(1)
        at.hands.wall -= HOUR_MS * 1_000_000
        [after] = await at.more(1)
        assert {block.offset_ms for block in before.blocks} == {0}
        assert {block.offset_ms for block in after.blocks} == {-HOUR_MS}
        assert all(block.t <= at.clock.now_ms() for block in after.blocks)
