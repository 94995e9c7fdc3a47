"""How far an output is behind: the age of the oldest observation whose samples it has not delivered."""

import time
from collections import deque
from collections.abc import Callable

_STEP_S = 1.0
_MOST = 10_000


class Lag:
    """Marks when observations came in and forgets them when they are delivered; marks are a second apart."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._marks: deque[tuple[int, float]] = deque()
        """(first observation, when it came): a mark stands for all observations before the next one."""
        self._newest = 0

    def took(self, seq: int) -> None:
        """Note an observation that is to be delivered; numbers never fall."""
        now = self._now_s()
        if not self._marks or (now - self._marks[-1][1] >= _STEP_S and len(self._marks) < _MOST):
            self._marks.append((seq, now))
        self._newest = seq

    def delivered(self, seq: int) -> None:
        """Note that everything up to an observation is delivered."""
        marks = self._marks
        while len(marks) > 1 and marks[1][0] <= seq + 1:
            marks.popleft()
        if seq >= self._newest:
            marks.clear()

    def seconds(self) -> float:
        """Return the age of the oldest mark, 0 when everything is delivered."""
        return self._now_s() - self._marks[0][1] if self._marks else 0.0
