"""Gives the engine's loop its turns while a thread beside it computes."""

import time

_WORK_S = 0.001
_PAUSE_S = 0.001
"""As long as the work: with each datagram that it reads the loop lets go of the interpreter, and who computes keeps it
for up to the switch interval. A loop that gets it only so falls behind; in a pause it reads as if it were alone."""


class Turns:
    """A `Pause`: called often, it sleeps for a millisecond after each millisecond of work."""

    def __init__(self) -> None:
        self._until = time.perf_counter() + _WORK_S

    def __call__(self) -> None:
        """Sleep if the turn is over."""
        if time.perf_counter() >= self._until:
            time.sleep(_PAUSE_S)
            self._until = time.perf_counter() + _WORK_S
