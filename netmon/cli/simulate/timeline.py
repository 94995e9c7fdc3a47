"""Things that happen by time."""

import asyncio
from collections.abc import Callable, Iterable

import msgspec


class Turn(msgspec.Struct, frozen=True):
    """What is done, and when."""

    at_s: float
    do: Callable[[], None]


async def play_turns(turns: Iterable[Turn], *, began: float | None = None) -> None:
    """Do each turn at its time, those of one time in order; ``began``: of the loop's clock, default now."""
    loop = asyncio.get_running_loop()
    start = loop.time() if began is None else began
    for turn in sorted(turns, key=lambda turn: turn.at_s):
        await asyncio.sleep(start + turn.at_s - loop.time())
        turn.do()
