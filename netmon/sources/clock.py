"""The one clock of an engine: monotonic time, anchored once to the wall clock (specs/usage.md section 1)."""

import secrets
import time
from collections.abc import Callable

from netmon.domain.observation import HealthRow

_NS_PER_MS = 1_000_000
_STEP_MS = 1_000
_SAME_MS = 10
"""Nearer than this the wall clock is where it should be: two clocks are never read at one moment."""
_LASTS_MS = 900_000
_INTERVAL_MS = 900_000
"""The shortest interval of usage; all others end with one of these."""


class Clock:
    """Tells UTC milliseconds that never jump: wall time at the anchor plus the monotonic time since.

    A step of the wall clock moves nothing here; ``offset_ms`` tells how far it went. One that lasts is followed, by
    ``follow_wall`` alone.
    """

    def __init__(
        self, wall_ns: Callable[[], int] = time.time_ns, monotonic_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._zero_ns = wall_ns() - monotonic_ns()
        self._away_ms = 0
        """Where the wall clock is, seen from the line, while it is away."""
        self._anew_ms = 0
        """When the next anchor is due, if the wall clock stays there until then."""
        self.spent_ms = 0
        """Times up to this one were told before: after a clock went back they come a second time."""
        self.run = secrets.token_hex(8)
        """Id of this anchor: times of two runs share no monotonic clock."""

    def follow_wall(self) -> bool:
        """Anchor anew when the wall clock has stayed elsewhere for 15 minutes and then an interval of usage has ended.

        To be called every few seconds. Return whether it did: ``run`` is new then, and the time has jumped.
        """
        now, offset_ms = self.now_ms(), self.offset_ms()
        if abs(offset_ms - self._away_ms) > _STEP_MS:
            self._away_ms = offset_ms if abs(offset_ms) > _STEP_MS else 0
            self._anew_ms = -(-(now + _LASTS_MS) // _INTERVAL_MS) * _INTERVAL_MS
        if not self._away_ms or now < self._anew_ms:
            return False
        self.spent_ms = max(self.spent_ms, now)
        self._zero_ns += offset_ms * _NS_PER_MS
        self._away_ms = 0
        self.run = secrets.token_hex(8)
        return True

    def now_ms(self) -> int:
        """Return UTC milliseconds on the anchored monotonic line."""
        return (self._zero_ns + self._monotonic_ns()) // _NS_PER_MS

    def mono_ms(self, at_ms: int) -> int:
        """Return the monotonic time of a moment on the anchored line; differences are exact within one run."""
        return at_ms - self._zero_ns // _NS_PER_MS

    def offset_ms(self) -> int:
        """Return how far the wall clock has moved away from the anchored line."""
        offset_ms = (self._wall_ns() - self._monotonic_ns() - self._zero_ns) // _NS_PER_MS
        return offset_ms if abs(offset_ms) >= _SAME_MS else 0

    def health(self) -> tuple[HealthRow, ...]:
        """Return where the wall clock is, and for how long time is still told that was told before."""
        behind_ms = max(0, self.spent_ms - self.now_ms())
        return HealthRow("clock", "offset_ms", self.offset_ms()), HealthRow("engine-time", "behind_ms", behind_ms)
