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


def spare_memory() -> None:
    """Let polars use little memory, unless the environment says how much; to be called before it is loaded."""
    for name, value in _POLARS.items():
        os.environ.setdefault(name, value)


def settle_memory() -> None:
    """Keep what lives as long as the engine out of the garbage collector's way, which would stall the loop over it."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 50)


@contextlib.contextmanager
def lasting_memory() -> Iterator[None]:
    """Keep what is made meanwhile out of the garbage collector's way, too: a rule set lasts, and is in no circle.

    Looking it over would hold up the loop for tens of milliseconds, several times in one reload.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
