"""Threads for one kind of blocking work, so that no other kind waits for it (specs/dashboard.md section 2)."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

Args = ParamSpec("Args")
Value = TypeVar("Value")


class Lane:
    """Runs functions in a few threads of its own; what is more waits in order.

    Args:
        name: of the threads.
        width: number of threads.
    """

    def __init__(self, name: str, width: int) -> None:
        self._threads = ThreadPoolExecutor(width, thread_name_prefix=f"netmon-{name}")

    async def run(self, work: Callable[Args, Value], /, *args: Args.args, **kwargs: Args.kwargs) -> Value:
        """Return what a function returns that blocks."""
        context = contextvars.copy_context()
        call = partial(context.run, partial(work, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def close(self) -> None:
        """Let go of the threads; what waits is not begun any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
