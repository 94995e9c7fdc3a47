"""How late runs begin: the share of their interval that 99 of 100 keep to (specs/snmp.md 4.2)."""

from collections import deque
from typing import Final

_MOST: Final = 10_000
_KEPT_MS: Final = 600_000
_ENOUGH: Final = 100


class Lateness:
    """The runs of the last ten minutes."""

    def __init__(self) -> None:
        self._runs: deque[tuple[int, int]] = deque(maxlen=_MOST)
        """(when it began, how late in thousandths of its interval)."""
        self._latest_ms = 0

    def began(self, *, due_ms: int, now_ms: int, interval_ms: int) -> float:
        """Take the start of a run; return by how many seconds it was late."""
        late_ms = max(now_ms - due_ms, 0)
        self._latest_ms = max(self._latest_ms, late_ms)
        self._runs.append((now_ms, 1000 * late_ms // interval_ms))
        return late_ms / 1000

    def latest_ms(self) -> int:
        """Return the greatest lateness since the last call."""
        latest, self._latest_ms = self._latest_ms, 0
        return latest

    def permille(self, now_ms: int) -> int:
        """Return what 99 of 100 runs were at most late by, in steps that are worth telling; 0 after few runs."""
        while self._runs and now_ms - self._runs[0][0] > _KEPT_MS:
            self._runs.popleft()
        late = sorted(permille for _, permille in self._runs)
        return late[len(late) * 99 // 100] // 10 * 10 if len(late) >= _ENOUGH else 0
