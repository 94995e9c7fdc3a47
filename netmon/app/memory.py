"""How the process of the engine uses memory: few threads and small pools of polars, no garbage collector in the way."""

import contextlib
import gc
import os
from collections.abc import Iterator

_POLARS = {
    "POLARS_MAX_THREADS": "1",
    # Of jemalloc, which polars brings along: what is free goes back to the system at once, not after seconds.
    "_RJEM_MALLOC_CONF": "narenas:1,dirty_decay_ms:50,muzzy_decay_ms:0",
}
"""Series are written beside polls and traps, so that takes its time; each thread would hold memory of its own."""
_USUAL = (50_000, 20, 50)
_ONCE = (5_000, 1_000_000, 1_000_000)
"""Of new objects after which the youngest generation is looked over, a few milliseconds each time; older ones never."""


def spare_memory() -> None:
    """Let polars use little memory, unless the environment says how much; to be called before it is loaded."""
    for name, value in _POLARS.items():
        os.environ.setdefault(name, value)


def settle_memory() -> None:
    """Keep what lives as long as the engine out of the garbage collector's way, which would stall the loop over it."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(*_USUAL)


@contextlib.contextmanager
def lasting_memory() -> Iterator[None]:
    """Keep what is made meanwhile out of the garbage collector's way, too, but for what is garbage by then.

    A rule set lasts, and looking it over at once would hold up the loop for tens of milliseconds, several times in one
    reload. So it is looked over once, in pieces, while it is made: what is left by then is never looked at again.
    """
    # What is young may be garbage, and would be kept for ever; the collector does this much by itself, too.
    gc.collect(1)
    gc.set_threshold(*_ONCE)
    try:
        yield
    finally:
        gc.collect(0)
        gc.freeze()
        gc.set_threshold(*_USUAL)
