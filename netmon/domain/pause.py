"""Long work beside the engine's loop stops now and then; the pure code that does it is told how, and never waits."""

from collections.abc import Callable

Pause = Callable[[], None]
"""Is called between two small pieces of long work, so that another thread may have its turn."""


def no_pause() -> None:
    """Go on at once: nobody waits."""
