"""A part that begins anew when something has changed."""

import asyncio

import pytest

from netmon.runtime.supervise import renewed

PATIENCE_S = 10.0


class Part:
    """Runs until cancelled, or until told how to end."""

    def __init__(self) -> None:
        self.lives = 0
        self.ended = 0
        self.began = asyncio.Event()
        self.end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.over = asyncio.Event()

    async def run(self) -> None:
        self.lives += 1
        self.began.set()
        try:
            await asyncio.shield(self.end)
        finally:
            self.ended += 1

    async def lives_anew(self) -> None:
        self.began.clear()
        self.over.set()
        self.over = asyncio.Event()
        async with asyncio.timeout(PATIENCE_S):
            await self.began.wait()


async def test_it_is_cancelled_and_run_anew_each_time() -> None:
    part = Part()
    running = asyncio.ensure_future(renewed(part.run, lambda: part.over))
    async with asyncio.timeout(PATIENCE_S):
        await part.began.wait()
    await part.lives_anew()
    await part.lives_anew()
    assert (part.lives, part.ended) == (3, 2)
    part.end.set_result(None)
    async with asyncio.timeout(PATIENCE_S):
        await running
    assert (part.lives, part.ended) == (3, 3)


async def test_a_bug_and_a_stop_come_through() -> None:
    part = Part()
    part.end.set_exception(ValueError("bug"))
    with pytest.raises(ValueError, match="bug"):
        await renewed(part.run, lambda: part.over)
    part = Part()
    running = asyncio.ensure_future(renewed(part.run, lambda: part.over))
    async with asyncio.timeout(PATIENCE_S):
        await part.began.wait()
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
    assert (part.lives, part.ended) == (1, 1)
