"""Gives the engine's loop its turns while a thread beside it computes."""

import time
from collections.abc import Callable

_WORK_S = 0.001
_PAUSE_S = 0.001
"""As long as the work: with each datagram that it reads the loop lets go of the interpreter, and who computes keeps it
for up to the switch interval. A loop that gets it only so falls behind; in a pause it reads as if it were alone."""


class Turns:
    """A `Pause` of one thread: called often, it sleeps for a millisecond after each millisecond of the thread's work.

    Args:
        worked_s: processor time that the thread has used; of the wall clock the loop has its share already.
        sleep: for so many seconds.
    """

    def __init__(
        self, worked_s: Callable[[], float] = time.thread_time, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._worked_s = worked_s
        self._sleep = sleep
        self._until = 0.0

    def __call__(self) -> None:
        """Sleep if the turn is over."""
        worked_s = self._worked_s()
        if worked_s >= self._until:
            self._sleep(_PAUSE_S)
            self._until = worked_s + _WORK_S
