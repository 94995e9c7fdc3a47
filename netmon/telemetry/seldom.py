"""Lets few of what a caller can bring about pass: who finds a bug must not be able to fill the disk with it."""

import logging
import time
from collections import deque
from collections.abc import Callable


class Seldom:
    """Lets something pass ``most`` times in ``within_s``, and counts what does not."""

    def __init__(self, *, most: int = 10, within_s: float = 60.0, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._within_s, self._now = most, within_s, now
        self._passed: deque[float] = deque()
        self._left_out = 0

    def turn(self) -> int | None:
        """Return how many were left out since the last one that passed; None: this one is left out, too."""
        now = self._now()
        while self._passed and now - self._passed[0] >= self._within_s:
            self._passed.popleft()
        if len(self._passed) >= self._most:
            self._left_out += 1
            return None
        self._passed.append(now)
        left_out, self._left_out = self._left_out, 0
        return left_out


class FewTracebacks(logging.Filter):
    """Leaves lines with a traceback out after ``most`` in ``within_s``; the next one that passes tells how many."""

    def __init__(self, *, most: int = 10, within_s: float = 60.0, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._seldom = Seldom(most=most, within_s=within_s, now=now)

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line is logged."""
        if not record.exc_info:
            return True
        left_out = self._seldom.turn()
        if left_out:
            record.msg = f"{record.msg} ({left_out} more were left out)"
        return left_out is not None
